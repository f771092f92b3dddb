"""Figures as SVG: small files, whose markers have titles."""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nrg.base.files import write_whole

POINTS = "points"  # begins the id of an artist whose markers have titles
SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")

REFERENCE = re.compile(r"#([\w-]+)")
DECIMALS = re.compile(r"\d+\.\d{3,}")
FONT = re.compile(r"font-family: [^;]*; ")
NO_ROTATION = re.compile(r"rotate\(-?0 .*\)")


def name_points(artist: Artist, texts: Sequence[str]) -> None:
    """Give each marker of a line a text, which becomes the marker's title in the SVG."""
    artist.set_gid(POINTS + json.dumps(texts))


def save_svg(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG; equal figures are equal bytes.

    Raises:
        ValueError: an artist has more or fewer markers than texts of `name_points`.
    """
    buffer = io.BytesIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=no_metadata)
    root = ElementTree.fromstring(buffer.getvalue())
    add_titles(root)
    shrink(root)
    with write_whole(path) as part:
        part.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def add_titles(root: ElementTree.Element) -> None:
    """Make the texts of `name_points` titles of the markers.

    Raises:
        ValueError: an artist has more or fewer markers than texts.
    """
    for group in root.iter(f"{{{SVG}}}g"):
        name = group.get("id", "")
        if name.startswith(POINTS):
            texts = json.loads(name.removeprefix(POINTS))
            del group.attrib["id"]
            group.set("class", POINTS)
            for marker, text in zip(group.iter(f"{{{SVG}}}use"), texts, strict=True):
                ElementTree.SubElement(marker, f"{{{SVG}}}title").text = text


def shrink(root: ElementTree.Element) -> None:
    """Leave out what does not change a picture, because a report holds dozens of them.

    These are ids that nothing refers to, blanks between elements, rotations by 0°, and what is
    smaller than a hundredth of a point. The font is named once, at the root.
    """
    values = " ".join(value for element in root.iter() for value in element.attrib.values())
    used = {*REFERENCE.findall(values)}
    font = ""
    for element in root.iter():
        element.tail = None
        if not (element.text or "").strip():
            element.text = None
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if NO_ROTATION.fullmatch(element.get("transform", "")):
            del element.attrib["transform"]
        if named := FONT.search(element.get("style", "")):
            font = font or named[0]
            element.set("style", element.attrib["style"].replace(font, ""))
        for name in ("d", "x", "y", "width", "height", "transform", "viewBox"):
            if value := element.get(name):
                element.set(name, round_numbers(value))
    if font:
        root.set("style", font.strip())


def round_numbers(text: str) -> str:
    """A text with at most two decimals in its numbers, and one blank between its words."""
    rounded = DECIMALS.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    return " ".join(rounded.split())
