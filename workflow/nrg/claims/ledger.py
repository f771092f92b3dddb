"""The ledger of claims: what the paper says, tested on a run, and on the paper's own tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan, nan

import pandas as pd

from nrg.analysis.panels import Panel, join_panels
from nrg.claims import in_print, outcomes
from nrg.claims.claims_file import Claim
from nrg.claims.entries import Entry, Ledger, Needed, PartEntry
from nrg.claims.in_print import judge_paper
from nrg.claims.kinds import KINDS, judge
from nrg.claims.outcomes import Outcome, explain_outcome, find_stand_ins, name_outcome
from nrg.claims.parts import CannotTest, Part, known
from nrg.claims.verdict_texts import are_over_seeds, describe, round_up
from nrg.claims.verdicts import ALPHA, INCONCLUSIVE, NOT_RUN, Verdict
from nrg.study.exhibits import join_words, label_exhibit
from nrg.study.settings import load_suite

BLINDNESS = (
    "“Results seen” says which results were known when a test was written, or when its margin or "
    "its choice of cells was last changed. What all tests of a kind have in common (small numbers "
    "of images, families of models, the adjustment of p) was revised when results on the digits "
    "were known, and the verdict on average and the outcomes were added then. No test was written "
    "or changed after a result on MNIST was seen, nor on photographs, unless it says so."
)


def judge_claims(
    claims: Sequence[Claim],
    panels: Mapping[str, Panel],
    printed: Mapping[str, Panel],
    models: pd.DataFrame,
    paper_models: pd.DataFrame,
) -> Ledger:
    """Judge every claim.

    Args:
        panels: of the exhibits that were built, by `name_panel`; `printed`, the paper's tables.
        models: family, parameters, top1_error, n (the images that the error is of) and stand_in
            (whether it is another network than the paper's of its name) of the run's models;
            `paper_models`, what is known of the paper's.
    """
    entries = [
        replace(
            judge_claim(claim, panels, models),
            paper=judge_paper(claim.panels, claim.tests, printed, paper_models, claim.partly),
        )
        for claim in claims
    ]
    rules = {kind: " ".join((test.__doc__ or "").split()) for kind, test in KINDS.items()}
    rules |= {"paper": in_print.RULE, "outcome": outcomes.RULE}
    return Ledger(entries, ALPHA, BLINDNESS, rules)


def list_printed_models() -> pd.DataFrame:
    """The paper's models: their names, the index, and their families."""
    zoo = load_suite("imagenet", {}).zoo
    return pd.DataFrame({"family": {name: model.family for name, model in zoo.items()}})


def judge_claim(claim: Claim, panels: Mapping[str, Panel], models: pd.DataFrame) -> Entry:
    """Judge one claim on a run; arguments as for `judge_claims`."""
    try:
        verdict, units = judge_on_run(claim, panels, models)
        summary = describe(verdict, units)
        outcome = name_outcome(verdict.verdict, verdict.on_average)
        reason = explain_outcome(verdict)
        if reservation := find_stand_ins(claim.networks, models) or verdict.reservation:
            outcome, reason = Outcome.CANNOT_BE_JUDGED, reservation
    except CannotTest as missing:
        verdict, units, summary = Verdict(NOT_RUN), 0, f"Not tested: {missing}."
        outcome, reason = Outcome.CANNOT_BE_JUDGED, f"{missing}."
        reason = reason[0].upper() + reason[1:]
    parts, needed = verdict.parts, verdict.needed
    return Entry(
        id=claim.id,
        says=claim.says,
        test=claim.test,
        written=claim.written,
        our_limit=claim.our_limit or None,
        exhibits=list(dict.fromkeys([*claim.exhibits, *claim.reads])),
        lacking=verdict.lacking,
        kinds=list(dict.fromkeys(test["kind"] for test in claim.tests)),
        verdict=verdict.verdict,
        on_average=verdict.on_average,
        outcome=outcome,
        outcome_reason=reason,
        summary=summary,
        effect=known(verdict.effect),
        unit=verdict.unit,
        ci_low=known(verdict.low),
        ci_high=known(verdict.high),
        direction=verdict.direction,
        p=known(verdict.p),
        over="; or ".join(dict.fromkeys(str(part.over) for part in parts if part.over)) or None,
        seen=claim.seen,
        holding=sum(part.holds for part in parts) if parts else None,
        of=len(parts) or None,
        needed=count_needed_units(needed.multiple, units, parts),
        undecidable=needed.reason or None,
        parts=[
            enter_part(part, multiple, units)
            for part, multiple in zip(parts, needed.parts or [nan] * len(parts), strict=True)
        ],
    )


def judge_on_run(
    claim: Claim, panels: Mapping[str, Panel], models: pd.DataFrame
) -> tuple[Verdict, int]:
    """Judge a claim on the panels that it reads.

    Returns:
        The verdict, and how many units the panels have.

    Raises:
        CannotTest: the run does not build what the claim reads, or it does not allow a test.
    """
    built = [panels[name] for name in claim.panels if name in panels]
    reads = zip(claim.reads, claim.panels, strict=True)
    missing = sorted(label_exhibit(exhibit) for exhibit, name in reads if name not in panels)
    if missing and not (claim.partly and built):
        raise CannotTest(f"this run does not build {join_words(missing)}")
    panel = join_panels(built)
    verdict = judge(claim.tests, panel, models, claim.partly)
    if missing:
        note = f"without {join_words(missing)}, which this run does not build"
        verdict = replace(verdict, notes=[*verdict.notes, note], lacking=missing)
    return verdict, len(panel.units)


def count_needed_units(multiple: float, units: int, parts: Sequence[Part]) -> Needed:
    """Turn a multiple of the units, NaN where none is known, into a number of images or seeds."""
    number = None if isnan(multiple) else round_up(multiple, units)
    return Needed(None, number) if are_over_seeds(parts) else Needed(number, None)


def enter_part(part: Part, multiple: float, units: int) -> PartEntry:
    """Make the entry of a part that `multiple` times the units would decide."""
    return PartEntry(
        label=part.label,
        setting=part.setting,
        effect=known(part.effect),
        unit=part.unit,
        ci_low=known(part.low),
        ci_high=known(part.high),
        direction=part.direction,
        p=known(part.p),
        p_holm=known(part.p_holm),
        over=str(part.over) or None,
        n=part.n,
        verdict=part.verdict,
        facts=part.facts,
        needed=count_needed_units(multiple if part.verdict == INCONCLUSIVE else nan, units, [part]),
    )
