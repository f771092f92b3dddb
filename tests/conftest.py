"""A few tiny classifiers, and one small run of the whole workflow, shared by the tests."""

import os

# Before numpy is imported: its threads would wait for one another, because several tests run side
# by side. Jobs of a run get threads of their own from Snakemake.
os.environ["OMP_NUM_THREADS"] = "1"

import shutil
from pathlib import Path

import pytest
import torch
from nrg.base.locks import wait_for_lock
from torch import nn
from workflow_runs import LIGHT, SMALL, snakemake

torch.set_num_threads(1)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items) -> None:
    """Tests that take minutes come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        if "hostile_run" in item.fixturenames:  # which one worker makes, for all of its tests
            item.add_marker(pytest.mark.xdist_group("hostile_run"))


class Tiny(nn.Module):
    """A smooth classifier of small grey or colour images, pixels 0–255."""

    def __init__(self, channels: int = 1, size: int = 8, classes: int = 5) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Conv2d(channels, 6, 3, padding=1),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(6 * size * size, classes),
        )

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return 4 * self.network(pixels / 255 - 0.5)


@pytest.fixture
def tiny():
    """Builds frozen tiny classifiers, each seed another one."""

    def build(seed: int = 0, **arguments) -> nn.Module:
        torch.manual_seed(seed)
        return Tiny(**arguments).eval().requires_grad_(False)

    return build


@pytest.fixture(scope="session")
def small_run(tmp_path_factory, worker_id) -> tuple[Path, list[str], str]:
    """The whole workflow on a small suite: its folder, arguments and output."""
    arguments = ["--config", f"suite={SMALL}", f"mlp_suite={SMALL}"]
    return run_once(tmp_path_factory, worker_id, "small_run", arguments)


@pytest.fixture(scope="session")
def light_run(tmp_path_factory, worker_id) -> tuple[Path, list[str]]:
    """All stages of the workflow, each with the least to do: its folder and arguments."""
    arguments = ["--config", f"suite={LIGHT}", "exhibits=figure3b", "keep_adversarial_sets=true"]
    return run_once(tmp_path_factory, worker_id, "light_run", arguments)[:2]


def run_once(
    tmp_path_factory, worker_id: str, name: str, arguments: list[str]
) -> tuple[Path, list[str], str]:
    """A run that the first worker that needs it makes, and of which each has a copy of its own."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder if worker_id == "master" else folder.parent) / name
    output = shared / "output.txt"
    with wait_for_lock(shared / "lock", on_wait=lambda: None):
        if not output.exists():
            run = snakemake(shared / "run", "--cores", "2", *arguments)
            assert run.returncode == 0, run.stdout
            output.write_text(run.stdout)
    copy = tmp_path_factory.mktemp(name) / "run"
    shutil.copytree(shared / "run", copy, symlinks=True)
    return copy, arguments, output.read_text()
