"""The table beside a picture of means lists these, too."""

import pandas as pd
from nrg.report.plotted_means import average_plotted
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


def test_means_are_over_the_sources_at_each_point():
    rows = [
        {"method": "igsm", "source": source, "target": "t", "alpha": 3, "steps": k, "value": value}
        for k, values in ((5, (10.0, 20.0, 60.0)), (10, (0.0, 0.0, 3.0)))
        for source, value in zip("abc", values, strict=True)
    ]
    point = {"method": "igsm", "target": "t", "alpha": 3, "sources": 3}
    assert average_plotted(EXHIBITS["figure7"], pd.DataFrame(rows)) == [
        point | {"steps": 5, "value": 30.0},
        point | {"steps": 10, "value": 1.0},
    ]
    assert average_plotted(EXHIBITS["figure3a"], pd.DataFrame(rows)) == []
    assert average_plotted(EXHIBITS["figure7"], pd.DataFrame()) == []
