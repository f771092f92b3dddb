"""Data of the page's image browser: clean and adversarial images, and every model's predictions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
import pandas as pd

from nrg.analysis.metrics import SUCCESS_RULES
from nrg.base.table_files import PROBABILITIES, TOP, read_parquet
from nrg.data.images import IMAGES_KEPT, Images
from nrg.report.attack_text import describe_attack, label_attack
from nrg.report.image_encoding import amplify_difference, encode_sprite, find_shown_size, is_lossy
from nrg.report.image_strips import STRIP
from nrg.report.kept_images import read_kept_images
from nrg.report.run import Run
from nrg.study.attacks import Attack
from nrg.study.crafting_jobs import Job, Key
from nrg.study.exhibits import Exhibit, join_words, label_method
from nrg.study.result_paths import ResultPaths
from nrg.study.sources import list_members

Percent = TypeVar("Percent", "pd.Series[float]", pd.DataFrame)
LABELS_SHOWN = 3  # of a prediction, or as many as a table's rule looks at
PIXELS = 14_000_000  # of all sprites together, so that a page has some megabytes


@dataclass(frozen=True)
class PredictionLists:
    """What a model predicts for each image; None for images that it is not scored on.

    Attributes:
        top: up to five labels, the most probable first.
        sure: probabilities, in percent, of the first label and of the true one; one value may
            stand for both.
    """

    top: list[list[int] | None]
    sure: list[list[float] | None]


@dataclass(frozen=True)
class ShownAttack:
    """One attack from one source.

    Attributes:
        name: the attack, without saying whether it is targeted; `settings` are its parameters.
        factor: what the difference to the clean image is multiplied by in the sprite.
        sprite: a data URI of 128 + factor · (adversarial − clean) for all images.
        said: predictions on the adversarial images, by model.
    """

    name: str
    settings: str
    factor: float
    sprite: str
    said: dict[str, PredictionLists]


@dataclass(frozen=True)
class ShownSource:
    """A source of a table.

    Attributes:
        members: the models that it consists of, for which its attacks are white boxes.
        attacks: positions of its attacks among those of the browser, in the table's order.
    """

    name: str
    label: str
    members: list[str]
    attacks: list[int]


@dataclass(frozen=True)
class ShownTable:
    """A table of the paper, whose images are shown.

    Attributes:
        title: its number and its attacks.
        first: how many of the first labels decide whether an attack succeeds.
        targeted: whether it succeeds with the target label, or without the true one.
        targets: the models that are its columns.
    """

    name: str
    title: str
    first: int
    targeted: bool
    targets: list[str]
    sources: list[ShownSource]


@dataclass(frozen=True)
class Browser:
    """The image browser, as the page's script reads it.

    Attributes:
        side: pixels of the side of an image.
        smooth: whether images are photographs, to be enlarged smoothly.
        ids: of the images.
        labels: their true labels; `wanted` are the target labels of targeted attacks.
        classes: names of the labels that occur.
        targets: names to print of the models that predict.
        surely: each model's confidence in its prediction for the clean images, in percent.
        clean: the clean images, as a data URI.
        attacks: what tables refer to, each once.
    """

    side: int
    smooth: bool
    ids: list[str]
    labels: list[int]
    wanted: list[int]
    classes: dict[int, str]
    targets: dict[str, str]
    surely: dict[str, list[float | None]]
    clean: str
    attacks: list[ShownAttack]
    tables: list[ShownTable]


@dataclass(frozen=True)
class KeptImages:
    """The kept images (n, C, H, W), uint8, of an attack, and the crafting job that made them."""

    job: Job
    pixels: np.ndarray


def build_browser(
    run: Run, images: Images, classes: Sequence[str], labels: Mapping[str, str]
) -> Browser | None:
    """Collect the images of the paper's tables, and what every model predicts for them.

    Args:
        classes: names of the labels.
        labels: names of models to print.

    Returns:
        None if no adversarial set is made yet.
    """
    tables = [e for e in run.made if e.kind.is_matrix_of_zoo and not e.reading]
    kept = find_kept_attacks(tables, run.jobs, run.results)
    if not kept:
        return None
    side = find_shown_size(images.pixels.shape)
    affordable = max(STRIP, PIXELS // (side**2 * len(kept)))
    shown = images[: min(IMAGES_KEPT, affordable, *(len(entry.pixels) for entry in kept.values()))]
    clean = np.array(shown.pixels)
    suite = run.settings.suite
    named = {target for exhibit in tables for target in exhibit.targets}
    targets = [name for name in suite.zoo if name in {*suite.residents, *named}]
    crafting = dict.fromkeys(entry.job for entry in kept.values())
    predictions = {
        job: read_predictions(run.results, job, suite.guests, shown.ids) for job in crafting
    }
    wanted = dict.fromkeys(kept, LABELS_SHOWN)
    for exhibit, source, attack in list_attacks(tables):
        if (source, attack) in kept:
            first = SUCCESS_RULES[exhibit.metric].first
            wanted[source, attack] = max(first, wanted[source, attack])
    attacks = []
    for (source, attack), entry in kept.items():
        amplified, factor = amplify_difference(np.array(entry.pixels[: len(shown)]), clean)
        of_job = predictions[entry.job]
        on_attack = of_job[of_job["attack"] == attack.name]
        attacks.append(
            ShownAttack(
                name=label_attack(attack).removeprefix("targeted "),
                settings=describe_attack(attack),
                factor=round(factor, 4),
                sprite=encode_sprite(amplified),
                said={
                    target: shorten(
                        list_predictions(on_attack, target, shown.ids), wanted[source, attack]
                    )
                    for target in targets
                },
            )
        )
    lists = [predicted.top for attack in attacks for predicted in attack.said.values()]
    used = {label for tops in lists for top in tops for label in top or ()}
    used |= {*shown.labels.tolist(), *shown.target_labels.tolist()}
    places = {key: place for place, key in enumerate(kept)}
    return Browser(
        side=side,
        smooth=is_lossy(images.pixels.shape),
        ids=list(shown.ids),
        labels=shown.labels.tolist(),
        wanted=shown.target_labels.tolist(),
        classes={label: classes[label] for label in sorted(used)},
        targets={target: labels.get(target, target) for target in targets},
        surely={
            target: read_clean_confidence(run.results, target, shown.ids) for target in targets
        },
        clean=encode_sprite(clean),
        attacks=attacks,
        tables=[table for e in tables if (table := show_table(e, places, labels)).sources],
    )


def show_table(
    exhibit: Exhibit, places: Mapping[tuple[str, Attack], int], labels: Mapping[str, str]
) -> ShownTable:
    """A table with those of its sources of which all attacks have images.

    Args:
        places: positions of the attacks among those of the browser, by source and attack.
        labels: names of models to print.
    """
    rule = SUCCESS_RULES[exhibit.metric]
    methods = join_words(label_method(method.name) for method in exhibit.methods)
    return ShownTable(
        name=exhibit.name,
        title=f"{exhibit.number}: {methods}",
        first=rule.first,
        targeted=rule.targeted,
        targets=list(exhibit.targets),
        sources=[
            ShownSource(
                name=source,
                label=labels.get(source, source),
                members=list_members(source),
                attacks=[places[source, attack] for attack in exhibit.attacks],
            )
            for source in exhibit.sources
            if all((source, attack) in places for attack in exhibit.attacks)
        ],
    )


def find_kept_attacks(
    tables: Iterable[Exhibit], jobs: Mapping[Key, Job], results: ResultPaths
) -> dict[tuple[str, Attack], KeptImages]:
    """The sources and attacks of tables of which images are kept, each once."""
    job_of = {
        (source, attack): jobs[Key(source, attack, exhibit.images)]
        for exhibit, source, attack in list_attacks(tables)
    }
    return {
        (source, attack): KeptImages(job, pixels)
        for (source, attack), job in job_of.items()
        if (pixels := read_kept_images(results, job, attack.name)) is not None
    }


def list_attacks(tables: Iterable[Exhibit]) -> Iterator[tuple[Exhibit, str, Attack]]:
    """Each attack of tables with its table and source."""
    for exhibit in tables:
        for source, attack in product(exhibit.sources, exhibit.attacks):
            yield exhibit, source, attack


def shorten(predicted: PredictionLists, labels: int) -> PredictionLists:
    """The first labels alone, and one probability where both are equal, to keep the page small."""
    return PredictionLists(
        [top[:labels] if top else None for top in predicted.top],
        [list(dict.fromkeys(pair)) if pair else None for pair in predicted.sure],
    )


def read_clean_confidence(
    results: ResultPaths, target: str, ids: Sequence[str]
) -> list[float | None]:
    """The probability, in percent, of what a model predicts for each clean image."""
    path = results.fill("clean_predictions/{model}.parquet", model=target)
    if not path.exists():
        return [None] * len(ids)
    frame = read_parquet(path, columns=["image_id", "top1_probability"]).set_index("image_id")
    confidence = to_percent(frame["top1_probability"])
    return [confidence.get(image) for image in ids]


def to_percent(probabilities: Percent) -> Percent:
    """Probabilities in percent, to one decimal place in double precision."""
    return (100 * probabilities.astype(float)).round(1)


def read_predictions(
    results: ResultPaths, job: Job, guests: Iterable[str], ids: Sequence[str]
) -> pd.DataFrame:
    """What the zoo predicts for some images of a job's adversarial sets, as far as it is known.

    Args:
        guests: the models whose predictions may lie in separate files.
    """
    of_job = {"source": job.source, "job": job.name}
    paths = [results.fill("predictions/{source}/{job}.parquet", **of_job)]
    for guest in guests:
        path = results.fill("predictions/{source}/{job}-on-{model}.parquet", **of_job, model=guest)
        paths.append(path)
    paths.append(results.fill("guest_predictions/{source}/{job}.parquet", **of_job))
    chosen = [("image_id", "in", list(ids))]
    columns = ["attack", "target", "image_id", *TOP, *PROBABILITIES]
    frames = [
        read_parquet(path, columns=columns, filters=chosen) for path in paths if path.exists()
    ]
    return pd.concat(frames, ignore_index=True).astype(
        dict.fromkeys(("attack", "target", "image_id"), str)
    )


def list_predictions(predictions: pd.DataFrame, target: str, ids: Sequence[str]) -> PredictionLists:
    """What one model predicts for each of the images named."""
    rows = predictions[predictions["target"] == target]
    pairs = to_percent(rows[PROBABILITIES]).to_numpy().tolist()
    tops = [[label for label in top if label >= 0] for top in rows[TOP].to_numpy().tolist()]
    known = dict(zip(rows["image_id"], zip(tops, pairs, strict=True), strict=True))
    found = [known.get(image, (None, None)) for image in ids]
    return PredictionLists([top for top, _ in found], [pair for _, pair in found])
