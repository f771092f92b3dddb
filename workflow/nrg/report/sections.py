"""An exhibit as the report shows it: captions, cells, what its attacks did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from nrg.analysis.tables import COLUMNS, black_box
from nrg.figures.style import DIFFERENCES, shade
from nrg.study.attacks import Attack, number
from nrg.study.exhibits import Exhibit, method_label
from nrg.study.settings import Settings
from nrg.study.sources import members

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
WORDS = {"copies": "m", "steps": "k", "epsilon": "ε", "alpha": "α", "sigma": "σ"}
WIDEST_DIFFERENCE = 50  # percentage points that get the full colour


@dataclass(frozen=True)
class Section:
    """One exhibit as the template shows it.

    Attributes:
        classes: how many labels there are.
        picture: its SVG, to stand in the page.
        texts: its numbers as CSV, Markdown and LaTeX.
        times: wall and GPU seconds of the jobs behind it, and how many they are.
        command: what rebuilds it.
        setting: the paper's and this run's, in words.
        maps: label grids behind a picture of decision regions.
    """

    exhibit: Exhibit
    setting: str
    classes: int
    table: pd.DataFrame
    picture: Markup
    texts: dict[str, str]
    effects: list[dict[str, Any]]
    strips: list[dict[str, Any]]
    times: dict[str, float]
    command: str
    maps: dict[str, Any] | None

    @property
    def chance(self) -> float | None:
        """The rate, in percent, that predictions at random would give, where it is not trivial."""
        if self.exhibit.metric == "top1_success" or "success" not in self.exhibit.metric:
            return None
        share = min(100, 100 * (5 if "top5" in self.exhibit.metric else 1) / self.classes)
        return share if self.exhibit.metric.startswith("targeted") else 100 - share

    @property
    def caption(self) -> str:
        """What to know of the picture."""
        exhibit = self.exhibit
        key = "means" if exhibit.mean_over else exhibit.kind.name
        return CAPTIONS[key].format(
            n=None if self.table.empty else self.table["n"].iloc[0],
            unit=" (RMSD)" if exhibit.probe.get("move") == "unit" else "",
            sources=len(exhibit.sources),
        )

    @property
    def axes(self) -> list[str]:
        """Columns of the table that say where a row lies in the picture."""
        return [column for column in self.table if column not in COLUMNS]

    @property
    def printed(self) -> bool:
        """Whether the paper prints any of the numbers."""
        return bool(self.table["paper_value"].notna().any())

    @property
    def panels(self) -> list[dict[str, Any]]:
        """The table's matrices, one or one an optimiser: title, targets, and rows of cells.

        `images` is how many every cell is over, None where cells differ.
        """
        parts = {"": self.table}
        if "optimiser" in self.table:
            parts = dict(tuple(self.table.groupby("optimiser", sort=False)))
        return [
            {
                "title": method_label(title),
                "methods": list(dict.fromkeys(part["method"])),
                "targets": list(dict.fromkeys(part["target"])),
                "images": int(part["n"].iloc[0]) if part["n"].nunique() == 1 else None,
                "rows": matrix_rows(part),
            }
            for title, part in parts.items()
        ]

    @property
    def black_box_means(self) -> list[dict[str, Any]]:
        """For each method the mean over black-box pairs, ours and the paper's over the same."""
        cells = black_box(self.table)
        return [
            {
                "method": method,
                "pairs": len(rows),
                "value": rows["value"].mean(),
                "paper": rows["paper_value"].mean() if rows["paper_value"].notna().all() else None,
            }
            for method, rows in cells.groupby("method", sort=False)
        ]


def setting_text(exhibit: Exhibit, settings: Settings, labels: Mapping[str, str]) -> str:
    """What the paper attacks with here, and what this run does instead."""
    suite, companion = settings.suite, settings.companion
    found = []
    if exhibit.setting and exhibit.reading:
        found.append(f"{exhibit.setting[0].upper()}{exhibit.setting[1:]}.")
    elif exhibit.setting:
        as_printed = suite.pixel_scale == 1 and exhibit.name not in suite.overrides
        found.append(f"{'Setting' if as_printed else 'In the paper'}: {exhibit.setting}.")
    if suite.pixel_scale != 1 and exhibit.kind.scales_pixels:
        own = [f"{method_label(m.name)} {describe_attack(m.attack)}" for m in exhibit.methods]
        listed = f": {'; '.join(own)}" if exhibit.kind.is_matrix_of_zoo else ""
        scale = f"{suite.pixel_scale:.3g} times the paper’s"
        found.append(f"Here ε, α and σ are {scale}, in whole pixels{listed}.")
    if exhibit.name in suite.overrides and exhibit.sources:
        ends = (exhibit.sources, exhibit.targets)
        here = [" → ".join(", ".join(labels.get(n, n) for n in names) for names in ends)]
        own = suite.overrides[exhibit.name]
        here += [plain(own[key]) for key in ("axes", "probe") if key in own]
        found.append(f"Here: {'; '.join(here)}.")
    if exhibit.left_out:
        found.append(f"Not in this zoo, and left out: {', '.join(exhibit.left_out)}.")
    if exhibit.kind.attacks_mlps and companion:
        found.append(
            f"Here: {companion.title}. ± is the standard deviation between seeds, and the interval "
            "Student’s, between seeds; n counts the images of all seeds."
        )
    return " ".join(found)


def plain(value: Any) -> str:
    """A list or mapping of an override, without its brackets, in the paper's symbols."""
    if isinstance(value, Mapping):
        return "; ".join(f"{WORDS.get(key, key)} {plain(entry)}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def matrix_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a source: its name, and a cell a target with what every method reaches."""
    targets = list(dict.fromkeys(table["target"]))
    rows = []
    for source, own in table.groupby("source", sort=False):
        by_target = dict(tuple(own.groupby("target", sort=False)))
        cells = [
            {
                "white_box": target in members(str(source)),
                "values": [cell_value(row) for row in by_target[target].to_dict("records")],
            }
            for target in targets
        ]
        rows.append({"source": source, "cells": cells})
    return rows


def cell_value(row: dict[str, Any]) -> dict[str, Any]:
    """One method's rate in a cell, with the paper's, their difference, and colours for each."""
    printed = None if pd.isna(row["paper_value"]) else row["paper_value"]
    difference = None if printed is None else row["value"] - printed
    widest = WIDEST_DIFFERENCE
    return {
        **row,
        "sd": None if pd.isna(row.get("sd")) else row["sd"],
        "printed": printed,
        "difference": difference,
        "shade": shade(row["value"], 0, 100),
        "printed_shade": None if printed is None else shade(printed, 0, 100),
        "difference_shade": None
        if difference is None
        else shade(difference, -widest, widest, DIFFERENCES),
    }


def describe_attack(attack: Attack) -> str:
    """An attack's settings in the paper's symbols."""
    parts = [f"ε {number(attack.epsilon)}" + (" (RMSD)" if attack.ball == "l2" else "")]
    if attack.steps > 1:
        parts.append(f"k {attack.steps}, α {number(attack.alpha)}")
    if attack.sigma > 0:
        parts.append(f"m {attack.copies}, σ {number(attack.sigma)}")
    parts += [text for text in (attack.loss, attack.variant) if text not in ("", "cross-entropy")]
    return ", ".join(parts)


def summarise_effects(exhibit: Exhibit, effects: pd.DataFrame) -> list[dict[str, Any]]:
    """What each method did to the images, over all sources."""
    rows = []
    for method in exhibit.methods:
        own = effects[effects["attack"] == method.attack.name]
        if exhibit.sources:
            own = own[own["source"].isin(exhibit.sources)]
        if len(own):
            rows.append(
                {
                    "method": method.name,
                    "settings": describe_attack(method.attack),
                    "linf": own["linf"].mean(),
                    "rmsd": own["rmsd"].mean(),
                    "zero_gradients": int(own["zero_gradients"].sum()),
                    "gradients": needed(method.attack, own),
                    "images": int(own["images"].sum()),
                }
            )
    return rows


def needed(attack: Attack, effects: pd.DataFrame) -> int:
    """Gradients that an attack takes of all members of its sources, shared with others or not."""
    images = (effects["images"] * [len(members(source)) for source in effects["source"]]).sum()
    return int(images * attack.steps * attack.copies)
