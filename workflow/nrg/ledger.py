"""The ledger of claims: what the paper says, tested on a run, and on the paper's own tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.claims import KINDS, judge
from nrg.contrasts import CannotTest, Part
from nrg.exhibits import exhibit_label, scaled
from nrg.outcomes import Panel, joined
from nrg.schemas import read_yaml
from nrg.settings import load_suite
from nrg.verdicts import ALPHA, CONTRADICTED, SHARE, SUPPORTED, Verdict

NOT_RUN = "not run"
PAPER_RULE = (
    "The paper's tables come without images, so its own numbers have neither p nor interval: "
    "supported where every number agrees with the sentence (or, of most, more than half of them), "
    "contradicted where one does not."
)


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, and its test.

    Attributes:
        id: as in claims.yaml; `exhibits`: of the paper; `reads`: those that the test reads.
        says, test: the sentence and its test, in words.
        tests: as data, one family: kind, and what that kind reads.
    """

    id: str
    exhibits: tuple[str, ...]
    reads: tuple[str, ...]
    says: str
    test: str
    tests: tuple[Mapping[str, Any], ...]


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
            entry(claim, panels, models) | {"paper": paper_entry(claim, printed, paper_models)}
            for claim in claims
        ],
        "alpha": ALPHA,
        "rules": {kind: " ".join((test.__doc__ or "").split()) for kind, test in KINDS.items()}
        | {"paper": PAPER_RULE},
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


def paper_entry(
    claim: Claim, printed: Mapping[str, Panel], models: pd.DataFrame
) -> dict[str, Any] | None:
    """One claim on the paper's own tables; None where they do not allow it."""
    if not all(name in printed for name in claim.reads):
        return None
    try:
        found = judge(claim.tests, joined([printed[name] for name in claim.reads]), models)
    except CannotTest:
        return None
    holding = sum(part.holds for part in found.parts)
    several = len({part.setting.split(", ")[0] for part in found.parts}) > 1
    exceptions = [
        f"{part.label}: {part.shown or signed(part.effect)}"
        + (f" ({part.setting.split(', ')[0]})" if several and part.setting else "")
        for part in found.parts
        if not part.holds
    ]
    pieces = [f"As printed, {holding} of {len(found.parts)} {found.noun} go as said"]
    if found.unit:
        pieces.append(overall(replace(found, low=nan, high=nan)))
    return {
        "verdict": found.verdict,
        "summary": "; ".join([*pieces, *filter(None, found.notes)]) + ".",
        "effect": known(found.effect),
        "holding": holding,
        "of": len(found.parts),
        "exceptions": exceptions,
    }


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
    places = unit in (SHARE, "pixels")
    value, least, most = (f"{x:.0f}" if places else signed(x) for x in (effect, low, high))
    return f"{value}{f' ({least} to {most})' if isfinite(low) else ''} {unit}".strip()


def signed(value: float) -> str:
    """+5.3, −0.12."""
    digits = 1 if abs(value) >= 1 else 2
    return f"{value:+.{digits}f}".replace("-", "−")


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
