"""The pictures of Figures 1b, 2 and 5: label maps and gradients."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.ndimage import distance_transform_edt

from nrg.figures.rates import rate_text, short
from nrg.figures.style import name_points
from nrg.study.exhibits import Exhibit

COLUMNS = 5  # panels in a row
NAMED = 12  # labels with a colour of their own
OTHERS = (0.85, 0.85, 0.85)
PARTS = {
    "image": "clean image",
    "gradient": "∇f",
    "parallel": "∇f∥",
    "perpendicular": "∇f⊥",
    "difference": "∇f − ∇f∥",
}


def decision_maps(
    maps: pd.DataFrame, exhibit: Exhibit, labels: Mapping[str, str], classes: Sequence[str]
) -> Figure:
    """A label map for each source and target, with the same colour for the same label in all.

    The clean image is marked.

    Args:
        maps: source, target, v, u, label in long form.
        classes: names of the labels.
    """
    panels = [(ends, own) for ends, own in maps.groupby(["source", "target"], sort=False)]
    several = len(exhibit.sources) > 1
    across = len(exhibit.targets) if several else COLUMNS
    by_area = maps["label"].value_counts().index.tolist()
    place = colour_places(by_area[:NAMED])
    named = [*sns.color_palette("colorblind", 10), *sns.color_palette("pastel", NAMED - 10)]
    colours = [*named, OTHERS]
    palette = ListedColormap(colours)
    rows = -(-len(panels) // across)
    columns = min(across, len(panels))
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.5 * columns + 1.6, 2.7 * rows), squeeze=False, sharey=True
    )
    for panel in axes.flat[len(panels) :]:
        panel.set_visible(False)
    reach = maps["u"].max()
    for panel, ((source, target), own) in zip(axes.flat, panels, strict=False):
        grid = own.pivot(index="v", columns="u", values="label")
        panel.imshow(
            np.vectorize(lambda label: place.get(label, NAMED))(grid.to_numpy()),
            cmap=palette,
            vmin=-0.5,
            vmax=NAMED + 0.5,
            origin="lower",
            extent=(-reach, reach, -reach, reach),
            interpolation="nearest",
        )
        outline(panel, grid.to_numpy(), reach, classes)
        panel.plot(0, 0, marker="+", color="black", markersize=10, markeredgewidth=1.5)
        name, attacked = (short(labels.get(end, end)) for end in (source, target))
        alone = attacked + (", the source" if target == source else "")
        panel.set_title(f"{name} → {attacked}" if several else alone, fontsize=9)
        panel.set_xlabel("u along ∇f∥")
    for row in axes:
        row[0].set_ylabel("v along ∇f⊥")
    listed = sorted(place) if len(classes) <= NAMED else place
    patches = [Patch(color=colours[place[label]], label=classes[label]) for label in listed]
    if len(by_area) > NAMED:
        patches.append(Patch(color=OTHERS, label="others"))
    figure.legend(
        handles=patches, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, title="label"
    )
    figure.tight_layout()
    return figure


def colour_places(labels: Sequence[int]) -> dict[int, int]:
    """A place in the palette for each of NAMED labels at most, the largest regions first.

    A label has its own place wherever a larger one has not taken it, so that it has the same colour
    in most figures, and where there are no more classes than places, in all.
    """
    places: dict[int, int] = {}
    for label in labels:
        wishes = ((label + step) % NAMED for step in range(NAMED))
        places[label] = next(place for place in wishes if place not in places.values())
    return places


def outline(panel: Axes, grid: np.ndarray, reach: float, classes: Sequence[str]) -> None:
    """Draw a map's boundaries, and labels into large regions, so that it is read in grey too."""
    axis = np.linspace(-reach, reach, len(grid))
    for label in np.unique(grid):
        own = grid == label
        if not own.all():
            panel.contour(axis, axis, own, levels=[0.5], colors="white", linewidths=0.6)
        depth = distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]  # of the region's inner points
        if depth.max() >= len(grid) / 12:
            v, u = np.unravel_index(depth.argmax(), depth.shape)
            name = classes[label] if len(classes[label]) <= 10 else f"{classes[label][:9]}…"
            box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
            place = {"ha": "center", "va": "center", "fontsize": 7, "bbox": box}
            panel.text(axis[u], axis[v], name, **place)


def photograph(pixels: np.ndarray, image_id: str, label: str) -> Figure:
    """One image (C, H, W), uint8, under its id and label."""
    figure, axes = plt.subplots(figsize=(3.2, 3.4))
    show(axes, pixels)
    axes.set_title(f"{image_id}\n{label}", fontsize=9)
    return figure


def show(axes: Axes, pixels: np.ndarray) -> None:
    """An image (C, H, W), uint8, in grey or colour, without axes."""
    grey = len(pixels) == 1
    axes.imshow(pixels[0] if grey else pixels.transpose(1, 2, 0), cmap="gray" if grey else None)
    axes.set_axis_off()


def gradient_pictures(pictures: Mapping[str, np.ndarray], table: pd.DataFrame) -> Figure:
    """The image, its gradients, and the share of high frequencies over many images.

    Args:
        pictures: "image" (C, H, W), and for each m or part a rendered gradient (1, H, W), uint8.
        table: the exhibit in long form, with the column m; its method is "nrg", or a part.
    """
    figure, axes = plt.subplots(
        1, len(pictures) + 1, figsize=(2.4 * len(pictures) + 3.4, 2.8), squeeze=False
    )
    for panel, (name, pixels) in zip(axes[0], pictures.items(), strict=False):
        show(panel, pixels)
        panel.set_title(PARTS.get(name, f"m = {name}"), fontsize=9)
    panel = axes[0][-1]
    errors = [table["value"] - table["ci_low"], table["ci_high"] - table["value"]]
    if (table["method"] == "nrg").all():
        line, *_ = panel.errorbar(table["m"], table["value"], yerr=errors, marker="o", capsize=3)
        names = [f"m {m:g}" for m in table["m"]]
        panel.set_xscale("log")
        panel.set_xticks(table["m"], [str(m) for m in table["m"]])
        panel.minorticks_off()
        panel.set_xlabel("m")
    else:
        names = [PARTS[method] for method in table["method"]]
        places = range(len(names))
        line, *_ = panel.errorbar(places, table["value"], yerr=errors, fmt="o", capsize=3)
        panel.set_xticks(places, names)
        panel.margins(x=0.2)
    texts = [rate_text(row) for row in table.itertuples()]
    name_points(line, [f"{name}: {text}" for name, text in zip(names, texts, strict=True)])
    panel.set_ylabel("high-frequency energy (%)")
    panel.set_ylim(bottom=0)
    sns.despine(ax=panel)
    figure.tight_layout()
    return figure


def cosines(table: pd.DataFrame) -> Figure:
    """The cosine between gradients against m: a thin line a pair of models, thick their mean."""
    figure, axes = plt.subplots(figsize=(5, 3.4))
    ms = sorted(set(table["m"]))
    places = [ms.index(m) for m in table["m"]]
    for _, line in table.assign(place=places).groupby(["source", "target"]):
        axes.plot(line["place"], line["value"], color="gray", alpha=0.5, linewidth=0.8)
    means = table.groupby("m")["value"].mean()
    (line,) = axes.plot(
        range(len(ms)), means[ms], marker="o", linewidth=2.5, label="mean over pairs"
    )
    texts = [f"m {m}" if m else "plain gradient" for m in ms]
    name_points(line, [f"{text}: {means[m]:.3f}" for text, m in zip(texts, ms, strict=True)])
    axes.set_xticks(range(len(ms)), ["plain" if m == 0 else str(m) for m in ms])
    axes.set(xlabel="m", ylabel="cosine between two models")
    axes.legend(frameon=False)
    sns.despine(ax=axes)
    return figure


def copy_cosines(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """The cosine between gradients at noisy copies against σ, a line for each model."""
    figure, axes = plt.subplots(figsize=(5, 3.4))
    for source, own in table.groupby("source", sort=False):
        errors = [own["value"] - own["ci_low"], own["ci_high"] - own["value"]]
        (line, *_) = axes.errorbar(
            own["sigma"], own["value"], yerr=errors, marker="o", capsize=3,
            label=short(labels.get(source, source)),
        )  # fmt: skip
        pairs = zip(own["sigma"], own["value"], strict=True)
        name_points(line, [f"σ {sigma:g}: {value:.3f}" for sigma, value in pairs])
    axes.set(xlabel="σ", ylabel="cosine between two noisy copies")
    axes.legend(frameon=False)
    sns.despine(ax=axes)
    return figure


def schematic() -> Figure:
    """Figure 1a: two models that agree between the classes and differ off the data manifold."""
    figure, axes = plt.subplots(figsize=(5.2, 3.6))
    x = np.linspace(-3, 3, 400)
    boundaries = {
        "model A": 0.9 + 0.25 * np.sin(1.3 * x) - 1.5 * x.clip(0) ** 2,
        "model B": 0.9 + 0.25 * np.sin(1.3 * x + 0.25) + 0.2 * x.clip(0) ** 2,
    }
    for colour, (name, y) in zip(sns.color_palette("colorblind"), boundaries.items(), strict=False):
        axes.plot(y, x, color=colour, label=f"boundary of {name}")
    start, parallel, perpendicular = (
        np.array([-0.6, -0.4]),
        np.array([2.1, 0.0]),
        np.array([0.0, 1.75]),
    )
    arrows = {
        "∇f∥, shared": (parallel, "black"),
        "∇f⊥, of A alone": (perpendicular, "dimgray"),
        "∇f of A": (parallel + perpendicular, "firebrick"),
    }
    for text, (step, colour) in arrows.items():
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", start + step, start, arrowprops=arrow)
        axes.annotate(
            text, start + step, (6, 4), textcoords="offset points", color=colour, fontsize=9
        )
    axes.plot(*start, "o", color="black")
    axes.annotate("x", start, (-12, -4), textcoords="offset points")
    axes.set(xlim=(-1.6, 3.4), ylim=(-1.6, 2.2), xticks=[], yticks=[])
    axes.set(xlabel="along the data manifold, between the classes", ylabel="off the manifold")
    axes.legend(loc="lower right", frameon=False, fontsize=8.5)
    sns.despine(ax=axes)
    return figure
