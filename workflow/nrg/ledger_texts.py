"""Verdicts in words."""

from collections.abc import Sequence
from math import isfinite

from nrg.contrasts import Part
from nrg.verdicts import CONTRADICTED, SHARE, SUPPORTED, Verdict


def summarised(found: Verdict) -> str:
    """One plain sentence with the figures."""
    parts = found.parts
    if len(parts) == 1 and found.unit != SHARE:
        (part,) = parts
        where = ", ".join(filter(None, [part.label, part.setting]))
        pieces = [f"{where}: {spread(part.effect, part.low, part.high, found.unit)}"]
        pieces += [f"p {p_value(part.p)}"] if isfinite(part.p) else []
    else:
        sure = sum(part.verdict == SUPPORTED for part in parts)
        against = [part for part in parts if part.verdict == CONTRADICTED]
        holding = sum(part.holds for part in parts)
        pieces = [
            f"{holding} of {len(parts)} {found.noun} go as said, {sure} significantly",
            f"{len(against) or 'none'} significantly otherwise{named(against, parts)}",
        ]
        if found.unit:
            pieces.append(overall(found))
    return "; ".join([*pieces, *filter(None, found.notes)]) + "."


def named(parts: Sequence[Part], among: Sequence[Part]) -> str:
    """The first few parts by name, with their setting where it tells them from others."""
    several = len({part.setting for part in among}) > 1
    names = [", ".join(filter(None, [p.label, p.setting * several])) for p in parts]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f" ({'; '.join(names[:3])}{more})" if names else ""


def overall(found: Verdict) -> str:
    value = spread(found.effect, found.low, found.high, found.unit)
    return value if found.unit == SHARE else f"on average {value}"


def spread(effect: float, low: float, high: float, unit: str) -> str:
    """A value with its interval; differences with their sign."""
    plain = {SHARE: ".0f", "pixels": ".0f", "times": ".2g"}.get(unit)
    value, least, most = (f"{x:{plain}}" if plain else signed(x) for x in (effect, low, high))
    return f"{value}{f' ({least} to {most})' if isfinite(low) else ''} {unit}".strip()


def signed(value: float) -> str:
    """+5.3, −0.12."""
    digits = 1 if abs(value) >= 1 else 2
    return f"{value:+.{digits}f}".replace("-", "−")


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
