"""From counts to time, memory and disk space."""

from dataclasses import replace

import pytest
from nrg.plan.tasks import Task
from planned import crafting, machine


def test_time_is_shared_by_jobs_side_by_side_and_no_less_than_the_longest():
    tasks = [crafting(f"job {i}", 0) for i in range(4)]
    one = 5 + 1 + 1000 * 0.1
    assert machine(cores=2).elapsed(tasks) == pytest.approx(4 * one)
    assert machine(cores=5).elapsed(tasks) == pytest.approx(2 * one)
    assert machine(cores=64).elapsed(tasks) == pytest.approx(one)
    assert machine(cores=64, gpus=2).elapsed(tasks) == pytest.approx(2 * one)


def test_sets_are_there_while_they_are_crafted_or_held():
    tasks = [crafting("a", 5), crafting("b", 7), crafting("c", 2, held=True)]
    assert machine(cores=2).temporary(tasks) == 9
    assert machine(cores=4).temporary(tasks) == 14
    pixels = Task("read_images", "all", temporary=100)
    assert machine().temporary([*tasks, pixels]) == 100


def test_a_network_as_given_keeps_more_than_its_quick_form():
    quick = crafting("a", 0)
    assert machine().memory(quick) == pytest.approx(1e9 + 1.1 * (1e6 + 16 * 1e8))
    given = replace(quick, as_given=True)
    assert machine().memory(given) == pytest.approx(1e9 + 1.1 * (1e6 + 16 * 2e8))
    assert machine(gpus=1).memory(given) == pytest.approx(1.1 * (1e6 + 16 * 2e8))
