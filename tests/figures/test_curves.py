"""Success rates along an axis: what is drawn is what the table holds."""

import pandas as pd
from colours import contrast
from nrg.analysis.printed_optima import find_printed_optima
from nrg.figures.curves import draw_curves
from nrg.figures.style import FAMILIES, find_rate_limits
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

SUITE = load_suite("digits", {})
EXHIBITS, PIXEL_SCALE = load_exhibits(SUITE), SUITE.pixel_scale


def test_curves_of_several_methods_are_lines_of_their_own():
    exhibit = EXHIBITS["figure3a"]
    points = pd.DataFrame({"sigma": exhibit_axis(exhibit), "value": 50.0, "target": "resnet152"})
    frame = pd.concat(
        points.assign(source=source, method=method, ci_low=40.0, ci_high=60.0)
        for source in exhibit.sources
        for method in ("nr-fgsm", "fgsm")
    )
    (panel,) = draw_curves(frame, exhibit, {}, {}).axes
    assert len(panel.lines) == 2 * len(exhibit.sources)
    for line in panel.lines:
        assert list(line.get_xdata()) == sorted(points["sigma"]), "no zig-zag"
    names = legend_texts(panel.figure)
    assert len(set(names)) == len(names)
    assert any(name.startswith("nr-FGSM") for name in names)


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def exhibit_axis(exhibit):
    return sorted({dict(method.axes)["sigma"] for method in exhibit.methods})


def test_a_source_looks_like_its_family_whatever_its_name():
    exhibit = EXHIBITS["figure3a"]
    rows = {"sigma": exhibit_axis(exhibit), "value": 50.0, "target": "resnet152", "method": "nrg"}
    frame = pd.concat(pd.DataFrame(rows).assign(source=name) for name in ("mine", "vgg13_bn"))
    (panel,) = draw_curves(frame, exhibit, {}, {"mine": "resnet", "vgg13_bn": "vgg"}).axes
    colours = [FAMILIES[family]["color"] for family in ("resnet", "vgg")]
    assert [line.get_color() for line in panel.lines] == colours


def curve_table(exhibit, rates, **columns):
    """One line of `rates` over the exhibit's horizontal axis."""
    frame = pd.DataFrame({"sigma": exhibit_axis(exhibit), "value": rates, **columns})
    bounds = {"ci_low": frame["value"] - 4, "ci_high": frame["value"] + 3}
    return frame.assign(method="nr-fgsm", target="resnet152", **bounds)


def test_the_highest_points_have_a_ring_and_the_papers_best_a_line():
    exhibit = EXHIBITS["figure3a"]
    frame = curve_table(exhibit, [30, 42, 42, 40, 33, 31], source="resnet18")
    optima = find_printed_optima(exhibit, PIXEL_SCALE)
    assert optima == {"resnet18": 40, "densenet161": 53}
    figure = draw_curves(frame, exhibit, {}, {}, scale=PIXEL_SCALE, optima=optima)
    (panel,) = figure.axes
    rings = [line for line in panel.lines if line.get_markerfacecolor() == "none"]
    assert [list(ring.get_xdata()) for ring in rings] == [[13, 27]], "both of two that tie"
    upright = [line for line in panel.lines if len({*line.get_xdata()}) == 1]
    assert [line.get_xdata()[0] for line in upright] == [40], "the other source is not drawn"
    assert "paper’s best for resnet18: near σ 15 (here 40)" in legend_texts(figure)
    ticks = [text.get_text() for text in panel.get_xticklabels()]
    assert ticks == ["0\n(0)", "13\n(5)", "27\n(10)", "40\n(15)", "53\n(20)", "67\n(25)"]


def test_an_axis_shows_all_rates_and_intervals_and_little_more():
    exhibit = EXHIBITS["figure3a"]
    frame = curve_table(exhibit, [40, 47, 47, 45, 42, 39], source="resnet18")
    (panel,) = draw_curves(frame, exhibit, {}, {}).axes
    low, high = panel.get_ylim()
    assert low <= frame["ci_low"].min()
    assert high >= frame["ci_high"].max()
    assert high - low < 20
    assert find_rate_limits([0, 100]) == (0, 100)
    assert find_rate_limits([50]) == (49, 51)
    assert find_rate_limits([float("nan"), 10, 20])[1] < 30


def test_a_rate_by_chance_is_a_line_within_the_axis():
    exhibit = EXHIBITS["figure3a"]
    frame = curve_table(exhibit, [70, 77, 77, 75, 72, 69], source="resnet18")
    figure = draw_curves(frame, exhibit, {}, {}, chance=50)
    (panel,) = figure.axes
    assert panel.get_ylim()[0] <= 50
    assert [50, 50] in [list(line.get_ydata()) for line in panel.lines]
    assert "labels drawn at random: 50 %" in legend_texts(figure)


def test_of_many_lines_the_lowest_and_highest_have_a_band():
    exhibit = EXHIBITS["figure3b"]
    points = pd.DataFrame({"epsilon": [13, 27], "value": 50.0, "ci_low": 45.0, "ci_high": 55.0})
    ends = {"method": "nr-fgsm", "source": "resnet18", "target": "resnet152"}
    for ms, bands in ((range(1, 7), 2), (range(1, 4), 3), ([5], 1)):
        frame = pd.concat(points.assign(m=m, **ends) for m in ms)
        (panel,) = draw_curves(frame, exhibit, {}, {}).axes
        assert len(panel.collections) == bands
        shades = [contrast(line.get_color(), "white") for line in panel.lines]
        assert shades == sorted(shades), "an ordered palette"
        assert min(shades) > 2.5
