"""Attacks as data: what one is, what it is called, and which of them share gradients.

Nothing here computes an attack; `nrg.attack.crafting` does. ε, α and σ are in pixels (0–255).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nrg.base.errors import UnknownName, UserError

BALLS = ("linf", "l2")
LOSSES = ("cross-entropy", "float32-cross-entropy", "carlini-wagner")
VARIANTS = ("", "clipped", "normalised", "random")


@dataclass(frozen=True)
class Attack:
    """One attack: how its gradient is estimated, its ball, steps, step size and loss.

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

    @property
    def is_fast(self) -> bool:
        """Whether it is one step of size ε."""
        return self.steps == 1 and self.alpha == self.epsilon

    @property
    def method(self) -> str:
        """The paper's name for it, without its parameters, as targeted-nr-igsm."""
        parts = [
            "targeted" if self.targeted else "",
            "nr" if self.sigma > 0 else "",
            ("f" if self.is_fast else "i") + {"linf": "gsm", "l2": "gm"}[self.ball],
        ]
        return "-".join(part for part in parts if part)

    @property
    def name(self) -> str:
        """Readable, and different for any two different attacks."""
        parts = [
            self.method,
            self.ball,
            f"e{format_number(self.epsilon)}",
            "" if self.is_fast else f"k{self.steps}-a{format_number(self.alpha)}",
            f"m{self.copies}-s{format_number(self.sigma)}" if self.sigma > 0 else "",
            "" if self.loss == "cross-entropy" else self.loss,
            self.variant,
        ]
        return "-".join(part for part in parts if part)

    @property
    def sharing(self) -> tuple[object, ...]:
        """Equal for attacks that need the same gradients of a source.

        One noise-reduced gradient serves every single-step attack: with any ε, in either ball, and
        with any smaller m, because the mean over the first copies is on the way to the mean over
        all. One iterated attack serves every smaller number of steps.
        """
        estimate = (self.loss, self.targeted, self.variant, self.sigma)
        if self.steps == 1:
            return estimate
        return (*estimate, self.copies, self.ball, self.epsilon, self.alpha)


def format_number(value: float) -> str:
    """15.0 as "15" and 2.5 as "2.5", never with an exponent."""
    return format(Decimal(repr(value)).normalize(), "f")


def group_by_gradients(attacks: Iterable[Attack]) -> list[tuple[Attack, ...]]:
    """Groups of attacks that share their gradients, in order of first appearance."""
    groups: dict[tuple[object, ...], list[Attack]] = defaultdict(list)
    for attack in dict.fromkeys(attacks):
        groups[attack.sharing].append(attack)
    return [tuple(group) for group in groups.values()]


def count_gradients_per_image(family: Sequence[Attack]) -> int:
    """How many input gradients a group that shares them needs per image and model."""
    return max(attack.steps * attack.copies for attack in family)


def name_attacks(attacks: Sequence[Attack]) -> str:
    """A file name for attacks that are stored together: the first one's, and a hash of any others.

    It depends on nothing but the attacks, so that a file's name says what is in it.
    """
    if len(attacks) == 1:
        return attacks[0].name
    names = "\n".join(attack.name for attack in attacks)
    digest = hashlib.sha256(names.encode()).hexdigest()[:8]
    return f"{attacks[0].name}-and-{len(attacks) - 1}-more-{digest}"
