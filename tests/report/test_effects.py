"""What attacks did, summed over sources."""

import pandas as pd
import pytest
from made_tables import EXHIBITS
from nrg.report.effects import count_gradients, read_effects, read_outside, summarise_effects
from nrg.study.attacks import Attack
from nrg.study.pieces import Piece


def effects_of(attack: Attack, *sources: str) -> pd.DataFrame:
    rows = {"attack": attack.name, "source": list(sources), "linf": 4.0, "rmsd": 3.0}
    return pd.DataFrame(rows | {"zero_gradients": 1, "images": 10})


def test_gradients_are_counted_for_every_member_step_and_copy():
    attack = Attack("linf", 15, steps=5, alpha=5, copies=20, sigma=15)
    assert count_gradients(attack, effects_of(attack, "a+b", "c")) == 10 * 3 * 5 * 20


def test_a_summary_is_over_the_sources_of_the_exhibit():
    exhibit = EXHIBITS["table1"]
    attack = exhibit.methods[0].attack
    effects = effects_of(attack, exhibit.sources[0], exhibit.sources[1], "another")
    (summary,) = summarise_effects(exhibit, effects, {})
    assert (summary.method, summary.images, summary.zero_gradients) == ("fgsm", 20, 2)
    assert (summary.linf, summary.rmsd) == (pytest.approx(4), pytest.approx(3))


def test_effects_name_the_job_that_made_them(tmp_path):
    attack = Attack("linf", 15)
    effects_of(attack, "a").to_csv(tmp_path / "job.csv", index=False)
    assert read_effects([tmp_path / "job.csv"])["job"].tolist() == ["job"]
    assert read_effects([]).empty


def test_a_whole_attack_of_the_users_took_what_was_counted():
    function = Piece("attack", "my_attacks:whole", (("budget", 30),))
    attack = Attack("linf", 15, function=function)
    effects = effects_of(attack, "a+b", "c").assign(gradients=[400, 200])
    assert count_gradients(attack, effects) == 600


def test_what_an_own_attack_left_outside_its_ball_stands_with_its_effects(tmp_path):
    exhibit = EXHIBITS["table1"]
    attack = exhibit.methods[0].attack
    trial = tmp_path / "own_attacks.csv"
    assert read_outside(trial) == {}
    pd.DataFrame({"attack": [attack.name], "outside": [0.02]}).to_csv(trial, index=False)
    effects = effects_of(attack, exhibit.sources[0])
    (summary,) = summarise_effects(exhibit, effects, read_outside(trial))
    assert summary.outside == 0.02
    assert summary.leaves_ball
    (summary,) = summarise_effects(exhibit, effects, {attack.name: 0.01})
    assert not summary.leaves_ball
