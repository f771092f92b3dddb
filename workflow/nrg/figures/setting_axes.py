"""Horizontal axes of settings: ticks at the values of this run, with the paper's in brackets."""

from collections.abc import Collection

from matplotlib.axes import Axes

from nrg.study.exhibits import write_values
from nrg.study.methods import PIXEL_VALUE_KEYS

SYMBOLS = {"steps": "k", "epsilon": "ε", "alpha": "α", "sigma": "σ", "m": "m"}
NAMES = {
    "sigma": "noise level σ",
    "epsilon": "distortion ε",
    "alpha": "step size α",
    "steps": "number of iterations k",
    "m": "number of noisy copies m",
    "gaussian_noise": "standard deviation",
    "gaussian_blur": "radius (distances of pixels)",
    "rotation": "rotation (degrees)",
    "jpeg": "quality (lower is stronger)",
    "bit_depth": "bits per channel (fewer are stronger)",
    "resizing": "made smaller by at most (%)",
}


def label_setting(panel: Axes, name: str, values: Collection[float], scale: float) -> None:
    """Put a tick at each value of a setting, and say what the setting is and in which unit.

    Args:
        name: of the setting, a key of `NAMES`.
        values: in pixels (0–255) for names of `PIXEL_VALUE_KEYS`.
        scale: this run's pixels for one of the paper's.
    """
    ticks, label = sorted({*values}), NAMES[name]
    texts = [f"{value:g}" for value in ticks]
    if name in PIXEL_VALUE_KEYS:
        label += " (pixels, 0–255)"
        if scale != 1:
            texts = [f"{value:g}\n({value / scale:.0f})" for value in ticks]
            label += "\nin brackets: in the paper"
    panel.set_xticks(ticks, texts)
    panel.set_xlabel(label)


def name_setting(name: str, value: float, scale: float) -> str:
    """A setting as the paper prints it, and as it is here where that differs: σ 15 (here 40)."""
    return f"{SYMBOLS[name]} {write_values(name, [value], scale)}"
