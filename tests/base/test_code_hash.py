"""A change of the code's meaning is noticed where it matters, and nowhere else."""

import shutil

import pytest
from inputs import ROOT
from nrg.base import code_hash, module_search
from nrg.base.code_hash import hash_factory, hash_script
from nrg.base.errors import UserError
from nrg.claims.kinds import KINDS

SCRIPTS = ROOT / "workflow/scripts"
ALL_SCRIPTS = {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """A function that edits a module of a copied package and returns the scripts it concerns."""
    package = tmp_path / "nrg"
    shutil.copytree(ROOT / "workflow/nrg", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code_hash, "PACKAGE", package)
    monkeypatch.setattr(module_search, "PACKAGE", package)

    def hashes() -> dict[str, str]:
        code_hash.read_code.cache_clear()
        return {path.stem: hash_script(path) for path in SCRIPTS.glob("*.py")}

    before = hashes()

    def edit(module: str, old: str, new: str) -> set[str]:
        path = package / f"{module}.py"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        after = hashes()
        scripts = {script for script in after if after[script] != before[script]}
        before.update(after)
        return scripts

    yield edit
    code_hash.read_code.cache_clear()


def test_another_projection_changes_all_scripts_that_craft_and_none_that_draws(changed):
    scripts = changed("attack/balls", "sign()", "neg()")
    assert {"craft_adversarial_sets", "attack_mlps", "probe_boundaries"} <= scripts
    assert not scripts & {"build_exhibit", "train_model", "predict_clean", "read_images"}


def test_another_style_changes_the_scripts_that_draw(changed):
    scripts = changed("figures/style", '"savefig.pad_inches": 0.05', '"savefig.pad_inches": 0.1')
    assert "build_exhibit" in scripts
    assert "craft_adversarial_sets" not in scripts


def test_comments_docstrings_and_layout_change_no_script(changed):
    assert not changed("attack/balls", '"""The', '"""Again, the')
    assert not changed(
        "attack/gradients",
        "        yield total / count\n",
        "\n        yield (\n            total / count  # a mean\n        )\n",
    )


def test_a_docstring_that_is_printed_as_a_rule_changes_only_the_scripts_that_load_claims(changed):
    test = next(iter(KINDS.values()))
    first_line = test.__doc__.splitlines()[0]
    module = test.__module__.removeprefix("nrg.").replace(".", "/")
    assert changed(module, first_line, f"{first_line} Anew.") == {
        "judge_claims",
        "compare_replicates",
    }


def test_code_in_the_init_of_a_room_changes_all_scripts_that_import_from_it(changed):
    scripts = changed("attack/__init__", '"""\n', '"""\nLIMIT = 1\n')
    assert {"craft_adversarial_sets", "attack_mlps", "probe_boundaries"} <= scripts
    assert not scripts & {"build_exhibit", "read_images", "judge_claims"}
    assert changed("base/__init__", '"""\n', '"""\nLIMIT = 1\n') == ALL_SCRIPTS


def test_code_that_acts_only_through_parameters_changes_no_script(changed):
    for module in ("base/factory_files", "study/settings"):
        assert not changed(module, "\nfrom nrg.", "\nLIMIT = 1\nfrom nrg.")


def test_factories_of_the_project_are_hashed_and_those_of_libraries_are_not():
    nothing = hash_factory("no.such.module:net")
    assert hash_factory("nrg.models.digits_zoo:plain") != nothing
    assert hash_factory("torchvision.models:alexnet") == nothing


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfdef net(): return 1\n",
        b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n",
        "NAME = 'é'\n".encode(),
        b"def net(): return 1\r\n",
    ],
)
def test_a_module_is_read_in_its_own_encoding(content, run_folder):
    (run_folder / "my_models.py").write_bytes(content)
    assert hash_factory("my_models:net") != hash_factory("no_models:net")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"def net(:", b"\0", b"(" * 3000])
def test_a_module_that_is_no_python_is_named(content, run_folder):
    (run_folder / "my_models.py").write_bytes(content)
    with pytest.raises(UserError, match=r"my_models.py is not Python"):
        hash_factory("my_models:net")


def test_a_module_on_pythonpath_is_followed_and_an_installed_one_is_not(run_folder, monkeypatch):
    for folder in ("lib", "env/site-packages"):
        (run_folder / folder).mkdir(parents=True)
        (run_folder / folder / f"nets_{folder[0]}.py").write_text("def net(): return 1\n")
    monkeypatch.setenv("PYTHONPATH", f"lib:{run_folder}/env/site-packages")
    nothing = hash_factory("no.such.module:net")
    before = hash_factory("nets_l:net")
    assert before != nothing
    assert hash_factory("nets_e:net") == nothing
    (run_folder / "lib/nets_l.py").write_text("def net(): return 2\n")
    assert hash_factory("nets_l:net") != before


def test_the_hash_of_a_factory_covers_its_packages_and_imports_by_name(run_folder):
    files = {
        "mine/__init__.py": "WIDTH = 1\n",
        "mine/deep/__init__.py": "",
        "mine/deep/nets.py": "from importlib import import_module\nimport mine.deep.head\n"
        "from .near import width\n"
        "def net(): return import_module('.tail', __package__), __import__('other')\n",
        "mine/deep/head.py": "a = 1\n",
        "mine/deep/near.py": "import torch\n",
        "mine/deep/tail.py": "a = 1\n",
        "other.py": "a = 1\n",
    }
    for name, text in files.items():
        (run_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (run_folder / name).write_text(text)
    before = hash_factory("mine.deep.nets:net")
    for name, text in files.items():
        (run_folder / name).write_text(f"{text}new = 2\n")
        after = hash_factory("mine.deep.nets:net")
        assert after != before, f"a change of {name} goes unnoticed"
        before = after
