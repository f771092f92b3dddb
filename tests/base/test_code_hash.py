"""A change of the code's meaning is noticed where it matters, and nowhere else."""

import shutil

import pytest
from inputs import ROOT
from nrg.base import code_hash
from nrg.base.code_hash import code_behind_factory, code_behind_script, files_behind
from nrg.base.errors import UserError
from nrg.study.settings import load_model

SCRIPTS = ROOT / "workflow/scripts"


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """The scripts whose code differs once a module of the package is edited."""
    package = tmp_path / "nrg"
    shutil.copytree(ROOT / "workflow/nrg", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code_hash, "PACKAGE", package)

    def hashes() -> dict[str, str]:
        code_hash.imports.cache_clear()
        code_hash.meaning.cache_clear()
        return {path.stem: code_behind_script(path) for path in SCRIPTS.glob("*.py")}

    def edit(module: str, old: str, new: str) -> set[str]:
        before, path = hashes(), package / f"{module}.py"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        after = hashes()
        return {script for script in after if after[script] != before[script]}

    yield edit
    code_hash.imports.cache_clear()
    code_hash.meaning.cache_clear()


def test_another_projection_concerns_all_that_craft_and_nothing_that_draws(changed):
    scripts = changed("attack/balls", "sign()", "neg()")
    assert {"craft_adversarial_sets", "attack_mlps", "probe_boundaries"} <= scripts
    assert not scripts & {"build_exhibit", "train_model", "predict_clean", "read_images"}


def test_another_style_concerns_the_pictures(changed):
    scripts = changed("figures/style", '"savefig.pad_inches": 0.05', '"savefig.pad_inches": 0.1')
    assert "build_exhibit" in scripts
    assert "craft_adversarial_sets" not in scripts


def test_comments_docstrings_and_layout_concern_nobody(changed):
    assert not changed("attack/balls", '"""The', '"""Again, the')
    assert not changed(
        "attack/gradients",
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
        code_hash.imports.cache_clear()
        code_hash.meaning.cache_clear()
        return code_behind_factory("mine.nets:net")

    first = now()
    (package / "blocks.py").write_text("import torch  # a remark\n\ndef block(): return 1\n")
    assert now() == first
    (package / "blocks.py").write_text("import torch\n\ndef block(): return 2\n")
    assert now() != first


def test_of_factories_the_project_s_own_count_and_installed_ones_do_not():
    nothing = code_behind_factory("no.such.module:net")
    assert code_behind_factory("nrg.models.digits_zoo:plain") != nothing
    assert code_behind_factory("torchvision.models:alexnet") == nothing


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A folder of a run in which nothing is remembered from one look to the next."""
    monkeypatch.chdir(tmp_path)
    for cached in (
        code_hash.imports,
        code_hash.meaning,
        code_hash.content_of,
    ):
        monkeypatch.setattr(code_hash, cached.__name__, cached.__wrapped__)
    return tmp_path


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfdef net(): return 1\n",
        b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n",
        "NAME = 'é'\n".encode(),
        b"def net(): return 1\r\n",
    ],
)
def test_a_module_is_read_in_its_own_encoding(content, fresh):
    (fresh / "my_models.py").write_bytes(content)
    assert code_behind_factory("my_models:net") != code_behind_factory("no_models:net")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"def net(:", b"\0", b"(" * 3000])
def test_a_module_that_is_no_python_is_named(content, fresh):
    (fresh / "my_models.py").write_bytes(content)
    with pytest.raises(UserError, match=r"my_models.py is no Python"):
        code_behind_factory("my_models:net")


def test_a_module_on_pythonpath_is_followed_and_an_installed_one_is_not(fresh, monkeypatch):
    for folder in ("lib", "env/site-packages"):
        (fresh / folder).mkdir(parents=True)
        (fresh / folder / f"nets_{folder[0]}.py").write_text("def net(): return 1\n")
    monkeypatch.setenv("PYTHONPATH", f"lib:{fresh}/env/site-packages")
    nothing = code_behind_factory("no.such.module:net")
    before = code_behind_factory("nets_l:net")
    assert before != nothing
    assert code_behind_factory("nets_e:net") == nothing
    (fresh / "lib/nets_l.py").write_text("def net(): return 2\n")
    assert code_behind_factory("nets_l:net") != before


def test_files_that_a_factory_reads_count_by_their_content(fresh):
    (fresh / "table.txt").write_text("1")
    (fresh / "more/deep").mkdir(parents=True)
    (fresh / "more/deep/a.bin").write_bytes(b"2")
    arguments = {"path": "table.txt", "options": {"folders": ["more"], "width": 3, "odd": "\0"}}
    before = files_behind("mine", arguments, None)
    assert set(before) == {"table.txt", "more"}
    (fresh / "table.txt").touch()
    assert files_behind("mine", arguments, None) == before
    (fresh / "more/deep/a.bin").write_bytes(b"3")
    after = files_behind("mine", arguments, None)
    assert after["table.txt"] == before["table.txt"]
    assert after["more"] != before["more"]
    (fresh / "more/deep/a.bin").rename(fresh / "more/deep/b.bin")
    assert files_behind("mine", arguments, None)["more"] != after["more"]
    assert set(files_behind("mine", arguments, ["more/deep"])) == {"table.txt", "more/deep"}
    with pytest.raises(UserError, match=r"files of the model 'mine': there is no nothing.txt"):
        files_behind("mine", {}, ["nothing.txt"])


def test_a_factory_counts_with_its_packages_and_what_it_imports_by_name(fresh):
    files = {
        "mine/__init__.py": "WIDTH = 1\n",
        "mine/deep/__init__.py": "",
        "mine/deep/nets.py": "from importlib import import_module\nimport mine.deep.head\n"
        "def net(): return import_module('.tail', __package__), __import__('other')\n",
        "mine/deep/head.py": "a = 1\n",
        "mine/deep/tail.py": "a = 1\n",
        "other.py": "a = 1\n",
    }
    for name, text in files.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_text(text)
    before = code_behind_factory("mine.deep.nets:net")
    for name, text in files.items():
        (fresh / name).write_text(f"{text}new = 2\n")
        after = code_behind_factory("mine.deep.nets:net")
        assert after != before, f"a change of {name} goes unnoticed"
        before = after


def test_files_that_the_code_of_a_factory_names_count(fresh):
    (fresh / "mine").mkdir()
    (fresh / "mine/nets.py").write_text(
        "import torch\nfrom pathlib import Path\nfrom . import other\n"
        "HERE = Path(__file__).parent / 'table.txt'\n"
        "def net(): return torch.load('w.pth'), 'mine', '', '\\0', 'x' * 400\n"
    )
    (fresh / "mine/other.py").write_text("exec(open('more.py').read())\n")
    for name in ("mine/table.txt", "w.pth", "more.py", "unnamed.txt"):
        (fresh / name).write_text("1")
    entry = {"factory": "mine.nets:net"}
    model = load_model("mine", entry)
    assert set(model.files) == {"mine/table.txt", "w.pth", "more.py"}
    (fresh / "unnamed.txt").write_text("2")
    assert load_model("mine", entry) == model
    (fresh / "mine/table.txt").write_text("2")
    assert load_model("mine", entry) != model
    assert load_model("mine", {"factory": "nrg.models.digits_zoo:plain"}).files == {}


def test_links_among_a_factory_s_files_are_followed_and_bytecode_does_not_count(fresh):
    (fresh / "elsewhere").mkdir()
    (fresh / "elsewhere/a.bin").write_bytes(b"1")
    (fresh / "repo/__pycache__").mkdir(parents=True)
    (fresh / "repo/linked").symlink_to("../elsewhere")
    (fresh / "elsewhere/loop").symlink_to("../repo")
    (fresh / "repo/gone").symlink_to("nowhere")
    before = files_behind("mine", {"repo": "repo"}, None)
    (fresh / "repo/__pycache__/hubconf.cpython-311.pyc").write_bytes(b"1")
    assert files_behind("mine", {"repo": "repo"}, None) == before
    (fresh / "elsewhere/a.bin").write_bytes(b"2")
    assert files_behind("mine", {"repo": "repo"}, None) != before


@pytest.mark.parametrize("folder", [".", "..", "results", "~"])
def test_a_folder_that_runs_write_into_is_refused(folder, fresh, monkeypatch):
    monkeypatch.setenv("HOME", str(fresh))
    (fresh / "results/other").mkdir(parents=True)
    with pytest.raises(UserError, match=r"where results of this run are written"):
        files_behind("mine", {"root": folder}, None)
    with pytest.raises(UserError, match=r"where results of this run are written"):
        files_behind("mine", {}, [folder])
    assert files_behind("mine", {"root": folder}, []) == {}
    assert set(files_behind("mine", {"root": "results/other"}, None)) == {"results/other"}


@pytest.mark.parametrize("path", ["~nobody-here/x", "a" * 5000, "weights/*.bin", ""])
def test_files_that_cannot_be_there_are_named(path, fresh):
    with pytest.raises(UserError, match=r"files of the model 'mine'"):
        files_behind("mine", {}, [path])


def test_a_folder_of_very_many_files_is_not_hashed_unasked(fresh):
    (fresh / "photographs").mkdir()
    for place in range(1001):
        (fresh / f"photographs/{place}").touch()
    with pytest.raises(UserError, match=r"photographs of more than 1,000 files.*'files'"):
        files_behind("mine", {"root": "photographs"}, None)
    assert files_behind("mine", {"root": "photographs"}, []) == {}


def test_a_model_s_files_are_part_of_it(fresh):
    (fresh / "means.txt").write_text("1")
    entry = {"factory": "nrg.models.digits_zoo:plain", "arguments": {"path": "means.txt"}}
    first = load_model("mine", entry)
    assert load_model("mine", entry) == first
    assert first.weights == "factory"
    (fresh / "means.txt").write_text("2")
    assert load_model("mine", entry) != first
