"""Table 4 with the loss that float32 rounds."""

import pandas as pd
from made_tables import EXHIBITS
from nrg.report.rounded_loss import find_rounded_loss

TABLE, LIKE = EXHIBITS["table4"], EXHIBITS["reading_table4_float32"]


def mlp_table(rate: float, paper: float | None) -> pd.DataFrame:
    cells = [(s, t, o) for o in ("adam", "sgd") for s in "ab" for t in "ab"]
    table = pd.DataFrame(cells, columns=["source", "target", "optimiser"])
    return table.assign(value=rate + (table["source"] == "b"), paper_value=paper)


def test_the_deepest_networks_white_box_is_compared():
    exact, rounded = mlp_table(90, 39.6), mlp_table(80, None)
    found = find_rounded_loss(TABLE, exact, [(TABLE, exact), (LIKE, rounded)])
    assert (found.exhibit, found.network, found.paper) == (LIKE.name, "b", 39.6)
    assert [(r.optimiser, r.exact, r.rounded) for r in found.rates] == [
        ("adam", 91, 81),
        ("sgd", 91, 81),
    ]
    assert found.falls
    assert not find_rounded_loss(TABLE, rounded, [(LIKE, exact)]).falls


def test_nothing_is_said_without_both_tables():
    exact = mlp_table(90, None)
    assert find_rounded_loss(TABLE, exact, [(TABLE, exact)]) is None
    assert find_rounded_loss(LIKE, exact, [(LIKE, exact)]) is None
    assert find_rounded_loss(EXHIBITS["table1"], exact, [(LIKE, exact)]) is None
