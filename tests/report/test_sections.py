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


def test_the_command_makes_an_exhibit_again(run):
    (section,) = gather(run).contents.sections
    table = run.table(section.exhibit)
    assert section.command == f"snakemake --cores all --force -- {table}"
