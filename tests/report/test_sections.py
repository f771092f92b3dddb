"""One exhibit as the page shows it."""

from dataclasses import replace

import pytest
from nrg.report.context import gather
from nrg.report.effects import MethodEffect
from nrg.report.write import render_page
from nrg.study.kinds import KINDS


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


@pytest.mark.parametrize("kind", ["matrix", "curves"])
def test_every_kind_says_which_attacks_left_their_ball(run, kind):
    context = gather(run)
    (section,) = context.contents.sections
    numbers = {"settings": "", "linf": 1, "rmsd": 1, "zero_gradients": 0, "gradients": 1}
    effects = [
        MethodEffect(method=name, images=1, outside=outside, **numbers)
        for name, outside in [("far", 0.5), ("far", 0.3), ("near", 0.01)]
    ]
    exhibit = replace(section.exhibit, kind=KINDS[kind])
    section = replace(section, effects=effects, exhibit=exhibit)
    assert section.outside == {"far": 0.5}
    groups = {**context.contents.groups, "Tables": [section]}
    contents = replace(context.contents, sections=[section], groups=groups)
    page = " ".join(render_page(replace(context, contents=contents), b"").split())
    assert page.count("“far” left 50 % of the pixels outside its ball") == 1
    assert "“near”" not in page


def test_an_exhibit_is_made_again_by_the_name_of_its_file(run):
    context = gather(run)
    (section,) = context.contents.sections
    assert section.file == str(run.table(section.exhibit))
    assert context.provenance.forced_command == "snakemake --cores all --force"
