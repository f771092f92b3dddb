"""Whether two runs agree, as far as they can be held against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

import numpy as np
import pandas as pd

from nrg.analysis.statistics import holm
from nrg.base.errors import UserError
from nrg.claims.verdicts import ALPHA
from nrg.compare.cells import PAIRED, ExhibitComparison, compare_exhibits
from nrg.compare.run_record import RunRecord
from nrg.compare.zoo_spread import GainBetweenZoos, describe_spread, judge_by_zoos


class Kind(StrEnum):
    """What a comparison of two runs came to."""

    IDENTICAL = "identical"
    AGREE = "agree"
    DIFFER = "differ"
    OTHER_NETWORKS = "other networks"
    OTHER_IMAGES = "other images"
    OTHER_ATTACKS = "other attacks"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ExhibitSummary:
    """An exhibit in the summary.

    Attributes:
        largest: the cell's difference that is largest in size.
        different: how many cells differ significantly.
        p_holm: of the mean difference.
    """

    comparison: ExhibitComparison
    largest: float
    different: int
    p_holm: float


@dataclass(frozen=True)
class Agreement:
    """What the comparison came to.

    Attributes:
        sentence: the same in words.
        exhibits: one entry per exhibit.
        cells: all cells, with p adjusted by Holm over all cells and all means of exhibits.
        networks: which networks differ, or are in one run only.
        gains: of different networks, mean gains beside the spread between zoos, where it is known.
    """

    kind: Kind
    sentence: str
    exhibits: Sequence[ExhibitSummary]
    cells: pd.DataFrame
    networks: Sequence[str]
    gains: Sequence[GainBetweenZoos]


def judge_agreement(this: RunRecord, other: RunRecord) -> Agreement:
    """Judge whether two runs agree in the exhibits that both have.

    They are said to agree or to differ only where the networks, images and attacks of all common
    cells are the same: what is left are the noise, the device and the code. One family of tests
    decides: every cell and every exhibit's mean difference, adjusted by Holm's method.

    Raises:
        UserError: the runs have nothing in common.
    """
    comparisons = compare_exhibits(this, other)
    if not comparisons:
        raise UserError(f"{other.name} has no exhibit or no cell in common with this run")
    cells = pd.concat([comparison.cells for comparison in comparisons], ignore_index=True)
    means = np.array([comparison.p for comparison in comparisons])
    adjusted = holm(np.concatenate([cells["p"].to_numpy(float), means]))
    cells = cells.assign(p_holm=adjusted[: len(cells)])
    exhibits = [
        summarise(comparison, cells[cells["exhibit"] == comparison.name], float(p))
        for comparison, p in zip(comparisons, adjusted[len(cells) :], strict=True)
    ]
    networks = find_other_networks(this, other)
    kind = find_kind(this, other, cells, exhibits, networks)
    gains = []
    if kind is Kind.OTHER_NETWORKS:
        gains = judge_by_zoos(other, this) or judge_by_zoos(this, other)
    sentence = describe(kind, cells, exhibits, gains)
    return Agreement(kind, sentence, exhibits, cells, networks, gains)


def summarise(comparison: ExhibitComparison, cells: pd.DataFrame, p: float) -> ExhibitSummary:
    differences = cells["difference"].dropna().to_numpy(float)
    largest = max(differences, key=abs, default=np.nan)
    return ExhibitSummary(comparison, largest, int((cells["p_holm"] < ALPHA).sum()), p)


def find_kind(
    this: RunRecord,
    other: RunRecord,
    cells: pd.DataFrame,
    exhibits: Sequence[ExhibitSummary],
    networks: Sequence[str],
) -> Kind:
    """Find what keeps the runs from being held against each other, or whether they agree.

    Args:
        networks: those that differ, or are in one run only.
    """
    if this.digests == other.digests and not networks:
        return Kind.IDENTICAL
    if not (this.weights and other.weights and this.outcomes and other.outcomes):
        return Kind.UNKNOWN
    if not cells["same_networks"].all():
        return Kind.OTHER_NETWORKS
    pixels = {record.facts.get("evaluation set sha256") for record in (this, other)}
    if len(pixels) > 1 or not (cells["basis"] == PAIRED).all():
        return Kind.OTHER_IMAGES
    if not cells["same_attack"].all():
        return Kind.OTHER_ATTACKS
    is_different = any(row.different or row.p_holm < ALPHA for row in exhibits)
    return Kind.DIFFER if is_different else Kind.AGREE


def describe(
    kind: Kind,
    cells: pd.DataFrame,
    exhibits: Sequence[ExhibitSummary],
    gains: Sequence[GainBetweenZoos],
) -> str:
    """Say in words what the comparison came to."""
    different = sum(row.different for row in exhibits)
    shifted = sum(row.p_holm < ALPHA for row in exhibits)
    counts = (
        f"Significant after Holm’s adjustment are {different} of "
        f"{int(cells['p'].notna().sum()):,} cells and the mean differences of {shifted} of "
        f"{sum(not isnan(row.p_holm) for row in exhibits)} exhibits."
    )
    largest = cells["difference"].abs().replace(np.inf, np.nan).max()
    return {
        Kind.IDENTICAL: "All results are the same to the last byte.",
        Kind.AGREE: "The runs agree within sampling error: of equal networks, images and attacks, "
        f"none of {len(cells):,} cells differs significantly after Holm’s adjustment, and no "
        f"exhibit’s mean does. The largest difference of a cell is {largest:.1f}.",
        Kind.DIFFER: "The runs differ, although their networks, images and attacks are the same: "
        + counts,
        Kind.OTHER_NETWORKS: "The runs are of different networks, so nothing is said here about "
        f"agreement within sampling error. Networks trained alike differ, too; "
        f"{describe_spread(gains)} {counts}",
        Kind.OTHER_IMAGES: "The runs attacked different images, so their differences hold the "
        "choice of images, too. " + counts,
        Kind.OTHER_ATTACKS: "The runs have other settings of some attacks, so their differences "
        "are not sampling error alone. " + counts,
        Kind.UNKNOWN: "A crate does not say which weights its networks have, or what happened to "
        "single images, so both values are shown and no agreement is judged. " + counts,
    }[kind]


def find_other_networks(this: RunRecord, other: RunRecord) -> list[str]:
    """Name the networks whose weights differ, or which one of the runs lacks."""
    here, there = this.all_weights, other.all_weights
    return [name for name in here | there if here.get(name) != there.get(name)]
