"""What exists of a run is gathered, and what is missing is named."""

from dataclasses import replace

import pytest
from nrg.base.errors import UserError
from nrg.report.context import gather
from nrg.report.write import render_page
from nrg.study.result_paths import ResultPaths


def test_a_part_of_a_run_has_a_report_that_names_what_is_missing(run):
    page = render_page(gather(run), b"")
    assert 'id="table1"' in page
    missing = page.partition('<h2 id="unmade"')[2].partition("</section>")[0]
    assert "snakemake --cores all -- " in missing
    assert "exhibits/figure3a.csv" in missing
    assert "exhibits/table1.csv" not in missing


def test_without_any_exhibit_the_error_says_what_to_run(run, tmp_path):
    with pytest.raises(UserError, match=r"none of the exhibits.*snakemake --cores all"):
        gather(replace(run, results=ResultPaths(str(tmp_path / "nowhere"))))


def test_a_ledger_of_an_earlier_version_is_not_shown(run):
    run.results.fill("claims.json").write_text('{"claims": [], "alpha": 0.05}')
    assert gather(run).claims is None
