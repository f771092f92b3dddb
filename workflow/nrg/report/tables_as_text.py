"""A table's numbers as text to paste elsewhere: Markdown and LaTeX."""

from collections.abc import Mapping, Sequence

import pandas as pd

from nrg.study.exhibits import label_method
from nrg.study.sources import label_network


def format_cells(
    table: pd.DataFrame, labels: Mapping[str, str], matrix: bool
) -> tuple[list[str], list[list[str]]]:
    """Head and rows, as text, of an exhibit's table.

    Args:
        table: in long form.
        labels: names of models to print.
        matrix: whether to print it as the paper does, with sources as rows and targets as columns,
            and the paper's row under each where it prints one. Otherwise there is one row per
            value.
    """
    ends = [*table["source"], *table["target"]]
    names = {name: labels.get(name, label_network(name)) for name in ends}
    if not matrix:
        columns = [c for c in table if c not in ("exhibit", "metric", "paper_value", "family")]
        rows = [
            [write_entry(str(column), row[column], names) for column in columns]
            for row in table.to_dict("records")
        ]
        return [str(column) for column in columns], rows
    targets = table["target"].unique().tolist()
    keys = ["source", *(["optimiser"] if "optimiser" in table else [])]
    rows = []
    for (source, *optimiser), cells in table.groupby(keys, sort=False):
        row_names = [names[str(source)], *(label_method(str(name)) for name in optimiser)]
        rows.append([*row_names, *(format_rates(cells, target, "value") for target in targets)])
        if cells["paper_value"].notna().any():
            printed = (format_rates(cells, target, "paper_value") for target in targets)
            rows.append(["the paper", *("" for _ in optimiser), *printed])
    return [*keys, *(names[target] for target in targets)], rows


def format_rates(table: pd.DataFrame, target: str, column: str) -> str:
    """The values of all methods on a target: "10.0 / 20.0", and "–" where one is missing."""
    values = table.loc[table["target"] == target, column]
    return " / ".join("–" if pd.isna(value) else f"{value:.1f}" for value in values)


def write_entry(column: str, value: object, names: Mapping[str, str]) -> str:
    """One entry as text: a method by the paper's name, a model by its label, a number rounded."""
    if column == "method":
        return label_method(str(value))
    if column in ("source", "target"):
        return names[str(value)]
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def format_markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"

    alignment = ["---"] + ["---:"] * (len(head) - 1)
    return line(head) + line(alignment) + "".join(map(line, rows))


def format_latex(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A LaTeX table of the package booktabs; all columns but the first are aligned to the right."""
    table = pd.DataFrame(rows, columns=pd.Index(head))
    columns = "l" + "r" * (len(head) - 1)
    text = table.to_latex(index=False, escape=True, column_format=columns)
    return text.replace("→", r"$\to$").replace("ℓ", r"$\ell$")
