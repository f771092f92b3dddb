"""What the template shows, gathered from a suite's results as far as they exist."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.base.errors import UserError
from nrg.base.safetensors_files import read_metadata
from nrg.data.datasets import class_names
from nrg.data.images import Images, load_images, matches
from nrg.report.agreement import Agreement, measure_agreement
from nrg.report.claims_on_page import Claim, ClaimsOnPage, arrange_claims, group_claims_by_exhibit
from nrg.report.clean_accuracy import ModelAccuracy, read_accuracy
from nrg.report.deviations import Difference, find_deviations, find_differences
from nrg.report.effects import read_effects
from nrg.report.example import Example, find_example
from nrg.report.gains import Budget, group_gains
from nrg.report.image_browser import Browser, build_browser
from nrg.report.open_choices import Choice, load_choices
from nrg.report.provenance import Provenance, gather_provenance, ran_on_gpu, read_proofs
from nrg.report.replicates import Replicates, read_replicates
from nrg.report.run import Run
from nrg.report.sections import Section, build_section
from nrg.study.exhibits import (
    Exhibit,
    find_common_remark,
    label_exhibit,
    label_sources,
    list_wanted_images,
    load_exhibits,
)
from nrg.study.result_paths import ResultPaths
from nrg.study.settings import Settings
from nrg.study.suite import Suite


@dataclass(frozen=True)
class MissingExhibit:
    """An exhibit of the run that is not made yet, and the command that makes it."""

    number: str
    title: str
    command: str


@dataclass(frozen=True)
class Contents:
    """Which exhibits the page shows, and which it does not.

    Attributes:
        sections: the exhibits that are made, in order.
        groups: the same under the headings of the page.
        numbers: what links to them say, by the exhibit's name.
        unmade: exhibits of the run that are not made yet.
        not_shown: exhibits asked for that the zoo cannot show.
        not_asked: numbers of the paper's exhibits that the run does not ask for.
    """

    sections: list[Section]
    groups: dict[str, list[Section]]
    numbers: dict[str, str]
    unmade: list[MissingExhibit]
    not_shown: Sequence[Exhibit]
    not_asked: list[str]

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """The numbers of exhibits as text to copy, by the exhibit's name and the form of text."""
        return {section.exhibit.name: section.texts for section in self.sections}


@dataclass(frozen=True)
class Comparison:
    """The run compared with the paper.

    Attributes:
        deviations: sentences on what keeps the run from being the paper's setting.
        differences: settings that differ.
        agreement: distances from the printed numbers, one entry per table.
        is_first: whether the page goes on with the paper's claims, and not with the run's own
            tables: the paper prints numbers for these networks, or the images are the paper's.
    """

    deviations: list[str]
    differences: list[Difference]
    agreement: list[Agreement]
    is_first: bool


@dataclass(frozen=True)
class ModelNames:
    """Names of models to print.

    Attributes:
        labels: by source or target, without the remark.
        remark: the remark that the labels of all models share, as "scaled down"; may be empty.
    """

    labels: dict[str, str]
    remark: str


@dataclass(frozen=True)
class Context:
    """The names that the template may use, but for `crate`, which `write` adds.

    Attributes:
        settings: the run's; `suite` and `companion` are its suites.
        contents: the exhibits.
        comparison: the run compared with the paper.
        example: an image that explains an adversarial example; None if there is none.
        ran: a sentence on how many images and networks the numbers are over.
        budgets: what noise reduction gains, by what it spends; empty if claims are not tested.
        claims: the ledger as claims.json holds it; None if the claims are not tested.
        ledger: its claims as the page shows them; None likewise.
        claims_by_exhibit: the tested claims that rest on each exhibit.
        replicates: what was found on other zoos; None if there are none.
        choices: what the paper leaves open.
        browser: the image browser; None if there are no adversarial images.
        model_names: names of models to print.
        accuracy: of the models on clean images, as far as it is measured.
        weights: metadata of the models' weights, by model, as far as they exist.
        missing_images: ids or labels of images that exhibits would draw and the set lacks.
        ensemble_images: how many images ensembles attack; None if none attack.
        provenance: where the results come from.
    """

    settings: Settings
    suite: Suite
    companion: Suite | None
    contents: Contents
    comparison: Comparison
    example: Example | None
    ran: str
    budgets: list[Budget]
    claims: dict[str, Any] | None
    ledger: ClaimsOnPage | None
    claims_by_exhibit: dict[str, list[Claim]]
    replicates: Replicates | None
    choices: list[Choice]
    browser: Browser | None
    model_names: ModelNames
    accuracy: list[ModelAccuracy]
    weights: dict[str, dict[str, str]]
    missing_images: list[str | int]
    ensemble_images: int | None
    provenance: Provenance


def gather(run: Run) -> Context:
    """Read what exists of a run.

    Raises:
        UserError: no exhibit is made.
    """
    if not run.made:
        folder = f"{run.results.folder}/exhibits"
        raise UserError(f"none of the exhibits is in {folder} yet: {run.command}")
    settings, suite = run.settings, run.settings.suite
    crafted, mlps = read_effects(run.effects()), read_effects(run.mlp_effects())
    proofs = read_proofs(run.results, suite)
    provenance = gather_provenance(run, pd.concat([crafted, mlps], ignore_index=True), proofs)
    names = name_models(run.exhibits, suite)
    images = read_images(run.results)
    classes = class_names(suite.data)
    sections = [
        build_section(
            run=run,
            exhibit=exhibit,
            effects=mlps if exhibit.kind.attacks_mlps else crafted,
            images=images,
            classes=classes,
            labels=names.labels,
            on_gpu=ran_on_gpu(proofs),
        )
        for exhibit in run.made
    ]
    browser = example = None
    if images:
        example = find_example(run, images, classes, names.labels)
        browser = build_browser(run, images, classes, names.labels)
    accuracy = read_accuracy(run.results.fill("clean_accuracy.csv"))
    weights = read_weights_metadata(run.results, suite)
    claims = read_claims(run.results.fill("claims.json"))
    agreement = measure_agreement(sections)
    from_ensembles = count_ensemble_images(run.exhibits, suite)
    return Context(
        settings=settings,
        suite=suite,
        companion=settings.companion,
        contents=list_contents(run, sections),
        comparison=Comparison(
            deviations=find_deviations(settings, accuracy, weights, provenance.precisions),
            differences=find_differences(settings, accuracy),
            agreement=agreement,
            is_first=bool(agreement) or suite.paper_setting,
        ),
        example=example,
        ran=describe_run(suite, from_ensembles),
        budgets=group_gains(claims["gains"], sections) if claims else [],
        claims=claims,
        ledger=arrange_claims(claims["claims"], [e.name for e in run.made]) if claims else None,
        claims_by_exhibit=group_claims_by_exhibit(claims["claims"]) if claims else {},
        replicates=read_replicates(run),
        choices=load_choices({s.exhibit.name: s.table for s in sections}, suite.pixel_scale),
        browser=browser,
        model_names=names,
        accuracy=accuracy,
        weights=weights,
        missing_images=find_missing_images(run.exhibits, images) if images else [],
        ensemble_images=from_ensembles,
        provenance=provenance,
    )


def list_contents(run: Run, sections: list[Section]) -> Contents:
    """Which exhibits are shown, which are missing, and which were not asked for."""
    groups: dict[str, list[Section]] = {"Tables": [], "Figures": [], "Beyond the paper": []}
    for section in sections:
        groups[section.exhibit.group].append(section)
    made = run.made
    return Contents(
        sections=sections,
        groups=groups,
        numbers={e.name: e.title if e.reading else e.number for e in made},
        unmade=[
            MissingExhibit(e.number, e.title, run.make_command(e))
            for e in run.exhibits
            if e not in made
        ],
        not_shown=run.not_shown,
        not_asked=[
            label_exhibit(name)
            for name, exhibit in load_exhibits(run.settings.suite).items()
            if not exhibit.reading and exhibit not in [*run.exhibits, *run.not_shown]
        ],
    )


def name_models(exhibits: Sequence[Exhibit], suite: Suite) -> ModelNames:
    """Names of sources and targets, and the remark that all models share."""
    remark = find_common_remark(suite.residents.values())
    labels = label_sources(exhibits, suite)
    return ModelNames(
        {name: label.removesuffix(remark) for name, label in labels.items()}, remark.strip(" ()")
    )


def count_ensemble_images(exhibits: Sequence[Exhibit], suite: Suite) -> int | None:
    """How many images the run attacks from ensembles; None if it attacks from none."""
    attacking = any(e.images == "subset" and e.sources and e.methods for e in exhibits)
    return suite.subset_images if attacking else None


def describe_run(suite: Suite, from_ensembles: int | None) -> str:
    """A sentence on how many images were attacked, with how many networks."""
    part = f" ({from_ensembles:,} of them from ensembles, too)" if from_ensembles else ""
    count = len(suite.residents)
    networks = f"{count} network{'s' if count != 1 else ''}"
    return (
        f"We attacked {suite.evaluation_images:,} images of “{suite.title}”{part} with {networks}."
    )


def find_missing_images(exhibits: Sequence[Exhibit], images: Images) -> list[str | int]:
    """Images that exhibits would draw and the evaluation set lacks, by id or label."""
    table = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    return [wanted for wanted in list_wanted_images(exhibits) if not matches(table, wanted).any()]


def read_images(results: ResultPaths) -> Images | None:
    """The evaluation set, if it exists."""
    table = results.fill("evaluation_set.parquet")
    pixels = results.fill("evaluation_set.safetensors")
    return load_images(table, pixels) if table.exists() and pixels.exists() else None


def read_weights_metadata(results: ResultPaths, suite: Suite) -> dict[str, dict[str, str]]:
    """The metadata of each model's stored weights, as far as they exist."""
    paths = {
        name: results.fill("models/{model}.safetensors", model=name) for name in suite.networks
    }
    return {name: read_metadata(path) for name, path in paths.items() if path.exists()}


def read_claims(path: Path) -> dict[str, Any] | None:
    """The ledger of claims; None if it is missing, or of a version that says less."""
    if not path.exists():
        return None
    ledger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    is_current = "gains" in ledger and all("lacking" in claim for claim in ledger["claims"])
    return ledger if is_current else None
