"""From stored files to an exhibit: its numbers in long form, and its picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from nrg.analysis import image_outcomes, tables
from nrg.analysis.equal_cost import compare_attacks
from nrg.analysis.mean_curves import average_sources
from nrg.analysis.metrics import SUCCESS_RULES, rate_by_chance
from nrg.analysis.panels import Files, Panel, build_panel
from nrg.analysis.printed_optima import find_printed_optima
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet
from nrg.data.images import load_images, pick_images
from nrg.figures.capacity import draw_capacity
from nrg.figures.cosines import draw_copy_cosines, draw_cosines
from nrg.figures.curves import draw_curves
from nrg.figures.decision_maps import draw_decision_maps
from nrg.figures.destruction import draw_destruction
from nrg.figures.equal_cost import draw_equal_cost
from nrg.figures.gradients import draw_gradients
from nrg.figures.heat_maps import draw_heat_map, draw_mlp_heat_maps
from nrg.figures.images import draw_photograph
from nrg.figures.labels import drop_shared_remark
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
    """An exhibit's numbers in long form, the single outcomes behind them, and its picture."""

    table: pd.DataFrame
    outcomes: pd.DataFrame
    figure: Figure


@dataclass(frozen=True)
class Drawing:
    """What a picture is drawn from.

    Attributes:
        table: the exhibit in long form; no rows if its kind has no numbers.
        panel: its outcomes; no cells if its kind has no numbers.
        files: the stored files behind it, by what they hold.
        pixel_scale: this run's pixels for one of the paper's.
    """

    exhibit: Exhibit
    table: pd.DataFrame
    panel: Panel
    files: Files
    names: Names
    pixel_scale: float


def build_exhibit(exhibit: Exhibit, files: Files, names: Names, pixel_scale: float) -> BuiltExhibit:
    """Read an exhibit's outcomes and numbers from the files behind it, and draw its picture.

    A remark that all its networks share, as "(scaled down)", is written once, below the picture.

    Args:
        files: a path or a list of paths, by what they hold (`ExhibitKind.files`).
        pixel_scale: this run's pixels for one of the paper's.
    """
    table = pd.DataFrame(columns=tables.COLUMNS)
    single = pd.DataFrame(columns=image_outcomes.COLUMNS)
    panel = Panel(pd.DataFrame())
    if exhibit.kind.has_numbers:
        panel = build_panel(exhibit, files)
        table = tables.build_table(exhibit, panel, files)
        single = image_outcomes.list_outcomes(exhibit, panel)
    labels, remark = drop_shared_remark(names.labels, [*exhibit.sources, *exhibit.targets])
    names = replace(names, labels=labels)
    drawing = Drawing(exhibit, table, panel, files, names, pixel_scale)
    figure = DRAWERS[exhibit.kind.name](drawing)
    if remark:
        figure.text(0, -0.01, f"All networks here: {remark}.", va="top", fontsize=8.5)
    return BuiltExhibit(table, single, figure)


def draw_boundaries(drawing: Drawing) -> Figure:
    maps, names = read_parquet(drawing.files["maps"]), drawing.names
    return draw_decision_maps(maps, drawing.exhibit, names.labels, names.classes)


def draw_rates_along_an_axis(drawing: Drawing) -> Figure:
    exhibit, names, table = drawing.exhibit, drawing.names, drawing.table
    if exhibit.mean_over:
        table = average_sources(drawing.panel, exhibit.axes)
    targeted = SUCCESS_RULES[exhibit.metric].targeted
    return draw_curves(
        table,
        exhibit,
        names.labels,
        names.families,
        scale=drawing.pixel_scale,
        optima=find_printed_optima(exhibit, drawing.pixel_scale),
        chance=rate_by_chance(exhibit.metric, len(names.classes)) if targeted else None,
    )


def draw_attacks_at_equal_cost(drawing: Drawing) -> Figure:
    standings = compare_attacks(drawing.exhibit, drawing.panel, drawing.table)
    return draw_equal_cost(drawing.exhibit, standings)


def draw_first_image(drawing: Drawing) -> Figure:
    files, exhibit = drawing.files, drawing.exhibit
    images = load_images(files["images"], files["pixels"], exhibit.images)
    first = pick_images(images, 1, exhibit.probe.first)
    label = drawing.names.classes[first.labels[0]]
    return draw_photograph(first.pixels[0], first.ids[0], label)


DRAWERS: dict[str, Callable[[Drawing], Figure]] = {
    "matrix": lambda d: draw_heat_map(d.table, d.names.labels),
    "curves": draw_rates_along_an_axis,
    "capacity": lambda d: draw_capacity(d.table, d.names.labels),
    "equal_cost": draw_attacks_at_equal_cost,
    "destruction": lambda d: draw_destruction(d.table, d.pixel_scale),
    "boundaries": draw_boundaries,
    "gradients": lambda d: draw_gradients(map_pixels(d.files["pictures"]), d.table),
    "cosines": lambda d: draw_cosines(d.table, d.names.labels),
    "copies": lambda d: draw_copy_cosines(d.table, d.names.labels, d.names.families, d.pixel_scale),
    "mlps": lambda d: draw_mlp_heat_maps(d.table),
    "schematic": lambda d: draw_schematic(),
    "image": draw_first_image,
}
