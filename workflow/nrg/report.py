"""The HTML report: one file, with everything in it."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from PIL import Image

from nrg.attacks import Attack, number
from nrg.exhibits import Exhibit, method_label
from nrg.sources import members
from nrg.tables import COLUMNS, black_box

STRIP = 8  # images shown of an adversarial set
THUMBNAIL = 128  # pixels of a photograph's side there

CORRELATED = "Points of a line share images and often gradients, so neighbours are correlated."
CAPTIONS = {
    "schematic": "Along what they share both models change their label, along the rest A alone.",
    "image": "The image that the decision regions lie around.",
    "capacity": "Each point is a source, annotated with its success rate.",
    "destruction": "Of the images that fool the target, the share that no longer do once "
    "transformed; bands are 95 % intervals.",
    "boundaries": "One image; the cross is the clean one, and u and v are in pixels{unit}. Below, "
    "over {n} images: the median of the smallest |u| (parallel) and |v| (perpendicular) that "
    "change the label; inf where none within reach does.",
    "cosines": "A thin line is a pair of models; means over {n} images.",
    "gradients": "One image, and over {n} images the share of the gradient’s spectral energy above "
    "0.25 cycles a pixel, with bootstrap intervals.",
    "curves": f"Bands are 95 % intervals. {CORRELATED}",
    "means": f"Mean over the {{sources}} sources. {CORRELATED}",
}


@dataclass(frozen=True)
class Section:
    """One exhibit as the template shows it."""

    exhibit: Exhibit
    classes: int
    table: pd.DataFrame
    picture: str
    effects: list[dict[str, Any]]
    strips: list[dict[str, Any]]

    @property
    def number(self) -> str:
        """table3a as Table 3a."""
        if self.exhibit.reading:
            return "Beyond the paper"
        kind = self.exhibit.name.rstrip("0123456789abcd")
        return f"{kind.capitalize()} {self.exhibit.name[len(kind) :]}"

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
        key = "means" if exhibit.mean_over else exhibit.kind
        return CAPTIONS.get(key, "").format(
            n=None if self.table.empty else self.table["n"].iloc[0],
            unit=" (RMSD)" if exhibit.probe.get("move") == "unit" else "",
            sources=len(exhibit.sources),
        )

    @property
    def axes(self) -> list[str]:
        """Columns of the table that say where a row lies in the picture."""
        return [column for column in self.table if column not in COLUMNS]

    @property
    def panels(self) -> dict[str, pd.DataFrame]:
        """The table's matrices: one, or one an optimiser."""
        if "optimiser" in self.table:
            return dict(tuple(self.table.groupby("optimiser", sort=False)))
        return {"": self.table}

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


def cells(table: pd.DataFrame) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The rows of a matrix by source and target, a list of methods in each."""
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        grouped.setdefault((row["source"], row["target"]), []).append(row)
    return grouped


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


def strip(
    clean: np.ndarray, adversarial: Mapping[str, np.ndarray], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of pictures: the clean images, then each method's, and its difference amplified.

    Args:
        clean: (n, C, H, W), uint8.
        adversarial: for each method the same images attacked.
        names: of the n images' labels.
    """
    rows = [{"title": "clean", "images": [picture(image) for image in clean]}]
    for method, images in adversarial.items():
        difference = images.astype(np.int16) - clean
        factor = 127 / max(1, int(np.abs(difference).max()))
        amplified = np.rint(128 + factor * difference).clip(0, 255).astype(np.uint8)
        rows.append({"title": method_label(method), "images": [picture(image) for image in images]})
        rows.append(
            {
                "title": f"difference × {factor:.1f}",
                "images": [picture(image) for image in amplified],
            }
        )
    for row in rows:
        row["images"] = [
            {"source": source, "text": f"{row['title']}: {name}"}
            for source, name in zip(row["images"], names, strict=True)
        ]
    return rows


def picture(pixels: np.ndarray) -> str:
    """An image (C, H, W), uint8, as a data URI; large ones small and lossy: they are looked at."""
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    buffer = io.BytesIO()
    if max(image.size) <= 64:
        image.save(buffer, "PNG", optimize=True)
        return data_uri(buffer.getvalue(), "image/png")
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    image.save(buffer, "WEBP", quality=85)
    return data_uri(buffer.getvalue(), "image/webp")


def data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def render(template: str | Path, context: dict[str, Any]) -> str:
    """Fill in the template; what is printed is escaped, and an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(template).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["method_label"] = method_label
    environment.filters["known"] = lambda value: value is not None and not pd.isna(value)
    page = environment.get_template(Path(template).name)
    return page.render(context | {"cells": cells, "members": members, "strip_length": STRIP})
