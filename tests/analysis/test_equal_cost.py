"""Attacks at equal numbers of gradients: what is chosen, scored, subtracted and ranked."""

import numpy as np
import pytest
from made_equal_cost import IDS, make_exhibit, make_files
from nrg.analysis.equal_cost import compare_attacks, rank_rates, read_equal_cost_outcomes
from nrg.analysis.image_outcomes import list_outcomes
from nrg.analysis.panels import build_panel
from nrg.analysis.tables import COLUMNS, build_table
from nrg.analysis.tuning import pick_tuning_images
from nrg.study.sources import is_white_box

TUNING = pick_tuning_images(IDS, 20)
TEST = np.flatnonzero(~TUNING)


def first(share: float, of=TEST) -> np.ndarray:
    """Success on this share of some images, (images,)."""
    success = np.zeros(len(IDS), bool)
    success[of[: round(share * len(of))]] = True
    return success


def succeed_by_attack(rates: dict):
    """Success by the attack's name and budget, alike for all settings and pairs."""
    return lambda method, source, target: first(rates[method.name, dict(method.axes)["budget"]])


RATES = {("nr-igsm", 10): 0.3, ("mi", 10): 0.4, ("nr-igsm", 30): 0.6, ("mi", 30): 0.5} | {
    ("vmi", 30): 0.2
}


def read(folder, succeeds, **entries):
    """The exhibit, its panel and its table."""
    exhibit = make_exhibit(folder, **entries)
    files = make_files(folder, exhibit, succeeds)
    panel = build_panel(exhibit, files)
    return exhibit, panel, build_table(exhibit, panel, files)


def test_settings_are_chosen_where_the_test_images_would_choose_otherwise(tmp_path):
    """The setting that is best on the tuning images is the worst on the others, and is kept."""

    def succeeds(method, source, target):
        is_good_in_tuning = dict(method.axes)["setting"] in ("copies 5", "alpha 3")
        return TUNING if is_good_in_tuning else ~TUNING

    _, panel, table = read(tmp_path, succeeds)
    kept = panel.cells[panel.cells["method"] != "vmi"]
    assert {*kept["setting"]} == {"copies 5", "alpha 3"}
    assert (kept["value"] == 0).all()
    assert panel.units == tuple(np.array(IDS)[~TUNING])
    assert (table["n"] == 40).all()


def test_what_unchosen_settings_do_to_the_test_images_changes_nothing(tmp_path):
    def make_succeeds(others):
        def succeeds(method, source, target):
            chosen = dict(method.axes)["setting"] in ("copies 5", "alpha 3")
            return TUNING | first(0.5) if chosen else others & ~TUNING

        return succeeds

    tables = []
    for number, others in enumerate((np.ones(60, bool), np.zeros(60, bool))):
        folder = tmp_path / str(number)
        folder.mkdir()
        table = read(folder, make_succeeds(others))[2]
        tables.append(table[table["method"] != "vmi"].reset_index(drop=True))
    assert tables[0].equals(tables[1])


def test_the_table_has_its_columns_and_lacks_what_fits_no_budget(tmp_path):
    table = read(tmp_path, succeed_by_attack(RATES))[2]
    assert list(table) == [*COLUMNS, "budget", "setting", "gradients", "rmsd"]
    assert len(table) == (2 + 2 + 1) * 2 * 3
    cell = table.query("method == 'vmi' and source == 'vgg13_bn' and target == 'alexnet'").iloc[0]
    assert (cell["budget"], cell["gradients"], cell["rmsd"]) == (30, 21, 6)
    assert cell["setting"] == "neighbours-c20-r1.5-a0"
    assert cell["value"] == pytest.approx(20)


def test_standings_have_means_differences_and_ranks(tmp_path):
    standings = compare_attacks(*read(tmp_path, succeed_by_attack(RATES)))
    assert [(each.method, each.budget) for each in standings] == [
        *(("nr-igsm", 10), ("mi", 10)),
        *(("nr-igsm", 30), ("mi", 30), ("vmi", 30)),
    ]
    assert [each.rank.value for each in standings] == [2, 1, 1, 2, 3]
    last = standings[-1]
    assert last.rate.value == pytest.approx(20)
    assert last.rate.low < 20 < last.rate.high
    assert last.rmsd == pytest.approx(5.5)
    assert last.attack.gradients == 21
    assert {name: each.value for name, each in last.differences.items()} == {
        "nr-igsm": pytest.approx(-40),
        "mi": pytest.approx(-30),
    }
    assert list(standings[0].differences) == ["mi"], "no difference from itself"
    assert standings[0].differences["mi"].high < 0, "paired: MI succeeds wherever nr-IGSM does"


def test_white_boxes_are_no_part_of_the_means(tmp_path):
    def succeeds(method, source, target):
        return first(1.0 if is_white_box(source, target) else 0.25)

    for standing in compare_attacks(*read(tmp_path, succeeds)):
        assert standing.rate.value == pytest.approx(25)


def test_a_rank_that_depends_on_the_source_is_uncertain(tmp_path):
    """Each attack is best from one source, so that other sources would rank them otherwise."""

    def succeeds(method, source, target):
        best = {"resnet18": "mi", "vgg13_bn": "nr-igsm"}[source]
        return first(0.9 if method.name == best else 0.1)

    standings = [s for s in compare_attacks(*read(tmp_path, succeeds)) if s.budget == 10]
    for standing in standings:
        assert (standing.rank.low, standing.rank.high) == (1, 2)


def test_a_clear_rank_is_certain(tmp_path):
    standings = compare_attacks(*read(tmp_path, succeed_by_attack(RATES | {("vmi", 30): 0.0})))
    assert (standings[-1].rank.low, standings[-1].rank.high) == (3, 3)


def test_equal_rates_share_the_better_rank():
    rates = np.array([10.0, 30, 30, 20])
    assert rank_rates(rates).tolist() == [4, 1, 1, 3]
    assert rank_rates(np.stack([rates, -rates], axis=1))[:, 1].tolist() == [1, 3, 3, 2]


def test_a_target_that_counts_no_test_image_is_left_out(tmp_path):
    """As a guest that mistakes all of them: its predictions are stored for other images alone."""
    exhibit, panel, table = read(tmp_path, succeed_by_attack(RATES))
    alexnet = (panel.cells["target"] == "alexnet").to_numpy()
    panel.outcomes[alexnet] = np.nan
    panel.cells.loc[alexnet, "value"] = np.nan
    standings = compare_attacks(exhibit, panel, table)
    assert [each.rate.value for each in standings] == pytest.approx([30, 40, 60, 50, 20])
    assert not any(np.isnan(each.rank.high) for each in standings)


def test_stored_outcomes_make_the_same_standings(tmp_path):
    exhibit, panel, table = read(tmp_path, succeed_by_attack(RATES))
    stored = read_equal_cost_outcomes(exhibit, list_outcomes(exhibit, panel))
    assert compare_attacks(exhibit, stored, table) == compare_attacks(exhibit, panel, table)
