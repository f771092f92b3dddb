"""Data of the page's image browser: clean and adversarial images, and every model's predictions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from nrg.base.table_files import PROBABILITIES, TOP, read_parquet
from nrg.data.images import IMAGES_KEPT, Images
from nrg.report.attack_text import attack_label, describe_attack
from nrg.report.image_encoding import amplified_difference, is_lossy, shown_size, sprite
from nrg.report.image_strips import STRIP
from nrg.report.kept_images import kept_images
from nrg.study.attacks import Attack
from nrg.study.crafting_jobs import Job, Key
from nrg.study.exhibits import Exhibit
from nrg.study.result_paths import ResultPaths
from nrg.study.settings import Settings

Percent = TypeVar("Percent", "pd.Series[float]", pd.DataFrame)
PIXELS = 14_000_000  # of all sprites together, so that a page has some megabytes


@dataclass(frozen=True)
class PredictionLists:
    """What a model predicts for each image; None for images that it is not scored on.

    Attributes:
        top: up to five labels, the most probable first.
        sure: probabilities, in percent, of the first label and of the true one.
    """

    top: list[list[int] | None]
    sure: list[list[float] | None]


@dataclass(frozen=True)
class ShownAttack:
    """One attack from one source.

    Attributes:
        name: the attack and its parameters.
        factor: what the difference to the clean image is multiplied by in the sprite.
        sprite: a data URI of 128 + factor · (adversarial − clean) for all images.
        said: predictions on the adversarial images, by model.
    """

    name: str
    targeted: bool
    factor: float
    sprite: str
    said: dict[str, PredictionLists]


@dataclass(frozen=True)
class ShownSource:
    """The attacks from one source."""

    name: str
    attacks: list[ShownAttack]


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
        sources: the attacks, by source.
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
    sources: list[ShownSource]


@dataclass(frozen=True)
class KeptAttack:
    """The kept images (n, C, H, W), uint8, of one attack of a crafting job."""

    attack: Attack
    job: Job
    pixels: np.ndarray


def build_browser(
    exhibits: Iterable[Exhibit],
    settings: Settings,
    jobs: Mapping[Key, Job],
    results: ResultPaths,
    images: Images,
    classes: Sequence[str],
    labels: Mapping[str, str],
) -> Browser | None:
    """Collect the images of the paper's tables, and what every model predicts for them.

    Args:
        exhibits: those that are made.
        classes: names of the labels.
        labels: names of models to print.

    Returns:
        None if no adversarial set is made yet.
    """
    kept = find_kept_attacks(exhibits, jobs, results)
    if not kept:
        return None
    side = shown_size(images.pixels.shape)
    affordable = max(STRIP, PIXELS // (side**2 * len(kept)))
    shown = images[: min(IMAGES_KEPT, affordable, *(len(entry.pixels) for entry in kept))]
    clean = np.array(shown.pixels)
    targets = list(settings.suite.zoo)
    crafting = dict.fromkeys(entry.job for entry in kept)
    guests = settings.suite.guests
    predictions = {job: read_predictions(results, job, guests, shown.ids) for job in crafting}
    sources: dict[str, list[ShownAttack]] = {}
    used = {*shown.labels.tolist(), *shown.target_labels.tolist()}
    for entry in kept:
        attack, frame = entry.attack, predictions[entry.job]
        amplified, factor = amplified_difference(np.array(entry.pixels[: len(shown)]), clean)
        on_attack = frame[frame["attack"] == attack.name]
        predicted = {target: list_predictions(on_attack, target, shown.ids) for target in targets}
        used |= {label for each in predicted.values() for top in each.top for label in top or ()}
        sources.setdefault(entry.job.source, []).append(
            ShownAttack(
                name=f"{attack_label(attack)}: {describe_attack(attack)}",
                targeted=attack.targeted,
                factor=round(factor, 4),
                sprite=sprite(amplified),
                said=predicted,
            )
        )
    return Browser(
        side=side,
        smooth=is_lossy(images.pixels.shape),
        ids=list(shown.ids),
        labels=shown.labels.tolist(),
        wanted=shown.target_labels.tolist(),
        classes={label: classes[label] for label in sorted(used)},
        targets={target: labels.get(target, target) for target in targets},
        surely={target: clean_confidence(results, target, shown.ids) for target in targets},
        clean=sprite(clean),
        sources=[
            ShownSource(labels.get(source, source), attacks) for source, attacks in sources.items()
        ],
    )


def find_kept_attacks(
    exhibits: Iterable[Exhibit], jobs: Mapping[Key, Job], results: ResultPaths
) -> list[KeptAttack]:
    """The sources and attacks of the paper's tables of which images are kept, each once."""
    job_of = {
        (source, method.attack): jobs[Key(source, method.attack, exhibit.images)]
        for exhibit in exhibits
        if exhibit.kind.is_matrix_of_zoo and not exhibit.reading
        for source in exhibit.sources
        for method in exhibit.methods
    }
    return [
        KeptAttack(attack, job, pixels)
        for (_, attack), job in job_of.items()
        if (pixels := kept_images(results, job, attack.name)) is not None
    ]


def clean_confidence(results: ResultPaths, target: str, ids: Sequence[str]) -> list[float | None]:
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
        guests: the models whose predictions lie in separate files.
    """
    of_job = {"source": job.source, "job": job.name}
    paths = [results.fill("predictions/{source}/{job}.parquet", **of_job)]
    for guest in guests:
        path = results.fill("predictions/{source}/{job}-on-{model}.parquet", **of_job, model=guest)
        paths.append(path)
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
    rows = predictions[predictions["target"] == target].set_index("image_id")
    tops = {
        image: [int(label) for label in top if label >= 0] for image, top in rows[TOP].T.items()
    }
    sure = {image: list(pair) for image, pair in to_percent(rows[PROBABILITIES]).T.items()}
    return PredictionLists([tops.get(image) for image in ids], [sure.get(image) for image in ids])
