"""Where results come from: code, versions, machine, the user's files, and running times."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.base.code_hash import find_factory_modules
from nrg.base.files import file_sha256
from nrg.report.citation import write_bibtex
from nrg.report.command import AS_RUN
from nrg.report.job_times import StageTime, sum_stage_times
from nrg.report.repository import find_commit, find_commit_date, list_untracked
from nrg.report.run import Run
from nrg.study.exhibits import Exhibit
from nrg.study.result_paths import ResultPaths
from nrg.study.settings import Settings
from nrg.study.suite import Model, Suite

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "snakemake")


@dataclass(frozen=True)
class UserFile:
    """A file of the user's that the run depends on.

    Attributes:
        what: what it is, as "suite" or "code behind my_models:small".
        path: as the user gave it.
        sha256: of its content.
    """

    what: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """Where the results of a run come from.

    Attributes:
        command: the command that started the run; `forced_command`, the one that makes a file that
            is named behind it again.
        commit: the git commit of the workflow, with a remark if files differ from it.
        date: when that commit was made, ISO 8601.
        untracked: files of the workflow's folder that are not under version control.
        lock: SHA-256 of requirements.lock.
        versions: of Python and the packages that compute, by name.
        devices: processors on which attacks ran, as `base.devices.describe_device` names them.
        precisions: in which gradients were computed ("fp32", "tf32", "bf16").
        forms: sentences on the form in which the networks ran.
        user_files: the user's files that the run depends on.
        evaluation_set: SHA-256 of the images attacked; empty before they are selected.
        gradients: how many gradients were computed for adversarial sets.
        model_facts: how each model is built and what pixels it gets, as names and values.
        citation: BibTeX entries of the run and the paper.
        stages: running time of each rule.
    """

    command: str
    forced_command: str
    commit: str
    date: str
    untracked: list[str]
    lock: str
    versions: dict[str, str]
    devices: list[str]
    precisions: list[str]
    forms: list[str]
    user_files: list[UserFile]
    evaluation_set: str
    gradients: int
    model_facts: dict[str, dict[str, str]]
    citation: str
    stages: list[StageTime]


def gather_provenance(
    run: Run, effects: pd.DataFrame, proofs: Mapping[str, Mapping[str, Any]]
) -> Provenance:
    """Collect where the results of a run come from.

    Args:
        effects: what all attacks did, of `effects.read_effects`.
        proofs: which form of each network was proven to be right, by model, as stored.
    """
    suite = run.settings.suite
    head, date = find_commit(run.code), find_commit_date(run.code)
    pixels = run.results.fill("evaluation_set.safetensors")
    evaluation_set = file_sha256(pixels) if pixels.exists() else ""
    gradients = effects.groupby(["source", "job", "family"])["gradients"].first()
    return Provenance(
        command=os.environ.get(AS_RUN, run.command),
        forced_command=run.forced_command,
        commit=head,
        date=date,
        untracked=list_untracked(run.code),
        lock=file_sha256(run.code / "requirements.lock"),
        versions=list_package_versions(),
        devices=sorted(effects["device"].unique()),
        precisions=sorted(effects["precision"].unique()),
        forms=describe_forms(proofs, suite),
        user_files=find_user_files(run.settings, run.files, run.exhibits),
        evaluation_set=evaluation_set,
        gradients=int(gradients.sum()),
        model_facts={name: describe_model(model) for name, model in suite.networks.items()},
        citation=write_bibtex(suite.name, date, head, evaluation_set),
        stages=sum_stage_times(run.benchmarks),
    )


def list_package_versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def find_user_files(
    settings: Settings, given: Sequence[str], exhibits: Iterable[Exhibit]
) -> list[UserFile]:
    """The user's files that the run depends on, each once.

    Args:
        given: configuration files of the command line.
        exhibits: whose attacks may be made of functions of the user's own.
    """
    kinds = {path: "configuration" for path in given}
    kinds |= {str(path): "suite" for path in settings.files}
    for model in settings.suite.zoo.values():
        for file in find_factory_modules(model.factory):
            kinds.setdefault(str(file), f"code behind {model.factory}")
        for path in model.files:
            kinds.setdefault(path, f"read by {model.name}")
    for name in list_own_functions(exhibits):
        for file in find_factory_modules(name):
            kinds.setdefault(str(file), f"code behind {name}")
    for key in ("labels", "classes"):
        if (path := getattr(settings.suite.data, key)) is not None:
            kinds.setdefault(path, key)
    return [
        UserFile(what, path, file_sha256(Path(path).expanduser()))
        for path, what in kinds.items()
        if Path(path).expanduser().is_file()
    ]


def list_own_functions(exhibits: Iterable[Exhibit]) -> list[str]:
    """The functions of the user's own that attacks of exhibits are made of, each once."""
    attacks = (attack for exhibit in exhibits for attack in exhibit.attacks)
    return list(dict.fromkeys(name for attack in attacks for name in attack.own_functions))


def describe_model(model: Model) -> dict[str, str]:
    """How a model is built and what pixels it gets, as text."""
    size = model.input_size
    return {
        "factory": model.factory,
        "arguments": json.dumps(dict(model.arguments), sort_keys=True, ensure_ascii=False),
        "weights": str(model.weights),
        "mean": ", ".join(f"{value:g}" for value in model.mean),
        "std": ", ".join(f"{value:g}" for value in model.std),
        "input size": f"{size}×{size}" if size else "the images'",
    }


def read_proofs(results: ResultPaths, suite: Suite) -> dict[str, dict[str, Any]]:
    """The verdicts of `models.proof` on the zoo's networks, by model, as far as they exist."""
    paths = {name: results.fill("models/{model}.proof.json", model=name) for name in suite.networks}
    return {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if path.exists()
    }


def ran_on_gpu(proofs: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the networks of a run were computed on a GPU, as far as it is known."""
    return bool(proofs) and all(proof["device"] == "cuda" for proof in proofs.values())


def describe_forms(proofs: Mapping[str, Mapping[str, Any]], suite: Suite) -> list[str]:
    """Sentences that say in which form the networks ran, as far as it was measured."""
    by_precision = {name: proof["precisions"] for name, proof in proofs.items()}
    sentences = []
    quick = [
        name
        for name, verdicts in by_precision.items()
        if all(verdict["quick"] for verdict in verdicts.values())
    ]
    if quick:
        who = f"All {len(quick)}" if len(quick) == len(suite.networks) else ", ".join(quick)
        sentences.append(
            f"{who} in their quick form, with batch norm folded into convolutions, because it was "
            "measured to compute the same."
        )
    for name, verdicts in by_precision.items():
        reasons: dict[str, list[str]] = {}
        for precision, verdict in verdicts.items():
            if not verdict["quick"]:
                why = verdict["why"] or "the quick form does not compute the same in fp32"
                reasons.setdefault(why, []).append(precision)
        sentences += [
            f"{name} in {' and '.join(precisions)} as given, and not in its quick form: {why}."
            for why, precisions in reasons.items()
        ]
    return sentences
