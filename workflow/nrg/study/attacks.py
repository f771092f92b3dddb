"""Attacks as data: what one is, what it is called, and which of them share gradients.

Nothing here computes an attack; `nrg.attack.crafting` does. ε, α and σ are in pixels (0–255).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import prod

from nrg.base.errors import UnknownName, UserError
from nrg.base.number_text import format_exactly
from nrg.study.own_code import is_own
from nrg.study.pieces import Piece, check_composition, make_piece

BALLS = ("linf", "l2")
LOSSES = ("cross-entropy", "float32-cross-entropy", "carlini-wagner", "logit")
VARIANTS = ("", "clipped", "normalised", "random")
LONGEST_NAME = 120  # letters; a file's name, with all that may follow, has room for 255 bytes
MOST_OUTSIDE = 0.01  # the share of pixels outside the ball that a function may return unnoticed


@dataclass(frozen=True)
class Attack:
    """One attack: how it looks, filters, remembers and steps, and its loss.

    Args:
        ball: "linf" (Eq. 5), or "l2", measured as RMSD, sqrt(mean(η²)) (Eq. 6).
        epsilon: radius of the ball, in pixels.
        steps: k of Eq. 7; one step of size ε is the fast gradient (sign) method, Eq. 4.
        alpha: step size, in pixels; ε unless given.
        copies: m of Eq. 8, gradients averaged at each step.
        sigma: standard deviation of the noise of Eq. 8, in pixels; 0 is the plain gradient, for
            which one copy is enough.
        loss: one of `LOSSES`.
        targeted: whether to approach the target label instead of leaving the true one.
        variant: another interpretation of Eq. 8: noisy copies are "clipped" to [0, 255], or each
            copy's gradient is "normalised" before the mean; or "random", noise in place of any
            gradient, as a lower bound for all attacks. Empty for the paper's own.
        look: further points to look at, one piece within the other; with `copies` and `sigma`, the
            noisy copies are looked at through those pieces.
        filter: what smooths a gradient.
        remember: what is kept between steps, one piece after the other.
        function: a function of the user's own in place of all this; what it returns is projected
            into the ball. It has a budget of gradients.

    Raises:
        UserError: if a value is one that no attack can have.
    """

    ball: str
    epsilon: float
    steps: int = 1
    alpha: float = None  # type: ignore[assignment]  # which then becomes ε
    copies: int = 1
    sigma: float = 0
    loss: str = "cross-entropy"
    targeted: bool = False
    variant: str = ""
    look: tuple[Piece, ...] = ()
    filter: tuple[Piece, ...] = ()
    remember: tuple[Piece, ...] = ()
    function: Piece | None = None

    def __post_init__(self) -> None:
        for name, known in (("ball", BALLS), ("loss", LOSSES), ("variant", VARIANTS)):
            if getattr(self, name) not in known:
                raise UnknownName(name, getattr(self, name), known)
        if self.alpha is None:
            object.__setattr__(self, "alpha", self.epsilon)
        for name, value in (("epsilon", self.epsilon), ("alpha", self.alpha)):
            if not value > 0:
                raise UserError(f"an attack's {name} must be positive, not {value}")
        if not self.sigma >= 0:
            raise UserError(f"an attack's sigma must not be negative, and is {self.sigma}")
        for name, value in (("steps", self.steps), ("copies", self.copies)):
            if value < 1:
                raise UserError(f"an attack's {name} must be 1 or more, not {value}")
        if self.sigma == 0:
            object.__setattr__(self, "copies", 1)
        check_composition((*self.variant_pieces, *self.look), self.remember)

    def __repr__(self) -> str:
        """All values, but no `function` where there is none: parameters of jobs are known by it."""
        shown = (field.name for field in fields(self) if field.name != "function" or self.function)
        return f"Attack({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def variant_pieces(self) -> tuple[Piece, ...]:
        """Its variant as a piece."""
        return (make_piece("look", self.variant),) if self.variant else ()

    @property
    def looks(self) -> tuple[Piece, ...]:
        """All that it looks at, in the order of their composition: `look` with Eq. 8's copies.

        A look that must come first does; then come the noisy copies, then the others.
        """
        pieces = (*self.variant_pieces, *self.look)
        first = 1 if pieces and pieces[0].kind.leads else 0
        noise = (make_piece("look", "gaussian", count=self.copies, sigma=self.sigma),)
        return (*pieces[:first], *(noise if self.sigma > 0 else ()), *pieces[first:])

    @property
    def later_pieces(self) -> tuple[Piece, ...]:
        """Its pieces that are not the paper's."""
        whole = (self.function,) if self.function else ()
        return (*self.look, *self.filter, *self.remember, *whole)

    @property
    def own_functions(self) -> tuple[str, ...]:
        """The functions of the user's own that it is made of, as `module:function`."""
        return tuple(piece.name for piece in self.later_pieces if is_own(piece.name))

    @property
    def gradients_per_step(self) -> int:
        """How many gradients of each network one step takes per image."""
        return prod(piece.points for piece in self.looks)

    @property
    def gradients(self) -> int:
        """How many gradients of each network it takes per image, or may take by its budget."""
        return self.function.points if self.function else self.steps * self.gradients_per_step

    @property
    def is_fast(self) -> bool:
        """Whether it is one step of size ε."""
        return self.steps == 1 and self.alpha == self.epsilon

    @property
    def method(self) -> str:
        """The paper's name for it, without its parameters, as targeted-nr-igsm; or "own"."""
        steps = ("f" if self.is_fast else "i") + {"linf": "gsm", "l2": "gm"}[self.ball]
        parts = [
            "targeted" if self.targeted else "",
            "nr" if self.sigma > 0 else "",
            "own" if self.function else steps,
        ]
        return "-".join(part for part in parts if part)

    @property
    def name(self) -> str:
        """Readable, and different for any two different attacks."""
        parts = [
            self.method,
            self.ball,
            f"e{format_exactly(self.epsilon)}",
            "" if self.is_fast else f"k{self.steps}-a{format_exactly(self.alpha)}",
            f"m{self.copies}-s{format_exactly(self.sigma)}" if self.sigma > 0 else "",
            "" if self.loss == "cross-entropy" else self.loss,
            self.variant,
            *(piece.text for piece in self.later_pieces),
        ]
        return shorten("-".join(part for part in parts if part))

    @property
    def shares_one_gradient(self) -> bool:
        """Whether it takes one step, along a gradient that depends neither on ε nor on α."""
        return self.steps == 1 and not self.later_pieces

    @property
    def sharing(self) -> tuple[object, ...]:
        """Equal for attacks that need the same gradients of a source.

        One noise-reduced gradient serves every single-step attack: with any ε, in either ball, and
        with any smaller m, because the mean over the first copies is on the way to the mean over
        all. One iterated attack serves every smaller number of steps. Pieces beyond the paper's may
        depend on ε and α at the first step, and the user's own on anything.
        """
        if self.own_functions:
            return (self,)
        estimate = (self.loss, self.targeted, self.variant, self.sigma, *self.later_pieces)
        if self.shares_one_gradient:
            return estimate
        return (*estimate, self.copies, self.ball, self.epsilon, self.alpha)


def shorten(name: str) -> str:
    """A name as the name of a file may be: of a long one the beginning, and a hash of the whole."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME]}-{hash_text(name)}"


def hash_text(text: str) -> str:
    """The first digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def group_by_gradients(attacks: Iterable[Attack]) -> list[tuple[Attack, ...]]:
    """Groups of attacks that share their gradients, in order of first appearance."""
    groups: dict[tuple[object, ...], list[Attack]] = defaultdict(list)
    for attack in dict.fromkeys(attacks):
        groups[attack.sharing].append(attack)
    return [tuple(group) for group in groups.values()]


def count_gradients_per_image(family: Sequence[Attack]) -> int:
    """How many input gradients a group that shares them needs per image and model."""
    return max(attack.gradients for attack in family)


def name_attacks(attacks: Sequence[Attack]) -> str:
    """A file name for attacks that are stored together: the first one's, and a hash of any others.

    It depends on nothing but the attacks, so that a file's name says what is in it.
    """
    if len(attacks) == 1:
        return attacks[0].name
    digest = hash_text("\n".join(attack.name for attack in attacks))
    return f"{attacks[0].name}-and-{len(attacks) - 1}-more-{digest}"
