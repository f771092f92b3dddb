"""One exhibit as the page shows it."""

from dataclasses import replace

import pytest
from nrg.report.context import gather


@pytest.mark.parametrize(
    ("metric", "chance"),
    [
        ("top1_success", None),
        ("top5_success", 50),
        ("targeted_top1_success", 10),
        ("destruction_rate", None),
    ],
)
def test_random_predictions_would_reach_the_rate_that_is_said(run, metric, chance):
    (section,) = gather(run).contents.sections
    assert section.classes == 10
    section = replace(section, exhibit=replace(section.exhibit, metric=metric))
    assert section.chance == chance


def test_an_exhibit_is_made_again_by_the_name_of_its_file(run):
    context = gather(run)
    (section,) = context.contents.sections
    assert section.file == str(run.table(section.exhibit))
    assert context.provenance.forced_command == "snakemake --cores all --force"
