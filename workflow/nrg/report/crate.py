"""The results as an RO-Crate: a zip file that says what it holds (RO-Crate 1.1)."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nrg.base.files import write_whole

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
TYPES = {
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
}
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every member, so that equal results are equal files


def write_crate(
    path: str | Path,
    files: Mapping[str, tuple[Path, str]],
    name: str,
    about: Mapping[str, Any],
) -> None:
    """Write the files, and ro-crate-metadata.json, as a zip that depends on their content alone.

    Args:
        files: by the name in the crate, where one lies and what it is.
        about: commit, date (ISO 8601), description, versions and whatever else is known of the run.
    """
    metadata = json.dumps(describe(files, name, about), indent=1, ensure_ascii=False) + "\n"
    with write_whole(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {member: file.read_bytes() for member, (file, _) in files.items()}
        contents["ro-crate-metadata.json"] = metadata.encode()
        for member in sorted(contents):
            info = zipfile.ZipInfo(member, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, contents[member])


def describe(
    files: Mapping[str, tuple[Path, str]], name: str, about: Mapping[str, Any]
) -> dict[str, Any]:
    """The crate's JSON-LD: the root, its files, the paper, the workflow and its run."""
    versions = [
        {"@id": f"#{package}", "@type": "SoftwareApplication", "name": package, "version": version}
        for package, version in about["versions"].items()
    ]
    settings = {key: value for key, value in about.items() if key not in ("versions", "date")}
    entities = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": name,
            "description": about["description"],
            "datePublished": about["date"],
            "isBasedOn": {"@id": "#paper"},
            "hasPart": [{"@id": member} for member in sorted(files)],
            "mentions": {"@id": "#run"},
        },
        {
            "@id": "#paper",
            "@type": "ScholarlyArticle",
            "name": "Enhancing the Transferability of Adversarial Examples with Noise Reduced "
            "Gradient",
        },
        {
            "@id": "#workflow",
            "@type": ["SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "nrg",
            "programmingLanguage": "Snakemake",
            "version": about["commit"],
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": about["command"],
            "instrument": [{"@id": "#workflow"}, *({"@id": entry["@id"]} for entry in versions)],
            "result": {"@id": "./"},
            "object": [{"@id": f"#{quote(key)}"} for key in settings],
        },
        *versions,
        *(
            {"@id": f"#{quote(key)}", "@type": "PropertyValue", "name": key, "value": value}
            for key, value in settings.items()
        ),
        *(
            {
                "@id": member,
                "@type": "File",
                "name": what,
                "encodingFormat": TYPES[Path(member).suffix],
                "contentSize": str(files[member][0].stat().st_size),
            }
            for member, (_, what) in sorted(files.items())
        ),
    ]
    return {"@context": CONTEXT, "@graph": entities}
