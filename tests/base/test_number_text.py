"""Numbers in the page's one format for each kind."""

import pytest
from nrg.base.number_text import (
    format_effect,
    format_interval,
    format_p,
    format_range,
    format_signed,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5.7333, "points", "+5.7"),
        (-10.7019, "points per step", "−10.7"),
        (32.4, "percent of pairs", "32"),
        (1.121, "times", "1.12"),
        (-13.0, "pixels", "−13"),
        (-0.3, "pixels", "0"),
        (0.0, "points", "0.0"),
        (-0.04, "points", "0.0"),
        (0.11643, "cosine", "+0.12"),
        (81258.2, "points²", "81,258"),
        (-81258.2, "points²", "−81,258"),
    ],
)
def test_an_effect_has_the_decimals_of_its_unit(value, unit, text):
    assert format_effect(value, unit) == text


def test_an_interval_with_an_open_end_says_so():
    assert format_interval(1.0, 2.0, "points") == "+1.0 to +2.0"
    assert format_interval(1.0, None, "points") == "at least +1.0"
    assert format_interval(None, -2.0, "points") == "at most −2.0"
    assert format_interval(None, None, "points") == ""


def test_small_p_values_are_bounds():
    assert format_p(0.00099) == "< 0.001"
    assert format_p(0.001) == "0.001"


def test_a_range_of_equal_numbers_is_one_number():
    assert format_range([20.0, 10.0]) == "10 to 20"
    assert format_range([20.0, 20.0]) == "20"


def test_a_minus_sign_is_no_hyphen():
    assert format_signed(-1.25) == "−1.2"


def test_one_number_from_two_computations_has_one_text():
    assert format_signed(-0.25000000000000394) == format_signed(-0.25) == "−0.2"
