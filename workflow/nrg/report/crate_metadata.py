"""What a crate says of itself, as JSON-LD.

It conforms to RO-Crate 1.1, Workflow RO-Crate 1.0, and Process and Workflow Run Crate 0.5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

METADATA = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
RO_CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_PROFILE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    WORKFLOW_PROFILE: ("Workflow RO-Crate", "1.0"),
}
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
LICENSE = "https://spdx.org/licenses/MIT"
WORKFLOW = "Snakefile"
WORKFLOW_NAME = "nrg"  # by which a crate of this project is known
README = "README.md"
# The media type of a file by the end of its name; the workflow has no other files.
MEDIA_TYPES = {
    ".cff": "text/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".j2": "text/x-jinja",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
    ".rst": "text/x-rst",
    ".sh": "application/x-sh",
    ".smk": "text/x-python",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".yaml": "text/yaml",
    "": "text/plain",
}
# What a run is given and what it makes: the workflow's parameters, and the types of their values.
# Values that are not files are among the settings.
INPUTS = {"configuration": "File", "suite": "Text", "seed": "Integer", "precision": "Text"}
OUTPUTS = dict.fromkeys(("numbers", "outcomes", "pictures", "claims", "images"), "File")

Entity = dict[str, Any]


@dataclass(frozen=True)
class CrateFile:
    """A file of the crate.

    Attributes:
        member: its name in the crate.
        description: what it is.
        parameter: the input or output of the workflow that it is; empty for the workflow's files.
    """

    member: str
    content: bytes
    description: str
    parameter: str = ""


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


def describe_crate(name: str, files: Sequence[CrateFile], facts: CrateFacts) -> Entity:
    """Describe the crate: the root, its files, the paper, the workflow, and its run."""
    files = sorted(files, key=lambda file: file.member)
    settings = {
        "description": facts.description,
        "commit": facts.commit,
        "command": facts.command,
        **facts.settings,
    }
    graph = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": refer([RO_CRATE, WORKFLOW_PROFILE]),
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": name,
            "description": facts.description,
            "datePublished": facts.date,
            "license": {"@id": LICENSE},
            "conformsTo": refer(PROFILES),
            "mainEntity": {"@id": WORKFLOW},
            "isBasedOn": {"@id": "#paper"},
            "hasPart": refer(file_id(file) for file in files),
            "mentions": {"@id": "#run"},
        },
        *(
            {"@id": profile, "@type": "CreativeWork", "name": title, "version": version}
            for profile, (title, version) in PROFILES.items()
        ),
        {"@id": LICENSE, "@type": "CreativeWork", "name": "MIT License"},
        {
            "@id": "#paper",
            "@type": "ScholarlyArticle",
            "name": "Enhancing the Transferability of Adversarial Examples with Noise Reduced "
            "Gradient",
        },
        {
            "@id": SNAKEMAKE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
            "url": {"@id": "https://snakemake.github.io"},
        },
        describe_action(files, facts, settings),
        *describe_parameters(files),
        *describe_settings(settings),
        *describe_versions(facts.versions),
        *(describe_file(file, facts) for file in files),
    ]
    return {"@context": CONTEXT, "@graph": graph}


def describe_action(files: Sequence[CrateFile], facts: CrateFacts, settings: Entity) -> Entity:
    """The run as an action; it has no times, so that equal results are equal crates."""
    given = [file_id(file) for file in files if file.parameter in INPUTS]
    given += [setting_id(key) for key in settings if key in INPUTS]
    known = [setting_id(key) for key in settings if key not in INPUTS]
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": facts.command,
        "description": facts.description,
        "instrument": {"@id": WORKFLOW},
        "object": refer(given),
        "result": refer(file_id(file) for file in files if file.parameter in OUTPUTS),
        "additionalProperty": refer(known),
    }


def describe_parameters(files: Sequence[CrateFile]) -> Iterator[Entity]:
    """The workflow's inputs and outputs, each with the values that it has in this run."""
    for parameter, kind in (INPUTS | OUTPUTS).items():
        values = [file_id(file) for file in files if file.parameter == parameter]
        yield {
            "@id": parameter_id(parameter),
            "@type": "FormalParameter",
            "name": parameter,
            "additionalType": kind,
            "workExample": refer(values if kind == "File" else [setting_id(parameter)]),
        }


def describe_settings(settings: Mapping[str, Any]) -> Iterator[Entity]:
    for key, value in settings.items():
        entity = {"@id": setting_id(key), "@type": "PropertyValue", "name": key, "value": value}
        if key in INPUTS:
            entity["exampleOfWork"] = {"@id": parameter_id(key)}
        yield entity


def describe_versions(versions: Mapping[str, str]) -> Iterator[Entity]:
    for package, version in versions.items():
        yield {
            "@id": package_id(package),
            "@type": "SoftwareApplication",
            "name": package,
            "version": version,
            "url": {"@id": package_id(package)},
        }


def describe_file(file: CrateFile, facts: CrateFacts) -> Entity:
    """A file; of the Snakefile, that it is the workflow."""
    entity: Entity = {
        "@id": file_id(file),
        "@type": "File",
        "name": file.description,
        "encodingFormat": MEDIA_TYPES[PurePosixPath(file.member).suffix],
        "contentSize": str(len(file.content)),
    }
    if file.parameter:
        entity["exampleOfWork"] = {"@id": parameter_id(file.parameter)}
    if file.member == README:
        entity["about"] = {"@id": "./"}
    if file.member == WORKFLOW:
        entity |= {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": WORKFLOW_NAME,
            "description": file.description,
            "version": facts.commit,
            "license": {"@id": LICENSE},
            "programmingLanguage": {"@id": SNAKEMAKE},
            "softwareRequirements": refer(map(package_id, facts.versions)),
            "input": refer(map(parameter_id, INPUTS)),
            "output": refer(map(parameter_id, OUTPUTS)),
        }
    return entity


def refer(identifiers: Iterable[str]) -> list[dict[str, str]]:
    """References to entities."""
    return [{"@id": identifier} for identifier in identifiers]


def file_id(file: CrateFile) -> str:
    return quote(file.member)


def setting_id(key: str) -> str:
    return f"#{quote(key)}"


def parameter_id(name: str) -> str:
    return f"#parameter-{name}"


def package_id(name: str) -> str:
    return "https://www.python.org/" if name == "python" else f"https://pypi.org/project/{name}/"
