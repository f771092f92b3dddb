"""Figure 4: how many adversarial images stop being adversarial once they are transformed."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from nrg.figures.labels import write_rates
from nrg.figures.legends import add_legend
from nrg.figures.setting_axes import NAMES, label_setting
from nrg.figures.style import Look, find_rate_limits, make_panels, measure_error_bars
from nrg.figures.svg_files import name_points
from nrg.study.exhibits import label_method

CLEAN = "clean"
TITLES = {
    "rotation": "Rotation",
    "gaussian_noise": "Gaussian noise",
    "gaussian_blur": "Gaussian blur",
    "jpeg": "JPEG compression",
    "bit_depth": "Fewer bits",
    "resizing": "Random resizing",
}
FALLING = ("jpeg", "bit_depth")  # whose strength grows as the number falls
APART = 3.0  # points between the markers of two methods at the same strength


def draw_destruction(table: pd.DataFrame, scale: float = 1) -> Figure:
    """Destruction rates, and below them the survival of clean images, by transformation.

    Strength grows to the right in every panel. Markers of the same strength stand a little apart,
    so that their intervals can be told apart.

    Args:
        table: the exhibit in long form, with transformation and strength.
        scale: this run's pixels for one of the paper's.
    """
    names = table["transformation"].unique().tolist()
    size = (2.9 * len(names), 4.6)
    figure, axes = make_panels(2, len(names), size, sharex="col", height_ratios=(3, 2))
    for (upper, lower), name in zip(axes.T, names, strict=True):
        cells = table[table["transformation"] == name]
        is_clean = cells["method"] == CLEAN
        draw_methods(upper, cells[~is_clean])
        draw_methods(lower, cells[is_clean])
        attacked = cells[~is_clean]
        rates = attacked[["value", "ci_low", "ci_high"]].to_numpy().ravel()
        upper.set_ylim(find_rate_limits([0, *rates]))
        upper.set_title(TITLES[name], fontsize=10)
        lower.set_ylim(0, 100)
        label_setting(lower, name, cells["strength"], scale)
        ends = cells["strength"].min(), cells["strength"].max()
        margin = 0.05 * (ends[1] - ends[0] or 1)
        lower.set_xlim(ends[0] - margin, ends[1] + margin)
        if name in FALLING:
            lower.invert_xaxis()
    axes[0][0].set_ylabel("destroyed\n(% of adversarial images)")
    axes[1][0].set_ylabel("still recognised\n(% of clean images)")
    add_legend(figure, axes[0][0].get_legend_handles_labels()[0])
    return figure


def draw_methods(panel: Axes, cells: pd.DataFrame) -> None:
    """One line per method against the strength, with thin 95 % intervals."""
    methods = cells["method"].unique().tolist()
    for rank, method in enumerate(methods):
        line = cells[cells["method"] == method]
        label = "clean images" if method == CLEAN else label_method(method)
        offset = APART * (rank - (len(methods) - 1) / 2) / 72
        shift = ScaledTranslation(offset, 0, panel.figure.dpi_scale_trans)
        drawn, *_ = panel.errorbar(
            line["strength"],
            line["value"],
            measure_error_bars(line),
            label=label,
            elinewidth=0.8,
            clip_on=False,
            transform=panel.transData + shift,
            **choose_look(method),
        )
        name = line["transformation"].iloc[0]
        what = f"{label}, {TITLES[name]}, {NAMES[name].partition(' (')[0]}"
        points = zip(line["strength"], write_rates(line), strict=True)
        name_points(drawn, [f"{what} {strength:g}: {text}" for strength, text in points])
    sns.despine(ax=panel)


def choose_look(method: str) -> Look:
    """One colour per attack, dashed if plain and solid if noise-reduced; clean images are black."""
    if method == CLEAN:
        return {"color": "black", "linestyle": ":", "marker": "."}
    is_reduced, plain = method.startswith("nr-"), method.removeprefix("nr-")
    colours = {"fgsm": "#0173b2", "igsm": "#d55e00"}
    return {
        "color": colours.get(plain, "#949494"),
        "linestyle": "-" if is_reduced else "--",
        "marker": {"fgsm": "o", "igsm": "s"}.get(plain, "D"),
        "markersize": 4.5,
        "markerfacecolor": None if is_reduced else "white",
    }
