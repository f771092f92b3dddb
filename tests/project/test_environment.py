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

LOCKS = ("requirements.lock", "requirements-test.lock")


def locked(python: str, lock: str = LOCKS[0]) -> dict[str, str]:
    lines = (ROOT / lock).read_text().splitlines()
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


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_tests_stand_on_the_packages_of_a_run(python):
    run, tests = (locked(python, lock) for lock in LOCKS)
    assert run.items() <= tests.items()
    assert "pytest" in tests.keys() - run.keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_hashed(lock):
    text = (ROOT / lock).read_text()
    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block


@pytest.mark.parametrize("room", ["study", "analysis", "claims", "figures", "report"])
def test_rooms_that_only_count_or_draw_start_without_torch(room):
    paths = sorted((ROOT / "workflow/nrg" / room).glob("*.py"))
    modules = [f"nrg.{room}.{path.stem}" for path in paths if path.stem != "__init__"]
    assert modules
    code = f"import sys, {', '.join(modules)}; assert 'torch' not in sys.modules"
    path = {"PYTHONPATH": str(ROOT / "workflow")}
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | path)
