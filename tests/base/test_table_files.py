"""Tables are read as they were written."""

import numpy as np
import pandas as pd
import pytest
from nrg.base.table_files import read_csv


@pytest.mark.parametrize("name", ["18", "007", "1e3", "1.10", "NA", "null", "true", "nan", "-inf"])
def test_names_that_look_like_something_else_stay_text(tmp_path, name):
    frame = pd.DataFrame({"source": [name], "model": [name], "value": [np.nan], "n": [3]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv"), frame)
