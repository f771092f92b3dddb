"""A table's numbers as text to paste elsewhere: Markdown and LaTeX."""

from collections.abc import Mapping, Sequence

import pandas as pd

from nrg.study.exhibits import method_label
from nrg.study.sources import network_label

TEXT_COLUMNS = ("method", "source", "target")


def grid(
    table: pd.DataFrame, labels: Mapping[str, str], matrix: bool
) -> tuple[list[str], list[list[str]]]:
    """The head and rows of a table: a matrix as the paper prints it, else a row a value.

    Under each row of a matrix stands the paper's own, where it prints one.
    """
    ends = [*table["source"], *table["target"]]
    names = {name: labels.get(name, network_label(name)) for name in ends}
    if not matrix:
        columns = [c for c in table if c not in ("exhibit", "metric", "paper_value", "family")]
        rows = [
            [shown(column, row[column], names) for column in columns]
            for row in table.to_dict("records")
        ]
        return columns, rows
    targets = list(dict.fromkeys(table["target"]))
    keys = ["source", *(["optimiser"] if "optimiser" in table else [])]
    rows = []
    for (source, *optimiser), own in table.groupby(keys, sort=False):
        names_of_row = [names[source], *map(method_label, optimiser)]
        rows.append([*names_of_row, *(methods(own, target, "value") for target in targets)])
        if own["paper_value"].notna().any():
            printed = (methods(own, target, "paper_value") for target in targets)
            rows.append(["the paper", *("" for _ in optimiser), *printed])
    return [*keys, *(names[target] for target in targets)], rows


def methods(table: pd.DataFrame, target: str, column: str) -> str:
    """The values of all methods on a target, one after the other."""
    values = table.loc[table["target"] == target, column]
    return " / ".join("–" if pd.isna(value) else f"{value:.1f}" for value in values)


def shown(column: str, value: object, names: Mapping[str, str]) -> str:
    if column == "method":
        return method_label(str(value))
    if column in TEXT_COLUMNS:
        return names[str(value)]
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"

    numbers = ["---"] + ["---:"] * (len(head) - 1)
    return line(head) + line(numbers) + "".join(map(line, rows))


def latex(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A booktabs table."""
    table = pd.DataFrame(rows, columns=pd.Index(head))
    columns = "l" + "r" * (len(head) - 1)
    text = table.to_latex(index=False, escape=True, column_format=columns)
    return text.replace("→", r"$\to$").replace("ℓ", r"$\ell$")
