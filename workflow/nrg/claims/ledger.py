"""The ledger of claims: what the paper says, tested on a run, and on the paper's own tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.analysis.panels import Panel, joined
from nrg.base.yaml_files import read_yaml
from nrg.claims import in_print
from nrg.claims.contrasts import CannotTest, Part
from nrg.claims.kinds import KINDS, judge
from nrg.claims.verdict_texts import enough, over_seeds, summarised
from nrg.claims.verdicts import ALPHA, INCONCLUSIVE, Verdict
from nrg.study.exhibits import exhibit_label, listed, scaled
from nrg.study.settings import load_suite

NOT_RUN = "not run"
NOTHING_SEEN = "none"
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
        says, test: the sentence and its test, in words.
        tests: as data, one family: kind, and what that kind reads.
        written: whether the paper writes the sentence, or only shows what it says.
        our_limit: which limit of the test is ours because the paper gives none, in words.
        partly: whether it is tested on those of `reads` that a run builds, where others need all.
        measure: what of the exhibits' predictions is read, where it is not whether attacks succeed.
        seen: what results were known when the test was written or last changed, in words.
    """

    id: str
    exhibits: tuple[str, ...]
    reads: tuple[str, ...]
    says: str
    test: str
    tests: tuple[Mapping[str, Any], ...]
    written: bool = True
    our_limit: str = ""
    partly: bool = False
    measure: str = ""
    seen: str = NOTHING_SEEN

    @property
    def panels(self) -> tuple[str, ...]:
        """What it is tested on, by the names of panels."""
        return tuple(panel_name(name, self.measure) for name in self.reads)


def panel_name(exhibit: str, measure: str) -> str:
    """What a panel of an exhibit is called: "table1", or "table1, confidence"."""
    return ", ".join(filter(None, [exhibit, measure]))


def load_claims(path: str | Path, pixel_scale: float = 1) -> list[Claim]:
    """The claims of a file, pixels at the suite's scale."""
    return [
        Claim(
            id=entry["id"],
            exhibits=tuple(entry["exhibits"]),
            reads=tuple(entry.get("reads", entry["exhibits"])),
            says=entry["says"],
            test=entry["test"],
            tests=tuple(scaled_test(test, pixel_scale) for test in entry["tests"]),
            written=entry.get("written", True),
            our_limit=entry.get("our_limit", ""),
            partly=entry.get("partly", False),
            measure=entry.get("measure", ""),
            seen=entry.get("seen", NOTHING_SEEN),
        )
        for entry in read_yaml(Path(path), list)
    ]


def scaled_test(test: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """A test whose places on axes in pixels are those of the suite."""
    fitted = dict(test)
    for key in ("where", "leave_out"):
        if key in test:
            places = test[key].items()
            fitted[key] = {axis: [scaled(axis, x, scale) for x in own] for axis, own in places}
    if "about" in test:
        about = test["about"].items()
        fitted["about"] = {name: scaled(test["axis"], x, scale) for name, x in about}
    return fitted


def ledger(
    claims: Sequence[Claim],
    panels: Mapping[str, Panel],
    printed: Mapping[str, Panel],
    models: pd.DataFrame,
    paper_models: pd.DataFrame,
) -> dict[str, Any]:
    """Every claim with its verdict, as plain values.

    Args:
        panels: of the exhibits that were built, by `panel_name`; `printed`, the paper's tables.
        models: family, parameters, top1_error of the run's models; `paper_models`, what is known of
            the paper's.
    """
    return {
        "claims": [
            entry(claim, panels, models) | {"paper": on_paper(claim, printed, paper_models)}
            for claim in claims
        ],
        "alpha": ALPHA,
        "blindness": BLINDNESS,
        "rules": {kind: " ".join((test.__doc__ or "").split()) for kind, test in KINDS.items()}
        | {"paper": in_print.RULE},
    }


def on_paper(
    claim: Claim, printed: Mapping[str, Panel], models: pd.DataFrame
) -> dict[str, Any] | None:
    return in_print.paper_entry(claim.panels, claim.tests, printed, models, claim.partly)


def printed_models() -> pd.DataFrame:
    """What the paper's models are called, and their families."""
    zoo = load_suite("imagenet", {}).zoo
    return pd.DataFrame({"family": {name: model.family for name, model in zoo.items()}})


def entry(claim: Claim, panels: Mapping[str, Panel], models: pd.DataFrame) -> dict[str, Any]:
    """One claim on a run."""
    try:
        built = [panels[name] for name in claim.panels if name in panels]
        asked = zip(claim.reads, claim.panels, strict=True)
        missing = [exhibit_label(name) for name, panel in asked if panel not in panels]
        if missing and not (claim.partly and built):
            raise CannotTest(f"this run does not build {listed(missing)}")
        panel = joined(built)
        found, units = judge(claim.tests, panel, models, claim.partly), len(panel.units)
        if missing:
            without = f"without {listed(missing)}, which this run does not build"
            found = replace(found, notes=[*found.notes, without])
        summary = summarised(found, units)
    except CannotTest as reason:
        found, units, summary = Verdict(NOT_RUN), 0, f"Not tested: {reason}."
    more = found.needed
    return {
        "id": claim.id,
        "says": claim.says,
        "test": claim.test,
        "written": claim.written,
        "our_limit": claim.our_limit or None,
        "exhibits": list(dict.fromkeys([*claim.exhibits, *claim.reads])),
        "kinds": list(dict.fromkeys(test["kind"] for test in claim.tests)),
        "verdict": found.verdict,
        "summary": summary,
        "effect": known(found.effect),
        "unit": found.unit,
        "ci_low": known(found.low),
        "ci_high": known(found.high),
        "p": known(found.p),
        "over": "; or ".join(dict.fromkeys(part.over for part in found.parts if part.over)) or None,
        "seen": claim.seen,
        "holding": sum(part.holds for part in found.parts) if found.parts else None,
        "of": len(found.parts) or None,
        **in_units(more.times, units, over_seeds(found.parts)),
        "undecidable": more.reason or None,
        "parts": [
            part_entry(part)
            | in_units(times if part.verdict == INCONCLUSIVE else nan, units, over_seeds([part]))
            for part, times in zip_longest(found.parts, more.parts, fillvalue=nan)
        ],
    }


def in_units(times: float, units: int, seeds: bool) -> dict[str, int | None]:
    """The number of images, or of seeds, that would decide what is open; None of the other."""
    number = None if isnan(times) else enough(times, units)
    return {"images_needed": None if seeds else number, "seeds_needed": number if seeds else None}


def part_entry(part: Part) -> dict[str, Any]:
    return {
        "label": part.label,
        "setting": part.setting,
        "effect": known(part.effect),
        "ci_low": known(part.low),
        "ci_high": known(part.high),
        "p": known(part.p),
        "p_holm": known(part.p_holm),
        "over": part.over or None,
        "n": part.n,
        "verdict": part.verdict,
    } | dict(part.facts)


def known(value: float) -> float | None:
    return float(value) if isfinite(value) else None
