"""Single images (Figure 8)."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def draw_photograph(pixels: np.ndarray, image_id: str, label: str) -> Figure:
    """One image (C, H, W), uint8, under its id and the name of its label."""
    figure, axes = plt.subplots(figsize=(3.2, 3.4))
    show_image(axes, pixels)
    axes.set_title(f"{image_id}\n{label}", fontsize=9)
    return figure


def show_image(axes: Axes, pixels: np.ndarray) -> None:
    """Show an image (C, H, W), uint8, in grey or colour, without axes."""
    is_grey = len(pixels) == 1
    axes.imshow(
        pixels[0] if is_grey else pixels.transpose(1, 2, 0), cmap="gray" if is_grey else None
    )
    axes.set_axis_off()
