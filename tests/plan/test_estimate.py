"""From counts to time, memory and disk space, of which a run that lacks it is refused."""

from dataclasses import replace

import nrg.plan.estimate
import pytest
from nrg.base.errors import UserError
from nrg.plan.estimate import bytes_below, check_disk, format_bytes
from nrg.plan.tasks import Task
from planned import crafting, machine


def test_time_is_shared_by_jobs_side_by_side_and_no_less_than_the_longest():
    tasks = [crafting(f"job {i}", 0) for i in range(4)]
    one = 5 + 1 + 1000 * 0.1
    assert machine(cores=2).elapsed(tasks) == pytest.approx(4 * one)
    assert machine(cores=5).elapsed(tasks) == pytest.approx(2 * one)
    assert machine(cores=64).elapsed(tasks) == pytest.approx(one)
    assert machine(cores=64, gpus=2).elapsed(tasks) == pytest.approx(2 * one)


def test_a_job_that_is_divided_takes_less_time_and_has_one_network_at_a_time():
    task = replace(crafting("all", 0), parts=3, as_given=True, together=("fast", "fast", "fast"))
    assert machine(cores=64).elapsed([task]) == pytest.approx((5 + 1 + 1000 * 0.1) / 3, rel=0.01)
    assert machine().memory(task) == machine().memory(replace(task, together=("fast",)))


def test_sets_are_there_while_they_are_crafted_or_held():
    tasks = [crafting("a", 5), crafting("b", 7), crafting("c", 2, held=True)]
    assert machine(cores=2).temporary(tasks) == 9
    assert machine(cores=4).temporary(tasks) == 14
    pixels = Task("read_images", "all", temporary=100)
    assert machine().temporary([*tasks, pixels]) == 100
    assert machine().temporary([]) == 0


def test_a_network_as_given_keeps_more_than_its_quick_form():
    quick = crafting("a", 0)
    assert machine().memory(quick) == pytest.approx(1e9 + 1.1 * (1e6 + 16 * 1e8))
    given = replace(quick, as_given=True)
    assert machine().memory(given) == pytest.approx(1e9 + 1.1 * (1e6 + 16 * 2e8))
    assert machine(gpus=1).memory(given) == pytest.approx(1.1 * (1e6 + 16 * 2e8))


def test_what_is_there_already_needs_no_room(tmp_path, monkeypatch):
    results = tmp_path / "results/digits"
    results.mkdir(parents=True)
    tasks = [Task("predict_clean", "a", kept=3 * 10**6)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nrg.plan.estimate, "free_space", lambda path: 10**6)
    with pytest.raises(UserError, match=r"takes about 3\.0 MB more, and 1\.0 MB are free at /"):
        check_disk(tasks, 1, ["results/digits"])
    (results / "predictions").write_bytes(bytes(2_500_000))
    assert bytes_below("results/digits") >= 2_500_000
    check_disk(tasks, 1, ["results/digits"])


def test_sizes_are_readable():
    assert [format_bytes(n) for n in (0, 999, 1_530_000, 2 * 10**12)] == [
        "0 B",
        "999 B",
        "1.5 MB",
        "2.0 TB",
    ]
