"""What of a run goes into its crate: its results, its configuration, and the workflow itself."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from nrg.base.safetensors_files import read_metadata
from nrg.base.table_files import encode_parquet, read_csv, read_parquet
from nrg.report.crate import pack_crate
from nrg.report.crate_metadata import MEDIA_TYPES, README, WORKFLOW, CrateFacts, CrateFile
from nrg.report.deviations import label_scale
from nrg.report.provenance import Provenance
from nrg.report.repository import ARCHIVE_MARK
from nrg.report.run import Run

CONFIGURATION = "run-config.json"
WORKFLOW_FILES = (
    *(WORKFLOW, "config.yaml", "pyproject.toml", "requirements.lock", "Makefile"),
    *(README, "LICENSE", "CITATION.cff"),
)
WORKFLOW_FOLDERS = ("workflow", "report", "envs", "profiles")


def pack_run(run: Run, provenance: Provenance, weights: Mapping[str, Mapping[str, str]]) -> bytes:
    """Pack what exists of a run as a crate.

    Args:
        weights: metadata of the models' weights, by model.
    """
    files = [*list_result_files(run), *list_configuration_files(run, provenance)]
    files += list_workflow_files(run.code, provenance)
    return pack_crate(run.settings.suite.title, files, gather_facts(run, provenance, weights))


def list_result_files(run: Run) -> Iterator[CrateFile]:
    """The results: numbers, outcomes and pictures of exhibits, the claims, the images attacked."""
    kinds = {"csv": "numbers", "svg": "pictures"}
    results = {
        run.results.fill(f"exhibits/{{exhibit}}.{end}", exhibit=exhibit.name): (
            f"{exhibit.number}: {exhibit.title}, {what}",
            what,
        )
        for exhibit in run.made
        for end, what in kinds.items()
    }
    results[run.results.fill("claims.json")] = ("Ledger of claims", "claims")
    if run.settings.replicates > 1:
        found = run.results.fill("replicates.json")
        results[found] = ("Gains and claims on every zoo", "claims")
    results[run.results.fill("evaluation_set.parquet")] = ("Images attacked", "images")
    outcomes = join_outcomes(run)
    if len(outcomes):
        content = encode_parquet(outcomes)
        yield CrateFile("outcomes.parquet", content, "Outcomes behind the numbers", "outcomes")
    for path, (description, parameter) in results.items():
        if path.exists():
            member = path.relative_to(run.results.folder).as_posix()
            yield CrateFile(member, path.read_bytes(), description, parameter)


def join_outcomes(run: Run) -> pd.DataFrame:
    """The outcomes behind the numbers of all exhibits, in one table because that is much smaller.

    Returns:
        exhibit, row (of the exhibit's table, from 0), attack, unit, and the outcome: `succeeded`
        where it is a success or none, and `value` where it is a number; the other is missing.
    """
    frames = []
    for exhibit in run.made:
        path = run.outcomes(exhibit)
        outcomes = read_parquet(path) if path.exists() else pd.DataFrame()
        if outcomes.empty:
            continue
        keys = [column for column in outcomes if column not in ("attack", "unit", "outcome")]
        table = read_csv(run.table(exhibit)).reset_index(names="row")
        frame = table[[*keys, "row"]].merge(outcomes, on=keys)
        are_flags = frame["outcome"].dtype.kind == "i"
        kind = {"succeeded": frame["outcome"] > 0} if are_flags else {"value": frame["outcome"]}
        frames.append(frame[["exhibit", "row", "attack", "unit"]].assign(**kind))
    empty = pd.DataFrame(columns=["exhibit", "row", "attack", "unit", "succeeded", "value"])
    joined = pd.concat([empty, *frames], ignore_index=True)
    return joined.astype({"row": "int32", "succeeded": "boolean", "value": "float32"})


def list_configuration_files(run: Run, provenance: Provenance) -> Iterator[CrateFile]:
    """The run's configuration, and the user's suites and code that lie below the run's folder."""
    text = json.dumps(run.configuration, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    yield CrateFile(CONFIGURATION, text.encode(), "The run's configuration", "configuration")
    for file in provenance.user_files:
        path = PurePath(file.path)
        is_part = file.what == "suite" or file.what.startswith("code behind")
        if is_part and not path.is_absolute() and ".." not in path.parts:
            yield CrateFile(path.as_posix(), Path(path).read_bytes(), file.what)


def list_workflow_files(code: Path, provenance: Provenance) -> Iterator[CrateFile]:
    """The workflow: all that it takes to run it again."""
    paths = [code / name for name in WORKFLOW_FILES]
    for folder in WORKFLOW_FOLDERS:
        paths += sorted(Path(code, folder).rglob("*"))
    for path in paths:
        if path.is_file() and path.suffix in MEDIA_TYPES:
            member = path.relative_to(code).as_posix()
            yield CrateFile(member, path.read_bytes(), member)
    if re.fullmatch("[0-9a-f]{40}", provenance.commit):  # without a remark on local changes
        mark = f"{provenance.commit}\n{provenance.date}\n"
        yield CrateFile(ARCHIVE_MARK, mark.encode(), "The commit, as git archive writes it")


def gather_facts(
    run: Run, provenance: Provenance, weights: Mapping[str, Mapping[str, str]]
) -> CrateFacts:
    """What the crate says about the run; it holds no running times."""
    suite = run.settings.suite
    settings: dict[str, Any] = {
        "lock sha256": provenance.lock,
        "evaluation set sha256": provenance.evaluation_set,
        "seed": run.settings.seed,
        "device": "; ".join(provenance.devices),
        "precision": ", ".join(provenance.precisions),
        "networks ran": " ".join(provenance.forms),
        "weights sha256": list_hashes(weights),
        "weights of Table 4's networks sha256": list_hashes(read_mlp_weights(run)),
        "suite": run.settings.asked,
        "data set": suite.data.dataset,
        "files of the user's own": "; ".join(
            f"{file.path} ({file.what}) sha256 {file.sha256}" for file in provenance.user_files
        ),
        "untracked files": ", ".join(provenance.untracked),
        "image size": suite.data.image_size,
        "resize of the shorter side": suite.data.resize or "none",
        "ε, α and σ": label_scale(suite.pixel_scale),
        "models": json.dumps(provenance.model_facts, ensure_ascii=False),
    }
    return CrateFacts(
        description=f"Reproduction on the suite {suite.name}: {suite.title}. {suite.note}",
        date=provenance.date,
        versions=provenance.versions,
        commit=provenance.commit,
        command=run.command,
        settings=settings,
    )


def list_hashes(weights: Mapping[str, Mapping[str, str]]) -> str:
    return "; ".join(f"{name} {entry['tensors_sha256']}" for name, entry in weights.items())


def read_mlp_weights(run: Run) -> dict[str, dict[str, str]]:
    """The metadata of Table 4's networks, by replicate, as far as they exist."""
    pattern = "mlps/{replicate}.safetensors"
    paths = {name: run.mlp_results.fill(pattern, replicate=name) for name in run.replicates}
    return {name: read_metadata(path) for name, path in paths.items() if path.exists()}
