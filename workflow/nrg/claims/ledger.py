"""The ledger of claims: what the paper says, tested on a run, and on the paper's own tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.analysis.panels import Panel, join_panels
from nrg.base.yaml_files import read_yaml
from nrg.claims import in_print
from nrg.claims.cells import Test
from nrg.claims.in_print import PaperEntry, judge_paper
from nrg.claims.kinds import KINDS, judge
from nrg.claims.parts import CannotTest, Part
from nrg.claims.verdict_texts import are_over_seeds, describe, round_up
from nrg.claims.verdicts import ALPHA, INCONCLUSIVE, Verdict
from nrg.study.exhibits import join_words, label_exhibit, scale_value
from nrg.study.settings import load_suite

NOT_RUN = "not run"
NOTHING_SEEN = "none"
INLINE = ("facts", "needed")  # fields whose own fields stand in their place in JSON
BLINDNESS = (
    "“Results seen” says which results were known when a test was written, or when its margin or "
    "its choice of cells was last changed. What all tests of a kind have in common (small numbers "
    "of images, families of models, the adjustment of p) was revised when results on the digits "
    "were known. No test was written or changed after a result on MNIST was seen, nor on "
    "photographs, unless it says so."
)


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, and its test.

    Attributes:
        id: as in claims.yaml; `exhibits`: of the paper; `reads`: those that the test reads.
        says, test: the sentence and its test, as text.
        tests: as data, one family: kind, and what that kind reads.
        written: whether the paper writes the sentence, or only shows what it says.
        our_limit: which limit of the test is ours because the paper gives none.
        partly: whether it is tested on those of `reads` that a run builds, where others need all.
        measure: what of the exhibits' predictions is read, where it is not whether attacks succeed.
        seen: which results were known when the test was written or last changed.
    """

    id: str
    exhibits: tuple[str, ...]
    reads: tuple[str, ...]
    says: str
    test: str
    tests: tuple[Test, ...]
    written: bool = True
    our_limit: str = ""
    partly: bool = False
    measure: str = ""
    seen: str = NOTHING_SEEN

    @property
    def panels(self) -> tuple[str, ...]:
        """What it is tested on, by the names of panels."""
        return tuple(panel_name(name, self.measure) for name in self.reads)


@dataclass(frozen=True)
class Needed:
    """How many images, or seeds, would decide what is open; None for the other."""

    images_needed: int | None
    seeds_needed: int | None


@dataclass(frozen=True)
class PartEntry:
    """One comparison of a claim; numbers are None where they are unknown.

    Attributes:
        effect, ci_low, ci_high: in the unit of the claim.
        over: what the interval and p are over; None for printed numbers.
        n: how many units are compared.
        facts: what the kind of test adds, by name.
    """

    label: str
    setting: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_holm: float | None
    over: str | None
    n: int | None
    verdict: str
    facts: Mapping[str, Any]
    needed: Needed

    def as_json(self) -> dict[str, Any]:
        fields = {name: value for name, value in vars(self).items() if name not in INLINE}
        return {**fields, **self.facts, **vars(self.needed)}


@dataclass(frozen=True)
class Entry:
    """One claim on a run; numbers are None where they are unknown.

    Attributes:
        exhibits: of the paper, and those that the test reads.
        kinds: of its tests.
        effect, unit, ci_low, ci_high, p: of all parts together, where they have a mean.
        holding, of: how many parts go as the sentence says, of how many.
        undecidable: why no number of images or seeds would decide the claim.
        paper: the claim on the paper's own tables; None where they do not allow it.
    """

    id: str
    says: str
    test: str
    written: bool
    our_limit: str | None
    exhibits: Sequence[str]
    kinds: Sequence[str]
    verdict: str
    summary: str
    effect: float | None
    unit: str
    ci_low: float | None
    ci_high: float | None
    p: float | None
    over: str | None
    seen: str
    holding: int | None
    of: int | None
    needed: Needed
    undecidable: str | None
    parts: Sequence[PartEntry]
    paper: PaperEntry | None = None

    def as_json(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in vars(self).items():
            fields |= vars(value) if name in INLINE else {name: value}
        return fields | {
            "parts": [part.as_json() for part in self.parts],
            "paper": self.paper.as_json() if self.paper else None,
        }


@dataclass(frozen=True)
class Ledger:
    """Every claim with its verdict, and what a reader needs to judge them.

    Attributes:
        alpha: the level of significance.
        blindness: what is said of the results that were known when tests were written.
        rules: of the verdicts, by kind of test, and for the paper's own tables.
    """

    claims: Sequence[Entry]
    alpha: float
    blindness: str
    rules: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"claims": [entry.as_json() for entry in self.claims]}


def panel_name(exhibit: str, measure: str) -> str:
    """Name a panel of an exhibit: "table1", or "table1, confidence"."""
    return ", ".join(filter(None, [exhibit, measure]))


def load_claims(path: str | Path, pixel_scale: float = 1) -> list[Claim]:
    """Read the claims of a file, with values in pixels at the suite's scale."""
    return [
        Claim(
            id=entry["id"],
            exhibits=tuple(entry["exhibits"]),
            reads=tuple(entry.get("reads", entry["exhibits"])),
            says=entry["says"],
            test=entry["test"],
            tests=tuple(scale_test(test, pixel_scale) for test in entry["tests"]),
            written=entry.get("written", True),
            our_limit=entry.get("our_limit", ""),
            partly=entry.get("partly", False),
            measure=entry.get("measure", ""),
            seen=entry.get("seen", NOTHING_SEEN),
        )
        for entry in read_yaml(Path(path), list)
    ]


def scale_test(test: Test, scale: float) -> dict[str, Any]:
    """Scale a test's values on axes in pixels to those of the suite."""
    fitted = dict(test)
    for key in ("where", "leave_out"):
        if key in test:
            fitted[key] = {
                axis: [scale_value(axis, value, scale) for value in values]
                for axis, values in test[key].items()
            }
    if "about" in test:
        axis = test["axis"]
        fitted["about"] = {name: scale_value(axis, x, scale) for name, x in test["about"].items()}
    return fitted


def judge_claims(
    claims: Sequence[Claim],
    panels: Mapping[str, Panel],
    printed: Mapping[str, Panel],
    models: pd.DataFrame,
    paper_models: pd.DataFrame,
) -> Ledger:
    """Judge every claim.

    Args:
        panels: of the exhibits that were built, by `panel_name`; `printed`, the paper's tables.
        models: family, parameters, top1_error of the run's models; `paper_models`, what is known of
            the paper's.
    """
    entries = [
        replace(
            judge_claim(claim, panels, models),
            paper=judge_paper(claim.panels, claim.tests, printed, paper_models, claim.partly),
        )
        for claim in claims
    ]
    rules = {kind: " ".join((test.__doc__ or "").split()) for kind, test in KINDS.items()}
    return Ledger(entries, ALPHA, BLINDNESS, rules | {"paper": in_print.RULE})


def printed_models() -> pd.DataFrame:
    """The paper's models: their names, the index, and their families."""
    zoo = load_suite("imagenet", {}).zoo
    return pd.DataFrame({"family": {name: model.family for name, model in zoo.items()}})


def judge_claim(claim: Claim, panels: Mapping[str, Panel], models: pd.DataFrame) -> Entry:
    """Judge one claim on a run; arguments as for `judge_claims`."""
    try:
        verdict, units = judge_on_run(claim, panels, models)
        summary = describe(verdict, units)
    except CannotTest as reason:
        verdict, units, summary = Verdict(NOT_RUN), 0, f"Not tested: {reason}."
    parts, needed = verdict.parts, verdict.needed
    return Entry(
        id=claim.id,
        says=claim.says,
        test=claim.test,
        written=claim.written,
        our_limit=claim.our_limit or None,
        exhibits=list(dict.fromkeys([*claim.exhibits, *claim.reads])),
        kinds=list(dict.fromkeys(test["kind"] for test in claim.tests)),
        verdict=verdict.verdict,
        summary=summary,
        effect=known(verdict.effect),
        unit=verdict.unit,
        ci_low=known(verdict.low),
        ci_high=known(verdict.high),
        p=known(verdict.p),
        over="; or ".join(dict.fromkeys(str(part.over) for part in parts if part.over)) or None,
        seen=claim.seen,
        holding=sum(part.holds for part in parts) if parts else None,
        of=len(parts) or None,
        needed=needed_units(needed.multiple, units, parts),
        undecidable=needed.reason or None,
        parts=[
            part_entry(part, multiple, units)
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
    missing = [label_exhibit(exhibit) for exhibit, name in reads if name not in panels]
    if missing and not (claim.partly and built):
        raise CannotTest(f"this run does not build {join_words(missing)}")
    panel = join_panels(built)
    verdict = judge(claim.tests, panel, models, claim.partly)
    if missing:
        note = f"without {join_words(missing)}, which this run does not build"
        verdict = replace(verdict, notes=[*verdict.notes, note])
    return verdict, len(panel.units)


def needed_units(multiple: float, units: int, parts: Sequence[Part]) -> Needed:
    """Turn a multiple of the units, NaN where none is known, into a number of images or seeds."""
    number = None if isnan(multiple) else round_up(multiple, units)
    return Needed(None, number) if are_over_seeds(parts) else Needed(number, None)


def part_entry(part: Part, multiple: float, units: int) -> PartEntry:
    """Make the entry of a part that `multiple` times the units would decide."""
    return PartEntry(
        label=part.label,
        setting=part.setting,
        effect=known(part.effect),
        ci_low=known(part.low),
        ci_high=known(part.high),
        p=known(part.p),
        p_holm=known(part.p_holm),
        over=str(part.over) or None,
        n=part.n,
        verdict=part.verdict,
        facts=part.facts,
        needed=needed_units(multiple if part.verdict == INCONCLUSIVE else nan, units, [part]),
    )


def known(value: float) -> float | None:
    """Return the value; None if it is infinite or NaN, which JSON does not know."""
    return float(value) if isfinite(value) else None
