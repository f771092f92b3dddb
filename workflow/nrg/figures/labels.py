"""Text in pictures: names of models on several lines, rates with their intervals."""

from collections.abc import Mapping

import pandas as pd


def break_label(label: str) -> str:
    """A label on several lines: one per member of an ensemble, and one for a remark in brackets."""
    return label.replace(" + ", " +\n").replace(" (", "\n(")


def model_label(name: str, labels: Mapping[str, str]) -> str:
    """The label of a source or target on several lines, or its name where it has no label."""
    return break_label(labels.get(name, name))


def line_length(label: str) -> int:
    """The number of characters in the longest line of a label."""
    return max(map(len, break_label(label).splitlines()))


def rate_texts(table: pd.DataFrame) -> list[str]:
    """The rate of each row, with its interval where it has one: 45.2 % (40.1–50.3)."""
    if "ci_low" not in table:
        return [f"{value:.1f} %" for value in table["value"]]
    intervals = zip(table["value"], table["ci_low"], table["ci_high"], strict=True)
    return [f"{value:.1f} % ({low:.1f}–{high:.1f})" for value, low, high in intervals]


def unique(column: "pd.Series[str]") -> list[str]:
    """The values of a column, each once, in order of first appearance."""
    return list(dict.fromkeys(column))
