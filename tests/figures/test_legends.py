"""Legends above a picture are within a phone's width, and take no room from the panels."""

import matplotlib.pyplot as plt
import pytest
from nrg.figures.legends import PHONE, add_legend


@pytest.mark.parametrize(
    "labels", [["a", "b"], ["m 1"] * 9, ["a label of a length that fills a line"]]
)
def test_a_legend_fits_and_makes_room_for_itself(labels):
    figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    figure.draw_without_rendering()
    before = axes.get_window_extent().height
    for label in labels:
        axes.plot([0, 1], [0, 1], label=label)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert legend.get_window_extent().width / figure.dpi <= PHONE
    assert [text.get_text() for text in legend.get_texts()] == labels
    assert axes.get_window_extent().height >= 0.9 * before
