"""A run of which nothing but Table 1 is made."""

import matplotlib.pyplot as plt
import pytest
from inputs import ROOT
from made_tables import EXHIBITS, SETTINGS, made_table
from nrg.figures.heat_maps import draw_heat_map
from nrg.figures.style import style
from nrg.figures.svg_files import save_svg
from nrg.report.run import Run
from nrg.study.exhibits import choose_exhibits
from nrg.study.result_paths import ResultPaths


@pytest.fixture
def run(tmp_path) -> Run:
    """A run of which nothing but Table 1 is made."""
    results = tmp_path / "results"
    (results / "exhibits").mkdir(parents=True)
    made_table().to_csv(results / "exhibits/table1.csv", index=False)
    with style():
        figure = draw_heat_map(made_table(), {})
        save_svg(figure, results / "exhibits/table1.svg")
        plt.close(figure)
    return Run(
        settings=SETTINGS,
        exhibits=choose_exhibits(EXHIBITS, SETTINGS),
        not_shown=[],
        replicates=[],
        results=ResultPaths(str(results)),
        mlp_results=ResultPaths(str(results)),
        benchmarks=tmp_path / "benchmarks",
        code=ROOT,
        command="snakemake --cores all",
        forced_command="snakemake --cores all --force",
    )
