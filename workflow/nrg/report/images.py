"""Images in the report: strips of a table's images, and the browser's sprites and predictions."""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from PIL import Image

from nrg.base.columns import PROBABILITIES, TOP
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet
from nrg.data.images import Images
from nrg.data.samples import IMAGES_KEPT
from nrg.report.page import data_uri
from nrg.report.sections import describe_attack
from nrg.study.crafting_jobs import Job, Key
from nrg.study.exhibits import Exhibit, method_label
from nrg.study.settings import Settings

Percent = TypeVar("Percent", pd.Series, pd.DataFrame)
STRIP = 8  # images shown of an adversarial set
LARGEST = 64  # pixels of a side that is shown as it is, without loss
THUMBNAIL = 96  # pixels of a photograph's side
PIXELS = 14_000_000  # of all sprites together, for a page of some megabytes
QUALITY = 50  # of lossy pictures


def strip(
    clean: np.ndarray, adversarial: Mapping[str, np.ndarray], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of pictures: the clean images, then each method's, and its difference amplified.

    Args:
        clean: (n, C, H, W), uint8.
        adversarial: for each method the same images attacked.
        names: of the n images' labels.
    """
    rows = [("clean", clean)]
    for method, images in adversarial.items():
        amplified, factor = difference(images, clean)
        rows.append((method_label(method), images))
        rows.append((f"difference × {factor:.1f}", amplified))
    return [
        {
            "title": title,
            "images": [
                {"source": picture(image), "text": f"{title}: {name}"}
                for image, name in zip(images, names, strict=True)
            ],
        }
        for title, images in rows
    ]


def difference(images: np.ndarray, clean: np.ndarray) -> tuple[np.ndarray, float]:
    """Images less the clean ones, around grey 128, and the factor that makes it fill 1 to 255."""
    change = images.astype(np.int16) - clean
    factor = 127 / max(1, int(np.abs(change).max()))
    return np.rint(128 + factor * change).astype(np.uint8), factor


def shown_size(shape: tuple[int, ...]) -> int:
    """The side, in pixels, at which an image (C, H, W) is shown."""
    return shape[-1] if shape[-1] <= LARGEST else THUMBNAIL


def picture(pixels: np.ndarray) -> str:
    """An image (C, H, W), uint8, as a data URI; large ones small and lossy: they are looked at."""
    return sprite(pixels[None])


def sprite(images: np.ndarray) -> str:
    """Images (n, C, H, W), uint8, side by side in one picture, as a data URI."""
    side = shown_size(images.shape)
    small = [
        np.asarray(as_image(image).resize((side, side), Image.Resampling.BOX)) for image in images
    ]
    joined = Image.fromarray(np.concatenate(small, axis=1))
    buffer = io.BytesIO()
    if images.shape[-1] <= LARGEST:
        joined.save(buffer, "PNG", optimize=True)
        return data_uri(buffer.getvalue(), "image/png")
    joined.save(buffer, "WEBP", quality=QUALITY)
    return data_uri(buffer.getvalue(), "image/webp")


def as_image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))


def samples_of(results: Path, job: Job, attack: str) -> np.ndarray | None:
    """The kept images of an adversarial set (n, C, H, W), or nothing where it is not made yet."""
    path = results / f"samples/{job.source}/{job.name}.safetensors"
    return mapped(path)[attack] if path.exists() else None


mapped = cache(map_pixels)  # which reads a file as a whole for its checksum


def strips(
    exhibit: Exhibit,
    images: Images,
    jobs: Mapping[Key, Job],
    results: Path,
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """The first images of the evaluation set, attacked from a table's last source."""
    if not exhibit.kind.is_matrix_of_zoo:
        return []
    source = exhibit.sources[-1]
    first = images[:STRIP]
    adversarial = {}
    for method in exhibit.methods:
        job = jobs[source, method.attack, exhibit.images]
        kept = samples_of(results, job, method.attack.name)
        if kept is not None:
            adversarial[method.name] = kept[:STRIP]
    shown = min([len(first), *map(len, adversarial.values())])
    adversarial = {method: kept[:shown] for method, kept in adversarial.items()}
    names = [classes[label] for label in first.labels[:shown]]
    return strip(first.pixels[:shown], adversarial, names) if adversarial else []


def browser(
    exhibits: Iterable[Exhibit],
    settings: Settings,
    jobs: Mapping[Key, Job],
    results: Path,
    images: Images,
    classes: Sequence[str],
    labels: Mapping[str, str],
) -> dict[str, Any] | None:
    """Clean and adversarial images of the paper's tables, and what every model says of them.

    An adversarial image is stored as its difference from the clean one, `factor` times, around
    grey. Nothing where no adversarial set is made yet.
    """
    pairs = {
        (source, method.attack): jobs[source, method.attack, exhibit.images]
        for exhibit in exhibits
        if exhibit.kind.is_matrix_of_zoo and not exhibit.reading
        for source in exhibit.sources
        for method in exhibit.methods
    }
    kept = {
        (source, attack): (job, samples)
        for (source, attack), job in pairs.items()
        if (samples := samples_of(results, job, attack.name)) is not None
    }
    if not kept:
        return None
    side = shown_size(images.pixels.shape)
    affordable = max(STRIP, PIXELS // (side**2 * len(kept)))
    count = min(IMAGES_KEPT, affordable, *(len(samples) for _, samples in kept.values()))
    shown = images[:count]
    targets = list(settings.suite.zoo)
    crafting = dict.fromkeys(job for job, _ in kept.values())
    predictions = {job: predictions_on(results, job, shown.ids) for job in crafting}
    sources: dict[str, list[dict[str, Any]]] = {}
    used = {*shown.labels.tolist(), *shown.target_labels.tolist()}
    for (source, attack), (job, samples) in kept.items():
        amplified, factor = difference(np.array(samples[:count]), np.array(shown.pixels))
        own = predictions[job][predictions[job]["attack"] == attack.name]
        said = {target: said_by(own, target, shown.ids) for target in targets}
        used |= {label for tops in said.values() for top in tops["top"] if top for label in top}
        sources.setdefault(source, []).append(
            {
                "name": f"{attack_family(attack.name)}: {describe_attack(attack)}",
                "targeted": attack.targeted,
                "factor": round(factor, 4),
                "sprite": sprite(amplified),
                "said": said,
            }
        )
    return {
        "side": side,
        "smooth": images.pixels.shape[-1] > LARGEST,
        "ids": list(shown.ids),
        "labels": shown.labels.tolist(),
        "wanted": shown.target_labels.tolist(),
        "classes": {label: classes[label] for label in sorted(used)},
        "targets": {target: labels.get(target, target) for target in targets},
        "surely": {target: clean_confidence(results, target, shown.ids) for target in targets},
        "clean": sprite(np.array(shown.pixels)),
        "sources": [
            {"name": labels.get(source, source), "attacks": attacks}
            for source, attacks in sources.items()
        ],
    }


def clean_confidence(results: Path, target: str, ids: Sequence[str]) -> list[float | None]:
    """What a model gives the label that it says of each clean image, in percent."""
    path = results / f"clean_predictions/{target}.parquet"
    if not path.exists():
        return [None] * len(ids)
    own = read_parquet(path, columns=["image_id", "top1_probability"]).set_index("image_id")
    sure = percent(own["top1_probability"])
    return [sure.get(image) for image in ids]


def percent(probabilities: Percent) -> Percent:
    """To one place, as double precision prints it."""
    return (100 * probabilities.astype(float)).round(1)


def attack_family(name: str) -> str:
    """targeted-nr-igsm-linf-e20-k20 as targeted nr-IGSM; an ℓ2 one as the paper's FGM ℓ2."""
    head, ball, _ = name.partition("-linf")
    return method_label(head if ball else name.partition("-l2")[0] + "-l2")


def predictions_on(results: Path, job: Job, ids: Sequence[str]) -> pd.DataFrame:
    """What the zoo, its guests included, says of some images of a job's adversarial sets."""
    folder = results / f"predictions/{job.source}"
    paths = [folder / f"{job.name}.parquet", *sorted(folder.glob(f"{job.name}-on-*.parquet"))]
    chosen = [("image_id", "in", list(ids))]
    columns = ["attack", "target", "image_id", *TOP, *PROBABILITIES]
    frames = [
        read_parquet(path, columns=columns, filters=chosen) for path in paths if path.exists()
    ]
    return pd.concat(frames, ignore_index=True).astype(
        dict.fromkeys(("attack", "target", "image_id"), str)
    )


def said_by(predictions: pd.DataFrame, target: str, ids: Sequence[str]) -> dict[str, list[Any]]:
    """A model's Top-5 labels of each image, and the probabilities, in percent, of the first and of
    the true one.

    None for an image that it is not scored on.
    """
    own = predictions[predictions["target"] == target].set_index("image_id")
    tops = {image: [int(label) for label in row if label >= 0] for image, row in own[TOP].T.items()}
    sure = {image: list(row) for image, row in percent(own[PROBABILITIES]).T.items()}
    return {"top": [tops.get(image) for image in ids], "sure": [sure.get(image) for image in ids]}
