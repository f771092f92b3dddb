"""What noise reduction gains, by what it spends."""

from dataclasses import replace

import pytest
from made_ledger import made_gain
from made_tables import EXHIBITS, made_table
from nrg.report.context import gather
from nrg.report.gains import answer_in_words, group_gains
from nrg.report.noise_floor import NoiseFloor


@pytest.fixture
def sections(run):
    """Tables 1 and 2 and a control, as a run makes them."""
    (table1,) = gather(run).contents.sections
    names = ("table1", "table2", "reading_equal_step")
    return [replace(table1, exhibit=EXHIBITS[name], table=made_table(name)) for name in names]


def test_equal_budgets_larger_ones_and_controls_are_kept_apart(sections):
    equal = {"plain": "igsm", "reduced": "nr-igsm", "plain_gradients": 20, "reduced_gradients": 20}
    entries = [
        made_gain("table1"),
        made_gain("table2", **equal),
        made_gain("reading_equal_step", **equal),
        made_gain("table5"),
    ]
    budgets = group_gains(entries, sections)
    assert {b.name: [gain.exhibit for gain in b.gains] for b in budgets} == {
        "equal": ["table2"],
        "larger": ["table1"],
        "beyond": ["reading_equal_step"],
    }, "and what is not made is not shown"
    assert budgets[1].title == "At 20 times the cost (more gradients for nr-)"
    assert [len(budget.at_equal_cost.gains) for budget in budgets] == [1, 0, 1]
    (gain,) = budgets[1].gains
    assert (gain.here.gain, gain.paper.gain) == (6.0, 20.0)


def test_a_gain_that_is_not_one_in_every_pair_is_one_on_average(sections):
    words = []
    for raised in (30, 29):
        (budget,) = group_gains([made_gain("table1", pairs_raised=raised)], sections)
        words.append(budget.answer)
    assert words == ["Yes", "Yes, on average"]


def test_noise_alone_is_the_tables_own(sections):
    rates = replace(sections[0], floor=NoiseFloor("reading_floor", "random-signs", {}, 17.0))
    (budget,) = group_gains([made_gain("table1")], [rates])
    assert budget.gains[0].floor == 17.0
    (budget,) = group_gains([made_gain("table1")], sections)
    assert budget.gains[0].floor is None, "where noise was not run"


@pytest.mark.parametrize(
    ("signs", "word"),
    [
        ([1, 1], "Yes"),
        ([1, 1, 0], "Mostly"),
        ([1, 0], "In part"),
        ([1, -1, -1], "In part"),
        ([0, 0], "Undecided"),
        ([0, -1], "No"),
    ],
)
def test_the_answer_follows_the_signs_beyond_sampling_error(signs, word):
    assert answer_in_words(signs) == word
