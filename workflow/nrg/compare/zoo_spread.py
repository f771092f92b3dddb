"""Runs of different networks, judged by how far mean gains spread between zoos trained alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nrg.analysis.statistics import student
from nrg.claims.verdicts import ALPHA
from nrg.compare.run_record import RunRecord


@dataclass(frozen=True)
class GainBetweenZoos:
    """A mean gain of one run, beside the zoos of the other, in points.

    Attributes:
        gain: of the run that is judged.
        low, high: where the gain of one more zoo would lie in 95 % of cases.
    """

    exhibit: str
    plain: str
    reduced: str
    gain: float
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        return self.low <= self.gain <= self.high


def judge_by_zoos(judged: RunRecord, replicated: RunRecord) -> list[GainBetweenZoos]:
    """Judge the gains of a run by the zoos of another that was run on several.

    The prediction interval of one more of k zoos is Student's interval of their mean, √(k + 1)
    times as wide, because one zoo varies more than the mean of k.
    """
    gains = {name_pair(entry): entry["gain"] for entry in judged.gains}
    found = []
    for entry in replicated.replicated_gains:
        gain = gains.get(name_pair(entry))
        values = np.array([v for v in entry["gain"]["values"] if v is not None], float)
        low, high, _ = student(values, ALPHA)
        if gain is not None and not np.isnan(low):
            half = (high - low) / 2 * (len(values) + 1) ** 0.5
            mean = float(values.mean())
            found.append(GainBetweenZoos(*name_pair(entry), gain, mean - half, mean + half))
    return found


def name_pair(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["exhibit"], entry["plain"], entry["reduced"]


def describe_spread(gains: Sequence[GainBetweenZoos]) -> str:
    """Say how many gains lie within the spread between zoos, or that it is not known."""
    if not gains:
        return "by how much is not known, because neither run trained its zoo several times."
    inside = sum(gain.is_inside for gain in gains)
    return (
        f"judged by that spread, {inside} of {len(gains)} mean gains of one run lie where those of "
        "one more zoo of the other would lie in 95 % of cases."
    )
