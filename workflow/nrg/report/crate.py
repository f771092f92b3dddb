"""The results as an RO-Crate: a zip file that says what it holds (RO-Crate 1.1)."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every member, so that equal results are equal files


@dataclass(frozen=True)
class CrateFile:
    """A file of the crate: its name there, where it lies now, and what it is."""

    member: str
    path: Path
    description: str


@dataclass(frozen=True)
class CrateFacts:
    """What is known of the run whose results the crate holds.

    Attributes:
        date: ISO 8601.
        versions: of packages, by name.
        settings: whatever else is known, as names and values.
    """

    description: str
    date: str
    versions: Mapping[str, str]
    commit: str
    command: str
    settings: Mapping[str, Any]


def write_crate(path: Path, name: str, files: Sequence[CrateFile], facts: CrateFacts) -> None:
    """Write the files, and ro-crate-metadata.json, as a zip that depends on their content alone.

    Args:
        name: of the data set that the crate is.
    """
    metadata = json.dumps(crate_metadata(name, files, facts), indent=1, ensure_ascii=False) + "\n"
    with write_whole(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {file.member: file.path.read_bytes() for file in files}
        contents["ro-crate-metadata.json"] = metadata.encode()
        for member in sorted(contents):
            info = zipfile.ZipInfo(member, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, contents[member])


def crate_metadata(name: str, files: Sequence[CrateFile], facts: CrateFacts) -> dict[str, Any]:
    """The crate's JSON-LD: the root, its files, the paper, the workflow and its run."""
    versions = [
        {"@id": f"#{package}", "@type": "SoftwareApplication", "name": package, "version": version}
        for package, version in facts.versions.items()
    ]
    settings = {
        "description": facts.description,
        "commit": facts.commit,
        "command": facts.command,
        **facts.settings,
    }
    members = sorted(files, key=lambda file: file.member)
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
            "description": facts.description,
            "datePublished": facts.date,
            "isBasedOn": {"@id": "#paper"},
            "hasPart": [{"@id": file.member} for file in members],
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
            "version": facts.commit,
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": facts.command,
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
                "@id": file.member,
                "@type": "File",
                "name": file.description,
                "encodingFormat": TYPES[Path(file.member).suffix],
                "contentSize": str(file.path.stat().st_size),
            }
            for file in members
        ),
    ]
    return {"@context": CONTEXT, "@graph": entities}
