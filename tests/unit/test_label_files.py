"""Label files: what is read, and what is refused by line."""

import pytest
from nrg.errors import UserError
from nrg.label_files import labelled_images, read_classes
from PIL import Image

INDEX_OF = {"cat": 0, "dog": 1}


def folder_of(tmp_path, names, lines):
    for name in names:
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "images" / name)
    (tmp_path / "labels.txt").write_text("\n".join(lines))
    return tmp_path / "images", tmp_path / "labels.txt"


def test_labels_are_indices_or_names_and_folders_may_be_deep(tmp_path):
    place = folder_of(tmp_path, ["a.png", "b/c d.png"], ["a.png dog", "", "b/c d.png 0"])
    found = labelled_images(*place, INDEX_OF)
    assert {name: label for name, (_, label) in found.items()} == {"a.png": 1, "b/c d.png": 0}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a.png"], "line 1 of .* must be a file name and a class index"),
        (["a.png cow"], "line 1"),
        (["a.png 2"], "gives a.png the label 2; with 2 classes it must be from 0 to 1"),
        (["a.png -1"], "line 1"),
        (["a.png 0", "a.png 1"], "line 2 of .* a second label"),
        (["b.png 0"], "1 images without a label, a.png first"),
        (["a.png 0", "b.png 0"], "1 images that are not in the folder, b.png first"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, lines, message):
    with pytest.raises(UserError, match=message):
        labelled_images(*folder_of(tmp_path, ["a.png"], lines), INDEX_OF)


def test_without_names_classes_are_counted(tmp_path):
    _, label_file = folder_of(tmp_path, ["a.png"], ["a.png 3"])
    assert read_classes(None, label_file) == ["0", "1", "2", "3"]


def test_names_of_classes_must_differ(tmp_path):
    (tmp_path / "classes.txt").write_text("cat\ncat\n")
    with pytest.raises(UserError, match="two or more different names"):
        read_classes(tmp_path / "classes.txt", tmp_path / "labels.txt")
