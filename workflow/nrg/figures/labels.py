"""Text in pictures: names of models on several lines, rates with their intervals."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from nrg.study.sources import NOISE

REMARK = re.compile(r" \(([^()]+)\)$")


def drop_shared_remark(
    labels: Mapping[str, str], names: Iterable[str]
) -> tuple[dict[str, str], str]:
    """Labels without the remark in brackets at the end of all these names' labels, and that remark.

    The labels stay as they are, and the remark is empty, if some label has another or none.
    """
    found = [REMARK.search(labels.get(name, name)) for name in {*names} - {NOISE}]
    remarks = {match and match[1] for match in found}
    remark = remarks.pop() if len(remarks) == 1 else None
    if not remark:
        return dict(labels), ""
    return {name: label.removesuffix(f" ({remark})") for name, label in labels.items()}, remark


def break_label(label: str) -> str:
    """A label on several lines: one per member of an ensemble, and one for a remark in brackets."""
    return label.replace(" + ", " +\n").replace(" (", "\n(")


def label_model(name: str, labels: Mapping[str, str]) -> str:
    """The label of a source or target on several lines, or its name where it has no label."""
    return break_label(labels.get(name, name))


def measure_line(label: str) -> int:
    """The number of characters in the longest line of a label."""
    return max(map(len, break_label(label).splitlines()))


def write_rates(table: pd.DataFrame) -> list[str]:
    """The rate of each row, with its interval where it has one: 45.2 % (40.1–50.3)."""
    if "ci_low" not in table:
        return [f"{value:.1f} %" for value in table["value"]]
    intervals = zip(table["value"], table["ci_low"], table["ci_high"], strict=True)
    return [f"{value:.1f} % ({low:.1f}–{high:.1f})" for value, low, high in intervals]
