"""One walk for fingerprint and reader: links, what is skipped, and names."""

import os
import socket
from dataclasses import replace

import numpy as np
import pytest
from nrg.base.errors import UserError
from nrg.data import pixels
from nrg.data.datasets import open_data_set, write_pixels
from nrg.data.image_files import find_images, resolve_path
from nrg.data.user_files import fingerprint
from nrg.study.settings import load_suite
from PIL import Image

IMAGENET = load_suite("imagenet", {}).data
LAMP, TENCH = "n04380533", "n01440764"


def write(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (230, 230), (shade, 0, 0)).save(path, "JPEG")
    return path


def test_hidden_files_and_what_other_programs_leave_are_skipped(tmp_path):
    write(tmp_path / "images" / LAMP / "1.JPEG")
    before = fingerprint(replace(IMAGENET, images=str(tmp_path / "images")))
    for name in (
        f"{LAMP}/._1.JPEG",
        f"{LAMP}/.ipynb_checkpoints/1-checkpoint.JPEG",
        f"__MACOSX/{LAMP}/1.JPEG",
        f"{LAMP}/@eaDir/1.JPEG",
        f".hidden/{LAMP}/2.JPEG",
        f"{LAMP}/notes.txt",
        "readme.png.txt",
    ):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no image")
    assert list(find_images(tmp_path / "images")) == [f"{LAMP}/1.JPEG"]
    data = replace(IMAGENET, images=str(tmp_path / "images"))
    assert open_data_set(data).ids == ["1.JPEG"]
    assert fingerprint(data) == before


@pytest.fixture(params=["class folders", "label file", "own images"])
def linked(request, tmp_path):
    """Images that are reached by links: to folders, to files, and to the top itself."""
    write(tmp_path / "store" / "lamps" / "lamp.JPEG")
    write(tmp_path / "store" / "fish" / "fish.JPEG", 50)
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


def test_links_are_followed_and_loops_end(linked):
    _, data = linked
    assert sorted(open_data_set(data).labels) == [0, 846]


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
    write(folder / "store/lamps/new.JPEG")
    assert fingerprint(data) != before


def test_a_fingerprint_does_not_depend_on_the_place(linked):
    folder, data = linked
    before = fingerprint(data)
    (folder / "images").rename(folder / "other")
    (folder / "other" / TENCH / "again").unlink()
    assert fingerprint(replace(data, images=str(folder / "other"))) == before


def test_a_folder_that_is_reached_twice_is_refused(tmp_path):
    write(tmp_path / "a/1.png")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(UserError, match=r"/a and .*/b are the same folder"):
        find_images(tmp_path)


@pytest.mark.parametrize("kind", ["fifo", "socket", "dangling", "itself"])
def test_an_image_name_that_is_no_file_is_refused_and_never_opened(tmp_path, kind):
    path = tmp_path / "1.png"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    else:
        path.symlink_to(path if kind == "itself" else tmp_path / "nowhere")
    message = "no regular file" if kind in ("fifo", "socket") else "a link that leads nowhere"
    with pytest.raises(UserError, match=rf"1\.png is {message}"):
        find_images(tmp_path)


def test_names_are_text_in_one_form(tmp_path):
    write(tmp_path / "e\u0301.png")
    assert list(find_images(tmp_path)) == ["\u00e9.png"]
    write(tmp_path / "\u00e9.png")
    with pytest.raises(UserError, match="the same name in two Unicode forms"):
        find_images(tmp_path)


def test_a_latin_1_file_name_is_refused_by_name(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"), "wb"):  # noqa: PTH118, PTH123
        pass
    with pytest.raises(UserError, match=r"file name b'caf\\xe9\.png' is not UTF-8; rename"):
        find_images(tmp_path)


def test_odd_names_are_names(tmp_path):
    for name in ("new\nline.png", " .png", "a'\"$`.png", f"{'x' * 250}.png", "ünïcode 漢字.png"):
        write(tmp_path / name)
    assert len(find_images(tmp_path)) == 5


@pytest.mark.parametrize("path", ["x" * 300, "~nobody-of-this-name/images", "a\0b", "nowhere"])
def test_a_path_that_cannot_be_is_refused(path):
    with pytest.raises(UserError, match=r"images: (there is no|.* cannot be found)"):
        resolve_path(path, "images")
