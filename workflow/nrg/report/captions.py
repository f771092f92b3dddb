"""The texts around an exhibit: what its picture shows, and with which settings it was made."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrg.report.attack_text import describe_attack
from nrg.study.exhibits import Exhibit, label_method
from nrg.study.settings import Settings

CORRELATED = "Points of a line share images and often gradients, so neighbours are correlated."
CAPTIONS = {
    "schematic": "Along what they share both models change their label, along the rest A alone.",
    "image": "The image that the decision regions lie around.",
    "capacity": "Each point is a source, filled and labelled by its success rate; its outline and "
    "shape are its family.",
    "destruction": "Of the images that fool the target, the share that no longer do once "
    "transformed; bands are 95 % intervals.",
    "boundaries": "One image; the cross is the clean one, and u and v are in pixels{unit}. Under "
    "“The numbers”, over {n} images: the median of the smallest |u| (parallel) and |v| "
    "(perpendicular) that change the label; inf where none within reach does.",
    "cosines": "A thin line is a pair of models; means over {n} images.",
    "copies": "Means over {n} images and over all pairs of an image’s noisy copies, with bootstrap "
    "intervals.",
    "gradients": "One image, and over {n} images the share of the gradient’s spectral energy above "
    "0.25 cycles a pixel, with bootstrap intervals.",
    "curves": f"Bands are 95 % intervals. {CORRELATED}",
    "means": "Mean over the {sources} sources, which share images, and so without intervals. "
    f"{CORRELATED}",
    "matrix": "The numbers as a heat map; framed: white box.",
    "mlps": "The numbers as a heat map.",
}
SYMBOLS = {"copies": "m", "steps": "k", "epsilon": "ε", "alpha": "α", "sigma": "σ"}


def caption(exhibit: Exhibit, table: pd.DataFrame) -> str:
    """What a reader needs to know of an exhibit's picture.

    Args:
        table: the exhibit in long form.
    """
    key = "means" if exhibit.mean_over else exhibit.kind.name
    return CAPTIONS[key].format(
        n=None if table.empty else table["n"].iloc[0],
        unit=" (RMSD)" if exhibit.probe.move == "unit" else "",
        sources=len(exhibit.sources),
    )


def setting_text(exhibit: Exhibit, settings: Settings, labels: Mapping[str, str]) -> str:
    """The paper's setting of an exhibit, and what this run does instead.

    Args:
        labels: names of models to print.
    """
    suite, companion = settings.suite, settings.companion
    sentences = []
    if exhibit.setting and exhibit.reading:
        sentences.append(f"{exhibit.setting[0].upper()}{exhibit.setting[1:]}.")
    elif exhibit.setting:
        as_printed = suite.pixel_scale == 1 and exhibit.name not in suite.overrides
        sentences.append(f"{'Setting' if as_printed else 'In the paper'}: {exhibit.setting}.")
    if suite.pixel_scale != 1 and exhibit.kind.scales_pixels:
        sentences.append(scale_text(exhibit, suite.pixel_scale))
    if exhibit.name in suite.overrides and exhibit.sources:
        ends = (exhibit.sources, exhibit.targets)
        pair = " → ".join(", ".join(labels.get(n, n) for n in names) for names in ends)
        override = suite.overrides[exhibit.name]
        changes = [format_setting(override[key]) for key in ("axes", "probe") if key in override]
        sentences.append(f"Here: {'; '.join([pair, *changes])}.")
    if exhibit.left_out:
        sentences.append(f"Not in this zoo, and left out: {', '.join(exhibit.left_out)}.")
    if exhibit.kind.attacks_mlps and companion:
        sentences.append(
            f"Here: {companion.title}. ± is the standard deviation between seeds, and the interval "
            "Student’s, between seeds; n counts the images of all seeds."
        )
    return " ".join(sentences)


def scale_text(exhibit: Exhibit, scale: float) -> str:
    """A sentence on the scale of ε, α and σ, with every attack of a matrix."""
    attacks = ""
    if exhibit.kind.is_matrix_of_zoo:
        methods = exhibit.methods
        each = (f"{label_method(m.name)} {describe_attack(m.attack)}" for m in methods)
        attacks = f": {'; '.join(each)}"
    return f"Here ε, α and σ are {scale:.3g} times the paper’s, in whole pixels{attacks}."


def format_setting(value: Any) -> str:
    """An override's list or mapping without its brackets, in the paper's symbols."""
    if isinstance(value, Mapping):
        entries = value.items()
        return "; ".join(
            f"{SYMBOLS.get(key, key)} {format_setting(entry)}" for key, entry in entries
        )
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
