"""Pictures as SVG: markers have titles, and nothing stands there that is not seen."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from nrg.figures.style import style
from nrg.figures.svg_files import name_points, round_numbers, save_svg


def save_line(path, names):
    """Save a picture of a line of two markers."""
    with style():
        figure, axes = plt.subplots()
        (line,) = axes.plot([1, 2], [3, 4], marker="o")
        axes.set_title("A title")
        name_points(line, names)
        save_svg(figure, path)
        plt.close(figure)


def test_as_many_names_as_markers(tmp_path):
    with pytest.raises(ValueError, match="zip"):
        save_line(tmp_path / "a.svg", ["only one"])
    assert not (tmp_path / "a.svg").exists()


def test_a_picture_holds_nothing_that_is_not_seen(tmp_path):
    save_line(tmp_path / "a.svg", ["first", "second"])
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    texts = {element.text: element for element in root.iter() if element.text}
    assert {"first", "second", "A title"} <= {*texts}
    assert "transform" not in texts["A title"].attrib
    assert "metadata" not in svg
    assert svg.count("font-family") == 1
    assert svg.index("font-family") < svg.index("<defs")
    assert not re.search(r">\s+<", svg.partition("<svg")[2])
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids, "of the marker, which is used twice"
    assert all(svg.count(f"#{name}") for name in ids)


def test_a_picture_looks_the_same_to_hundredths_of_a_point():
    path = "M 1.23456 -0.004  \nL 10.999 2.5 \nz"
    assert round_numbers(path) == "M 1.23 -0 L 11 2.5 z"
    assert round_numbers("rotate(-90 3.14159 2)") == "rotate(-90 3.14 2)"
