"""The pieces that attacks are composed of, as data: their settings, and the gradients they cost.

An attack looks at points, filters the gradients it finds there, and remembers something between
steps. `nrg.attack.views`, `looks` and `memories` compute the pieces; here is what can be said about
them without computing: which there are, with which settings, and how many points they look at.
Lengths are multiples of ε, so that a suite's pixel scale does not change them. A piece may also be
a function of the user's own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.number_text import format_exactly
from nrg.study.own_code import is_own, read_signature

Values = Mapping[str, float]


@dataclass(frozen=True)
class Kind:
    """What is known of a piece without computing it.

    Attributes:
        settings: each with the value of the original, which it has unless another is given.
        points: from the settings to how many points it looks at in place of one.
        leads: whether it must come first, because it chooses points by gradients that it has seen.
    """

    settings: Values
    points: Callable[[Values], int] = lambda settings: 1
    leads: bool = False


def count(settings: Values) -> int:
    """One point for each of `count`."""
    return int(settings["count"])


# The three roles, in the order in which an attack plays them.
PIECES: dict[str, dict[str, Kind]] = {
    "look": {
        "gaussian": Kind({"count": 20, "sigma": 15}, count),
        "clipped": Kind({}),
        "normalised": Kind({}),
        "random": Kind({}, lambda settings: 0, leads=True),
        "uniform": Kind({"count": 20, "radius": 1.5}, count),
        "ahead": Kind({"decay": 1}),
        "resized": Kind({"probability": 0.5, "ratio": 1.104}),
        "scaled": Kind({"count": 5}, count),
        "mixed": Kind({"count": 3, "share": 0.2}, count),
        "spectrum": Kind({"count": 20, "noise": 1, "spread": 0.5}, count),
        "neighbours": Kind(
            {"count": 20, "radius": 1.5, "ahead": 0}, lambda s: 1 + count(s), leads=True
        ),
        "along": Kind({"count": 11, "reach": 7}, count, leads=True),
        "retreating": Kind(
            {"count": 20, "radius": 3, "weight": 0.5}, lambda s: 2 * count(s), leads=True
        ),
        "inverted": Kind({"count": 20, "radius": 2, "push": 0.15, "decay": 0.9}, count, leads=True),
    },
    "filter": {"smooth": Kind({"kernel": 15, "sigma": 3})},
    "remember": {
        "variance": Kind({}),
        "relevance": Kind({}),
        "momentum": Kind({"decay": 1, "normalise": 1}),
        "waning": Kind({"factor": 0.94}),
    },
}
# Looks that an attack has by its copies, sigma and variant, and exhibits do not list.
BY_SETTINGS = ("gaussian", "clipped", "normalised", "random")
TWO_GROUPS = ("neighbours",)  # looks that return the gradient here and the mean around
JOINS_GROUPS = ("variance", "relevance")  # which make one gradient of the two
WHOLE = ("count", "kernel", "budget")  # settings that are whole numbers from 1
# The least and the largest value of other settings, where that is not 0 or more.
RANGES = {
    "probability": (0, 1),
    "weight": (0, 1),
    "factor": (0, 1),
    "ratio": (0.25, 4),
    "kernel": (1, 99),
}
ATTACK = "attack"  # the role of a function of the user's own that is a whole attack

# What the functions behind pieces of the user's own are called with, before their settings.
ARGUMENTS = {
    "look": ("x", "sight", "numbers"),
    "leading look": ("x", "sight"),
    "filter": ("gradient",),
    "remember": ("groups", "memory"),
    ATTACK: ("gradient", "clean", "epsilon", "steps", "draws"),
}


@dataclass(frozen=True)
class Piece:
    """One piece of an attack, with a value for each setting of its kind, in the kind's order."""

    role: str
    name: str
    settings: tuple[tuple[str, float], ...]

    @property
    def kind(self) -> Kind:
        """What is known of it."""
        return find_kind(self.role, self.name)

    @property
    def points(self) -> int:
        """How many points it looks at in place of one."""
        return self.kind.points(dict(self.settings))

    @property
    def text(self) -> str:
        """Its name and settings as a part of a file name: scaled-c5."""
        name = self.name.replace(":", ".")
        return "-".join([name, *(f"{k[0]}{format_exactly(v)}" for k, v in self.settings)])


def find_kind(role: str, name: str) -> Kind:
    """What is known of the piece of this role and name.

    Raises:
        UserError: if there is no such piece, or the user's function takes other arguments.
    """
    if is_own(name) or role == ATTACK:
        return read_own_kind(role, name)
    if name not in PIECES[role]:
        raise UnknownName(role, name, PIECES[role])
    return PIECES[role][name]


def read_own_kind(role: str, name: str) -> Kind:
    """What the signature of a function of the user's own says of the piece that it is.

    Its keyword-only arguments are settings. A look has as many points as its `count` says, or one.
    A whole attack has a budget, too: the number of gradients that it may take.
    """
    signature = read_signature(name)
    leads = role == "look" and signature.yields
    arguments = ARGUMENTS["leading look" if leads else role]
    if signature.arguments != len(arguments):
        raise UserError(
            f"'{name}' must take {len(arguments)} arguments, ({', '.join(arguments)}), before its "
            f"settings, and takes {signature.arguments}"
        )
    settings = {key: value for key, value in signature.settings.items() if value is not None}
    if role == ATTACK:
        return Kind({"budget": 1, **settings}, lambda settings: int(settings["budget"]))
    return Kind(settings, count if "count" in settings else lambda settings: 1, leads)


def make_piece(role: str, name: str, /, **settings: float) -> Piece:
    """A piece with these settings, and the original's for all others.

    Raises:
        UserError: if there is no such piece or setting, or a value is one that it cannot have.
    """
    kind = find_kind(role, name)
    for key in settings:
        if key not in kind.settings:
            raise UnknownName(f"setting of {name}", key, kind.settings)
    filled = {key: settings.get(key, value) for key, value in kind.settings.items()}
    for key, value in filled.items():
        least, most = RANGES.get(key, (0, float("inf")))
        if key in WHOLE and (isinstance(value, bool) or not value >= 1 or value % 1):
            raise UserError(f"{name}: {key} must be a whole number from 1, and is {value}")
        if not is_own(name) and not least <= value <= most:
            told = f"from {least} to {most}" if key in RANGES else "0 or more"
            raise UserError(f"{name}: {key} must be {told}, and is {value}")
        if key in WHOLE or isinstance(value, bool):
            filled[key] = int(value) if key in WHOLE else float(value)
    return Piece(role, name, tuple(filled.items()))


def read_pieces(role: str, entries: Iterable[str | Mapping[str, Any]]) -> tuple[Piece, ...]:
    """Pieces as an exhibit lists them: names, or names with settings, as `{scaled: {count: 5}}`.

    Raises:
        UserError: as `make_piece`.
    """
    named = [{entry: {}} if isinstance(entry, str) else entry for entry in entries]
    for name in (name for entry in named for name in entry if name in BY_SETTINGS):
        raise UnknownName(role, name, {*PIECES[role]} - {*BY_SETTINGS})
    return tuple(
        make_piece(role, name, **settings) for entry in named for name, settings in entry.items()
    )


def check_composition(look: tuple[Piece, ...], remember: tuple[Piece, ...]) -> None:
    """Check that pieces fit together.

    Raises:
        UserError: if a piece stands there twice, or lacks what it needs of another.
    """
    names = [piece.name for piece in (*look, *remember)]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"'{name}' stands twice in one attack")
    for piece in look[1:]:
        if piece.kind.leads:
            raise UserError(f"the look '{piece.name}' must come first, and only one such look can")
    ahead = any(
        piece.name == "ahead" or dict(piece.settings).get("ahead")
        for piece in look
        if not is_own(piece.name)
    )
    if ahead and "momentum" not in names:
        raise UserError("a look ahead follows the momentum; add 'momentum' to remember")
    joins = [name for name in names if name in JOINS_GROUPS]
    if any(name in TWO_GROUPS for name in names) != bool(joins) or len(joins) > 1:
        raise UserError(
            "the look 'neighbours' finds two gradients; of them 'variance' or 'relevance', under "
            "remember, makes one, and neither works without that look"
        )
    if joins and remember[0].name not in JOINS_GROUPS:
        raise UserError(f"'{joins[0]}' must come first under remember")
