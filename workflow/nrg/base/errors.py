"""The exceptions whose messages are written for users."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager


class UserError(Exception):
    """What is wrong, where, and what to do about it; shown without a traceback."""

    def __reduce__(self) -> tuple[type["UserError"], tuple[str]]:
        """Another process gets the message alone, because subclasses take other arguments."""
        return UserError, (str(self),)


class UnknownName(UserError):
    """A name that is not among the known ones; the message suggests the nearest one."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        hint = suggest_name(name, known) or f"; known: {', '.join(known)}"
        super().__init__(f"unknown {kind} '{name}'{hint}")


def suggest_name(name: str, known: Iterable[str]) -> str:
    """The end of a message that suggests the known name nearest to this one; "" if none is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


@contextmanager
def explain_unreadable(subject: object) -> Iterator[None]:
    """Raise a UserError that says why a subject cannot be read, if the block cannot read it."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{subject} cannot be read: {error.strerror or error}") from error


@contextmanager
def explain_failure(problem: str, advice: str = "") -> Iterator[None]:
    """Raise a UserError where the user's own code fails in the block, whatever it raises.

    Args:
        problem, advice: what the message says before and after the code's own error.
    """
    try:
        yield
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"{problem}: {error!r}{advice}") from error


@contextmanager
def name_in_errors(subject: str) -> Iterator[None]:
    """Begin the message of every UserError of the block with what it is about."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{subject}: {error}") from error


@contextmanager
def place_errors(places: Mapping[str, str]) -> Iterator[None]:
    """Begin every UserError of the block that begins with a name with where that name comes from.

    Args:
        places: by name.
    """
    try:
        yield
    except UserError as error:
        name = str(error).partition(": ")[0]
        raise UserError(f"{places[name]}: {error}" if name in places else str(error)) from error
