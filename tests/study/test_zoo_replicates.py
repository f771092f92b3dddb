"""Which exhibits other zoos build, and what their runs' configuration says."""

import pytest
from nrg.base.errors import UserError
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.settings import load_settings
from nrg.study.zoo_replicates import choose_replicated, configure_replicate, list_zoo_seeds

DIGITS = {"suite": "digits", "readings": False}


def choose(**config):
    settings = load_settings(DIGITS | config)
    return settings, choose_exhibits(load_exhibits(settings.suite), settings)


def test_other_zoos_build_the_tables_that_attack_pairs():
    settings, chosen = choose(replicates=2)
    tables = "table1 table2 table3a table3b table5 table6 table7 table8".split()
    assert [exhibit.name for exhibit in choose_replicated(chosen, settings)] == tables


def test_without_such_a_table_other_zoos_are_refused():
    settings, chosen = choose(replicates=2, exhibits=["table4", "figure3a"])
    with pytest.raises(UserError, match="the run builds none; add one to 'exhibits'"):
        choose_replicated(chosen, settings)
    settings, chosen = choose(exhibits=["table4"])
    assert choose_replicated(chosen, settings) == []


def test_the_run_on_another_zoo_differs_in_folder_zoo_and_exhibits():
    settings, chosen = choose(replicates=3, zoo_seed=7, exhibits=["table1", "figure3a"])
    assert list_zoo_seeds(settings) == [8, 9]
    change = configure_replicate(settings, choose_replicated(chosen, settings), "8")
    assert change == {
        "name": "digits-zoo8",
        "zoo_seed": 8,
        "replicates": 1,
        "exhibits": ["table1"],
    }
    other = load_settings(DIGITS | change)
    assert not other.changed, "the images and the attacks are those of the suite"


@pytest.mark.parametrize("key", ["replicates", "zoo_seed"])
def test_a_suite_that_trains_nothing_has_no_other_zoo(key):
    with pytest.raises(UserError, match="'imagenetv2' trains no model of its zoo"):
        load_settings({"suite": "imagenetv2", key: 2})
