"""The conda environment, the lock file and pyproject.toml say the same."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from inputs import ROOT
from packaging.requirements import Requirement


def locked(python: str) -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[a-z0-9]", line)]
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    return {
        pin.name: str(pin.specifier)
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(here)
    }


def test_the_conda_environment_is_in_step_with_the_lock_file():
    environment = yaml.safe_load((ROOT / "envs/nrg.yaml").read_text())
    python = environment["dependencies"][0].removeprefix("python=")
    pins = [Requirement(pin) for pin in environment["dependencies"][-1]["pip"]]
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {pin.name for pin in pins} == {Requirement(line).name for line in direct}
    lock = locked(python)
    assert {pin.name: str(pin.specifier) for pin in pins} == {
        pin.name: lock[pin.name] for pin in pins
    }


def test_every_locked_package_is_hashed():
    text = (ROOT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block


@pytest.mark.parametrize("modules", ["nrg.build, nrg.style", "nrg.report_data", "nrg.jobs"])
def test_jobs_that_only_draw_start_without_torch(modules):
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    path = {"PYTHONPATH": str(ROOT / "workflow")}
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | path)
