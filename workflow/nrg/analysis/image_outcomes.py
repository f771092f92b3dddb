"""An exhibit's single outcomes in long form, from which its rates are counted again."""

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel
from nrg.analysis.tables import KEYS, list_cells
from nrg.study.exhibits import Exhibit

COLUMNS = [*KEYS, "attack", "unit", "outcome"]


def list_outcomes(exhibit: Exhibit, panel: Panel) -> pd.DataFrame:
    """List what happened to every image in every cell of an exhibit's table.

    Returns:
        KEYS, the exhibit's axes, `attack` (the attack's name, which says all its settings; of
        probes their settings as text), `unit` (the image's id, or the seed), and `outcome` (in
        percent, 0 or 100 of an image; else as the table's value). Units without an outcome are left
        out.
    """
    assert panel.outcomes is not None, "printed numbers have no outcomes"
    cells = list_cells(exhibit, panel)
    outcomes = panel.outcomes[cells.index]
    known = ~np.isnan(outcomes)
    row, unit = np.nonzero(known)
    table = cells.assign(attack=name_attacks(exhibit, cells)).iloc[row].reset_index(drop=True)
    values = outcomes[known]
    is_flag = np.isin(values, (0, 100)).all()
    return table.assign(
        unit=np.array(panel.units, dtype=object)[unit],
        outcome=values.astype(np.int8 if is_flag else np.float32),
    )


def name_attacks(exhibit: Exhibit, cells: pd.DataFrame) -> list[str]:
    """Name the attack of each cell with all its settings; empty for images nobody attacked."""
    if not exhibit.methods:
        return [str(exhibit.probe)] * len(cells)
    names = {(method.name, *method.axes): method.attack.name for method in exhibit.methods}
    return [
        names.get((cell["method"], *((axis, cell[axis]) for axis in exhibit.axes)), "")
        for cell in cells.to_dict("records")
    ]
