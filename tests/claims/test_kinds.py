"""Every kind of test comes to every verdict, on simulated data whose truth is known."""

import numpy as np
import pytest
from claim_panels import (
    ALIKE,
    BEST,
    DENIED,
    DIFFER,
    FAMILIES,
    FARTHER,
    FLAT,
    MEAN,
    NOTHING,
    ORDER,
    PAIRS,
    PEAK,
    PEAKED,
    RANKED,
    SENSITIVE,
    SIZED,
    STRONG,
    SURER,
    TREND,
    VERDICTS,
    confidence,
    cosines,
    curve,
    depth_panel,
    distance_panel,
    draw_panel,
    family_panel,
    growth_panel,
    named_panel,
    ratio_panel,
    setting_panel,
    source_panel,
    target_panel,
    tops,
    two_methods,
    verdict,
    worst_panel,
)
from nrg.claims.kinds import KINDS

UNIFORM = two_methods((0, 0))
MOST = PAIRS | {"kind": "most_pairs"}
ABOVE = {"kind": "rate_above", "percent": 90}
KINSHIP = {"kind": "kinship", "box": "black", "named": "vgg"}
WORST = {"kind": "worst_source", "box": "black", "named": "a"}
DEPTH = {"kind": "shallow_versus_deep", "box": "black"}
OF_CURVES = [
    (TREND, draw_panel(curve("m", 20, 40, 60, 80)), "supported"),
    (TREND, draw_panel(curve("m", 20, 60, 40, 80)), "contradicted"),
    (TREND, draw_panel(curve("m", 50, 50, 50, 50)), "inconclusive"),
    (TREND, draw_panel(curve("m", 50)), "not run"),
    (PEAK, draw_panel(curve("m", 20, 40, 70, 40, 20)), "supported"),
    (PEAK, draw_panel(curve("m", 70, 40, 30, 20, 10)), "contradicted"),
    (PEAK, draw_panel(curve("m", 50, 50, 50, 50, 50)), "inconclusive"),
    (PEAK, draw_panel(curve("m", 0, 0, 0)), "not run"),
    (PEAK | {"about": {"other": 2}}, draw_panel(curve("m", 20, 40, 20)), "not run"),
    (DIFFER, tops([20, 40, 70, 40], [20, 70, 40, 20]), "supported"),
    (DIFFER, tops([20, 40, 70, 40], [20, 40, 70, 40]), "contradicted"),
    (DIFFER, tops([20, 50, 50, 20], [20, 50, 50, 20]), "inconclusive"),
    (DIFFER, tops([20, 40, 70, 40]), "not run"),
]
OF_PAIRS = [
    (PAIRS, two_methods((30, 60), (40, 60)), "supported"),
    (PAIRS, two_methods((30, 60), (60, 40)), "contradicted"),
    (PAIRS, two_methods((30, 60), (50, 50)), "inconclusive"),
    (PAIRS, UNIFORM, "not run"),
    (PAIRS | {"left": {"method": "c"}}, two_methods((30, 60)), "not run"),
    (MOST, two_methods((30, 60), (40, 60), (60, 40)), "supported"),
    (MOST, two_methods((60, 30), (40, 60), (60, 40)), "contradicted"),
    (MOST, two_methods(*[(50, 50)] * 9), "inconclusive"),
    (MOST, UNIFORM, "not run"),
    (DENIED, two_methods((60, 30)), "supported"),
    (DENIED, two_methods((30, 60)), "contradicted"),
    (DENIED, two_methods((30, 31), n=30), "inconclusive"),
    (DENIED, two_methods((40, 47), n=100), "inconclusive"),
    (DENIED, two_methods((0, 0), (100, 100)), "inconclusive"),
    (DENIED, UNIFORM, "not run"),
    (ORDER, distance_panel(5), "supported"),
    (ORDER | {"direction": 1}, distance_panel(5), "contradicted"),
    (ORDER, distance_panel(0), "inconclusive"),
    (ORDER, distance_panel(np.inf * 0), "not run"),
    (ABOVE, two_methods((98, 97)), "supported"),
    (ABOVE, two_methods((98, 70)), "contradicted"),
    (ABOVE, two_methods((98, 91)), "inconclusive"),
    (ABOVE | {"where": {"m": [3]}}, draw_panel(curve("m", 9, 9)), "not run"),
    (MEAN, two_methods((30, 60), (50, 45)), "supported"),
    (MEAN, two_methods((30, 10), (50, 55)), "contradicted"),
    (MEAN, two_methods((30, 32), (50, 48)), "inconclusive"),
    (MEAN, UNIFORM, "not run"),
    (MEAN | {"gradients": "equal"}, two_methods((30, 60)), "not run"),
    (ALIKE, ratio_panel(1), "supported"),
    (ALIKE, ratio_panel(5), "contradicted"),
    (ALIKE, ratio_panel(1 / 5), "contradicted"),
    (ALIKE, ratio_panel(2), "inconclusive"),
    (ALIKE, ratio_panel(1, n=4), "inconclusive"),
    (ALIKE, ratio_panel(1, reach=0), "not run"),
]
OF_MODELS = [
    (KINSHIP, family_panel(70, 40), "supported"),
    (KINSHIP, family_panel(40, 60), "contradicted"),
    (KINSHIP, family_panel(50, 50), "inconclusive"),
    (KINSHIP, two_methods((3, 9)), "not run"),
    ({"kind": "target_size", "box": "black"}, target_panel(-3), "supported"),
    ({"kind": "target_size", "box": "black"}, target_panel(3), "contradicted"),
    ({"kind": "target_size", "box": "black"}, target_panel(0), "inconclusive"),
    ({"kind": "target_size", "box": "black"}, family_panel(70, 40), "not run"),
    ({"kind": "capacity", "box": "black"}, source_panel(-2), "supported"),
    ({"kind": "capacity", "box": "black"}, source_panel(2), "contradicted"),
    ({"kind": "capacity", "box": "black"}, source_panel(0), "inconclusive"),
    ({"kind": "capacity", "box": "black"}, two_methods((3, 9)), "not run"),
    (DEPTH, depth_panel(20), "supported"),
    (DEPTH, depth_panel(-20), "contradicted"),
    (DEPTH, depth_panel(20, seeds=1), "inconclusive"),
    (DEPTH, depth_panel(20).only(np.arange(9) < 2), "not run"),
    (WORST, worst_panel(20), "supported"),
    (WORST, worst_panel(80), "contradicted"),
    (WORST, worst_panel(50), "inconclusive"),
    (WORST | {"named": "x"}, worst_panel(20), "not run"),
]
OF_SOURCES = [
    (BEST, named_panel(20), "supported"),
    (BEST, named_panel(20, one=-20), "contradicted"),
    (BEST, named_panel(20, one=0), "inconclusive"),
    (BEST | {"named": "alexnet2"}, named_panel(20), "not run"),
    (SURER, confidence(1.0), "supported"),
    (SURER, confidence(-1.0), "contradicted"),
    (SURER, confidence(0.0), "inconclusive"),
    (SURER, confidence(1.0, n=12), "not run"),
]
OF_SETTINGS = [
    (SENSITIVE, setting_panel(FLAT, PEAKED), "supported"),
    (SENSITIVE, setting_panel(PEAKED, FLAT), "contradicted"),
    (SENSITIVE, setting_panel(FLAT, FLAT), "inconclusive"),
    (SENSITIVE, setting_panel(FLAT, PEAKED[:1]), "not run"),
    (STRONG, cosines(0.8, 0.7), "supported"),
    (STRONG, cosines(0.8, 0.3), "contradicted"),
    (STRONG, cosines(0.8, 0.5), "inconclusive"),
    (STRONG | {"where": {"source": ["x"]}}, cosines(0.8), "not run"),
]
OF_DISTANCES = [
    (FARTHER, growth_panel(2.5), "supported"),
    (FARTHER, growth_panel(2.5, 0.2), "contradicted"),
    (FARTHER, growth_panel(2.5, 1.0), "inconclusive"),
    (FARTHER, growth_panel(2.5).only(np.array([1, 0, 0, 0, 0, 1], bool)), "not run"),
]
CASES = [
    (*case, models)
    for cases, models in (
        (OF_CURVES, NOTHING),
        (OF_PAIRS, NOTHING),
        (OF_MODELS, RANKED),
        (OF_SOURCES, FAMILIES),
        (OF_SETTINGS, NOTHING),
        (OF_DISTANCES, SIZED),
    )
    for case in cases
]


@pytest.mark.parametrize(("test", "panel", "expected", "models"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected, models):
    assert verdict(test, panel, models) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected, _ in CASES}
    assert seen == {(kind, verdict) for kind in KINDS for verdict in VERDICTS}
