"""The one exception that users are meant to read."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """What is wrong, where, and what to do about it; shown without a traceback."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not among `known`, with the nearest one suggested."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
    return UserError(f"unknown {kind} '{name}'; {hint}")
