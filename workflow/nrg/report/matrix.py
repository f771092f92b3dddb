"""A table of success rates as the page prints it: sources by targets, one rate per method."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nrg.analysis.tables import select_black_box
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
class Gain:
    """What noise reduction adds to a rate, in percentage points, with its colours.

    Attributes:
        paper: the same by the paper's rates; None where it does not print both.
    """

    value: float
    shade: Shade
    paper: float | None


@dataclass(frozen=True)
class Cell:
    """What every method reaches from one source on one target.

    Attributes:
        gains: one for each noise-reduced method that has its plain form beside it.
    """

    white_box: bool
    rates: list[Rate]
    gains: list[Gain]


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


@dataclass(frozen=True)
class ShadeKey:
    """The colours of some values of a scale, from its low to its high end."""

    unit: str
    steps: list[tuple[str, Shade]]


def make_rate_key() -> ShadeKey:
    """The key to the colours of rates."""
    return ShadeKey("%", [(str(rate), shade(rate, 0, 100)) for rate in (0, 25, 50, 75, 100)])


def make_difference_key() -> ShadeKey:
    """The key to the colours of differences and gains."""
    widest = WIDEST_DIFFERENCE
    values = (-widest, -widest // 2, 0, widest // 2, widest)
    steps = [(f"{v:+d}".replace("-", "−") if v else "0", shade_difference(v)) for v in values]
    return ShadeKey("points", steps)


def split_panels(table: pd.DataFrame, pairs: Sequence[tuple[str, str]] = ()) -> list[Panel]:
    """The matrices of an exhibit in long form, one per optimiser where there are several.

    Args:
        pairs: names of plain methods, each with its noise-reduced form, whose gains are shown.
    """
    parts = {"": table}
    if "optimiser" in table:
        parts = {str(name): part for name, part in table.groupby("optimiser", sort=False)}
    return [
        Panel(
            title=label_method(title),
            methods=part["method"].unique().tolist(),
            targets=part["target"].unique().tolist(),
            images=int(part["n"].iloc[0]) if part["n"].nunique() == 1 else None,
            rows=build_rows(part, pairs),
        )
        for title, part in parts.items()
    ]


def build_rows(table: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> list[Row]:
    targets = table["target"].unique().tolist()
    rows = []
    for source, of_source in table.groupby("source", sort=False):
        by_target = dict(iter(of_source.groupby("target", sort=False)))
        cells = [to_cell(str(source), target, by_target[target], pairs) for target in targets]
        rows.append(Row(str(source), cells))
    return rows


def to_cell(
    source: str, target: str, table: pd.DataFrame, pairs: Sequence[tuple[str, str]]
) -> Cell:
    """The rows of one source and target, one per method, as a cell."""
    rates = {str(row["method"]): to_rate(row) for _, row in table.iterrows()}
    return Cell(
        white_box=is_white_box(source, target),
        rates=list(rates.values()),
        gains=[to_gain(rates[plain], rates[reduced]) for plain, reduced in pairs],
    )


def to_gain(plain: Rate, reduced: Rate) -> Gain:
    """The rate with noise reduction minus the rate without it."""
    value, paper = reduced.value - plain.value, None
    if plain.printed and reduced.printed:
        paper = reduced.printed.value - plain.printed.value
    return Gain(value, shade_difference(value), paper)


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
        difference_shade=shade_difference(difference),
    )


def shade_difference(points: float) -> Shade:
    """The colours of a difference in percentage points."""
    return shade(points, -WIDEST_DIFFERENCE, WIDEST_DIFFERENCE, DIFFERENCES)


def average_black_box(table: pd.DataFrame) -> list[BlackBoxMean]:
    """For each method the mean over black-box pairs."""
    return [
        BlackBoxMean(
            method=str(method),
            pairs=len(rows),
            value=float(rows["value"].mean()),
            paper=float(rows["paper_value"].mean()) if rows["paper_value"].notna().all() else None,
        )
        for method, rows in select_black_box(table).groupby("method", sort=False)
    ]
