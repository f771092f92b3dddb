"""Success rates along an axis: what is drawn is what the table holds."""

import pandas as pd
from nrg.figures.curves import draw_curves
from nrg.figures.style import FAMILIES
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


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
    names = [text.get_text() for text in panel.get_legend().get_texts()]
    assert len(set(names)) == len(names)
    assert any(name.startswith("nr-FGSM") for name in names)


def exhibit_axis(exhibit):
    return sorted({dict(method.axes)["sigma"] for method in exhibit.methods})


def test_a_source_looks_like_its_family_whatever_its_name():
    exhibit = EXHIBITS["figure3a"]
    rows = {"sigma": exhibit_axis(exhibit), "value": 50.0, "target": "resnet152", "method": "nrg"}
    frame = pd.concat(pd.DataFrame(rows).assign(source=name) for name in ("mine", "vgg13_bn"))
    (panel,) = draw_curves(frame, exhibit, {}, {"mine": "resnet", "vgg13_bn": "vgg"}).axes
    colours = [FAMILIES[family]["color"] for family in ("resnet", "vgg")]
    assert [line.get_color() for line in panel.lines] == colours
