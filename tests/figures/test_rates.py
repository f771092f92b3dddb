"""Pictures: what is drawn is what the table holds."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from nrg.figures import rates
from nrg.figures.probes import NAMED, colour_places, decision_maps
from nrg.figures.style import FAMILIES, SVG, save_svg, style
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


@pytest.fixture(autouse=True)
def drawn_in_style():
    with style():
        yield


def test_curves_of_several_methods_are_lines_of_their_own():
    exhibit = EXHIBITS["figure3a"]
    points = pd.DataFrame({"sigma": exhibit_axis(exhibit), "value": 50.0, "target": "resnet152"})
    frame = pd.concat(
        points.assign(source=source, method=method, ci_low=40.0, ci_high=60.0)
        for source in exhibit.sources
        for method in ("nr-fgsm", "fgsm")
    )
    (panel,) = rates.curves(frame, exhibit, {}, {}).axes
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
    (panel,) = rates.curves(frame, exhibit, {}, {"mine": "resnet", "vgg13_bn": "vgg"}).axes
    colours = [FAMILIES[family]["color"] for family in ("resnet", "vgg")]
    assert [line.get_color() for line in panel.lines] == colours


def test_labels_beyond_the_palette_are_others():
    exhibit = EXHIBITS["figure5"]
    side = np.arange(5.0)
    grid = [(v, u) for v in side for u in side]
    ends = {"source": "resnet34", "target": "resnet34"}
    maps = pd.DataFrame(grid, columns=["v", "u"]).assign(**ends, label=range(25))
    figure = decision_maps(maps, exhibit, {}, [f"class {i}" for i in range(25)])
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == NAMED + 1
    assert names[-1] == "others"


def test_a_label_has_the_same_colour_whatever_its_area():
    assert colour_places([3, 40]) == {3: 3, 40: 4}
    assert colour_places([40, 3]) == {40: 4, 3: 3}
    assert colour_places([3, 15, 4]) == {3: 3, 15: 4, 4: 5}, "a place is taken once"


def test_every_source_in_figures_6_and_9_names_itself(tmp_path):
    names = [f"{family}{number}" for family in ("densenet", "resnet") for number in range(5)]
    rows = [
        {"method": method, "source": name, "target": "vgg19_bn", "family": name[:-1]}
        | {"value": 9.0 * place, "ci_low": 0.0, "ci_high": 99.0}
        | {"parameters": 1e6 * (1 + place), "top1_error": 20.0 + place % 4}
        for method in ("fgsm", "igsm")
        for place, name in enumerate([*names, "alexnet0"])
    ]
    save_svg(rates.capacity(pd.DataFrame(rows), {}), tmp_path / "picture.svg")
    root = ElementTree.parse(tmp_path / "picture.svg").getroot()
    texts = [text.text for text in root.iter(f"{{{SVG}}}text")]
    assert "2" in texts, "a logarithmic axis of 1 to 11 million in plain numbers"
    assert not any("$" in text for text in texts)
    titles = [title.text for title in root.iter(f"{{{SVG}}}title")]
    assert [title.split(":")[0] for title in titles] == [*names, "alexnet0"] * 2
    fills = {
        marker.get("style").partition("fill: ")[2].partition(";")[0]
        for marker in root.iter(f"{{{SVG}}}use")
        if marker.find(f"{{{SVG}}}title") is not None
    }
    assert len(fills) == len(names) + 1, "a rate is a colour"
