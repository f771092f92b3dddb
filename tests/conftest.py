"""A few tiny classifiers, and one small run of the whole workflow, shared by the tests."""

from pathlib import Path

import pytest
import torch
from torch import nn
from workflow_runs import SMALL, snakemake

torch.set_num_threads(1)  # several tests run side by side


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items) -> None:
    """Tests that share a run go to one worker, so that it runs once."""
    for item in items:
        for shared in {"small_run", "hostile_run"} & {*item.fixturenames}:
            item.add_marker(pytest.mark.xdist_group(shared))


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
def small_run(tmp_path_factory) -> tuple[Path, list[str], str]:
    """The whole workflow on a small suite, run once: its folder, arguments and output."""
    folder = tmp_path_factory.mktemp("small")
    arguments = ["--config", f"suite={SMALL}", f"mlp_suite={SMALL}"]
    run = snakemake(folder, "--cores", "2", *arguments)
    assert run.returncode == 0, run.stdout
    return folder, arguments, run.stdout
