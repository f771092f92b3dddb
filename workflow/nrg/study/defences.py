"""Defences in front of a model, as part of a target's name: "resnet50~jpeg75".

A defence changes the images that the model gets, or asks it about several noisy copies of each.
`nrg.models.defences` does it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from nrg.base.errors import UnknownName, UserError

MARK = "~"  # between a model's name and its defence's


@dataclass(frozen=True)
class Defence:
    """What stands between an image and a model.

    Attributes:
        kind: a name of `FORMS`.
        strength: JPEG's quality; bits of a pixel; by how many percent the side of an image is made
            smaller at most; or σ of the noise, in pixels.
        copies: noisy copies that are asked about, N; 1 without noise.
    """

    kind: str
    strength: float
    copies: int = 1


@dataclass(frozen=True)
class Form:
    """How a kind of defence is written, and what it may say.

    Attributes:
        pattern: of what follows its name: the strength, and perhaps the copies. It allows one
            spelling of each number, so that no defence is counted as two targets.
        least, most: values of the strength.
        example: how it is written, for messages.
        describe: how it is printed.
    """

    pattern: str
    least: float
    most: float
    example: str
    describe: Callable[[Defence], str]


WHOLE = r"(?:0|[1-9]\d*)"
FORMS = {
    "jpeg": Form(f"({WHOLE})", 1, 100, "jpeg75", lambda d: f"JPEG {d.strength:g}"),
    "bits": Form(f"({WHOLE})", 1, 7, "bits3", lambda d: f"{d.strength:g} bits per pixel"),
    "resized": Form(
        f"({WHOLE})", 1, 50, "resized10", lambda d: f"resizing by up to {d.strength:g} %"
    ),
    "smoothed": Form(
        rf"({WHOLE}(?:\.\d*[1-9])?)x({WHOLE})",
        0.1,
        255,
        "smoothed10x16",
        lambda d: f"smoothing (σ {d.strength:g}, {d.copies} copies)",
    ),
}
# The transformation of images (nrg.data.transformations) that a kind of defence applies.
TRANSFORMATIONS = {"jpeg": "jpeg", "bits": "bit_depth", "resized": "resizing"}
FEWEST_COPIES, MOST_COPIES = 6, 10_000  # with fewer even a unanimous vote would be no majority


def model_behind(target: str) -> str:
    """The model of a target: "resnet50" of "resnet50~jpeg75", and of "resnet50"."""
    return target.partition(MARK)[0]


def describe_defence(defence: Defence) -> str:
    """What to print behind the model's name: "behind JPEG 75"."""
    return f"behind {FORMS[defence.kind].describe(defence)}"


def read_defence(target: str, scale: float = 1) -> Defence | None:
    """The defence that a target's name says; None for a model alone.

    Args:
        scale: the suite's `pixel_scale`, which multiplies the σ of smoothing.

    Raises:
        UserError: if there is no such defence, or if it cannot have that strength.
    """
    _, mark, text = target.partition(MARK)
    if not mark:
        return None
    name = re.split("[^a-z]", text, maxsplit=1)[0]
    if name not in FORMS:
        raise UnknownName(f"defence of '{target}':", name or text, FORMS)
    form = FORMS[name]
    given = re.fullmatch(form.pattern, text.removeprefix(name), re.ASCII)
    if given is None:
        raise UserError(f"'{target}': the defence '{name}' is written like {form.example}")
    strength, *copies = given.groups()
    value, count = float(strength), int(copies[0]) if copies else 1
    if not form.least <= value <= form.most:
        raise UserError(
            f"'{target}': the number of '{name}' must be from {form.least:g} to {form.most:g}, and "
            f"is {value:g}"
        )
    if copies and not FEWEST_COPIES <= count <= MOST_COPIES:
        raise UserError(
            f"'{target}': smoothing asks about {FEWEST_COPIES} to {MOST_COPIES:,} copies, because "
            f"fewer cannot be a significant majority; {count} are given"
        )
    if name == "smoothed" and scale != 1:
        value = round(value * scale)
        if not value:
            raise UserError(
                f"'{target}': at the suite's 'pixel_scale' of {scale:.3g} its σ becomes 0 pixels; "
                "write a larger one"
            )
    return Defence(name, value, count)
