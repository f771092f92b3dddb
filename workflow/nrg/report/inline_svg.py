"""An exhibit's SVG as part of a page that holds several."""

import re
from xml.etree import ElementTree

from markupsafe import Markup

from nrg.figures.style import INK
from nrg.figures.svg_files import SVG

REFERENCE = re.compile(r"(url\(#|^#)")
GROUND = "fill: #ffffff"  # the style of what is behind them
LINE_ENDS = "stroke-linejoin: round; stroke-linecap: butt"  # as in matplotlib's style sheet


def inline_svg(svg: bytes, name: str, text: str) -> Markup:
    """The SVG with unique ids, a text for those who do not see it, and no style sheet.

    Axes and their text take the colour of the page's text, and what is behind them is not drawn.

    Args:
        name: put before every id, because other pictures of the page have the same ids.
        text: what the picture shows.
    """
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for sheet in parent.findall(f"{{{SVG}}}style"):
            parent.remove(sheet)
    for element in root.iter():
        if style := element.get("style"):
            inherited = style.replace(INK, "currentColor")
            element.set("style", "fill: none" if style == GROUND else inherited)
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif "#" in value and (key.endswith("href") or "url(#" in value):
                element.set(key, REFERENCE.sub(rf"\g<1>{name}-", value))
    width = root.attrib.pop("width").removesuffix("pt")
    root.attrib.pop("height")
    font = root.get("style", "")
    root.set(
        "style", f"--width: {float(width) / 0.75:.0f}px; width: var(--width); {font} {LINE_ENDS}"
    )
    root.set("role", "img")
    root.set("aria-label", text)
    return Markup(ElementTree.tostring(root, encoding="unicode"))
