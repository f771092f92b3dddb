"""A change of the code's meaning is noticed where it matters, and nowhere else."""

import shutil

import nrg.code
import pytest
from inputs import ROOT
from nrg.code import code_behind_factory, code_behind_script

SCRIPTS = ROOT / "workflow/scripts"


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """The scripts whose code differs once a module of the package is edited."""
    package = tmp_path / "nrg"
    shutil.copytree(ROOT / "workflow/nrg", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(nrg.code, "PACKAGE", package)

    def hashes() -> dict[str, str]:
        nrg.code.imports.cache_clear()
        nrg.code.meaning.cache_clear()
        return {path.stem: code_behind_script(path) for path in SCRIPTS.glob("*.py")}

    def edit(module: str, old: str, new: str) -> set[str]:
        before, path = hashes(), package / f"{module}.py"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        after = hashes()
        return {script for script in after if after[script] != before[script]}

    yield edit
    nrg.code.imports.cache_clear()
    nrg.code.meaning.cache_clear()


def test_another_projection_concerns_all_that_craft_and_nothing_that_draws(changed):
    scripts = changed("balls", "sign()", "neg()")
    assert {"craft_adversarial_sets", "attack_mlps", "probe_boundaries"} <= scripts
    assert not scripts & {"build_exhibit", "train_model", "predict_clean", "read_images"}


def test_another_style_concerns_the_pictures(changed):
    scripts = changed("style", '"savefig.pad_inches": 0.05', '"savefig.pad_inches": 0.1')
    assert "build_exhibit" in scripts
    assert "craft_adversarial_sets" not in scripts


def test_comments_docstrings_and_layout_concern_nobody(changed):
    assert not changed("balls", '"""The', '"""Again, the')
    assert not changed(
        "gradients",
        "    total = torch.zeros_like(x)\n",
        "\n    total = (\n        torch.zeros_like(x)  # a sum\n    )\n",
    )


def test_a_factory_counts_with_what_it_imports_beside_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "nets.py").write_text("from .blocks import block\n\ndef net(): return block()\n")
    (package / "blocks.py").write_text("import torch\n\ndef block(): return 1\n")

    def now() -> str:
        nrg.code.imports.cache_clear()
        nrg.code.meaning.cache_clear()
        return code_behind_factory("mine.nets:net")

    first = now()
    (package / "blocks.py").write_text("import torch  # a remark\n\ndef block(): return 1\n")
    assert now() == first
    (package / "blocks.py").write_text("import torch\n\ndef block(): return 2\n")
    assert now() != first


def test_of_factories_the_project_s_own_count_and_installed_ones_do_not():
    nothing = code_behind_factory("no.such.module:net")
    assert code_behind_factory("nrg.digits_zoo:plain") != nothing
    assert code_behind_factory("torchvision.models:alexnet") == nothing
