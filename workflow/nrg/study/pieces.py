"""The pieces that attacks are composed of, as data: their settings, and the gradients they cost.

An attack looks at points, filters the gradients it finds there, and remembers something between
steps. `nrg.attack.views`, `looks` and `memories` compute the pieces; here is what can be said about
them without computing: which there are, with which settings, and how many points they look at.
Lengths are multiples of ε, so that a suite's pixel scale does not change them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.number_text import format_exactly

Settings = Mapping[str, float]


@dataclass(frozen=True)
class Kind:
    """What is known of a piece without computing it.

    Attributes:
        settings: each with the value of the original, which it has unless another is given.
        points: from the settings to how many points it looks at in place of one.
        leads: whether it must come first, because it chooses points by gradients that it has seen.
    """

    settings: Settings
    points: Callable[[Settings], int] = lambda settings: 1
    leads: bool = False


def count(settings: Settings) -> int:
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
BY_SETTINGS = ("gaussian", "random")  # looks that an attack has by its copies, sigma and variant
TWO_GROUPS = ("neighbours",)  # looks that return the gradient here and the mean around
JOINS_GROUPS = ("variance", "relevance")  # which make one gradient of the two
WHOLE = ("count", "kernel")  # settings that are whole numbers from 1


@dataclass(frozen=True)
class Piece:
    """One piece of an attack, with a value for each setting of its kind, in the kind's order."""

    role: str
    name: str
    settings: tuple[tuple[str, float], ...]

    @property
    def kind(self) -> Kind:
        """What is known of it."""
        return PIECES[self.role][self.name]

    @property
    def points(self) -> int:
        """How many points it looks at in place of one."""
        return self.kind.points(dict(self.settings))

    @property
    def text(self) -> str:
        """Its name and settings as a part of a file name: scaled-c5."""
        return "-".join([self.name, *(f"{k[0]}{format_exactly(v)}" for k, v in self.settings)])


def make_piece(role: str, name: str, **settings: float) -> Piece:
    """A piece with these settings, and the original's for all others.

    Raises:
        UserError: if there is no such piece or setting, or a value is one that it cannot have.
    """
    if name not in PIECES[role]:
        raise UnknownName(role, name, PIECES[role])
    kind = PIECES[role][name]
    for key, value in settings.items():
        if key not in kind.settings:
            raise UnknownName(f"setting of {name}", key, kind.settings)
        if not value >= (1 if key in WHOLE else 0) or (key in WHOLE and value % 1):
            least = "a whole number from 1" if key in WHOLE else "0 or more"
            raise UserError(f"{name}: {key} must be {least}, and is {value}")
    filled = {**kind.settings, **settings}
    return Piece(role, name, tuple((key, filled[key]) for key in kind.settings))


def read_pieces(role: str, entries: Iterable[str | Mapping[str, Any]]) -> tuple[Piece, ...]:
    """Pieces as an exhibit lists them: names, or names with settings, as `{scaled: {count: 5}}`.

    Raises:
        UserError: as `make_piece`.
    """
    named = [{entry: {}} if isinstance(entry, str) else entry for entry in entries]
    return tuple(
        make_piece(
            role, name, **{key: float(v) if isinstance(v, bool) else v for key, v in s.items()}
        )
        for entry in named
        for name, s in entry.items()
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
    ahead = any(piece.name == "ahead" or dict(piece.settings).get("ahead") for piece in look)
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
