"""Which verdicts of two runs differ, and what could be the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nrg.compare.run_record import RunRecord

Claim = Mapping[str, Any]


@dataclass(frozen=True)
class PartChange:
    """A comparison of a claim whose verdict differs; either side is None where a run lacks it."""

    label: str
    setting: str
    this: Claim | None
    other: Claim | None


@dataclass(frozen=True)
class VerdictChange:
    """A claim whose verdict differs.

    Attributes:
        this, other: the claim's entry in either ledger.
        parts: its comparisons whose verdicts differ.
        reasons: what differs that the verdict rests on.
    """

    this: Claim
    other: Claim
    parts: Sequence[PartChange]
    reasons: Sequence[str]


def find_verdict_changes(
    this: RunRecord, other: RunRecord, cells: pd.DataFrame
) -> list[VerdictChange]:
    """Find the claims of both runs whose verdict, or outcome where ledgers have one, differs.

    Args:
        cells: all common cells, as in `Agreement`.
    """
    return [
        VerdictChange(
            this=claim,
            other=other.claims[name],
            parts=find_part_changes(claim, other.claims[name]),
            reasons=find_reasons(claim, other.claims[name], cells),
        )
        for name, claim in this.claims.items()
        if name in other.claims and tell_verdict(claim) != tell_verdict(other.claims[name])
    ]


def tell_verdict(claim: Claim) -> tuple[str, str | None]:
    return claim["verdict"], claim.get("outcome")


def find_part_changes(this: Claim, other: Claim) -> list[PartChange]:
    sides = [{(p["label"], p["setting"]): p for p in claim["parts"]} for claim in (this, other)]
    changes = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        here, there = (side.get(key) for side in sides)
        if here is None or there is None or here["verdict"] != there["verdict"]:
            changes.append(PartChange(*key, here, there))
    return changes


def find_reasons(this: Claim, other: Claim, cells: pd.DataFrame) -> list[str]:
    """Say what differs that a claim's verdict rests on, other than its effects."""
    reasons = []
    images = [
        sorted({part["n"] for part in claim["parts"] if part["n"] is not None})
        for claim in (this, other)
    ]
    if images[0] != images[1]:
        counts = [" or ".join(map(str, side)) or "none" for side in images]
        reasons.append(f"images or seeds: {counts[0]} here, {counts[1]} there")
    if len(this["parts"]) != len(other["parts"]):
        counts = [str(len(claim["parts"])) for claim in (this, other)]
        reasons.append(f"comparisons: {counts[0]} here, {counts[1]} there")
    read = cells[cells["exhibit"].isin(this["exhibits"])]
    if not read["same_networks"].all():
        reasons.append("other networks")
    if not read["same_attack"].all():
        reasons.append("other settings of attacks")
    if this["test"] != other["test"]:
        reasons.append("another test")
    return reasons or ["the outcomes alone"]
