"""The choice of settings: on images of its own, and by nothing else."""

import numpy as np
import pandas as pd
import pytest
from nrg.analysis.tuning import choose_settings, pick_tuning_images

IDS = [f"digit-{number}" for number in range(50)]


def test_tuning_images_depend_on_their_ids_alone():
    chosen = pick_tuning_images(IDS, 20)
    order = np.random.default_rng(0).permutation(50)
    shuffled = pick_tuning_images([IDS[place] for place in order], 20)
    assert chosen.sum() == 20
    assert (shuffled == chosen[order]).all()
    fewer = pick_tuning_images(IDS, 10)
    assert not (fewer & ~chosen).any(), "more images choose with those that chose already"


def make_cells(rates: dict) -> tuple[pd.DataFrame, np.ndarray]:
    """Cells of one source with these rates of 10 tuning images, by (method, setting, target)."""
    rows, outcomes = [], []
    for (method, setting, target), rate in rates.items():
        cell = {"method": method, "budget": 10, "setting": setting}
        rows.append(cell | {"shown": target != "hidden", "white": target == "white"})
        outcomes.append(100.0 * (np.arange(10) < rate / 10))
    return pd.DataFrame(rows), np.array(outcomes)


def of_two(first: float, second: float, **others: tuple[float, float]) -> dict:
    """Rates of the settings a and b on the target t, and on others."""
    targets = {"t": (first, second)} | others
    return {
        ("mi", setting, target): rate
        for target, rates in targets.items()
        for setting, rate in zip("ab", rates, strict=True)
    }


@pytest.mark.parametrize(
    ("rates", "chosen"),
    [
        (of_two(20, 30), "b"),
        (of_two(30, 30), "a"),
        (of_two(30, 20, u=(0, 20)), "b"),
        (of_two(30, 20, white=(0, 90)), "a"),
        (of_two(30, 20, hidden=(0, 90)), "a"),
    ],
    ids=["highest", "ties: the first", "mean over targets", "no white box", "nothing hidden"],
)
def test_the_highest_mean_over_black_box_pairs_is_chosen(rates, chosen):
    cells, tuning = make_cells(rates)
    assert {*cells["setting"][choose_settings(cells, tuning)]} == {chosen}


def test_every_attack_chooses_for_itself_and_keeps_all_its_cells():
    rates = {("mi", "a", "t"): 20, ("mi", "b", "t"): 30, ("mi", "b", "white"): 0}
    rates |= {("di", "a", "t"): 20, ("di", "b", "t"): 10}
    cells, tuning = make_cells(rates)
    assert choose_settings(cells, tuning).tolist() == [False, True, True, True, False]


def test_images_that_a_guest_mistakes_do_not_count():
    cells, tuning = make_cells({("mi", "a", "t"): 50, ("mi", "b", "t"): 40})
    tuning[1, 4:] = np.nan
    assert choose_settings(cells, tuning).tolist() == [False, True], "4 of 4"


def test_without_tuning_images_the_first_setting_is_taken():
    cells, tuning = make_cells({("mi", "a", "t"): 20, ("mi", "b", "t"): 30})
    assert choose_settings(cells, tuning[:, :0]).tolist() == [True, False]
