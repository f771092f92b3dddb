"""The best settings that the paper names, in the run's pixels."""

import pytest
from nrg.analysis.printed_optima import find_printed_optima
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite


@pytest.mark.parametrize(
    ("suite", "optima"),
    [
        ("imagenet", ({"resnet18": 15, "densenet161": 20}, {"all": 15})),
        ("digits", ({"resnet18": 40, "densenet161": 53}, {"all": 40})),
    ],
)
def test_optima_are_those_of_the_claims(suite, optima):
    suite = load_suite(suite, {})
    exhibits = load_exhibits(suite)
    of_sigma, of_alpha = optima
    assert find_printed_optima(exhibits["figure3a"], suite.pixel_scale) == of_sigma
    assert find_printed_optima(exhibits["figure7"], suite.pixel_scale) == of_alpha
    assert find_printed_optima(exhibits["figure3b"], suite.pixel_scale) == {}
    assert find_printed_optima(exhibits["table1"], suite.pixel_scale) == {}
