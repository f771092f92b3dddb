"""The terms that the page explains, and links from the first use of each to its explanation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml

# Where a term is not made a link: in a link, a heading or a label, and where text is no prose.
CLOSED = frozenset(
    "a button code dd dt figcaption h1 h2 h3 h4 label legend option pre script select style "
    "summary svg table template title".split()
)
TOKEN = re.compile(r"<!--.*?-->|<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*?(/?)>", re.DOTALL)


@dataclass(frozen=True)
class Term:
    """A term of the page.

    Attributes:
        slug: its id on the page is term-<slug>.
        name: as the glossary lists it.
        pattern: a regular expression that finds it in text.
        meaning: in a sentence or two.
    """

    slug: str
    name: str
    pattern: str
    meaning: str


@cache
def load_terms() -> list[Term]:
    """The terms in the order of the glossary."""
    entries = read_yaml(WORKFLOW / "resources/glossary.yaml", list)
    return [Term(**{"pattern": entry["name"]} | entry) for entry in entries]


def link_terms(html: str, terms: Sequence[Term]) -> str:
    """Link the first use of each term in the page's prose to its entry in the glossary.

    Args:
        html: a page, whose prose stands in <main>.
        terms: those to explain.
    """
    start, end = html.find("<main"), html.find("</main>")
    remaining = {term.slug: term for term in terms}
    parts, closed, position = [html[:start]], 0, start
    for token in TOKEN.finditer(html, start, end):
        if not remaining:
            break
        text = html[position : token.start()]
        parts.append(text if closed else link_text(text, remaining))
        parts.append(token[0])
        position = token.end()
        is_end, name, is_empty = token[1], (token[2] or "").lower(), token[3]
        if name in CLOSED and not is_empty:
            closed += -1 if is_end else 1
    return "".join([*parts, html[position:]])


def link_text(text: str, remaining: dict[str, Term]) -> str:
    """Link the terms that a piece of text holds, and take them out of the remaining ones."""
    if not text.strip():
        return text
    searched = ((re.search(term.pattern, text), term) for term in remaining.values())
    found = [(match, term) for match, term in searched if match]
    linked, position = [], 0
    for match, term in sorted(found, key=lambda pair: pair[0].start()):
        if match.start() < position:
            continue  # inside a longer term; its own first use comes later
        del remaining[term.slug]
        linked += [text[position : match.start()], link_to(term, match[0])]
        position = match.end()
    return "".join([*linked, text[position:]])


def link_to(term: Term, text: str) -> str:
    return f'<a class="term" href="#term-{term.slug}" title="{term.meaning}">{text}</a>'
