"""Every cell that two runs have in common: both values, their difference, and its test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Flags, Floats
from nrg.analysis.tables import COLUMNS, KEYS
from nrg.claims.verdicts import ALPHA
from nrg.compare.run_record import RunRecord
from nrg.study.defences import model_behind
from nrg.study.sources import list_members

OF_SOURCES = ("family", "parameters", "top1_error")
OF_ATTACKS = ("setting", "gradients", "rmsd")
NOT_AXES = (*COLUMNS, "seeds", "sd", *OF_SOURCES, *OF_ATTACKS)
# What pixels an image has: only if the runs agree in these is an id the same image in both.
PICTURES = ("data set", "image size", "resize of the shorter side")
PAIRED, PARTLY, INDEPENDENT = "paired", "partly paired", "independent"
MEDIAN = "smallest_step"  # the metric whose value is a median, and has no difference of means


@dataclass(frozen=True)
class ExhibitComparison:
    """An exhibit of two runs.

    Attributes:
        axes: the columns that name a cell besides KEYS.
        cells: one row per common cell: what names it, both values and numbers of images, the
            difference (other minus this) with its 95 % interval and p, `shared` (images that both
            runs have), `basis` (PAIRED, PARTLY or INDEPENDENT), `same_networks` and `same_attack`.
        mean, ci_low, ci_high, p: of the mean difference over the cells; NaN where it is unknown.
    """

    name: str
    axes: list[str]
    cells: pd.DataFrame
    mean: float
    ci_low: float
    ci_high: float
    p: float


def compare_exhibits(this: RunRecord, other: RunRecord) -> list[ExhibitComparison]:
    """Compare every exhibit that both runs have: tables first, then figures, then the others."""
    kinds = ("table", "figure")
    names = sorted(this.tables.keys() & other.tables.keys())
    names.sort(key=lambda name: [not name.startswith(kind) for kind in kinds])
    found = (compare_exhibit(name, this, other) for name in names)
    return [comparison for comparison in found if len(comparison.cells)]


def compare_exhibit(name: str, this: RunRecord, other: RunRecord) -> ExhibitComparison:
    """Compare the cells of an exhibit that two runs have in common.

    Images that both runs attacked are paired, in a test of paired outcomes where no others are, and
    else in the error of the difference. Other images are independent samples.
    """
    here, there = this.tables[name], other.tables[name]
    axes = [str(column) for column in here if column in there and column not in NOT_AXES]
    keys = [*KEYS, *axes]
    cells = here.reset_index(names="here").merge(
        there.reset_index(names="there"), on=keys, suffixes=("_this", "_other")
    )
    same_units = have_same_units(name, this, other)
    left, left_attacks = read_units(name, this, "" if same_units else "this ")
    right, right_attacks = read_units(name, other, "" if same_units else "other ")
    units = left.columns.union(right.columns, sort=False)
    tested, draws = measure_differences(
        left.reindex(index=cells["here"], columns=units).to_numpy(np.float64),
        right.reindex(index=cells["there"], columns=units).to_numpy(np.float64),
        tuple(units),
        (cells["metric"] == MEDIAN).to_numpy(bool),
    )
    values = {
        f"{which}_{column}": cells[f"{column}_{which}"]
        for which in ("this", "other")
        for column in ("value", "n")
    }
    attacks = cells["here"].map(left_attacks), cells["there"].map(right_attacks)
    frame = cells[keys].assign(
        **values,
        difference=subtract_values(values["this_value"], values["other_value"]),
        **tested,
        same_networks=have_same_networks(cells, this, other),
        same_attack=(attacks[0] == attacks[1]) & attacks[0].notna(),
    )
    known = ~np.isnan(draws).all(0)
    mean = (np.nan, np.nan, np.nan, np.nan)
    if name in this.outcomes and name in other.outcomes and known.any():
        mean = summarise_mean(frame["difference"][known].mean(), draws[:, known], len(units))
    return ExhibitComparison(name, axes, frame, *mean)


def subtract_values(this: pd.Series, other: pd.Series) -> pd.Series:
    """Other minus this, and 0 where both are infinite."""
    with np.errstate(invalid="ignore"):
        return (other - this).where(this != other, 0.0)


def read_units(name: str, record: RunRecord, prefix: str) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Read what happened to every unit in every row of an exhibit's table.

    Without stored outcomes, a rate is turned back into the number of successes that it counts.

    Args:
        prefix: of the units' names, which are followed by the image's label: two images with one
            name and other labels are not the same.

    Returns:
        Outcomes, by row of the table and unit; and the attack of each row, as far as it is known.
    """
    table = record.tables[name].reset_index(names="row")
    if name not in record.outcomes:
        rows = table[table["metric"].str.endswith(("success", "rate")) & ("seeds" not in table)]
        counted = [count_back(row["value"], row["n"]) for row in rows.to_dict("records")]
        wide = pd.DataFrame(counted, index=rows["row"]).add_prefix(f"{record.name} ", axis=1)
        return wide.reindex(table["row"]), pd.Series(dtype=str)
    outcomes = record.outcomes[name]
    labels = outcomes["unit"].map(lambda unit: record.labels.get(unit, ""))
    outcomes = outcomes.assign(unit=prefix + outcomes["unit"] + " " + labels.astype(str))
    wide = outcomes.pivot(index="row", columns="unit", values="outcome")
    order = outcomes["unit"].unique()
    return wide.reindex(table["row"])[order], outcomes.groupby("row")["attack"].first()


def count_back(rate: float, n: float) -> dict[int, float]:
    """The outcomes of n images of which this rate, in percent, are successes."""
    successes = round(rate * n / 100)
    return {image: 100.0 * (image < successes) for image in range(int(n))}


def have_same_units(name: str, this: RunRecord, other: RunRecord) -> bool:
    """Whether a unit of one name is the same in both runs: an image, or a seed's networks."""
    if "seeds" in this.tables[name]:
        return have_same_mlps(this, other)
    pictures = [[record.facts.get(key) for key in PICTURES] for record in (this, other)]
    return None not in pictures[0] and pictures[0] == pictures[1]


def have_same_mlps(this: RunRecord, other: RunRecord) -> bool:
    """Whether Table 4's networks have equal weights in both runs."""
    return bool(this.mlp_weights) and this.mlp_weights == other.mlp_weights


def have_same_networks(cells: pd.DataFrame, this: RunRecord, other: RunRecord) -> list[bool]:
    """Whether the networks of each cell have equal weights in both runs."""
    if {"seeds", "seeds_this"} & {*cells}:
        return [have_same_mlps(this, other)] * len(cells)
    equal = {name for name, digest in this.weights.items() if other.weights.get(name) == digest}
    return [
        {*list_members(source), model_behind(target)} <= equal
        for source, target in zip(cells["source"], cells["target"], strict=True)
    ]


def measure_differences(
    left: Floats, right: Floats, units: tuple[str, ...], are_medians: Flags
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Test right minus left in every cell.

    Rates of the same images are compared by McNemar's exact test, rates of other images by
    `statistics.rates_p`, means by their resamples, and medians by the sign test where units are the
    same; medians have no interval.

    Args:
        left, right: outcomes, (cells, units), NaN where a run lacks a unit.

    Returns:
        Columns of `ExhibitComparison.cells`: ci_low, ci_high, p, shared and basis, (cells,); and
        the difference of means in every resample of the units, (resamples, cells), NaN for medians.
    """
    known = ~np.isnan(left), ~np.isnan(right)
    shared = (known[0] & known[1]).sum(1)
    counts = (known[0] | known[1]).sum(1)
    finite = [np.where(are_medians[:, None], np.nan, side) for side in (left, right)]
    resampled = [statistics.resampled_means(side, units) for side in finite]
    draws = resampled[1] - resampled[0]
    are_whole = (shared == counts) & (counts > 0)
    basis = np.where(are_whole, PAIRED, np.where(shared > 0, PARTLY, INDEPENDENT))
    p = np.array([*map(find_p, left, right, draws.T, are_whole, are_medians)])
    intervals = [
        statistics.interval(cell, ALPHA, int(n)) for cell, n in zip(draws.T, counts, strict=True)
    ]
    low, high = np.array(intervals).reshape(-1, 2).T
    tested = {"ci_low": low, "ci_high": high, "p": p, "shared": shared, "basis": basis}
    return tested, draws


def find_p(left: Floats, right: Floats, draws: Floats, is_whole: bool, is_median: bool) -> float:
    """The two-sided p of the difference of one cell; NaN where there is no test."""
    known = [side[~np.isnan(side)] for side in (left, right)]
    if not (len(known[0]) and len(known[1])):
        return np.nan
    are_rates = np.isin(np.concatenate(known), (0, 100)).all()
    if is_whole and (are_rates or is_median):
        steps = np.where(left == right, 0.0, right - left)  # infinite in both is no difference
        return float(statistics.sign_test(steps))
    if is_median:
        return np.nan
    if are_rates:
        return statistics.rates_p(left, right)
    effect = float(known[1].mean() - known[0].mean())
    if not effect and not np.nanmax(abs(draws)):
        return 1.0
    return statistics.resampled_p(effect, draws, len(left))


def summarise_mean(mean: float, draws: Floats, units: int) -> tuple[float, float, float, float]:
    """A mean difference over cells, its 95 % interval and its p, over resamples of the units."""
    resampled = np.nanmean(draws, axis=1)
    low, high = statistics.interval(resampled, ALPHA, units)
    return mean, low, high, statistics.resampled_p(mean, resampled, units)
