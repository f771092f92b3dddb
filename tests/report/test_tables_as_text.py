"""A table as text to paste elsewhere."""

import numpy as np
from made_tables import made_table
from nrg.report.tables_as_text import format_cells, format_latex, format_markdown


def test_a_table_as_markdown_and_latex():
    table = made_table().query("source == 'alexnet'")
    head, rows = format_cells(table, {"alexnet": "alex_net & co"}, matrix=True)
    assert head[0] == "source"
    assert [row[:2] for row in rows] == [
        ["alex_net & co", "10.0 / 20.0"],
        ["the paper", "12.0 / 12.0"],
    ]
    assert len(format_cells(table.assign(paper_value=np.nan), {}, matrix=True)[1]) == 1
    lines = format_latex(head, rows).splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrrr}"
    assert lines[4].startswith(r"alex\_net \& co & 10.0 / 20.0 & ")
    assert format_markdown(head, rows).splitlines()[1] == "| --- |" + " ---: |" * 6
