"""Figure 4: how many adversarial images stop being adversarial once they are transformed."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from nrg.figures.labels import rate_texts, unique
from nrg.figures.style import Look, name_points
from nrg.study.exhibits import label_method

TRANSFORMATION_LABELS = {
    "rotation": "rotation",
    "gaussian_noise": "noise, standard deviation",
    "gaussian_blur": "Gaussian blur, radius",
    "jpeg": "JPEG quality",
}
# Noise is measured in pixel values (0–255), and the radius of a blur in distances of pixels.
# Pixels of noise are grey levels (0–255), those of a blur's radius are distances.
UNITS = {"rotation": "degrees", "gaussian_noise": "pixels", "gaussian_blur": "pixels"}


def draw_destruction(table: pd.DataFrame) -> Figure:
    """Destruction rates, and the survival of clean images, one panel per transformation.

    Args:
        table: the exhibit in long form, with transformation and strength.
    """
    names = unique(table["transformation"])
    figure, axes = plt.subplots(
        1, len(names), figsize=(3.4 * len(names), 3.2), sharey=True, squeeze=False
    )
    for panel, name in zip(axes[0], names, strict=True):
        cells = table[table["transformation"] == name]
        for method, line in cells.groupby("method", sort=False):
            is_clean = method == "clean"
            label = "clean images that survive" if is_clean else label_method(str(method))
            style = method_look(str(method))
            (drawn,) = panel.plot(line["strength"], line["value"], label=label, **style)
            points = zip(line["strength"], rate_texts(line), strict=True)
            prefix = f"{label}, {TRANSFORMATION_LABELS[name]}"
            name_points(drawn, [f"{prefix} {strength:g}: {text}" for strength, text in points])
            if not is_clean:
                bounds = (line["ci_low"], line["ci_high"])
                panel.fill_between(line["strength"], *bounds, color=style["color"], alpha=0.15)
        unit = f" ({UNITS[name]})" if name in UNITS else ""
        panel.set(xlabel=TRANSFORMATION_LABELS[name] + unit, ylim=(0, 100))
        if name == "jpeg":
            panel.invert_xaxis()  # so that harm grows to the right in every panel
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("destroyed; of clean images, surviving (%)")
    axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    figure.tight_layout()
    return figure


def method_look(method: str) -> Look:
    """One colour per attack, dashed if plain and solid if noise-reduced; clean images are black."""
    if method == "clean":
        return {"color": "black", "linestyle": ":", "marker": "."}
    is_reduced, plain = method.startswith("nr-"), method.removeprefix("nr-")
    colours = {"fgsm": "#0173b2", "igsm": "#d55e00"}
    return {
        "color": colours.get(plain, "#949494"),
        "linestyle": "-" if is_reduced else "--",
        "marker": {"fgsm": "o", "igsm": "s"}.get(plain, "D"),
        "markerfacecolor": None if is_reduced else "white",
    }
