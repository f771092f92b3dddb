"""A table of rates as the page prints it."""

import numpy as np
import pandas as pd
import pytest
from made_tables import EXHIBITS, made_table
from nrg.report.matrix import average_black_box, make_difference_key, make_rate_key, split_panels


def test_every_cell_has_the_rates_of_all_methods_and_the_printed_ones():
    exhibit = EXHIBITS["table1"]
    (panel,) = split_panels(made_table())
    assert (panel.title, panel.images) == ("", 50)
    assert [row.source for row in panel.rows] == list(exhibit.sources)
    for row in panel.rows:
        for target, cell in zip(panel.targets, row.cells, strict=True):
            assert cell.white_box == (row.source == target)
            assert [rate.value for rate in cell.rates] == [10.0, 20.0]
            assert [rate.printed.difference for rate in cell.rates] == [-2.0, 8.0]


def test_where_the_paper_prints_nothing_there_is_nothing_to_compare():
    table = made_table().assign(paper_value=np.nan)
    table.loc[0, "n"] = 49
    (panel,) = split_panels(table)
    assert panel.images is None, "cells differ"
    assert all(rate.printed is None for row in panel.rows for c in row.cells for rate in c.rates)
    assert [mean.paper for mean in average_black_box(table)] == [None, None]


def test_each_optimiser_has_a_matrix():
    table = made_table().assign(optimiser="adam", sd=1.5)
    both = [
        panel.title for panel in split_panels(pd.concat([table, table.assign(optimiser="sgd")]))
    ]
    assert both == ["Adam", "SGD"]
    (panel,) = split_panels(table)
    assert panel.rows[0].cells[0].rates[0].sd == 1.5


def test_means_are_over_black_box_pairs():
    first, last = average_black_box(made_table())
    assert (first.pairs, first.value, first.paper) == (30, pytest.approx(10), pytest.approx(12))
    assert last.value == pytest.approx(20)


def test_a_gain_is_the_noise_reduced_rate_minus_the_plain_one():
    pairs = [("fgsm", "nr-fgsm")]
    (panel,) = split_panels(made_table(), pairs)
    gains = [gain for row in panel.rows for cell in row.cells for gain in cell.gains]
    assert {(gain.value, gain.paper) for gain in gains} == {(10.0, 0.0)}
    (panel,) = split_panels(made_table().assign(paper_value=np.nan), pairs)
    assert panel.rows[0].cells[0].gains[0].paper is None


def test_the_keys_say_what_the_colours_mean():
    assert [text for text, _ in make_rate_key().steps] == ["0", "25", "50", "75", "100"]
    assert [text for text, _ in make_difference_key().steps] == ["−50", "−25", "0", "+25", "+50"]
