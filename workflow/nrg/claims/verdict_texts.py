"""Verdicts as sentences."""

from collections import Counter
from collections.abc import Sequence
from math import ceil, inf, isfinite, isnan

from nrg.base.number_text import format_effect, format_p
from nrg.claims.parts import Over, Part, are_means
from nrg.claims.verdicts import CONTRADICTED, INCONCLUSIVE, SHARE, SUPPORTED, Verdict


def describe(verdict: Verdict, units: int) -> str:
    """Write the summary of a verdict; for an inconclusive one also why, and what would decide it.

    Args:
        units: how many images or seeds the test had.
    """
    parts = verdict.parts
    if len(parts) == 1 and verdict.unit != SHARE:
        (part,) = parts
        where = ", ".join(filter(None, [part.label, part.setting]))
        pieces = [f"{where}: {describe_effect(part, verdict.unit)}"]
        pieces += [describe_p(part.p)] if isfinite(part.p) else []
    else:
        pieces = [count_agreeing(verdict).replace("none of", "None of"), count_against(verdict)]
        pieces += [describe_mean(verdict)] if verdict.unit else list_means(parts)
    text = "; ".join([*pieces, *filter(None, verdict.notes)]) + "."
    if verdict.verdict != INCONCLUSIVE:
        return text
    return f"{text} {explain(verdict)} {describe_needed(verdict, units)}"


def count_agreeing(verdict: Verdict) -> str:
    """Say how many comparisons agree with the sentence: "29 of 30 pairs agree, 9 significantly"."""
    parts = verdict.parts
    agree = sum(part.holds for part in parts)
    text = f"{agree or 'none'} of {len(parts)} {verdict.noun} {'agrees' if agree == 1 else 'agree'}"
    supported = sum(part.verdict == SUPPORTED for part in parts)
    if supported == agree:
        return f"{text} significantly" if agree else text
    return f"{text}, {supported or 'none'} significantly"


def count_against(verdict: Verdict) -> str:
    """Say how many comparisons significantly contradict the sentence, and name the first."""
    against = [part for part in verdict.parts if part.verdict == CONTRADICTED]
    names = name_first(against, verdict.parts)
    are = "are" if len(against) > 1 else "is"
    return f"{len(against) or 'none'} {are} significantly the other way{names}"


def explain(verdict: Verdict) -> str:
    """Say which part of its rule an inconclusive claim did not meet."""
    undecided = [part for part in verdict.parts if part.verdict == INCONCLUSIVE]
    if verdict.unit == SHARE:
        return "It is inconclusive because the interval of the share contains one half."
    if len(verdict.parts) == 1:
        (part,) = verdict.parts
        beyond = "the interval reaches beyond what the sentence allows"
        return (
            f"It is inconclusive because {'p is not below 0.05' if isfinite(part.p) else beyond}."
        )
    rule = "be significant after Holm’s adjustment"
    if not any(isfinite(part.p) for part in undecided):
        rule = "have an interval that the sentence allows"
    return (
        f"It is inconclusive because the rule asks each of the {len(verdict.parts)} {verdict.noun} "
        f"to {rule}, and {len(undecided)} {'do' if len(undecided) > 1 else 'does'} not"
        f"{name_first(undecided, verdict.parts)}."
    )


def describe_needed(verdict: Verdict, units: int) -> str:
    """Say how many images or seeds would decide an inconclusive claim, if that can be known."""
    name = "seeds" if are_over_seeds(verdict.parts) else "images"
    if isnan(verdict.needed.multiple):
        return f"More {name} would hardly decide it, because {verdict.needed.reason}."
    number = round_up(verdict.needed.multiple, units)
    way = SUPPORTED if verdict.needed.supported else CONTRADICTED
    return (
        f"If the true effects are those found here, about {number:,} {name} instead of {units:,} "
        f"would decide it, more likely as {way}."
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
    """Name the first three parts in brackets, with their setting if others have the same label."""
    labels = Counter(part.label for part in among)
    names = [", ".join(filter(None, [p.label, p.setting * (labels[p.label] > 1)])) for p in parts]
    more = f"; and {len(names) - 3} more" if len(names) > 3 else ""
    return f" ({'; '.join(names[:3])}{more})" if names else ""


def describe_mean(verdict: Verdict) -> str:
    """Write the effect of a verdict with its interval."""
    if verdict.unit == SHARE:
        low, high = verdict.low, verdict.high
        between = f" ({low:.0f} to {high:.0f} %)" if isfinite(low) and isfinite(high) else ""
        return f"{verdict.effect:.0f} % of pairs agree{between}"
    value = write_effect(verdict.effect, verdict.low, verdict.high, verdict.unit)
    return f"on average {value}"


def describe_effect(part: Part, unit: str) -> str:
    """Write a part's effect with its interval, and the number of pairs that it is the mean of."""
    value, pairs = write_effect(part.effect, part.low, part.high, unit), part.facts.get("pairs")
    if pairs is None or part.label == label_mean(pairs):
        return value
    return f"{value} over {pairs} pairs"


def label_mean(pairs: int) -> str:
    """Label a mean over pairs that has no other name."""
    return f"mean of {pairs} pairs"


def list_means(parts: Sequence[Part]) -> list[str]:
    """Write every mean over pairs with what tells it from the others, if all parts are means."""
    if not are_means([part.facts for part in parts]):
        return []
    several = len({part.label for part in parts}) < len(parts)
    return [
        f"{part.label}{f', {part.setting}' * several}: {describe_effect(part, 'points')}"
        for part in parts
    ]


def write_effect(effect: float, low: float, high: float, unit: str) -> str:
    """Write a value with its unit and interval: "+5.3 points (+4.1 to +6.5)"."""
    value, least, most = (format_effect(number, unit) for number in (effect, low, high))
    between = f"{least} to {most}" if isfinite(low) and isfinite(high) else ""
    if isfinite(low) and high == inf and low > 0:  # of a ratio, what lies beyond reach
        between = f"{least} or more"
    with_unit = f"{value} in {unit}" if unit.startswith("cosine") else f"{value} {unit}".strip()
    with_unit = f"ρ {value}" if unit == "ρ" else with_unit
    return f"{with_unit} ({between})" if between else with_unit


def describe_p(p: float) -> str:
    """Write a p: "p = 0.265", "p < 0.001"."""
    text = format_p(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"
