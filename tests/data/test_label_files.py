"""Label files in many forms: which of them are read, and which lines are refused."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelled_folders import PETS, folder_of, labels_of
from nrg.base.errors import UserError
from nrg.data.class_files import UNNAMED, named_classes
from nrg.data.label_files import MOST_CLASSES, label_images, read_classes, read_labels


def test_labels_are_indices_or_names_and_folders_may_be_deep(tmp_path):
    place = folder_of(tmp_path, ["a.png", "b/c d.png"], ["a.png dog", "", "b/c d.png 0"])
    assert labels_of(place) == {"a.png": 1, "b/c d.png": 0}


@pytest.mark.parametrize(
    "text",
    [
        "a.png 1\nb c.png 0\n",
        "a.png\t1\nb c.png\t0\n",
        "a.png,1\nb c.png,0\n",
        "a.png;1\nb c.png;0\n",
        "a.png, dog\nb c.png , cat",
        '"a.png","1"\r\n"b c.png","0"\r\n',
        '"b c.png" 0\na.png 1',
        "name,label\na.png,1\nb c.png,0\n",
        "filename\tclass\na.png\tdog\nb c.png\tcat\n",
        "image label\na.png 1\nb c.png 0\n",
        "# name label\na.png 1\nb c.png 0\n",
        "#name,label\na.png,1\nb c.png,0\n",
        "Bild;Klasse\na.png;1\nb c.png;0\n",
        "label,split,file_name\n1,val,a.png\n0,val,b c.png\n",
        ",Image ID,True Label\n0,a.png,1\n1,b c.png,0\n",
        "a.png,1.0\nb c.png,0.0\n",
        "a.png,1,\nb c.png,0,\n",
        "./a.png 1\n./b c.png 0\n",
        "images/a.png 1\nimages/b c.png 0\n",
        "/data/of/others/images/a.png,1\n/data/of/others/images/b c.png,0\n",
        "images\\a.png,1\nimages\\b c.png,0\n",
        "a.PNG 1\nb c.Png 0\n",
        "a,1\nb c,0\n",
        "\n\na.png 1\r\n\r\nb c.png    0  \r\n",
        "a.png 1\na.png 1\nb c.png 0",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_ways_to_write_the_same_labels(tmp_path, text, encoding):
    place = folder_of(tmp_path, ["a.png", "b c.png"], text, encoding)
    assert labels_of(place) == {"a.png": 1, "b c.png": 0}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_names_are_the_same(tmp_path, form):
    name = "Äpfel é.png"
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    lines = f"{unicodedata.normalize(other, name)} 1\n"
    place = folder_of(tmp_path, [unicodedata.normalize(form, name)], lines)
    assert labels_of(place) == {unicodedata.normalize("NFC", name): 1}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a.png"], "line 1 of .* must be a file name and a class index"),
        (["a.png cow"], "line 1"),
        (["a.png\tcow"], r"line 1 of .* is 'a\.png\\tcow'; .*'cow' is neither"),
        (["a.png dgo"], "did you mean 'dog'"),
        (["a.png 2"], "gives a.png the label 2; with 2 classes it must be from 0 to 1"),
        (["a.png 2"], "seem to count from 1"),
        (["a.png 9999999999999999999999"], "line 1 of .* the label 9999999999999999999999"),
        ([f"a.png {'9' * 5000}"], "line 1 of .* the label '?9999"),
        (["a.png -1"], "line 1"),
        (["a.png 0", "a.png 1"], "line 2 of .* a second label"),
        (
            ["b.png 0"],
            "a.png first; the first name in the label file is 'b.png'",
        ),
        (["a.png 0", "b.png 0"], "1 images that are not in the folder, b.png first"),
        (["a.png 0", ".b.png 0"], r"\.b\.png first; hidden files and folders are not read"),
        (["a.png 0", "labels.heic 0"], "not in the folder, labels.heic first"),
        (["1", "0"], "A number alone does not say which image"),
        (["a.png,0,1", "b.png,1"], "line 2 .*and a target label as on other lines"),
        (["a.png,0,0"], "line 1 .* its own label 0 as its target label"),
        (["a.png,0,1,2"], "more than three columns need a header"),
        (["name,label"], "line 1"),
        ([], "is empty"),
        (["a.png\x00 0"], "is not a text file"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, lines, message):
    with pytest.raises(UserError, match=message):
        label_images(*folder_of(tmp_path, ["a.png"], lines), PETS)


def test_a_line_in_another_encoding_is_named(tmp_path):
    place = folder_of(tmp_path, ["a.png"], "a.png 0\nä.png 1\n", "latin-1")
    with pytest.raises(UserError, match=r"line 2 of .* is not text in UTF-8"):
        labels_of(place)


def test_a_name_without_its_suffix_must_mean_one_image(tmp_path):
    place = folder_of(tmp_path, ["a.png", "a.jpg"], "a,1\n")
    with pytest.raises(UserError, match="'a' may mean 2 images"):
        labels_of(place)


def test_labels_of_another_folder_are_refused(tmp_path):
    place = folder_of(tmp_path, ["a.png"], "train/a.png 1\n")
    assert labels_of(place) == {"a.png": 1}
    (tmp_path / "train").mkdir()
    with pytest.raises(UserError, match=r"names images in .*train, but 'images' is"):
        labels_of(place)


def test_images_may_lie_deeper_than_their_labels_say(tmp_path):
    place = folder_of(tmp_path, ["val/a.png", "val/b.png"], "a.png 1\nb.png 0\n")
    assert labels_of(place) == {"val/a.png": 1, "val/b.png": 0}


@pytest.mark.parametrize(
    "text",
    [
        "a.png,0,1\nb.png,1,0\n",
        "a.png 0 1\nb.png dog cat\n",
        "file,label,target_label\na.png,cat,dog\nb.png,dog,cat\n",
        "ImageId,URL,x1,TrueLabel,TargetClass,License\na,http,0.1,0,1,CC\nb,http,0,1,0,CC\n",
        "name label target\na 0 1\nb 1 0\n",
    ],
)
def test_a_third_column_has_target_labels(tmp_path, text):
    found = label_images(*folder_of(tmp_path, ["a.png", "b.png"], text), PETS)
    assert [(image.label, image.target) for image in found] == [(0, 1), (1, 0)]


def test_a_target_label_is_a_class(tmp_path):
    with pytest.raises(UserError, match=r"line 1 .* the label 2; with 2 classes"):
        label_images(*folder_of(tmp_path, ["a.png"], "a.png,0,2\n"), PETS)


NUMBERS = named_classes(["1", "2", "3"], "classes.txt")


@pytest.mark.parametrize(
    ("labels", "meant"),
    [("012", [0, 1, 2]), ("123", [0, 1, 2]), ("12", None), ("1", None), ("3", [2]), ("0", [0])],
)
def test_numbers_that_are_names_too_are_read_in_the_only_way_or_refused(tmp_path, labels, meant):
    names = [f"{place}.png" for place in range(len(labels))]
    place = folder_of(tmp_path, names, [f"{n} {x}" for n, x in zip(names, labels, strict=True)])
    if meant is None:
        with pytest.raises(UserError, match=r"line 1 .* 1 \(index 0\) or .* 1 \(named 2"):
            labels_of(place, NUMBERS)
    else:
        assert list(labels_of(place, NUMBERS).values()) == meant


def test_a_name_of_two_classes_is_refused_with_both(tmp_path):
    cranes = named_classes(["crane", "tench", "crane"], "classes.txt")
    with pytest.raises(UserError, match=r"line 1 .* 'crane', .* 0 \(crane\) and 2 \(crane\)"):
        labels_of(folder_of(tmp_path, ["a.png"], "a.png crane\n"), cranes)
    assert labels_of(folder_of(tmp_path, ["a.png"], "a.png 2\n"), cranes) == {"a.png": 2}


def test_without_names_classes_are_counted(tmp_path):
    _, label_file = folder_of(tmp_path, ["a.png"], ["a.png 3"])
    assert read_classes(None, label_file).names == ["0", "1", "2", "3"]


@pytest.mark.parametrize("label", [str(MOST_CLASSES), "99999999999"])
def test_without_names_an_absurd_label_is_refused(tmp_path, label):
    _, label_file = folder_of(tmp_path, ["a.png"], ["a.png 3", f"b.png {label}"])
    with pytest.raises(UserError, match=f"line 2 .* b.png the label {label}; .*'classes'"):
        read_classes(None, label_file)


def test_columns_that_say_different_labels_are_refused(tmp_path):
    classes = named_classes(["cat", "dog", "bird"], "the test")
    lines = ["file,class_id,class_name,x,y,split", "a.png,0,cat,2,1,dog", "b.png,1,dog,2,0,cat"]
    assert labels_of(folder_of(tmp_path, ["a.png", "b.png"], lines), classes) == {
        "a.png": 0,
        "b.png": 1,
    }
    for header, says in (("class_id,class_name", "1,cat"), ("label,label", "0,1")):
        place = folder_of(tmp_path, ["a.png"], [f"file,{header}", f"a.png,{says}"])
        with pytest.raises(UserError, match=r"line 2 .* in another column .*count from 0"):
            labels_of(place, classes)


def test_a_folder_instead_of_a_text_file_is_reported(tmp_path):
    with pytest.raises(UserError, match="labels: there is no file"):
        read_labels(tmp_path, PETS)
    with pytest.raises(UserError, match="classes: there is no file"):
        read_classes(tmp_path, tmp_path)


words = st.text(st.characters(codec="utf-8"), max_size=12)
field = st.one_of(
    words,
    st.sampled_from(["a.png", "./a.png", "b c.JPG", "cat", "0", "1", "1.0", "-1", "9" * 5000]),
    st.sampled_from(
        ["label", "name", "target", '"', "n01440764 1 2 3 4", "\ufeff", "../a.png", "/"]
    ),
)
separator = st.sampled_from([" ", "\t", ",", ";", ", ", "  ", '","'])
lines = st.lists(
    st.builds(lambda fields, sign: sign.join(fields), st.lists(field, max_size=4), separator),
    max_size=6,
)
text = st.builds(lambda parts, end: end.join(parts), lines, st.sampled_from(["\n", "\r\n", "\r"]))
content = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda text, codec: text.encode(codec, "replace"),
        text,
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"]),
    ),
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content, st.sampled_from([PETS, NUMBERS, UNNAMED]))
def test_any_label_or_class_file_is_read_or_refused(tmp_path, content, classes):
    folder, label_file = folder_of(tmp_path, ["a.png"], "")
    label_file.write_bytes(content)
    with suppress(UserError):
        (found,) = label_images(folder, label_file, classes)
        assert found.label < (len(classes.names) if classes.names else MOST_CLASSES)
    for class_file in (label_file, None):
        with suppress(UserError):
            read_classes(class_file, label_file)
