"""A run as its crate tells it; crates are read in memory and never unpacked."""

import json
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from nrg.analysis.tables import COLUMNS
from nrg.base.errors import UserError
from nrg.base.files import DamagedFile, read_user_file
from nrg.base.table_files import parse_parquet, read_csv
from nrg.report.crate_metadata import METADATA, WORKFLOW_NAME

CRATES = ("report.crate.zip", "partial_report.crate.zip")  # in a folder of results
LARGEST = 2 * 10**9  # bytes that a crate may unpack to
RESULTS = re.compile(
    r"exhibits/\w+\.(csv|svg)|(claims|replicates)\.json|(outcomes|evaluation_set)\.parquet"
)
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


@dataclass(frozen=True)
class RunRecord:
    """A run as its crate tells it.

    Attributes:
        name: what messages call it.
        facts: settings and provenance, by name.
        versions: of packages, by name.
        tables: the numbers of exhibits, by the exhibit's name.
        outcomes: what happened to single images, by the exhibit's name: row (of the table), attack,
            unit and outcome. Crates of earlier versions have none.
        claims: the ledger's claims, by id.
        gains: the ledger's mean gains of noise reduction.
        replicated_gains: the same on every zoo, of a run that trained its zoo several times.
        labels: of the images attacked, by id.
        digests: the SHA-256 of every result, by its name.
        weights: the hash of each network's weights, by the network's name.
        mlp_weights: the same of Table 4's networks, by the training that made them.
        models: how each model is built and what pixels it gets, by its name.
    """

    name: str
    facts: Mapping[str, Any]
    versions: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    outcomes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    claims: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    gains: Sequence[Mapping[str, Any]] = ()
    replicated_gains: Sequence[Mapping[str, Any]] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    mlp_weights: dict[str, str] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def all_weights(self) -> dict[str, str]:
        """The hash of the weights of each network, and of each training of Table 4's networks."""
        of_mlps = {f"Table 4, {name}": digest for name, digest in self.mlp_weights.items()}
        return self.weights | of_mlps


def split_hashes(text: str) -> dict[str, str]:
    """Take "a 01; b 02" apart, as `crate_contents.list_hashes` writes it."""
    entries = (entry.rpartition(" ") for entry in text.split("; ") if entry)
    return {name: digest for name, _, digest in entries}


def find_crate(other: str) -> Path:
    """Find the crate that `other` names: itself, or the one in a folder of results.

    Raises:
        UserError: there is none.
    """
    if not other:
        raise UserError(
            "other: which run to compare with? Give its crate or its folder of results: "
            "snakemake compare --config other=results/digits/report.crate.zip"
        )
    path = Path(other).expanduser()
    if not path.is_dir():
        return path
    for name in CRATES:
        if (path / name).is_file():
            return path / name
    raise UserError(
        f"other: {path} holds no {CRATES[0]}; finish that run, or make {CRATES[1]} with "
        "snakemake partial_report"
    )


def read_other(other: str) -> RunRecord:
    """Read the run that the user names.

    Raises:
        UserError: there is no such crate, or it is none of this project, or it is damaged.
    """
    path = find_crate(other)
    return read_record(read_user_file(path, "other"), str(path))


def read_record(content: bytes, name: str) -> RunRecord:
    """Read a run from the bytes of its crate.

    Raises:
        UserError: these are no crate of this project, or they are damaged.
    """
    members = read_members(content, name)
    try:
        graph = json.loads(members[METADATA])["@graph"]
        entities = {entity["@id"]: entity for entity in graph}
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{name} is damaged: {METADATA} is no RO-Crate metadata") from error
    if not any(is_our_workflow(entity) for entity in entities.values()):
        raise UserError(f"{name} is the crate of another project")
    try:
        return build_record(name, list(entities.values()), members)
    except (ValueError, TypeError, KeyError, AttributeError, DamagedFile) as error:
        raise UserError(f"{name} is damaged: {error}") from error


def is_our_workflow(entity: Mapping[str, Any]) -> bool:
    is_workflow = "ComputationalWorkflow" in entity.get("@type", ())
    return is_workflow and entity.get("name") == WORKFLOW_NAME


def read_members(content: bytes, name: str) -> dict[str, bytes]:
    """Read a crate's metadata and results, by name.

    Raises:
        UserError: this is no crate, or it is damaged or unsafe.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.namelist():
                path = PurePosixPath(member.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts:
                    raise UserError(f"{name}: the path {member} leads out of the crate")
            if METADATA not in archive.namelist():
                raise UserError(f"{name} is no RO-Crate: it has no {METADATA}")
            wanted = [
                entry
                for entry in archive.infolist()
                if entry.filename == METADATA or RESULTS.fullmatch(entry.filename)
            ]
            if sum(entry.file_size for entry in wanted) > LARGEST:
                raise UserError(f"{name} would take more than {LARGEST / 1e9:g} GB of memory")
            return {entry.filename: archive.read(entry) for entry in wanted}
    except BROKEN as error:
        raise UserError(f"{name} is no zip file, or it is damaged: {error}") from error


def build_record(
    name: str, entities: list[dict[str, Any]], members: Mapping[str, bytes]
) -> RunRecord:
    """Build the record of a run from the metadata and results of its crate."""
    ledger = json.loads(members.get("claims.json", '{"claims": []}'))
    labels = {}
    if "evaluation_set.parquet" in members:
        images = parse_parquet(members["evaluation_set.parquet"], "evaluation_set.parquet")
        labels = dict(zip(images["image_id"].astype(str), images["label"], strict=True))
    tables = {}
    for member, data in members.items():
        if member.endswith(".csv"):
            exhibit = PurePosixPath(member).stem
            tables[exhibit] = read_csv(BytesIO(data))
            if lacking := {*COLUMNS} - {*tables[exhibit]}:
                raise ValueError(f"{member} has no column {min(lacking)}")
    outcomes = split_outcomes(members["outcomes.parquet"]) if "outcomes.parquet" in members else {}
    facts = {e["name"]: e["value"] for e in entities if e["@type"] == "PropertyValue"}
    return RunRecord(
        name=name,
        facts=facts,
        versions={e["name"]: e["version"] for e in entities if e["@type"] == "SoftwareApplication"},
        tables={exhibit: table for exhibit, table in tables.items() if len(table)},
        outcomes=outcomes,
        claims={claim["id"]: claim for claim in ledger["claims"]},
        gains=ledger.get("gains", []),
        replicated_gains=json.loads(members.get("replicates.json", '{"gains": []}'))["gains"],
        labels=labels,
        weights=split_hashes(facts.get("weights sha256", "")),
        mlp_weights=split_hashes(facts.get("weights of Table 4's networks sha256", "")),
        models=json.loads(facts.get("models", "{}")),
        digests={m: sha256(data).hexdigest() for m, data in members.items() if m != METADATA},
    )


def split_outcomes(data: bytes) -> dict[str, pd.DataFrame]:
    """Read what `crate_contents.join_outcomes` joined, by exhibit."""
    joined = parse_parquet(data, "outcomes.parquet").astype({"unit": str})
    outcome = joined["value"].astype(float).fillna(100.0 * joined["succeeded"].astype(float))
    joined = joined.assign(outcome=outcome)[["exhibit", "row", "attack", "unit", "outcome"]]
    return {str(name): frame for name, frame in joined.groupby("exhibit")}
