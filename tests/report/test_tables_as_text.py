"""A table as text to paste elsewhere."""

import numpy as np
from made_tables import made_table
from nrg.report.tables_as_text import grid, latex, markdown


def test_a_table_as_markdown_and_latex():
    table = made_table().query("source == 'alexnet'")
    head, rows = grid(table, {"alexnet": "alex_net & co"}, matrix=True)
    assert head[0] == "source"
    assert [row[:2] for row in rows] == [
        ["alex_net & co", "10.0 / 20.0"],
        ["the paper", "12.0 / 12.0"],
    ]
    assert len(grid(table.assign(paper_value=np.nan), {}, matrix=True)[1]) == 1
    lines = latex(head, rows).splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrrr}"
    assert lines[4].startswith(r"alex\_net \& co & 10.0 / 20.0 & ")
    assert markdown(head, rows).splitlines()[1] == "| --- |" + " ---: |" * 6
