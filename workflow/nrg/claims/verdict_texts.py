"""Verdicts in words."""

from collections.abc import Sequence
from math import ceil, inf, isfinite, isnan

from nrg.claims.contrasts import Part
from nrg.claims.verdicts import CONTRADICTED, INCONCLUSIVE, SHARE, SUPPORTED, Verdict


def summarised(found: Verdict, units: int) -> str:
    """The figures in a plain sentence, and of what is open why, and what would decide it.

    Args:
        units: how many images, or seeds, the test had.
    """
    parts = found.parts
    if len(parts) == 1 and found.unit != SHARE:
        (part,) = parts
        where = ", ".join(filter(None, [part.label, part.setting]))
        pieces = [f"{where}: {told(part, found.unit)}"]
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
        else:
            pieces += means(parts)
    text = "; ".join([*pieces, *filter(None, found.notes)]) + "."
    return f"{text} {why(found)} {more(found, units)}" if found.verdict == INCONCLUSIVE else text


def why(found: Verdict) -> str:
    """Which part of its rule an inconclusive claim did not meet."""
    unsure = [part for part in found.parts if part.verdict == INCONCLUSIVE]
    if found.unit == SHARE:
        return "Inconclusive because the interval of the share reaches to both sides of one half."
    if len(found.parts) == 1:
        (part,) = found.parts
        said = "its interval reaches beyond what the sentence allows"
        return f"Inconclusive because {'p is not below 0.05' if isfinite(part.p) else said}."
    asked = "be significant after Holm’s adjustment"
    if not any(isfinite(part.p) for part in unsure):
        asked = "have an interval that the sentence allows"
    return (
        f"Inconclusive because the rule asks each of the {len(found.parts)} {found.noun} to "
        f"{asked}, and {len(unsure)} {'do' if len(unsure) > 1 else 'does'} not"
        f"{named(unsure, found.parts)}."
    )


def more(found: Verdict, units: int) -> str:
    """How many images or seeds would decide an inconclusive claim, as far as can be known."""
    name = "seeds" if over_seeds(found.parts) else "images"
    if isnan(found.needed.times):
        return f"More {name} than these {units:,} would hardly decide it: {found.needed.reason}."
    number = enough(found.needed.times, units)
    way = SUPPORTED if found.needed.supported else CONTRADICTED
    return (
        f"If the effects are as found here, about {number:,} {name} would decide it, rather as "
        f"{way}, instead of {units:,}."
    )


def enough(times: float, units: int) -> int:
    """So many times as many units, rounded up to two digits."""
    number = ceil(times * units)
    step = 10 ** max(len(str(number)) - 2, 0)
    return ceil(number / step) * step


def over_seeds(parts: Sequence[Part]) -> bool:
    """Whether what varies are seeds of training, and not images."""
    return bool(parts) and all(part.over.startswith("seeds") for part in parts)


def named(parts: Sequence[Part], among: Sequence[Part]) -> str:
    """The first few parts by name, with their setting where it tells them from others."""
    several = len({part.setting for part in among}) > 1
    names = [", ".join(filter(None, [p.label, p.setting * several])) for p in parts]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f" ({'; '.join(names[:3])}{more})" if names else ""


def overall(found: Verdict) -> str:
    value = spread(found.effect, found.low, found.high, found.unit)
    return value if found.unit == SHARE else f"on average {value}"


def told(part: Part, unit: str) -> str:
    """A part's effect with its interval, and over how many pairs unless its name says it."""
    value, pairs = spread(part.effect, part.low, part.high, unit), part.facts.get("pairs")
    return value if pairs is None or "pairs" in part.label else f"{value} over {pairs} pairs"


def means(parts: Sequence[Part]) -> list[str]:
    """Every mean over pairs with what it is of, where all parts are such means."""
    if not all("pairs" in part.facts for part in parts):
        return []
    return [f"{part.label}, {part.setting}: {told(part, 'points')}" for part in parts]


def spread(effect: float, low: float, high: float, unit: str) -> str:
    """A value with its interval; differences with their sign."""
    plain = {SHARE: ".0f", "pixels": ".0f", "times": ".2g"}.get(unit)
    value, least, most = (f"{x:{plain}}" if plain else signed(x) for x in (effect, low, high))
    between = f" ({least} to {most})" if isfinite(low) and isfinite(high) else ""
    if isfinite(low) and high == inf and low > 0:  # of a ratio, what lies beyond reach
        between = f" ({least} or more)"
    return f"{value}{between} {unit}".strip()


def signed(value: float) -> str:
    """+5.3, −0.12."""
    text = f"{value:+.{1 if abs(value) >= 1 else 2}f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
