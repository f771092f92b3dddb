"""The texts around an exhibit: what its picture shows, and with which settings it was made."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrg.report.attack_text import describe_attack
from nrg.study.exhibits import Exhibit, add_value_here, label_method, scale_value
from nrg.study.settings import Settings

CORRELATED = (
    "Points of a line share images and often gradients, so neighbouring points are correlated."
)
BANDS = (
    "Bands are 95 % intervals; with more than three lines only the lowest and the highest setting "
    "have one. Where the paper says which setting is best, a dotted line with its source’s "
    "marker is at that setting, and rings mark the highest points of this run."
)
CAPTIONS = {
    "schematic": "This is a drawing and not a measurement. Along the direction that the two models "
    "share, ∇f∥, both change their label; along the rest of A’s gradient, ∇f⊥, only A does. The "
    "whole gradient ∇f crosses both boundaries, but has to go farther to cross that of B.",
    "image": "This is the image around which the decision regions are drawn.",
    "capacity": "Each point is a source. Its fill, and the number beside its name, are its success "
    "rate in percent; its shape and outline are its family. The colours run from the lowest to the "
    "highest rate of this picture. The vertical axis is logarithmic. Points that would cover one "
    "another are moved apart, and a dot marks where each belongs.",
    "destruction": "The upper row is about the adversarial images that fool the target: it shows "
    "the share that no longer does once the image is transformed, and each of its panels has a "
    "vertical axis of its own. The lower row shows the share of clean images that the target still "
    "recognises after the same transformation. Strength grows to the right, which for JPEG means a "
    "falling quality. Bars are 95 % intervals; the markers of one strength stand a little apart.",
    "boundaries": "The maps are for one image. The cross is the image itself, and u and v say how "
    "far it is moved, in pixels{unit}. The numbers are over {n} images: the median of the smallest "
    "|u| (parallel) and |v| (perpendicular) that change the label. “inf” means that no step "
    "inside the map changed the label.",
    "cosines": "A thin line is a pair of models, and the thick one is the mean over the pairs. "
    "Each value is a mean over {n} images.",
    "copies": "Values are means over {n} images and over all pairs of an image’s noisy copies. "
    "Bars are 95 % intervals from the bootstrap over images.",
    "gradients": "The pictures show one image and its gradients: the brighter a pixel, the larger "
    "the absolute value of the gradient there. Each gradient has a scale of its own, on which the "
    "brightest hundredth of its pixels is white. The graph shows, over {n} images, how much of a "
    "gradient’s spectral energy is above 0.25 cycles per pixel, with 95 % intervals from the "
    "bootstrap over images.",
    "curves": f"{BANDS} {CORRELATED}",
    "means": "Lines are means over the {sources} sources. The table lists these, and each "
    "source by itself. Bands are 95 % intervals from a bootstrap that draws "
    "the same images for all sources, as the tests of the claims do; with more than three lines "
    f"only the lowest and the highest setting have one. {CORRELATED}",
    "matrix": "This is the table as a heat map. A frame marks a white box: there the target is the "
    "source or one of its members.",
    "mlps": "This is the table as a heat map. A frame marks a white box: there the target is the "
    "source.",
}
SYMBOLS = {
    "copies": "m",
    "steps": "k",
    "epsilon": "ε",
    "alpha": "α",
    "sigma": "σ",
    "first": "image",
}
# A value of the paper that `pixel_scale` multiplies: ε 15, σ 0 to 25, α from 1 to 40, RMSD 15.
QUOTED = re.compile(
    r"((?<!\w)[εασ]|RMSD)( from)? (\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))?(?![\w.]*\d|\s?ε)"
)


def write_caption(exhibit: Exhibit, table: pd.DataFrame) -> str:
    """What a reader needs to know of an exhibit's picture.

    Args:
        table: the exhibit in long form.
    """
    key = "means" if exhibit.mean_over else exhibit.kind.name
    return CAPTIONS[key].format(
        n=None if table.empty else table["n"].iloc[0],
        unit=" of RMSD" if exhibit.probe.move == "unit" else "",
        sources=len(exhibit.sources),
    )


def write_setting(exhibit: Exhibit, settings: Settings, labels: Mapping[str, str]) -> str:
    """The paper's setting of an exhibit, and what this run does instead.

    Args:
        labels: names of models to print.
    """
    suite, companion = settings.suite, settings.companion
    scale = suite.pixel_scale if exhibit.kind.scales_pixels else 1
    setting = quote_values(exhibit.setting, scale)
    sentences = []
    if setting and exhibit.reading:
        sentences.append(f"{setting[0].upper()}{setting[1:]}.")
    elif setting:
        as_printed = suite.pixel_scale == 1 and exhibit.name not in suite.overrides
        sentences.append(f"{'Setting' if as_printed else 'In the paper'}: {setting}.")
    if scale != 1 and setting == exhibit.setting:
        sentences.append(write_scale(exhibit, scale))
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
            f"Here the images are those of “{companion.title}”. After ± stands the standard "
            "deviation between seeds; intervals are Student’s, between seeds, and n counts the "
            "images of all seeds."
        )
    return " ".join(sentences)


def quote_values(text: str, scale: float) -> str:
    """A text that quotes ε, α and σ of the paper, with what they are here: "ε 15 (here 40)"."""

    def quote(match: re.Match[str]) -> str:
        here = [
            str(scale_value("epsilon", float(value), scale))
            for value in match.groups()[2:]
            if value
        ]
        return add_value_here(match[0], " to ".join(here))

    return text if scale == 1 else QUOTED.sub(quote, text)


def write_scale(exhibit: Exhibit, scale: float) -> str:
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
