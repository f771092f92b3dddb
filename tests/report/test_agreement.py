"""Numbers beside the printed ones: cells and pairs are counted."""

from dataclasses import replace

import numpy as np
import pytest
from nrg.report.agreement import (
    RaisedPairs,
    count_expected_inside,
    count_raised_pairs,
    measure_agreement,
)
from nrg.report.context import gather
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings


def test_agreement_counts_the_cells_that_the_paper_prints(run):
    (row,) = measure_agreement(gather(run).contents.sections)
    assert row.cells == 72
    assert row.median == pytest.approx(5)  # half the cells are 2 below, half are 8 above
    assert row.bias == pytest.approx(3)
    assert row.inside == 72
    assert row.raised == count_raised_pairs(row.section)


def test_pairs_that_noise_reduction_raises_are_counted_where_the_paper_prints_none(run):
    (section,) = gather(run).contents.sections
    assert count_raised_pairs(section) == RaisedPairs(30, 30, printed=30, printed_raised=0)
    unprinted = replace(section, table=section.table.assign(paper_value=np.nan))
    assert count_raised_pairs(unprinted) == RaisedPairs(30, 30, printed=0, printed_raised=0)


def test_a_perfect_reproduction_misses_some_printed_values():
    """Two estimates of one rate, each over 5,000 images, against the interval of one of them."""

    table1 = load_exhibits(load_settings({"suite": "imagenet", "images": "/x"}).suite)["table1"]
    expected = count_expected_inside(table1, [5000])
    assert expected == pytest.approx(0.834, abs=0.001)
    here, there = np.random.default_rng(0).binomial(5000, 0.4, (2, 200_000)) / 5000
    inside = np.abs(here - there) < 1.96 * np.sqrt(here * (1 - here) / 5000)
    assert expected == pytest.approx(inside.mean(), abs=0.005)
    assert count_expected_inside(table1, [300, 300]) / 2 == pytest.approx(0.943, abs=0.001)
