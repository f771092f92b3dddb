"""A run that does not fit on the disk is refused before it starts."""

import nrg.plan.disk
import pytest
from nrg.base.errors import UserError
from nrg.plan.disk import bytes_below, check_disk, format_bytes, most_temporary
from nrg.plan.tasks import Task

CRAFT = [Task("craft_adversarial_sets", str(n), temporary=n * 10**6) for n in (5, 7, 2)]


def test_temporary_files_are_those_of_the_largest_jobs_side_by_side():
    assert most_temporary(CRAFT, 1) == 7 * 10**6
    assert most_temporary(CRAFT, 2) == 12 * 10**6
    held = Task("craft_adversarial_sets", "held", temporary=10**6, held=True)
    assert most_temporary([*CRAFT, held], 1) == 8 * 10**6
    assert most_temporary([], 3) == 0


def test_what_is_there_already_needs_no_room(tmp_path, monkeypatch):
    results = tmp_path / "results/digits"
    results.mkdir(parents=True)
    tasks = [Task("predict_clean", "a", kept=3 * 10**6)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nrg.plan.disk, "free_space", lambda path: 10**6)
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
