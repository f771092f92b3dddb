"""Verdicts as sentences."""

from collections.abc import Sequence
from math import ceil, inf, isfinite, isnan

from nrg.claims.parts import Over, Part
from nrg.claims.verdicts import CONTRADICTED, INCONCLUSIVE, SHARE, SUPPORTED, Verdict

FORMATS = {SHARE: ".0f", "pixels": ".0f", "times": ".2g"}  # of units; others have a sign


def describe(verdict: Verdict, units: int) -> str:
    """Write the summary of a verdict; for an inconclusive one also why, and what would decide it.

    Args:
        units: how many images, or seeds, the test had.
    """
    parts = verdict.parts
    if len(parts) == 1 and verdict.unit != SHARE:
        (part,) = parts
        where = ", ".join(filter(None, [part.label, part.setting]))
        pieces = [f"{where}: {describe_effect(part, verdict.unit)}"]
        pieces += [f"p {format_p(part.p)}"] if isfinite(part.p) else []
    else:
        supported = sum(part.verdict == SUPPORTED for part in parts)
        against = [part for part in parts if part.verdict == CONTRADICTED]
        holding = sum(part.holds for part in parts)
        pieces = [
            f"{holding} of {len(parts)} {verdict.noun} go as said, {supported} significantly",
            f"{len(against) or 'none'} significantly otherwise{name_first(against, parts)}",
        ]
        pieces += [describe_mean(verdict)] if verdict.unit else list_means(parts)
    text = "; ".join([*pieces, *filter(None, verdict.notes)]) + "."
    if verdict.verdict != INCONCLUSIVE:
        return text
    return f"{text} {explain(verdict)} {describe_needed(verdict, units)}"


def explain(verdict: Verdict) -> str:
    """Say which part of its rule an inconclusive claim did not meet."""
    undecided = [part for part in verdict.parts if part.verdict == INCONCLUSIVE]
    if verdict.unit == SHARE:
        return "Inconclusive because the interval of the share reaches to both sides of one half."
    if len(verdict.parts) == 1:
        (part,) = verdict.parts
        beyond = "its interval reaches beyond what the sentence allows"
        return f"Inconclusive because {'p is not below 0.05' if isfinite(part.p) else beyond}."
    rule = "be significant after Holm’s adjustment"
    if not any(isfinite(part.p) for part in undecided):
        rule = "have an interval that the sentence allows"
    return (
        f"Inconclusive because the rule asks each of the {len(verdict.parts)} {verdict.noun} to "
        f"{rule}, and {len(undecided)} {'do' if len(undecided) > 1 else 'does'} not"
        f"{name_first(undecided, verdict.parts)}."
    )


def describe_needed(verdict: Verdict, units: int) -> str:
    """Say how many images or seeds would decide an inconclusive claim, if that can be known."""
    name = "seeds" if are_over_seeds(verdict.parts) else "images"
    if isnan(verdict.needed.multiple):
        return f"More {name} than these {units:,} would hardly decide it: {verdict.needed.reason}."
    number = round_up(verdict.needed.multiple, units)
    way = SUPPORTED if verdict.needed.supported else CONTRADICTED
    return (
        f"If the effects are as found here, about {number:,} {name} would decide it, rather as "
        f"{way}, instead of {units:,}."
    )


def round_up(multiple: float, units: int) -> int:
    """Multiply a number of units, and round it up to two digits."""
    number = ceil(multiple * units)
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return ceil(number / step) * step


def are_over_seeds(parts: Sequence[Part]) -> bool:
    """Whether seeds of training vary in all parts, and not images."""
    return bool(parts) and all(part.over is Over.SEEDS for part in parts)


def name_first(parts: Sequence[Part], among: Sequence[Part]) -> str:
    """Name the first three parts, with their setting if it tells them from others."""
    several = len({part.setting for part in among}) > 1
    names = [", ".join(filter(None, [p.label, p.setting * several])) for p in parts]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f" ({'; '.join(names[:3])}{more})" if names else ""


def describe_mean(verdict: Verdict) -> str:
    """Write the effect of a verdict with its interval."""
    value = format_effect(verdict.effect, verdict.low, verdict.high, verdict.unit)
    return value if verdict.unit == SHARE else f"on average {value}"


def describe_effect(part: Part, unit: str) -> str:
    """Write a part's effect with its interval, and the number of pairs that it is the mean of."""
    value, pairs = format_effect(part.effect, part.low, part.high, unit), part.facts.get("pairs")
    in_label = part.label == mean_label(pairs) if pairs is not None else True
    return value if in_label else f"{value} over {pairs} pairs"


def mean_label(pairs: int) -> str:
    """Label a mean over pairs that has no other name."""
    return f"mean of {pairs} pairs"


def list_means(parts: Sequence[Part]) -> list[str]:
    """Write every mean over pairs with its label, if all parts are such means."""
    if not all("pairs" in part.facts for part in parts):
        return []
    return [f"{part.label}, {part.setting}: {describe_effect(part, 'points')}" for part in parts]


def format_effect(effect: float, low: float, high: float, unit: str) -> str:
    """Write a value with its interval; differences with their sign."""
    plain = FORMATS.get(unit)
    value, least, most = (f"{x:{plain}}" if plain else signed(x) for x in (effect, low, high))
    between = f" ({least} to {most})" if isfinite(low) and isfinite(high) else ""
    if isfinite(low) and high == inf and low > 0:  # of a ratio, what lies beyond reach
        between = f" ({least} or more)"
    return f"{value}{between} {unit}".strip()


def signed(value: float) -> str:
    """+5.3, −0.12."""
    text = f"{value:+.{1 if abs(value) >= 1 else 2}f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def format_p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
