"""Files with the names of classes: which forms are read, and what is refused."""

import pytest
from labelled_folders import folder_of, labels_of
from nrg.base.errors import UserError
from nrg.data.class_files import read_class_file


@pytest.mark.parametrize(
    "text", ["1 cat\n2 dog\n3 big cat", "2: dog\n1: cat", "dog,2\ncat,1", "1) cat\n2) dog\n"]
)
def test_class_files_that_count_from_1_are_refused(tmp_path, text):
    (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(UserError, match=r"classes\.txt counts classes from 1"):
        read_class_file(tmp_path / "classes.txt")


def test_numbers_may_be_parts_of_names(tmp_path):
    (tmp_path / "classes.txt").write_text("type 1\ntype 2\n3 wheels\n")
    classes = read_class_file(tmp_path / "classes.txt")
    assert classes.names == ["type 1", "type 2", "3 wheels"]


def test_names_of_classes_must_differ(tmp_path):
    (tmp_path / "classes.txt").write_text("cat\ncat\n")
    with pytest.raises(UserError, match="two or more different names"):
        read_class_file(tmp_path / "classes.txt")


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\nbig cat\n",
        "\ufeffcat\r\ndog\r\nbig cat",
        "0 cat\n1 dog\n2 big cat",
        "0: cat\n1: dog\n2: big cat",
        "index,name\n0,cat\n1,dog\n2,big cat\n",
        "name,index\ndog,1\ncat,0\nbig cat,2\n",
        "0. cat\n1. dog\n2. big cat",
        '{"dog": 1, "cat": 0, "big cat": 2}',
        "2 big cat\n0 cat\n1 dog",
        '["cat",\n "dog",\n "big cat"]',
        '{"0": ["n00000001", "cat"], "2": ["n00000003", "big cat"], "1": ["n00000002", "dog"]}',
        "{0: 'cat',\n 1: 'dog',\n 2: 'big cat'}",
        "n00000001 cat\nn00000002 dog\nn00000003 big cat\n",
    ],
)
def test_class_files(tmp_path, text):
    (tmp_path / "classes.txt").write_text(text, encoding="utf-8")
    classes = read_class_file(tmp_path / "classes.txt")
    assert classes.names == ["cat", "dog", "big cat"]
    place = folder_of(tmp_path, ["a.png"], "a.png,big cat\n")
    assert labels_of(place, classes) == {"a.png": 2}
    if "n00000002" in text:
        assert labels_of(folder_of(tmp_path, ["a.png"], "a.png n00000002"), classes) == {"a.png": 1}


@pytest.mark.parametrize(
    "text", ['{"cat": 0, "dog": 0, "big cat": 1}', "[1, 2]", "[" * 9000, "{", '{"1": "a"}']
)
def test_other_structures_are_no_class_files(tmp_path, text):
    (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(UserError, match=r"classes: .* holds no list of names; write one name"):
        read_class_file(tmp_path / "classes.txt")


def test_names_of_classes_may_be_composed_or_not(tmp_path):
    (tmp_path / "classes.txt").write_text("cafe\u0301\nth\u00e9\n", encoding="utf-8")
    classes = read_class_file(tmp_path / "classes.txt")
    place = folder_of(tmp_path, ["a.png", "b.png"], "a.png,caf\u00e9\nb.png,the\u0301\n")
    assert labels_of(place, classes) == {"a.png": 0, "b.png": 1}
