"""A table of success rates as the page prints it: sources by targets, one rate per method."""

from dataclasses import dataclass

import pandas as pd

from nrg.analysis.tables import black_box
from nrg.figures.style import DIFFERENCES, Shade, shade
from nrg.study.exhibits import label_method
from nrg.study.sources import is_white_box

WIDEST_DIFFERENCE = 50  # percentage points that get the full colour


@dataclass(frozen=True)
class Printed:
    """The paper's rate in a cell, in percent, and our rate minus it, with their colours."""

    value: float
    shade: Shade
    difference: float
    difference_shade: Shade


@dataclass(frozen=True)
class Rate:
    """The rate of one method in a cell, in percent.

    Attributes:
        value: the rate; `ci_low` and `ci_high` are the ends of its 95 % interval.
        n: images that it is over.
        sd: standard deviation between seeds, None where there are no seeds.
        shade: the cell's colours.
        printed: the paper's rate; None where the paper prints none.
    """

    value: float
    ci_low: float
    ci_high: float
    n: int
    sd: float | None
    shade: Shade
    printed: Printed | None


@dataclass(frozen=True)
class Cell:
    """What every method reaches from one source on one target."""

    white_box: bool
    rates: list[Rate]


@dataclass(frozen=True)
class Row:
    """The cells of one source, one per target."""

    source: str
    cells: list[Cell]


@dataclass(frozen=True)
class Panel:
    """One matrix of an exhibit.

    Attributes:
        title: the optimiser that trained the networks; empty where there is one matrix only.
        methods, targets: their names, in order.
        images: images that every cell is over; None where cells differ.
        rows: one per source.
    """

    title: str
    methods: list[str]
    targets: list[str]
    images: int | None
    rows: list[Row]


@dataclass(frozen=True)
class BlackBoxMean:
    """A method's mean rate over black-box pairs, in percent.

    Attributes:
        pairs: how many pairs of source and target there are.
        paper: the paper's mean over the same pairs; None where it does not print them all.
    """

    method: str
    pairs: int
    value: float
    paper: float | None


def panels(table: pd.DataFrame) -> list[Panel]:
    """The matrices of an exhibit in long form, one per optimiser where there are several."""
    parts = {"": table}
    if "optimiser" in table:
        parts = {str(name): part for name, part in table.groupby("optimiser", sort=False)}
    return [
        Panel(
            title=label_method(title),
            methods=list(dict.fromkeys(part["method"])),
            targets=list(dict.fromkeys(part["target"])),
            images=int(part["n"].iloc[0]) if part["n"].nunique() == 1 else None,
            rows=matrix_rows(part),
        )
        for title, part in parts.items()
    ]


def matrix_rows(table: pd.DataFrame) -> list[Row]:
    targets = list(dict.fromkeys(table["target"]))
    rows = []
    for source, of_source in table.groupby("source", sort=False):
        by_target = dict(iter(of_source.groupby("target", sort=False)))
        cells = [
            Cell(
                white_box=is_white_box(str(source), target),
                rates=[to_rate(row) for _, row in by_target[target].iterrows()],
            )
            for target in targets
        ]
        rows.append(Row(str(source), cells))
    return rows


def to_rate(row: "pd.Series[float]") -> Rate:
    """One row of an exhibit in long form as the rate of a cell."""
    value, paper, sd = float(row["value"]), row["paper_value"], row.get("sd")
    return Rate(
        value=value,
        ci_low=float(row["ci_low"]),
        ci_high=float(row["ci_high"]),
        n=int(row["n"]),
        sd=None if sd is None or pd.isna(sd) else float(sd),
        shade=shade(value, 0, 100),
        printed=None if pd.isna(paper) else compare_with_printed(value, float(paper)),
    )


def compare_with_printed(value: float, paper: float) -> Printed:
    difference = value - paper
    return Printed(
        value=paper,
        shade=shade(paper, 0, 100),
        difference=difference,
        difference_shade=shade(difference, -WIDEST_DIFFERENCE, WIDEST_DIFFERENCE, DIFFERENCES),
    )


def black_box_means(table: pd.DataFrame) -> list[BlackBoxMean]:
    """For each method the mean over black-box pairs."""
    return [
        BlackBoxMean(
            method=str(method),
            pairs=len(rows),
            value=float(rows["value"].mean()),
            paper=float(rows["paper_value"].mean()) if rows["paper_value"].notna().all() else None,
        )
        for method, rows in black_box(table).groupby("method", sort=False)
    ]
