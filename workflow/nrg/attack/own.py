"""Functions of the user's own: found, called, and held to what they must return."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nrg.attack.draws import Draws
from nrg.attack.gradients import (
    OVERFLOW,
    CountedGradient,
    is_not_finite,
    is_zero,
    refuse_overflow,
)
from nrg.base.errors import UserError, explain_failure
from nrg.base.module_search import find_source, import_module
from nrg.base.torch_settings import keep_settings
from nrg.study.attacks import Attack
from nrg.study.own_code import is_own, read_signature
from nrg.study.pieces import Piece


def find_function(known: Mapping[str, Callable[..., Any]], name: str) -> Callable[..., Any]:
    """The function behind a piece: one of the package's, or the user's own, which is then checked.

    Args:
        known: the package's, by name.

    Raises:
        UserError: it cannot be imported.
    """
    if not is_own(name):
        return known[name]
    function = import_own(name)
    if isgeneratorfunction(function):
        return function

    def checked(given: Any, /, *others: Any, **settings: float) -> Any:
        result = function(copy_tensors(given), *others, **settings)
        check_like(result, given, f"'{name}' returns")
        if isinstance(given, Tensor) and given.requires_grad and not result.requires_grad:
            raise UserError(
                f"'{name}' returns points from which no gradient flows back to the image; make "
                "them from x by torch, and without detach() or no_grad()"
            )
        return result

    return checked


def import_own(name: str) -> Callable[..., Any]:
    """Import a function of the user's own, `module:function`."""
    module, _, function = name.partition(":")
    with explain_failure(f"'{name}' cannot be imported"), keep_settings():
        imported: Callable[..., Any] = getattr(import_module(module), function)
    return imported


def copy_tensors(given: Any) -> Any:
    """A copy of a tensor, or of a tuple of tensors, which a function may change in place."""
    if isinstance(given, Tensor):
        return given.clone()
    return type(given)(*(None if part is None else part.clone() for part in given))


def check_like(result: Any, given: Any, begins: str) -> None:
    """Check that what a function made is like what it was given.

    Args:
        given: a tensor, or a tuple that begins with one.
        begins: the beginning of the message.

    Raises:
        UserError: another type, shape, data type or device.
    """
    if not isinstance(result, type(given)):
        raise UserError(f"{begins} {type(result).__name__}, and it must be {type(given).__name__}")
    first, like = (result, given) if isinstance(given, Tensor) else (result[0], given[0])
    if not isinstance(first, Tensor):
        raise UserError(f"{begins} {type(first).__name__}, and it must be Tensor")
    is_so, must_be = ((tuple(t.shape), t.dtype, str(t.device)) for t in (first, like))
    if is_so != must_be:
        raise UserError(
            f"{begins} a tensor of shape {is_so[0]}, {is_so[1]}, on {is_so[2]}, and it must be of "
            f"shape {must_be[0]}, {must_be[1]}, on {must_be[2]}"
        )


@contextmanager
def explain_own(functions: Sequence[str]) -> Iterator[None]:
    """Raise a UserError where a block that calls functions of the user's own fails.

    What the functions change of torch's settings is undone. Without functions nothing is done.

    Raises:
        UserError: the block fails. That memory runs out is passed on, because batches then shrink.
    """
    if not functions:
        yield
        return
    with keep_settings():
        try:
            yield
        except (UserError, torch.OutOfMemoryError):
            raise
        except (Exception, SystemExit) as error:
            line = find_line(error, functions)
            raise UserError(f"{quote(functions)} failed: {error!r}{line}") from error


def quote(functions: Sequence[str]) -> str:
    """Functions by name, for messages: 'a' or 'b'."""
    return " or ".join(f"'{name}'" for name in functions)


def find_line(error: BaseException, functions: Sequence[str]) -> str:
    """Where in the modules of these functions an error arose, in brackets; "" if elsewhere."""
    files = {str(find_source(name.partition(":")[0])) for name in functions}
    lines = [
        f" ({Path(frame.filename).name}, line {frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in files
    ]
    return lines[-1] if lines else ""


class OwnGradient:
    """The gradient of the loss, as a function of the user's own may ask for it.

    Args:
        gradient: counts those that are taken.
        clean: the batch, (n, C, H, W), float32.
        function: whose budget it is.

    Attributes:
        left: how many gradients per image may still be taken.
        zero: (n,), bool: a gradient was zero everywhere.
        overflowed: (n,), bool: a gradient was not finite.
    """

    def __init__(self, gradient: CountedGradient, clean: Tensor, function: Piece) -> None:
        self.gradient, self.clean, self.function = gradient, clean, function
        self.left = function.points
        self.zero, self.overflowed = torch.zeros(
            2, len(clean), dtype=torch.bool, device=clean.device
        )

    def __call__(self, x: Tensor) -> Tensor:
        """The gradient at x for every image of the batch, in the shape of x.

        Raises:
            UserError: x is not like the batch, or the budget is spent.
        """
        name = self.function.name
        check_like(x, self.clean, f"'{name}' asks for the gradient at")
        if not self.left:
            raise UserError(
                f"'{name}' takes more gradients than its budget of {self.function.points} per "
                "image; allow more, or take fewer"
            )
        self.left -= 1
        gradient = self.gradient(x, lambda x: x, 1)
        self.zero = self.zero | is_zero(gradient)
        self.overflowed = self.overflowed | is_not_finite(gradient)
        return gradient


def call_attack(
    attack: Attack, function: Piece, gradient: OwnGradient, clean: Tensor, draws: Draws
) -> Tensor:
    """The images that a whole attack of the user's own makes, not yet projected.

    Args:
        function: of the attack, whose settings it gets.
        clean: (n, C, H, W), float32, pixels 0–255; the function gets a copy.

    Raises:
        UserError: what it returns is not like the batch, or not finite.
    """
    wanted = read_signature(function.name).settings
    settings = {key: value for key, value in function.settings if key in wanted}
    own = import_own(function.name)
    made = own(gradient, clean.clone(), attack.epsilon, attack.steps, draws, **settings)
    check_like(made, clean, f"'{function.name}' returns")
    result: Tensor = made.detach()
    cause = f"'{function.name}' may make it so, or {OVERFLOW}"
    refuse_overflow(gradient.overflowed, draws.ids, cause)
    for image_id, not_finite in zip(draws.ids, is_not_finite(result).tolist(), strict=False):
        if not_finite:
            raise UserError(f"'{function.name}' returns pixels of {image_id} that are not finite")
    return result
