"""Faults of disks, clocks and people: a clear error, nothing lost, nothing mixed."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest
from processes import start
from workflow_runs import copy_project, job_counts, snakemake

CRAFT = "craft_adversarial_sets"
HOLD = """
from nrg.base.locks import lock_folder
held = lock_folder("results/light")
print("held", flush=True)
input()
"""


@pytest.fixture
def finished(light_run, tmp_path):
    """A copy of the light run, and the arguments that made it."""
    folder, arguments = light_run
    shutil.copytree(folder, tmp_path / "run", symlinks=True)
    return tmp_path / "run", arguments


def flip(path: Path) -> None:
    """Damage a file in its middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.long
@pytest.mark.parametrize(
    ("damaged", "until"),
    [
        ("predictions/alexnet/*.parquet", "exhibits/figure3b.csv"),
        ("models/alexnet.safetensors", "evaluation_set.parquet"),
        ("evaluation_set.safetensors", "exhibits/figure3b.csv"),
    ],
)
def test_a_damaged_result_is_named_and_made_again(light_run, finished, damaged, until):
    folder, arguments = finished
    path, target = next((folder / "results/light").glob(damaged)), f"results/light/{until}"
    asked = ["--", str(path.relative_to(folder)), target]
    whole = path.read_bytes()
    flip(path)
    run = snakemake(folder, "--cores", "2", *arguments, *asked)
    assert run.returncode == 1
    assert f"{path.relative_to(folder)} is damaged" in run.stdout
    assert "Traceback" not in run.stdout
    path.unlink()
    run = snakemake(folder, "--cores", "2", *arguments, *asked)
    assert run.returncode == 0, run.stdout
    assert path.read_bytes() == whole
    assert (folder / target).read_bytes() == (light_run[0] / target).read_bytes()


def test_two_runs_in_one_folder_do_not_meet(finished, monkeypatch):
    folder, arguments = finished
    monkeypatch.chdir(folder)
    holder = start(HOLD)
    try:
        assert holder.stdout.readline() == "held\n"
        second = snakemake(folder, "--cores", "1", "--forcerun", "write_report", *arguments)
        assert second.returncode == 1
        assert "another run is at work in" in second.stdout
    finally:
        holder.communicate("\n")
    again = snakemake(folder, "--cores", "1", "--forcerun", "write_report", *arguments)
    assert again.returncode == 0, again.stdout


@pytest.mark.long
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumped_loses_nothing(light_run, finished, hours):
    """Half of the results say that they were made hours before or after they were."""
    folder, arguments = finished
    results = [path for path in sorted((folder / "results").rglob("*")) if path.is_file()]
    for path in results[::2]:
        moment = path.stat().st_mtime + 3600 * hours
        os.utime(path, (moment, moment))
    run = snakemake(folder, "--cores", "2", *arguments)
    assert run.returncode == 0, run.stdout
    for theirs in (light_run[0] / "results/light/exhibits").iterdir():
        ours = folder / "results/light/exhibits" / theirs.name
        assert ours.read_bytes() == theirs.read_bytes(), theirs.name
    assert "Nothing to be done" in snakemake(folder, "-n", *arguments).stdout


def edited_project(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the project in which one file is another."""
    copy = copy_project(tmp_path / "project")
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    return copy


@pytest.mark.parametrize(
    ("file", "old", "new", "reruns", "spares"),
    [
        ("workflow/nrg/attack/balls.py", "sign()", "neg()", CRAFT, "train_model"),
        ("workflow/nrg/figures/heat_maps.py", "figsize=(", "figsize=(1 + ", "build_exhibit", CRAFT),
        ("report/report.html.j2", "</footer>", "!</footer>", "write_report", "build_exhibit"),
        ("workflow/resources/claims.yaml", "\n- id:", "\n\n- id:", "judge_claims", CRAFT),
        ("config.yaml", "suite:", "# A comment\nsuite:", None, CRAFT),
        ("workflow/nrg/attack/balls.py", '"""The', '"""Again, the', None, CRAFT),
    ],
)
def test_other_code_makes_again_what_follows_from_it(
    finished, tmp_path, file, old, new, reruns, spares
):
    folder, arguments = finished
    project = edited_project(tmp_path, file, old, new)
    run = snakemake(folder, "-n", *arguments, project=project)
    assert run.returncode == 0, run.stdout
    counts = job_counts(run.stdout)
    assert reruns is None or reruns in counts
    assert spares not in counts
    if reruns is None:  # but the report, which says where the project lies
        assert counts.keys() <= {"all", "write_report"}


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_once(disk: Path, pattern: str) -> None:
    """Leave no room on a disk as soon as there is such a file."""
    while not list(disk.glob(pattern)):
        time.sleep(0.05)
    (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 8192))


@pytest.mark.long
def test_a_full_disk_is_said_and_a_rerun_goes_on(light_run, small_disk, tmp_path):
    folder, arguments = tmp_path / "run", light_run[1]
    (small_disk / "results").mkdir()
    folder.mkdir()
    (folder / "results").symlink_to(small_disk / "results")
    target = ["--", "results/light/evaluation_set.parquet"]
    ballast = small_disk / "ballast"
    free = shutil.disk_usage(small_disk).free
    ballast.write_bytes(bytes(free - 150_000))
    run = snakemake(folder, "--cores", "2", *arguments, *target)
    assert run.returncode == 1
    assert "disk: this run takes about" in run.stdout, "found before the first job"
    ballast.unlink()
    filling = Thread(target=fill_once, args=(small_disk, "results/light/models/*.safetensors"))
    filling.start()
    run = snakemake(folder, "--cores", "1", *arguments, *target)
    filling.join()
    assert run.returncode == 1
    assert "the disk is full" in run.stdout
    assert "the same command continues" in run.stdout
    assert not list((small_disk / "results").rglob(".*.part"))
    ballast.unlink()
    run = snakemake(folder, "--cores", "2", *arguments, *target)
    assert run.returncode == 0, run.stdout
    expected = light_run[0] / "results/light/evaluation_set.parquet"
    assert (folder / "results/light/evaluation_set.parquet").read_bytes() == expected.read_bytes()
