"""Runs of different networks, beside the spread between zoos."""

import numpy as np
import pytest
from made_runs import make_crate
from nrg.compare.agreement import Kind, judge_agreement
from nrg.compare.run_record import read_record
from nrg.compare.write import render_comparison
from scipy.stats import t

OTHER_WEIGHTS = {"weights sha256": "alexnet 01; resnet18 03"}
ZOOS = (5.0, 6.0, 8.0)


def compare(folder, this, other):
    here = read_record(make_crate(folder, **this), "this run")
    there = read_record(make_crate(folder, **other, **OTHER_WEIGHTS), "there")
    found = judge_agreement(here, there)
    assert found.kind is Kind.OTHER_NETWORKS
    return found, render_comparison(here, there, found)


def test_a_gain_is_judged_by_the_prediction_interval_of_one_more_zoo(tmp_path):
    found, page = compare(tmp_path, {"zoos": ZOOS}, {"gain": 12.0})
    (gain,) = found.gains
    half = t.ppf(0.975, 2) * np.std(ZOOS, ddof=1) * (1 + 1 / 3) ** 0.5
    assert (gain.low, gain.high) == pytest.approx((np.mean(ZOOS) - half, np.mean(ZOOS) + half))
    assert gain.is_inside == (half >= 12 - np.mean(ZOOS))
    assert "1 of 1 mean gains" in found.sentence
    assert "the spread between zoos" in page


def test_a_gain_far_from_all_zoos_is_outside_of_either_runs_spread(tmp_path):
    for this, other in (({"zoos": ZOOS}, {"gain": 40.0}), ({"gain": 40.0}, {"zoos": ZOOS})):
        found, _ = compare(tmp_path, this, other)
        assert "0 of 1 mean gains" in found.sentence


@pytest.mark.parametrize("zoos", [(), (5.0,)])
def test_without_several_zoos_the_spread_is_not_known(tmp_path, zoos):
    found, page = compare(tmp_path, {"zoos": zoos}, {})
    assert not found.gains
    assert "by how much is not known" in found.sentence
    assert "one more zoo" not in page
