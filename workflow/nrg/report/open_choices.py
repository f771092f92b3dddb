"""What the paper leaves open: the choice made here, and what others give."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nrg.analysis.tables import select_black_box
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.report.captions import quote_values


@dataclass(frozen=True)
class ChoiceMean:
    """The mean over black-box pairs of one method of an exhibit that bears on a choice.

    Attributes:
        exhibit, method: their names.
        says: its name in the list of the choice's means.
        value: the mean, in percent; None where the exhibit is not made.
        pairs: black-box pairs that it is over.
    """

    exhibit: str
    method: str
    says: str
    value: float | None
    pairs: int


@dataclass(frozen=True)
class Choice:
    """A choice that the paper leaves open.

    Attributes:
        where: the part of the paper.
        question: what it leaves open.
        choice: this project's default.
        means: what several choices give, where they were run.
    """

    where: str
    question: str
    choice: str
    means: list[ChoiceMean]


def load_choices(tables: Mapping[str, pd.DataFrame], scale: float) -> list[Choice]:
    """Each choice with the means over black-box pairs of the runs that bear on it.

    Args:
        tables: exhibits in long form, by name, as far as they are made.
        scale: the run's pixels for one of the paper's, by which ε, α and σ are multiplied.
    """
    return [
        Choice(
            where=entry["where"],
            question=quote_values(entry["question"], scale),
            choice=quote_values(entry["choice"], scale),
            means=[
                compute_mean(
                    tables, run["exhibit"], run["method"], quote_values(run["says"], scale)
                )
                for run in entry.get("compare", [])
            ],
        )
        for entry in read_yaml(WORKFLOW / "resources/choices.yaml")["choices"]
    ]


def compute_mean(
    tables: Mapping[str, pd.DataFrame], exhibit: str, method: str, says: str
) -> ChoiceMean:
    """The mean of one method of an exhibit over black-box pairs."""
    if exhibit not in tables:
        return ChoiceMean(exhibit, method, says, None, 0)
    table = tables[exhibit]
    cells = select_black_box(table[table["method"] == method])
    value = float(cells["value"].mean()) if len(cells) else None
    return ChoiceMean(exhibit, method, says, value, len(cells))
