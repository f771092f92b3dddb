"""Sources by error and size: each names itself."""

from xml.etree import ElementTree

import pandas as pd
import pytest
from nrg.figures.capacity import draw_capacity, find_colour_range
from nrg.figures.svg_files import SVG, save_svg


def test_every_source_in_figures_6_and_9_names_itself(tmp_path):
    names = [f"{family}{number}" for family in ("densenet", "resnet") for number in range(5)]
    rows = [
        {"method": method, "source": name, "target": "vgg19_bn", "family": name[:-1]}
        | {"value": 9.0 * place, "ci_low": 0.0, "ci_high": 99.0}
        | {"parameters": 1e6 * (1 + place), "top1_error": 20.0 + place % 4}
        for method in ("fgsm", "igsm")
        for place, name in enumerate([*names, "alexnet0"])
    ]
    save_svg(draw_capacity(pd.DataFrame(rows), {}), tmp_path / "picture.svg")
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


def test_colours_run_over_the_rates_that_occur():
    def ends(*rates):
        scale = find_colour_range(pd.Series(rates))
        return scale.vmin, scale.vmax

    assert ends(7.2, 29.6) == (7, 30)
    assert ends(40.0) == (40, 41)


@pytest.mark.parametrize("count", [1, 2])
def test_few_sources_of_one_family_are_drawn(count):
    rows = [
        {"method": "fgsm", "source": f"vgg{place}", "target": "mine", "family": "vgg"}
        | {"value": 50.0, "parameters": 1e6, "top1_error": 3.0}
        for place in range(count)
    ]
    panel, *_ = draw_capacity(pd.DataFrame(rows), {}).axes
    markers = [line for line in panel.lines if line.get_marker() == "o"]
    places = {(*line.get_xdata(), *line.get_ydata()) for line in markers}
    assert len(places) == count, "none covers another"
    assert "logarithmic" in panel.get_ylabel()
