"""The files that a model's factory reads are part of the model, by their content."""

import pytest
from nrg.base.errors import UserError
from nrg.base.factory_files import hash_argument_files, hash_listed_files
from nrg.study.settings import load_model


def hash_files(arguments, listed):
    """The hashes of the files that a user lists for a model or names in its arguments."""
    return hash_listed_files("mine", listed or ()) | hash_argument_files(
        "mine", arguments, with_folders=listed is None
    )


def test_files_that_a_factory_reads_count_by_their_content(run_folder):
    (run_folder / "table.txt").write_text("1")
    (run_folder / "more/deep").mkdir(parents=True)
    (run_folder / "more/deep/a.bin").write_bytes(b"2")
    arguments = {"path": "table.txt", "options": {"folders": ["more"], "width": 3, "odd": "\0"}}
    before = hash_files(arguments, None)
    assert set(before) == {"table.txt", "more"}
    (run_folder / "table.txt").touch()
    assert hash_files(arguments, None) == before
    (run_folder / "more/deep/a.bin").write_bytes(b"3")
    after = hash_files(arguments, None)
    assert after["table.txt"] == before["table.txt"]
    assert after["more"] != before["more"]
    (run_folder / "more/deep/a.bin").rename(run_folder / "more/deep/b.bin")
    assert hash_files(arguments, None)["more"] != after["more"]
    assert set(hash_files(arguments, ["more/deep"])) == {"table.txt", "more/deep"}
    with pytest.raises(UserError, match=r"files of the model 'mine': there is no nothing.txt"):
        hash_files({}, ["nothing.txt"])


def test_files_that_the_code_of_a_factory_names_count(run_folder):
    (run_folder / "mine").mkdir()
    (run_folder / "mine/nets.py").write_text(
        "import torch\nfrom pathlib import Path\nfrom . import other\n"
        "HERE = Path(__file__).parent / 'table.txt'\n"
        "def net(): return torch.load('w.pth'), 'mine', '', '\\0', 'x' * 400\n"
    )
    (run_folder / "mine/other.py").write_text("exec(open('more.py').read())\n")
    for name in ("mine/table.txt", "w.pth", "more.py", "unnamed.txt"):
        (run_folder / name).write_text("1")
    entry = {"factory": "mine.nets:net"}
    model = load_model("mine", entry)
    assert set(model.files) == {"mine/table.txt", "w.pth", "more.py"}
    (run_folder / "unnamed.txt").write_text("2")
    assert load_model("mine", entry) == model
    (run_folder / "mine/table.txt").write_text("2")
    assert load_model("mine", entry) != model
    assert load_model("mine", {"factory": "nrg.models.digits_zoo:plain"}).files == {}


def test_links_among_a_factory_s_files_are_followed_and_bytecode_does_not_count(run_folder):
    (run_folder / "elsewhere").mkdir()
    (run_folder / "elsewhere/a.bin").write_bytes(b"1")
    (run_folder / "repo/__pycache__").mkdir(parents=True)
    (run_folder / "repo/linked").symlink_to("../elsewhere")
    (run_folder / "elsewhere/loop").symlink_to("../repo")
    (run_folder / "repo/gone").symlink_to("nowhere")
    before = hash_files({"repo": "repo"}, None)
    (run_folder / "repo/__pycache__/hubconf.cpython-311.pyc").write_bytes(b"1")
    assert hash_files({"repo": "repo"}, None) == before
    (run_folder / "elsewhere/a.bin").write_bytes(b"2")
    assert hash_files({"repo": "repo"}, None) != before


@pytest.mark.parametrize("folder", [".", "..", "results", "~"])
def test_a_folder_that_runs_write_into_is_refused(folder, run_folder, monkeypatch):
    monkeypatch.setenv("HOME", str(run_folder))
    (run_folder / "results/other").mkdir(parents=True)
    with pytest.raises(UserError, match=r"where results of this run are written"):
        hash_files({"root": folder}, None)
    with pytest.raises(UserError, match=r"where results of this run are written"):
        hash_files({}, [folder])
    assert hash_files({"root": folder}, []) == {}
    assert set(hash_files({"root": "results/other"}, None)) == {"results/other"}


@pytest.mark.parametrize("path", ["~nobody-here/x", "a" * 5000, "weights/*.bin", ""])
def test_files_that_cannot_be_there_are_named(path, run_folder):
    with pytest.raises(UserError, match=r"files of the model 'mine'"):
        hash_files({}, [path])


def test_a_folder_of_very_many_files_is_not_hashed_unasked(run_folder):
    (run_folder / "photographs").mkdir()
    for place in range(1001):
        (run_folder / f"photographs/{place}").touch()
    with pytest.raises(UserError, match=r"photographs of more than 1,000 files.*'files'"):
        hash_files({"root": "photographs"}, None)
    assert hash_files({"root": "photographs"}, []) == {}


def test_a_model_s_files_are_part_of_it(run_folder):
    (run_folder / "means.txt").write_text("1")
    entry = {"factory": "nrg.models.digits_zoo:plain", "arguments": {"path": "means.txt"}}
    first = load_model("mine", entry)
    assert load_model("mine", entry) == first
    assert first.weights == "factory"
    (run_folder / "means.txt").write_text("2")
    assert load_model("mine", entry) != first
