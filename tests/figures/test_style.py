"""Colours can be read on, and told apart."""

import numpy as np
from nrg.figures.style import DIFFERENCES, FAMILIES, shade


def test_shades_are_read_on_them_and_run_from_light_to_dark():
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    for colours in ("crest", DIFFERENCES):
        for value in range(0, 101, 5):
            ground, ink = shade(value, 0, 100, colours)
            light, dark = sorted([luminance(ground), 1.0 if ink == "#fff" else 0.0])[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5
    rates = [luminance(shade(value, 0, 100)[0]) for value in range(0, 101, 5)]
    assert rates == sorted(rates, reverse=True)


def test_families_differ_in_grey_and_shape():
    assert len({look["marker"] for look in FAMILIES.values()}) == len(FAMILIES)
    assert len({look["color"] for look in FAMILIES.values()}) == len(FAMILIES)
