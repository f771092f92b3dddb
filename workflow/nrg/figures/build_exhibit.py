"""From stored files to an exhibit: its numbers in long form, and its picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from nrg.analysis.panels import Files
from nrg.analysis.tables import COLUMNS, build_table
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet
from nrg.data.images import load_images, pick_images
from nrg.figures.capacity import draw_capacity
from nrg.figures.curves import draw_curves
from nrg.figures.decision_maps import draw_decision_maps
from nrg.figures.destruction import draw_destruction
from nrg.figures.gradients import draw_copy_cosines, draw_cosines, draw_gradients
from nrg.figures.heat_maps import draw_heat_map, draw_mlp_heat_maps
from nrg.figures.images import draw_photograph
from nrg.figures.schematic import draw_schematic
from nrg.study.exhibits import Exhibit


@dataclass(frozen=True)
class Names:
    """What pictures print: labels of models, their families, and the names of the classes."""

    labels: Mapping[str, str]
    families: Mapping[str, str]
    classes: Sequence[str]


@dataclass(frozen=True)
class BuiltExhibit:
    """An exhibit's numbers in long form, and its picture."""

    table: pd.DataFrame
    figure: Figure


@dataclass(frozen=True)
class Drawing:
    """What a picture is drawn from.

    Attributes:
        table: the exhibit in long form; no rows if its kind has no numbers.
        files: the stored files behind it, by what they hold.
    """

    exhibit: Exhibit
    table: pd.DataFrame
    files: Files
    names: Names


def build_exhibit(exhibit: Exhibit, files: Files, names: Names) -> BuiltExhibit:
    """Read an exhibit's numbers from the files behind it, and draw its picture.

    Args:
        files: a path or a list of paths, by what they hold (`ExhibitKind.files`).
    """
    empty = pd.DataFrame(columns=COLUMNS)
    table = build_table(exhibit, files) if exhibit.kind.has_numbers else empty
    figure = DRAWERS[exhibit.kind.name](Drawing(exhibit, table, files, names))
    return BuiltExhibit(table, figure)


def draw_boundaries(drawing: Drawing) -> Figure:
    maps, names = read_parquet(drawing.files["maps"]), drawing.names
    return draw_decision_maps(maps, drawing.exhibit, names.labels, names.classes)


def draw_first_image(drawing: Drawing) -> Figure:
    files, exhibit = drawing.files, drawing.exhibit
    images = load_images(files["images"], files["pixels"], exhibit.images)
    first = pick_images(images, 1, exhibit.probe.first)
    label = drawing.names.classes[first.labels[0]]
    return draw_photograph(first.pixels[0], first.ids[0], label)


DRAWERS: dict[str, Callable[[Drawing], Figure]] = {
    "matrix": lambda d: draw_heat_map(d.table, d.names.labels),
    "curves": lambda d: draw_curves(d.table, d.exhibit, d.names.labels, d.names.families),
    "capacity": lambda d: draw_capacity(d.table, d.names.labels),
    "destruction": lambda d: draw_destruction(d.table),
    "boundaries": draw_boundaries,
    "gradients": lambda d: draw_gradients(map_pixels(d.files["pictures"]), d.table),
    "cosines": lambda d: draw_cosines(d.table),
    "copies": lambda d: draw_copy_cosines(d.table, d.names.labels),
    "mlps": lambda d: draw_mlp_heat_maps(d.table),
    "schematic": lambda d: draw_schematic(),
    "image": draw_first_image,
}
