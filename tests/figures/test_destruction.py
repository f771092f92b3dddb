"""Destroyed adversarial images, and clean images that are still recognised."""

import pandas as pd
from nrg.figures.destruction import draw_destruction

STRENGTHS = {"gaussian_noise": [0, 13, 27], "jpeg": [100, 80, 60]}


def destruction_table(methods=("fgsm", "nr-fgsm")):
    rows = [
        {"transformation": name, "strength": strength, "method": method, "value": value}
        | {"ci_low": max(0, value - 3), "ci_high": min(100, value + 3)}
        for name, strengths in STRENGTHS.items()
        for place, strength in enumerate(strengths)
        for method in ("clean", *methods)
        for value in [100 - place if method == "clean" else 6.0 * place]
    ]
    return pd.DataFrame(rows)


def test_destruction_and_survival_have_panels_of_their_own():
    noise, jpeg, clean_noise, clean_jpeg = draw_destruction(destruction_table(), 8 / 3).axes
    for panel, methods in ((noise, 2), (jpeg, 2), (clean_noise, 1), (clean_jpeg, 1)):
        assert len([line for line in panel.lines if len(line.get_xdata()) == 3]) == methods
    assert noise.get_ylim()[1] < 20, "its own scale"
    assert noise.get_ylim()[1] >= 15
    assert clean_noise.get_ylim() == (0, 100)
    assert not any(line.get_clip_on() for line in clean_noise.lines)
    ticks = [text.get_text() for text in clean_noise.get_xticklabels()]
    assert ticks == ["0\n(0)", "13\n(5)", "27\n(10)"]


def test_strength_grows_to_the_right_in_every_panel():
    for panel in draw_destruction(destruction_table(["igsm"])).axes:
        assert panel.lines, "one attack is enough"
        low, high = panel.get_xlim()
        strengths = list(panel.lines[0].get_xdata())
        places = [(strength - low) / (high - low) for strength in strengths]
        assert places == sorted(places)
        assert 0 < places[0] < 0.1
        assert 0.9 < places[-1] < 1
