"""Colours can be read on, and told apart."""

from colours import contrast, relative_luminance
from nrg.figures.style import DIFFERENCES, FAMILIES, RATES, shade


def test_shades_are_read_on_them_and_run_from_light_to_dark():
    for colours in (RATES, DIFFERENCES):
        for value in range(0, 101, 5):
            assert contrast(*shade(value, 0, 100, colours)) >= 4.5
    rates = [relative_luminance(shade(value, 0, 100).background) for value in range(0, 101, 5)]
    assert rates == sorted(rates, reverse=True)


def test_families_differ_in_grey_and_shape():
    assert len({look["marker"] for look in FAMILIES.values()}) == len(FAMILIES)
    assert len({look["color"] for look in FAMILIES.values()}) == len(FAMILIES)
