"""One small run of the whole workflow, shared by the tests."""

from pathlib import Path

import pytest
from workflow_runs import SMALL, snakemake


@pytest.fixture(scope="session")
def small_run(tmp_path_factory) -> tuple[Path, list[str], str]:
    """The whole workflow on a small suite, run once: its folder, arguments and output."""
    folder = tmp_path_factory.mktemp("small")
    arguments = ["--config", f"suite={SMALL}", f"mlp_suite={SMALL}"]
    run = snakemake(folder, "--cores", "2", *arguments)
    assert run.returncode == 0, run.stdout
    return folder, arguments, run.stdout
