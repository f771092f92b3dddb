"""From stored files to an exhibit: its numbers in long form, and its picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from nrg.analysis.tables import COLUMNS, build_table
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet
from nrg.data.images import load_images, pick_images
from nrg.figures import probes, rates
from nrg.study.exhibits import Exhibit

Files = Mapping[str, Any]  # a path or a list of paths, by what they hold
Built = tuple[pd.DataFrame, Figure]


@dataclass(frozen=True)
class Names:
    """What pictures print: labels of models, their families, and the names of the classes."""

    labels: Mapping[str, str]
    families: Mapping[str, str]
    classes: Sequence[str]


Builder = Callable[[Exhibit, Files, Names], Built]


def matrix(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, rates.heat_map(frame, names.labels)


def curves(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, rates.curves(frame, exhibit, names.labels, names.families)


def capacity(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, rates.capacity(frame, names.labels)


def destruction(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, rates.destruction(frame)


def boundaries(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = build_table(exhibit, files)
    maps = read_parquet(files["maps"])
    return frame, probes.decision_maps(maps, exhibit, names.labels, names.classes)


def gradients(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, probes.gradient_pictures(map_pixels(files["pictures"]), frame)


def cosines(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, probes.cosines(frame)


def copies(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, probes.copy_cosines(frame, names.labels)


def mlps(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = build_table(exhibit, files)
    return frame, rates.mlp_heat_maps(frame)


def schematic(*_: Any) -> Built:
    return pd.DataFrame(columns=COLUMNS), probes.schematic()


def image(exhibit: Exhibit, files: Files, names: Names) -> Built:
    images = load_images(files["images"], files["pixels"], exhibit.images)
    shown = pick_images(images, 1, exhibit.probe["first"])
    figure = probes.photograph(shown.pixels[0], shown.ids[0], names.classes[shown.labels[0]])
    return pd.DataFrame(columns=COLUMNS), figure


BUILDERS: dict[str, Builder] = {
    "matrix": matrix,
    "curves": curves,
    "capacity": capacity,
    "destruction": destruction,
    "boundaries": boundaries,
    "gradients": gradients,
    "cosines": cosines,
    "copies": copies,
    "mlps": mlps,
    "schematic": schematic,
    "image": image,
}
