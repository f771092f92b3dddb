"""Values of settings as the paper gives them, and as they are at a suite's scale."""

from nrg.study.exhibits import write_values
from nrg.study.settings import load_suite


def test_a_value_of_the_papers_stands_with_what_it_is_here():
    scale = load_suite("digits", {}).pixel_scale
    assert write_values("alpha", [40], scale) == "15 (here 40)"
    assert write_values("sigma", [27, 40, 53], scale) == "10, 15 or 20 (here 27, 40 or 53)"
    assert write_values("gaussian_noise", [13.0], scale) == "5 (here 13)"
    assert write_values("alpha", [10], scale) == "10", "no whole value of the paper's becomes it"
    assert write_values("rotation", [5.0], scale) == "5"
    assert write_values("steps", [40], scale) == "40"
    assert write_values("alpha", [15, 2.5], 1) == "15 or 2.5"
