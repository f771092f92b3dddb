"""Image files below a folder: which links are followed, what is skipped, and how names are read."""

import os
import socket
from dataclasses import replace

import pytest
from labelled_folders import write_photograph
from nrg.base.errors import UserError
from nrg.data.datasets import open_data_set
from nrg.data.image_files import find_images, resolve_path
from nrg.data.user_files import fingerprint
from nrg.study.settings import load_suite

IMAGENET = load_suite("imagenet", {}).data
LAMP = "n04380533"


def test_hidden_files_and_what_other_programs_leave_are_skipped(tmp_path):
    write_photograph(tmp_path / "images" / LAMP / "1.JPEG")
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


def test_a_folder_that_is_reached_twice_is_refused(tmp_path):
    write_photograph(tmp_path / "a/1.png")
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
    write_photograph(tmp_path / "e\u0301.png")
    assert list(find_images(tmp_path)) == ["\u00e9.png"]
    write_photograph(tmp_path / "\u00e9.png")
    with pytest.raises(UserError, match="the same name in two Unicode forms"):
        find_images(tmp_path)


def test_a_latin_1_file_name_is_refused_by_name(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"), "wb"):  # noqa: PTH118, PTH123
        pass
    with pytest.raises(UserError, match=r"file name b'caf\\xe9\.png' is not UTF-8; rename"):
        find_images(tmp_path)


def test_unusual_names_are_accepted(tmp_path):
    for name in ("new\nline.png", " .png", "a'\"$`.png", f"{'x' * 250}.png", "ünïcode 漢字.png"):
        write_photograph(tmp_path / name)
    assert len(find_images(tmp_path)) == 5


@pytest.mark.parametrize("path", ["x" * 300, "~nobody-of-this-name/images", "a\0b", "nowhere"])
def test_a_path_that_cannot_be_is_refused(path):
    with pytest.raises(UserError, match=r"images: (there is no|.* cannot be found)"):
        resolve_path(path, "images")
