"""An exhibit's picture in the page."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
from nrg.figures.style import style
from nrg.figures.svg_files import name_points, save_svg
from nrg.report.inline_svg import inline_svg

HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_markers_are_named_in_the_svg_and_ids_are_the_pictures_own(tmp_path):
    with style():
        figure, axes = plt.subplots()
        (line,) = axes.plot([1, 2], [3, 4], marker="o")
        name_points(line, [f"first {HOSTILE}", "second"])
        save_svg(figure, tmp_path / "a.svg")
        plt.close(figure)
    svg = inline_svg((tmp_path / "a.svg").read_bytes(), "table1", HOSTILE)
    assert "<img" not in svg
    assert "<style" not in svg
    assert svg.startswith("<svg "), "no prefix, which HTML does not know"
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == HOSTILE
    titles = [e.text for e in root.iter() if e.tag.endswith("}title")]
    assert titles == [f"first {HOSTILE}", "second"]
    ids = {e.get("id") for e in root.iter()} - {None}
    assert all(name.startswith("table1-") for name in ids)
    references = set(re.findall(r"(?:url\(|href=\")#([^\")]+)", svg))
    assert references
    assert references <= ids


def test_ink_is_the_pages_and_what_is_behind_a_picture_is_not_drawn(tmp_path):
    with style():
        figure, axes = plt.subplots()
        axes.text(0.5, 0.5, "on a map", color="black", bbox={"fc": "white", "alpha": 0.75})
        axes.set_title("on the page")
        save_svg(figure, tmp_path / "a.svg")
        plt.close(figure)
    root = ElementTree.fromstring(inline_svg((tmp_path / "a.svg").read_bytes(), "a", ""))
    texts = {e.text: e.get("style") for e in root.iter() if e.tag.endswith("}text")}
    assert texts["on the page"].endswith("fill: currentColor")
    assert "currentColor" not in texts["on a map"]
    styles = [element.get("style") for element in root.iter()]
    assert "fill: #ffffff" not in styles
    assert any(value and value.startswith("fill: #ffffff; ") for value in styles), "of the label"
