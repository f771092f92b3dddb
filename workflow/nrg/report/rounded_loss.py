"""Table 4's white boxes with a loss in float32, which rounds gradients away."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nrg.study.exhibits import Exhibit

ROUNDED = "float32-cross-entropy"


@dataclass(frozen=True)
class RoundedRate:
    """Success rates in percent, with the exact loss and in float32, of networks of an optimiser."""

    optimiser: str
    exact: float
    rounded: float


@dataclass(frozen=True)
class RoundedLoss:
    """What rounding does to the white-box attack on the deepest network of a table.

    Attributes:
        exhibit: name of the exhibit with the rounded loss.
        network: name of the deepest network.
        rates: one per optimiser.
        paper: the printed rate, in percent; None where none is printed.
    """

    exhibit: str
    network: str
    rates: list[RoundedRate]
    paper: float | None

    @property
    def falls(self) -> bool:
        """Whether rounding lowers every rate."""
        return all(rate.rounded < rate.exact for rate in self.rates)


def find_rounded_loss(
    exhibit: Exhibit, table: pd.DataFrame, tables: Iterable[tuple[Exhibit, pd.DataFrame]]
) -> RoundedLoss | None:
    """Compare a table of fully connected networks with its like in which the loss is rounded.

    Args:
        table: the exhibit in long form.
        tables: exhibits of the run, with their tables in long form.

    Returns:
        None for any other exhibit, and where the like is not made.
    """
    if not exhibit.kind.attacks_mlps or uses_rounded_loss(exhibit):
        return None
    for like, rounded in tables:
        if not like.kind.attacks_mlps or not uses_rounded_loss(like):
            continue
        deepest = table["source"].iloc[-1]
        cells = [select_white_box(each, deepest) for each in (table, rounded)]
        optimisers = [name for name in cells[0].index if name in cells[1].index]
        printed = cells[0]["paper_value"].dropna()
        return RoundedLoss(
            exhibit=like.name,
            network=deepest,
            rates=[
                RoundedRate(name, *(float(cell.loc[name, "value"]) for cell in cells))
                for name in optimisers
            ],
            paper=float(printed.iloc[0]) if len(printed) else None,
        )
    return None


def uses_rounded_loss(exhibit: Exhibit) -> bool:
    """Whether all attacks of an exhibit use the loss that float32 rounds."""
    return all(attack.loss == ROUNDED for attack in exhibit.attacks)


def select_white_box(table: pd.DataFrame, network: str) -> pd.DataFrame:
    """The cells of one network attacked with its own gradient, by optimiser."""
    cells = table[(table["source"] == network) & (table["target"] == network)]
    return cells.set_index("optimiser")
