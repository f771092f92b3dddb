"""The installed package runs the example of the library page, outside the checkout."""

import re
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from inputs import ROOT

SURROUNDINGS = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
COPIED = ("report", "workflow/suites", "workflow/schemas", "workflow/resources")


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints, run in a folder with nothing of the tests' environment."""
    done = subprocess.run(
        command, cwd=folder, env=SURROUNDINGS, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder]
    run(sys.executable, "-m", *build, ROOT, folder=folder)
    (path,) = folder.glob("nrg-*.whl")
    return path


def test_the_wheel_holds_every_file_that_the_package_reads(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = {
        path.relative_to(ROOT)
        for folder in COPIED
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert len(files) > 30
    wanted = {f"nrg/copied/{path}" for path in files} | {"nrg/copied/workflow/exhibits.yaml"}
    assert wanted <= names
    assert not [name for name in names if not name.startswith("nrg")]


def test_the_example_of_the_library_page_runs_installed(wheel, tmp_path):
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env/bin/python"
    pip = ["-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    run(sys.executable, *pip, wheel, folder=tmp_path)
    (packages,) = (tmp_path / "env/lib").glob("python*/site-packages")
    # torch and the other libraries are borrowed from the environment of the tests.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    page = (ROOT / "docs/library.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    lines = (example, "import nrg", "print(predictions['top1'].size, *nrg.__path__)")
    (tmp_path / "example.py").write_text("\n".join(lines), encoding="utf-8")
    rate, images, package = run(python, "example.py", folder=tmp_path).rsplit(maxsplit=2)
    assert (images, Path(package)) == ("300", packages / "nrg")
    assert float(re.match(r"{'value': ([\d.]+)", rate)[1]) > 90
