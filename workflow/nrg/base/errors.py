"""The exceptions whose messages are written for users."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UserError(Exception):
    """What is wrong, where, and what to do about it; shown without a traceback."""


class UnknownName(UserError):
    """A name that is not among the known ones; the message suggests the nearest one."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
        super().__init__(f"unknown {kind} '{name}'; {hint}")


@contextmanager
def name_in_errors(subject: str) -> Iterator[None]:
    """Begin the message of every UserError of the block with what it is about."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{subject}: {error}") from error
