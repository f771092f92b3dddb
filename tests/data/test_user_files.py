"""The fingerprint of a data set changes with the files that are read for it, and with no others."""

import os
from dataclasses import replace

import numpy as np
import pytest
from labelled_folders import write_photograph
from nrg.base.errors import UserError
from nrg.data import pixels
from nrg.data.datasets import open_data_set, write_pixels
from nrg.data.user_files import MNIST_FILES, fingerprint
from nrg.study.settings import load_suite
from published import FISH, LAMP, TENCH, write_imagenet
from torchvision.datasets import MNIST

IMAGENET = load_suite("imagenet", {}).data


def test_a_fingerprint_changes_with_the_files(tmp_path):
    write_photograph(tmp_path / "n04380533/1.JPEG")
    before = fingerprint(replace(IMAGENET, images=str(tmp_path)))
    assert before == fingerprint(replace(IMAGENET, images=str(tmp_path)))
    write_photograph(tmp_path / "n04380533/2.JPEG")
    assert before != fingerprint(replace(IMAGENET, images=str(tmp_path)))


def test_a_fingerprint_covers_mnists_own_files(tmp_path):
    assert sorted(MNIST_FILES) == sorted(name for name, _ in MNIST.resources)
    data = replace(load_suite("mnist", {}).data, images=str(tmp_path))
    (tmp_path / "MNIST/raw").mkdir(parents=True)
    before = fingerprint(data)
    (tmp_path / "MNIST/raw/unpacked").touch()
    assert fingerprint(data) == before
    (tmp_path / "MNIST/raw" / MNIST_FILES[0]).touch()
    assert fingerprint(data) != before


def test_images_without_the_kit_are_refused_before_any_job(tmp_path):
    write_imagenet(tmp_path)
    (tmp_path / "ILSVRC2012_devkit_t12.tar.gz").unlink()
    with pytest.raises(UserError, match=r"has no labels; put ILSVRC2012_devkit_t12.tar.gz next to"):
        fingerprint(replace(IMAGENET, images=str(tmp_path)))


def test_a_fingerprint_is_of_the_files_that_are_read(tmp_path):
    write_imagenet(tmp_path)
    data = replace(IMAGENET, images=str(tmp_path))
    before = fingerprint(data)
    (tmp_path / "train" / FISH).mkdir(parents=True)
    (tmp_path / "train" / FISH / "1.JPEG").touch()
    assert fingerprint(data) == before
    os.utime(tmp_path / "ILSVRC2012_img_val.tar", (1, 1))
    assert fingerprint(data) != before
    (tmp_path / "val").mkdir()
    nothing = fingerprint(data)
    os.utime(tmp_path / "ILSVRC2012_img_val.tar", (2, 2))
    assert fingerprint(data) == nothing


@pytest.fixture(params=["class folders", "label file", "own images"])
def linked(request, tmp_path):
    """Images that are reached by links: to folders, to files, and to the top itself."""
    write_photograph(tmp_path / "store" / "lamps" / "lamp.JPEG")
    write_photograph(tmp_path / "store" / "fish" / "fish.JPEG", 50)
    top = tmp_path / "images"
    top.mkdir()
    (top / LAMP).symlink_to(tmp_path / "store/lamps")
    (top / TENCH).mkdir()
    (top / TENCH / "fish.JPEG").symlink_to(tmp_path / "store/fish/fish.JPEG")
    (top / TENCH / "again").symlink_to(top)
    (tmp_path / "link").symlink_to(top)
    data = replace(IMAGENET, images=str(tmp_path / "link"))
    if request.param == "class folders":
        return tmp_path, data
    lines = f"{LAMP}/lamp.JPEG 846\n{TENCH}/fish.JPEG 0\n"
    (tmp_path / "labels.txt").write_text(lines)
    data = replace(data, labels=str(tmp_path / "labels.txt"))
    return tmp_path, data if request.param == "label file" else replace(data, dataset="folder")


def test_whatever_is_opened_is_in_the_fingerprint(linked, monkeypatch):
    folder, data = linked
    opened = set()
    monkeypatch.setattr(
        "nrg.data.datasets.read_bytes", lambda path: opened.add(path) or pixels.read_bytes(path)
    )
    held = open_data_set(data)
    write_pixels(held, np.arange(2), np.empty((2, 3, 224, 224), np.uint8), 1)
    files = [path.resolve() for path in opened]
    assert sorted(path.name for path in files) == ["fish.JPEG", "lamp.JPEG"]
    for path in [*files, *([folder / "labels.txt"] if data.labels else [])]:
        before, content = fingerprint(data), path.read_bytes()
        path.write_bytes(content + b"\n")
        assert fingerprint(data) != before, path
    before = fingerprint(data)
    write_photograph(folder / "store/lamps/new.JPEG")
    assert fingerprint(data) != before


def test_a_fingerprint_does_not_depend_on_the_folder(linked):
    folder, data = linked
    before = fingerprint(data)
    (folder / "images").rename(folder / "other")
    (folder / "other" / TENCH / "again").unlink()
    assert fingerprint(replace(data, images=str(folder / "other"))) == before


def test_links_are_followed_and_loops_end(linked):
    _, data = linked
    assert sorted(open_data_set(data).labels) == [0, 846]
