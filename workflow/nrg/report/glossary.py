"""The terms that the page explains, and links from the first use of each to its explanation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


TERMS = (
    Term(
        "adversarial",
        "adversarial example",
        r"adversarial (?:example|image)s?",
        "An image altered so little that a person hardly minds, and so that a network gives it "
        "another label.",
    ),
    Term(
        "black-box",
        "black box",
        r"black[- ]box",
        "The attacker does not know the network that is to be fooled (the target), and makes the "
        "image on another one (the source). A black-box pair is a source and a target that is not "
        "part of it.",
    ),
    Term(
        "white-box",
        "white box",
        r"white[- ]box",
        "The attacker knows the target: it is the source itself, or a member of it.",
    ),
    Term(
        "gradient",
        "gradient",
        r"gradients?",
        "The direction in pixel space in which the network’s error grows fastest. One gradient "
        "costs about as much as the training on one image.",
    ),
    Term(
        "nr",
        "nr-, noise-reduced",
        r"nr-(?=\W|$)|nr-(?=FG|IG)|[Nn]oise[- ]reduced|[Nn]oise reduction",
        "The attack follows the mean of the gradients at m copies of the image with random noise "
        "added, in place of the gradient at the image.",
    ),
    Term(
        "fgsm",
        "FGSM, FGM",
        r"FGSM|FGM",
        "The fast gradient sign method: one step, which changes every pixel by ε in the direction "
        "of the sign of the gradient. FGM takes its step along the gradient itself.",
    ),
    Term(
        "igsm",
        "IGSM",
        r"IGSM",
        "The iterated form of FGSM: k steps of size α, and no pixel changes by more than ε.",
    ),
    Term(
        "ensemble",
        "ensemble",
        r"ensembles?",
        "Several networks attacked at once: the source of the image is their mean prediction.",
    ),
    Term(
        "targeted",
        "targeted attack",
        r"targeted",
        "An attack that succeeds only if the network gives one particular label, chosen before.",
    ),
    Term(
        "top1",
        "Top-1 success",
        r"Top-1",
        "The share of attacked images whose first label is not the true one; of targeted attacks, "
        "whose first label is the wanted one.",
    ),
    Term(
        "top5",
        "Top-5 success",
        r"Top-5",
        "The share of attacked images whose true label is not among the five most probable; of "
        "targeted attacks, whose wanted label is.",
    ),
    Term(
        "epsilon", "ε", r"ε", "The size of an attack: the largest change of a pixel, of 0 to 255."
    ),
    Term("alpha", "α", r"α", "The size of one step of an iterated attack, in grey levels."),
    Term("k", "k", r"\bk(?= \d)", "The number of steps of an iterated attack."),
    Term(
        "m",
        "m",
        r"\bm(?= \d)",
        "The number of noisy copies of the image whose gradients are averaged.",
    ),
    Term(
        "sigma",
        "σ",
        r"σ",
        "The standard deviation of the noise that is added to a copy, in grey levels.",
    ),
    Term(
        "subset",
        "subset",
        r"subset",
        "The part of the images that is attacked from ensembles, because these attacks cost more.",
    ),
    Term(
        "rmsd",
        "RMSD",
        r"RMSD",
        "Root-mean-square distance: the size of a change as the root of the mean squared change "
        "of a pixel. The ℓ2 attacks are limited by it.",
    ),
    Term(
        "interval",
        "95 % interval",
        r"95 % intervals?",
        "A range computed so that in 95 of 100 repetitions with other images it would hold the "
        "rate over all such images.",
    ),
    Term(
        "points",
        "points",
        r"\bpoints\b",
        "Percentage points, the difference of two percentages: from 33 to 40 % it is 7 points.",
    ),
    Term(
        "rho",
        "ρ",
        r"ρ",
        "Spearman’s rank correlation: 1 where two lists have the same order, −1 where one is the "
        "other turned round, and about 0 where their orders have nothing in common.",
    ),
    Term(
        "holm",
        "Holm’s adjustment",
        r"Holm(?:’s adjustment)?",
        "Makes p-values larger where a claim has many comparisons, so that one of them seldom "
        "looks significant by chance alone.",
    ),
    Term(
        "bootstrap",
        "bootstrap",
        r"[Bb]ootstrap",
        "Draws the images again and again, with repetition, to see how much a number depends on "
        "which images there are.",
    ),
)


def link_terms(html: str, terms: Sequence[Term] = TERMS) -> str:
    """Link the first use of each term in the page's prose to its entry in the glossary.

    Args:
        html: a page, whose prose stands in <main>.
    """
    start, end = html.find("<main"), html.find("</main>")
    left = {term.slug: term for term in terms}
    parts, closed, position = [html[:start]], 0, start
    for token in TOKEN.finditer(html, start, end):
        if not left:
            break
        text = html[position : token.start()]
        parts.append(text if closed else link_text(text, left))
        parts.append(token[0])
        position = token.end()
        is_end, name, is_empty = token[1], (token[2] or "").lower(), token[3]
        if name in CLOSED and not is_empty:
            closed += -1 if is_end else 1
    return "".join([*parts, html[position:]])


def link_text(text: str, left: dict[str, Term]) -> str:
    """Link the terms that a piece of text holds, and take them out of those that are left."""
    if not text.strip():
        return text
    found = [(match, term) for term in left.values() if (match := re.search(term.pattern, text))]
    linked, position = [], 0
    for match, term in sorted(found, key=lambda pair: pair[0].start()):
        if match.start() < position:
            continue  # inside a longer term; its own first use comes later
        del left[term.slug]
        linked += [text[position : match.start()], link_to(term, match[0])]
        position = match.end()
    return "".join([*linked, text[position:]])


def link_to(term: Term, text: str) -> str:
    return f'<a class="term" href="#term-{term.slug}" title="{term.meaning}">{text}</a>'
