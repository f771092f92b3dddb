"""One image that explains an adversarial example: clean, attacked, and what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nrg.data.images import Images
from nrg.report.image_browser import list_predictions, read_predictions
from nrg.report.image_encoding import SEEN, amplify_difference, encode_picture, is_lossy
from nrg.report.kept_images import read_kept_images
from nrg.report.run import Run
from nrg.study.crafting_jobs import Job, Key
from nrg.study.exhibits import Exhibit, find_reduced_forms, label_exhibit, label_method
from nrg.study.methods import Method
from nrg.study.result_paths import ResultPaths
from nrg.study.sources import is_white_box


@dataclass(frozen=True)
class Example:
    """An image that fools another network by a noise-reduced attack, and not by the plain one.

    Attributes:
        clean, attacked, difference: data URIs; the difference is 128 + factor · change.
        label: the true one; `called`, what the target says of the attacked image.
        source, target: names to print.
        plain, reduced: the two attacks.
        exhibit: the name of the table; `table`, what links to it say.
        smooth: whether it is a photograph, to be enlarged smoothly.
    """

    clean: str
    attacked: str
    difference: str
    factor: float
    label: str
    called: str
    source: str
    target: str
    plain: str
    reduced: str
    exhibit: str
    table: str
    smooth: bool


@dataclass(frozen=True)
class Candidate:
    """Two attacks of a table, the second the first's noise-reduced form, on a black-box pair."""

    exhibit: Exhibit
    plain: Method
    reduced: Method
    source: str
    target: str


def find_example(
    run: Run, images: Images, classes: Sequence[str], labels: Mapping[str, str]
) -> Example | None:
    """The first image that a noise-reduced attack fools a black-box target with, and the plain not.

    Tables, attacks, sources, targets and images are looked through in their order.

    Args:
        classes: names of the labels.
        labels: names of models to print.

    Returns:
        None if there is no such image among those that are kept.
    """
    for candidate in list_candidates(run.made):
        source, target, subset = candidate.source, candidate.target, candidate.exhibit.images
        attacks = candidate.plain.attack, candidate.reduced.attack
        plain_job, job = (run.jobs[Key(source, attack, subset)] for attack in attacks)
        kept = read_kept_images(run.results, job, attacks[1].name)
        if kept is None or read_kept_images(run.results, plain_job, attacks[0].name) is None:
            continue
        ids = list(images.ids[: len(kept)])
        plain, reduced = (
            name_labels(run.results, job_of, attack.name, target, ids, run.settings.suite.guests)
            for job_of, attack in zip((plain_job, job), attacks, strict=True)
        )
        for place, label in enumerate(images.labels[: len(ids)].tolist()):
            called = reduced[place]
            if called not in (None, label) and plain[place] == label:
                return show_example(candidate, kept, place, called, images, classes, labels)
    return None


def list_candidates(exhibits: Iterable[Exhibit]) -> Iterable[Candidate]:
    """The pairs of untargeted attacks in the paper's tables, on each of their black-box pairs."""
    for exhibit in exhibits:
        for plain, reduced in find_reduced_forms(exhibit):
            if exhibit.reading or plain.attack.targeted:
                continue
            for source, target in product(exhibit.sources, exhibit.targets):
                if not is_white_box(source, target):
                    yield Candidate(exhibit, plain, reduced, source, target)


def name_labels(
    results: ResultPaths,
    job: Job,
    attack: str,
    target: str,
    ids: Sequence[str],
    guests: Iterable[str],
) -> list[int | None]:
    """The label that a target gives to each attacked image; None where it is not scored."""
    predictions = read_predictions(results, job, guests, ids)
    rows = predictions[predictions["attack"] == attack]
    return [top[0] if top else None for top in list_predictions(rows, target, ids).top]


def show_example(
    candidate: Candidate,
    kept: np.ndarray,
    place: int,
    called: int,
    images: Images,
    classes: Sequence[str],
    labels: Mapping[str, str],
) -> Example:
    """The image at a place as the page shows it.

    Args:
        kept: the adversarial images, (n, C, H, W), uint8.
        called: the label that the target gives to the attacked image.
    """
    clean, attacked = np.array(images.pixels[place]), np.array(kept[place])
    difference, factor = amplify_difference(attacked, clean, SEEN)
    return Example(
        clean=encode_picture(clean),
        attacked=encode_picture(attacked),
        difference=encode_picture(difference),
        factor=factor,
        label=classes[images.labels[place]],
        called=classes[called],
        source=labels.get(candidate.source, candidate.source),
        target=labels.get(candidate.target, candidate.target),
        plain=label_method(candidate.plain.name),
        reduced=label_method(candidate.reduced.name),
        exhibit=candidate.exhibit.name,
        table=label_exhibit(candidate.exhibit.name),
        smooth=is_lossy(images.pixels.shape),
    )
