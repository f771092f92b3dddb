"""Strips of images under a table: clean, attacked by each method, and the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nrg.data.images import Images
from nrg.report.image_encoding import SEEN, amplify_difference, encode_sprite, enlarge
from nrg.report.kept_images import read_kept_images
from nrg.study.crafting_jobs import Job, Key
from nrg.study.exhibits import Exhibit, label_method
from nrg.study.result_paths import ResultPaths

STRIP = 8  # images in a strip


@dataclass(frozen=True)
class StripImage:
    """An image as a data URI, and the text for those who do not see it."""

    source: str
    text: str


@dataclass(frozen=True)
class StripRow:
    """A row of images under one title."""

    title: str
    images: list[StripImage]


def build_strips(
    exhibit: Exhibit,
    images: Images,
    jobs: Mapping[Key, Job],
    results: ResultPaths,
    classes: Sequence[str],
) -> list[StripRow]:
    """The first images of the evaluation set, attacked from the last source of a table.

    Returns:
        No rows for an exhibit that is no matrix, or whose attacks have not run.
    """
    if not exhibit.kind.is_matrix_of_zoo:
        return []
    source = exhibit.sources[-1]
    first = images[:STRIP]
    adversarial = {}
    for method in exhibit.methods:
        job = jobs[Key(source, method.attack, exhibit.images)]
        kept = read_kept_images(results, job, method.attack.name)
        if kept is not None:
            adversarial[method.name] = kept[:STRIP]
    count = min([len(first), *map(len, adversarial.values())])
    adversarial = {method: kept[:count] for method, kept in adversarial.items()}
    names = [classes[label] for label in first.labels[:count]]
    return build_strip_rows(first.pixels[:count], adversarial, names) if adversarial else []


def build_strip_rows(
    clean: np.ndarray, adversarial: Mapping[str, np.ndarray], names: Sequence[str]
) -> list[StripRow]:
    """The clean images, then for each method its images and the amplified difference.

    Args:
        clean: (n, C, H, W), uint8.
        adversarial: the attacked images of the same shape, by method.
        names: of the n images' labels.
    """
    rows = [("clean", clean)]
    for method, images in adversarial.items():
        amplified, factor = amplify_difference(images, clean, SEEN)
        rows.append((label_method(method), images))
        rows.append((f"difference × {factor:.1f}", amplified))
    return [
        StripRow(
            title,
            [
                StripImage(encode_sprite(enlarge(image[None])), f"{title}: {name}")
                for image, name in zip(images, names, strict=True)
            ],
        )
        for title, images in rows
    ]
