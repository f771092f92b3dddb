"""From stored files to an exhibit: its numbers in long form, and its picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from nrg.analysis import tables
from nrg.base.frames import read_frame, read_table
from nrg.base.storage import map_pixels
from nrg.data.evaluation_set import ahead, load_images
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


def read_all(paths: Sequence[str]) -> pd.DataFrame:
    return pd.concat(map(read_frame, paths), ignore_index=True)


def matrix(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = success_rates(exhibit, files)
    return frame, rates.heat_map(frame, names.labels)


def curves(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = success_rates(exhibit, files)
    return frame, rates.curves(frame, exhibit, names.labels, names.families)


def capacity(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = tables.with_capacity(success_rates(exhibit, files), read_table(files["accuracy"]))
    return frame, rates.capacity(frame, names.labels)


def success_rates(exhibit: Exhibit, files: Files) -> pd.DataFrame:
    images = read_frame(files["images"])
    return tables.success_rates(exhibit, read_all(files["predictions"]), images)


def destruction(exhibit: Exhibit, files: Files, _: Names) -> Built:
    images = read_frame(files["images"])
    frame = tables.destruction_rates(exhibit, read_frame(files["predictions"]), images)
    return frame, rates.destruction(frame)


def boundaries(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = tables.boundary_distances(exhibit, read_frame(files["distances"]))
    maps = read_frame(files["maps"])
    return frame, probes.decision_maps(maps, exhibit, names.labels, names.classes)


def gradients(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = tables.gradient_shares(exhibit, read_frame(files["shares"]))
    return frame, probes.gradient_pictures(map_pixels(files["pictures"]), frame)


def cosines(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = tables.gradient_cosines(exhibit, read_frame(files["cosines"]))
    return frame, probes.cosines(frame)


def copies(exhibit: Exhibit, files: Files, names: Names) -> Built:
    frame = tables.copy_cosines(exhibit, read_frame(files["cosines"]))
    return frame, probes.copy_cosines(frame, names.labels)


def mlps(exhibit: Exhibit, files: Files, _: Names) -> Built:
    frame = tables.mlp_table(exhibit, read_all(files["predictions"]))
    return frame, rates.mlp_heat_maps(frame)


def schematic(*_: Any) -> Built:
    return pd.DataFrame(columns=tables.COLUMNS), probes.schematic()


def image(exhibit: Exhibit, files: Files, names: Names) -> Built:
    images = load_images(files["images"], files["pixels"], exhibit.images)
    shown = ahead(images, 1, exhibit.probe["first"])
    figure = probes.photograph(shown.pixels[0], shown.ids[0], names.classes[shown.labels[0]])
    return pd.DataFrame(columns=tables.COLUMNS), figure


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
