"""Cosines between gradients: the pairs at the top and at the bottom have names."""

import pandas as pd
from nrg.figures.cosines import draw_copy_cosines, draw_cosines


def cosine_table(last):
    """Pairs of models whose cosine is 0.1 at m 0 and as given at m 5."""
    rows = [
        {"source": source, "target": target, "m": m, "value": value}
        for (source, target), end in last.items()
        for m, value in ((0, 0.1), (5, end))
    ]
    return pd.DataFrame(rows)


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_top_and_bottom_pairs_have_names():
    last = {("a", "b"): 0.2, ("a", "c"): 0.5, ("b", "c"): 0.3}
    texts = legend_texts(draw_cosines(cosine_table(last), {"c": "the third"}))
    assert sorted(texts) == [
        "largest at the end: a and the third",
        "mean over pairs",
        "smallest at the end: a and b",
    ]


def test_one_pair_is_the_mean():
    figure = draw_cosines(cosine_table({("a", "b"): 0.2}), {})
    assert legend_texts(figure) == ["mean over pairs"]


def test_noisy_copies_have_the_papers_noise_in_brackets():
    rows = {"sigma": [3, 40], "value": [0.7, 0.2], "ci_low": 0.1, "ci_high": 0.8}
    table = pd.DataFrame(rows).assign(method="gradient", source="mine")
    (panel,) = draw_copy_cosines(table, {}, {}, 8 / 3).axes
    assert [text.get_text() for text in panel.get_xticklabels()] == ["3\n(1)", "40\n(15)"]
    assert "pixels" in panel.get_xlabel()
