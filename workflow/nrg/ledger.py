"""The ledger of claims: what the paper says, tested on a run, and on the paper's own tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from nrg import printed as in_print
from nrg.claims import KINDS, judge
from nrg.contrasts import CannotTest, Part
from nrg.exhibits import exhibit_label, scaled
from nrg.ledger_texts import summarised
from nrg.outcomes import Panel, joined
from nrg.schemas import read_yaml
from nrg.settings import load_suite
from nrg.verdicts import ALPHA, Verdict

NOT_RUN = "not run"


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, and its test.

    Attributes:
        id: as in claims.yaml; `exhibits`: of the paper; `reads`: those that the test reads.
        says, test: the sentence and its test, in words.
        tests: as data, one family: kind, and what that kind reads.
        written: whether the paper writes the sentence, or only shows what it says.
        our_limit: which limit of the test is ours because the paper gives none, in words.
    """

    id: str
    exhibits: tuple[str, ...]
    reads: tuple[str, ...]
    says: str
    test: str
    tests: tuple[Mapping[str, Any], ...]
    written: bool = True
    our_limit: str = ""


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
        )
        for entry in read_yaml(Path(path))
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
        panels: of the exhibits that were built; `printed`, the paper's tables.
        models: family, parameters, top1_error of the run's models; `paper_models`, what is known of
            the paper's.
    """
    return {
        "claims": [
            entry(claim, panels, models)
            | {"paper": in_print.paper_entry(claim.reads, claim.tests, printed, paper_models)}
            for claim in claims
        ],
        "alpha": ALPHA,
        "rules": {kind: " ".join((test.__doc__ or "").split()) for kind, test in KINDS.items()}
        | {"paper": in_print.RULE},
    }


def printed_models() -> pd.DataFrame:
    """What the paper's models are called, and their families."""
    zoo = load_suite("imagenet", {}).zoo
    return pd.DataFrame({"family": {name: model.family for name, model in zoo.items()}})


def entry(claim: Claim, panels: Mapping[str, Panel], models: pd.DataFrame) -> dict[str, Any]:
    """One claim on a run."""
    try:
        missing = [name for name in claim.reads if name not in panels]
        if missing:
            names = " and ".join(map(exhibit_label, missing))
            raise CannotTest(f"this run does not build {names}")
        found = judge(claim.tests, joined([panels[name] for name in claim.reads]), models)
        verdict, summary = found.verdict, summarised(found)
    except CannotTest as reason:
        found = Verdict(NOT_RUN)
        verdict, summary = NOT_RUN, f"Not tested: {reason}."
    return {
        "id": claim.id,
        "says": claim.says,
        "test": claim.test,
        "written": claim.written,
        "our_limit": claim.our_limit or None,
        "exhibits": list(dict.fromkeys([*claim.exhibits, *claim.reads])),
        "kinds": list(dict.fromkeys(test["kind"] for test in claim.tests)),
        "verdict": verdict,
        "summary": summary,
        "effect": known(found.effect),
        "unit": found.unit,
        "ci_low": known(found.low),
        "ci_high": known(found.high),
        "p": known(found.p),
        "holding": sum(part.holds for part in found.parts) if found.parts else None,
        "of": len(found.parts) or None,
        "parts": [part_entry(part) for part in found.parts],
    }


def part_entry(part: Part) -> dict[str, Any]:
    return {
        "label": part.label,
        "setting": part.setting,
        "effect": known(part.effect),
        "ci_low": known(part.low),
        "ci_high": known(part.high),
        "p": known(part.p),
        "p_holm": known(part.p_holm),
        "n": part.n,
        "verdict": part.verdict,
    }


def known(value: float) -> float | None:
    return float(value) if isfinite(value) else None
