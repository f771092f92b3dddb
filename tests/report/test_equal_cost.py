"""Attacks at equal numbers of gradients on the page: order, sentences, and what is missing."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from made_equal_cost import ENTRY, IDS, make_exhibit, make_files
from made_ledger import made_claim, made_ledger
from nrg.analysis.equal_cost import compare_attacks
from nrg.analysis.image_outcomes import list_outcomes
from nrg.analysis.panels import build_panel
from nrg.analysis.tables import build_table
from nrg.base.table_files import read_parquet, write_csv, write_parquet
from nrg.figures.equal_cost import draw_equal_cost
from nrg.figures.svg_files import save_svg
from nrg.report.context import gather
from nrg.report.equal_cost import arrange_standings, write_ordinal
from nrg.report.write import render_page
from nrg.study.attacks import Attack
from nrg.study.exhibits import load_exhibits

RATES = {"nr-igsm": 0.5, "mi": 0.25, "vmi": 0.75}


def make(folder, exhibit):
    """The exhibit, its table, and the file of its outcomes, with these rates from every source."""

    def succeeds(method, source, target):
        return np.arange(len(IDS)) < RATES[method.name] * len(IDS)

    files = make_files(folder, exhibit, succeeds)
    panel = build_panel(exhibit, files)
    outcomes = folder / "outcomes.parquet"
    write_parquet(list_outcomes(exhibit, panel), outcomes)
    return exhibit, build_table(exhibit, panel, files), outcomes


@pytest.fixture
def made(tmp_path):
    return make(tmp_path, make_exhibit(tmp_path))


def test_the_largest_budget_comes_first_and_there_the_best_attack(made):
    view = arrange_standings(*made)
    ranked = {
        budget: [each.standing.method for each in attacks]
        for budget, attacks in view.budgets.items()
    }
    assert list(ranked.items()) == [(30, ["vmi", "nr-igsm", "mi"]), (10, ["nr-igsm", "mi"])]
    assert view.targets == {"resnet18": 40, "resnet34": 40, "alexnet": 40}
    assert (view.pairs, view.images, view.tuning_images) == (5, 40, 20)
    assert view.lacking == ["Not at 10 gradients: VMI needs 16"]
    best = view.budgets[30][0]
    assert best.settings.startswith("ε 15, neighbours (count 20")
    assert best.by_target["alexnet"] == pytest.approx(best.standing.rate.value)


def test_a_single_image_that_is_scored_has_rates_without_intervals(tmp_path, run):
    ours = {key: ENTRY[key] for key in ("sources", "targets", "budgets", "attacks")}
    ours |= {"images": "all", "tuning_images": 59}
    suite = replace(run.settings.suite, overrides={"equal_cost": ours})
    exhibit, table, outcomes = make(tmp_path, load_exhibits(suite)["equal_cost"])
    _, rows = arrange_standings(exhibit, table, outcomes).format_cells()
    assert {row[5] for row in rows} == {""}
    settings = replace(run.settings, suite=suite)
    run = replace(run, settings=settings, exhibits=[*run.exhibits, exhibit])
    write_csv(table, run.table(exhibit))
    shutil.copy(outcomes, run.outcomes(exhibit))
    panel = build_panel(exhibit, make_files(tmp_path, exhibit, lambda *_: np.ones(60, bool)))
    save_svg(draw_equal_cost(exhibit, compare_attacks(exhibit, panel, table)), run.picture(exhibit))
    page = render_page(gather(run), b"").partition('id="equal_cost"')[2].partition("</section>")[0]
    assert "minus nr-IGSM" in page
    assert "nan" not in page.partition("<table")[2].partition("</table>")[0]


def test_its_text_to_paste_has_a_row_per_attack_and_budget(made):
    view = arrange_standings(*made)
    head, rows = view.format_cells()
    assert [row[:2] for row in rows] == [
        ["30", "VMI"], ["30", "nr-IGSM"], ["30", "MI"], ["10", "nr-IGSM"], ["10", "MI"]
    ]  # fmt: skip
    best = view.budgets[30][0].standing
    assert rows[0][3:5] == ["1", f"{best.rate.value:.1f}"]
    assert {len(row) for row in rows} == {len(head)}


def test_a_sentence_says_how_noise_reduction_ranks(made):
    view = arrange_standings(*made)
    rates = {each.standing.method: each.standing.rate.value for each in view.budgets[30]}
    assert view.findings == (
        "Within 30 gradients per image, nr-IGSM ranks 2nd (95 % interval 2nd). VMI is the best of "
        f"3 attacks and fools other networks in {rates['vmi']:.1f} % of cases, "
        f"nr-IGSM in {rates['nr-igsm']:.1f} %."
    )
    small = replace(view, budgets={10: view.budgets[10]})
    assert small.findings.endswith("% of cases."), "the best is not named twice"
    logit = replace(view.budgets[30][0].standing, attack=Attack("linf", 15, targeted=True))
    targeted = replace(view, budgets={30: [replace(view.budgets[30][0], standing=logit)]})
    assert "leads other networks to the wanted label in" in targeted.findings
    plain = replace(view, budgets={10: view.budgets[10][1:]})
    assert plain.findings.startswith("Within 10 gradients per image, MI is the best of 1 attack")


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")],
)
def test_ordinals(number, text):
    assert write_ordinal(number) == text


def test_without_outcomes_or_for_another_kind_there_is_nothing(made, tmp_path):
    exhibit, table, outcomes = made
    assert arrange_standings(exhibit, table, tmp_path / "none.parquet") is None
    matrix = replace(exhibit, kind=replace(exhibit.kind, at_equal_cost=False))
    assert arrange_standings(matrix, table, outcomes) is None


def test_targets_that_classify_no_image_leave_nothing_to_compare(made):
    exhibit, table, outcomes = made
    stored = read_parquet(outcomes)
    write_parquet(stored[stored["source"] == stored["target"]], outcomes)
    assert arrange_standings(exhibit, table, outcomes) is None
    write_parquet(stored[:0], outcomes)
    assert arrange_standings(exhibit, table, outcomes) is None


def test_the_page_shows_them_and_its_first_screen_says_how_noise_reduction_ranks(run, tmp_path):
    ours = {key: ENTRY[key] for key in ("sources", "targets", "budgets", "attacks")}
    ours |= {"images": "all", "tuning_images": 20}
    suite = replace(run.settings.suite, overrides={"equal_cost": ours})
    exhibit, table, outcomes = make(tmp_path, load_exhibits(suite)["equal_cost"])
    table.loc[table["target"] == "alexnet", "n"] = 31  # as of a guest that mistakes some images
    settings = replace(run.settings, suite=suite)
    run = replace(run, settings=settings, exhibits=[*run.exhibits, exhibit])
    write_csv(table, run.table(exhibit))
    shutil.copy(run.picture(run.made[0]), run.picture(exhibit))
    page = render_page(gather(run), b"")
    assert "Against other attacks" not in page
    assert 'id="equal_cost"' in page, "without outcomes there is the picture"
    shutil.copy(outcomes, run.outcomes(exhibit))
    run.results.fill("claims.json").write_text(json.dumps(made_ledger(made_claim("other"))))
    page = " ".join(re.sub("<[^>]+>", "", render_page(gather(run), b"")).split())
    first, _, rest = page.partition("This is not the paper’s setting. 1,797")
    findings = arrange_standings(exhibit, table, outcomes).findings
    assert findings in first
    assert "does not tell whether noise reduction helps" not in first
    assert "VMI needs 16" in rest
    assert "minus nr-IGSM" in rest
    assert "n 31" in rest
    assert "A target with an n of its own" in rest
