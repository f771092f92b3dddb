"""ImageNet's archives and folders: the right label for each image, and nothing else is touched."""

import os
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from nrg.base.errors import UserError
from nrg.data.datasets import open_data_set, read_image, write_pixels
from nrg.data.imagenet import find_in_imagenet_archives, published_md5, read_class_table
from nrg.data.user_files import IMAGENET_ARCHIVES, fingerprint
from nrg.study.settings import load_suite
from published import (
    LAMP,
    TENCH,
    describe_archive,
    jpegs,
    write_imagenet,
    write_imagenetv2,
    write_tar,
)
from torchvision.datasets import imagenet as torchvisions

IMAGENET = load_suite("imagenet", {}).data
V2 = load_suite("imagenetv2", {}).data
INDEX_OF = dict(read_class_table()[["wnid", "index"]].itertuples(index=False))


@pytest.fixture
def v2(tmp_path):
    """A small archive in ImageNetV2's layout, as the data of a suite."""
    path = write_imagenetv2(tmp_path)
    return replace(V2, images=str(path), archive=describe_archive(path))


def test_class_folders_of_an_archive_are_numbers_and_not_ranks(v2):
    data = open_data_set(v2)
    labels = {"0/a.jpeg": 0, "2/a.jpeg": 2, "10/a.jpeg": 10, "10/b.jpeg": 10, "846/a.jpeg": 846}
    assert dict(zip(data.ids, data.labels.tolist(), strict=True)) == labels
    assert data.classes[846] == "table lamp"


def test_what_macs_leave_in_archives_is_skipped(tmp_path):
    left = ["val/3/._a.jpeg", "__MACOSX/val/3/a.jpeg", "val/3/.hidden/4/a.jpeg", "val/3/notes.txt"]
    path = write_tar(tmp_path / "v2.tar.gz", dict.fromkeys(["val/3/a.jpeg", *left], b""))
    data = open_data_set(replace(V2, images=str(path), archive=describe_archive(path)))
    assert data.ids == ["3/a.jpeg"]


def test_an_archive_and_its_folder_give_the_same(tmp_path, v2):
    packed = open_data_set(v2)
    with tarfile.open(v2.images) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    (folder,) = (tmp_path / "unpacked").iterdir()
    unpacked = open_data_set(replace(v2, images=str(folder)))
    assert sorted(packed.ids) == sorted(unpacked.ids)
    both = [np.empty((5, 3, 224, 224), np.uint8) for _ in range(2)]
    for data, into in zip((packed, unpacked), both, strict=True):
        write_pixels(data, np.argsort(data.ids), into, threads=4)
    np.testing.assert_array_equal(*both)
    assert both[0].std() > 10
    pixels = read_image(folder / "0/a.jpeg", 256, 224)
    np.testing.assert_array_equal(both[0][0], pixels)


def test_another_archive_than_the_published_one_is_refused(tmp_path, v2):
    with pytest.raises(UserError, match=r"is damaged, or is not https://huggingface"):
        open_data_set(replace(v2, archive=V2.archive))
    with pytest.raises(UserError, match="is a file; set 'images' to the folder"):
        open_data_set(replace(IMAGENET, images=v2.images))


def test_a_class_number_that_imagenet_lacks_is_refused(tmp_path):
    path = write_tar(tmp_path / "v2.tar.gz", {"val/999/a.jpeg": b"", "val/1000/a.jpeg": b""})
    with pytest.raises(UserError, match="val/1000 is not a class"):
        open_data_set(replace(V2, images=str(path), archive=describe_archive(path)))


def test_imagenets_archives_are_read_as_torchvision_reads_them(tmp_path, monkeypatch):
    md5 = write_imagenet(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.iterdir()]}
    archives = [tmp_path / name for name in IMAGENET_ARCHIVES]
    photographs = find_in_imagenet_archives(*archives, md5)
    assert [photograph.label for photograph in photographs] == [846, 0, 846, 1]
    assert times == {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.iterdir()]}

    meta = {key: (name, md5.get(name)) for key, (name, _) in torchvisions.ARCHIVE_META.items()}
    monkeypatch.setattr(torchvisions, "ARCHIVE_META", meta)
    theirs = torchvisions.ImageNet(tmp_path, split="val")
    wnids = {os.path.basename(path): theirs.wnids[label] for path, label in theirs.samples}  # noqa: PTH119
    assert {p.name: p.label for p in photographs} == {n: INDEX_OF[w] for n, w in wnids.items()}
    for photograph in photographs:
        path = tmp_path / "val" / wnids[photograph.name] / photograph.name
        assert photograph.file.read_bytes() == path.read_bytes()

    folders = open_data_set(replace(IMAGENET, images=str(tmp_path)))
    assert dict(zip(folders.ids, folders.labels, strict=True)) == {
        photograph.name: photograph.label for photograph in photographs
    }


def test_the_published_checksums_are_torchvisions():
    assert set(IMAGENET_ARCHIVES) <= set(published_md5())


@pytest.mark.parametrize("name", IMAGENET_ARCHIVES)
def test_a_damaged_archive_is_named(tmp_path, name):
    md5 = write_imagenet(tmp_path)
    archives = [tmp_path / archive for archive in IMAGENET_ARCHIVES]
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    with pytest.raises(UserError, match=f"{name} is damaged, or is not the published file"):
        find_in_imagenet_archives(*archives, md5)


def test_a_folder_with_archives_is_found_and_its_images_checked(tmp_path):
    write_imagenet(tmp_path)
    with pytest.raises(UserError, match=published_md5()["ILSVRC2012_img_val.tar"]):
        open_data_set(replace(IMAGENET, images=str(tmp_path)))


@pytest.mark.parametrize("folder", [f"val/{LAMP}", TENCH])
def test_folders_of_images_go_before_archives(tmp_path, folder):
    write_imagenet(tmp_path)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "1.JPEG").touch()
    data = open_data_set(replace(IMAGENET, images=str(tmp_path)))
    assert data.ids == ["1.JPEG"]
    assert data.labels.tolist() == [INDEX_OF[folder.removeprefix("val/")]]


def flat_validation(folder, numbers=(1, 2, 3, 4)):
    """Validation images in one folder, as ILSVRC2012_img_val.tar unpacks."""
    (folder / "val").mkdir()
    for number, jpeg in zip(numbers, jpegs(len(numbers)), strict=True):
        (folder / f"val/ILSVRC2012_val_{number:08}.JPEG").write_bytes(jpeg)
    return replace(IMAGENET, images=str(folder / "val"))


def unpacked_kit(folder):
    with tarfile.open(folder / "ILSVRC2012_devkit_t12.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    return folder / "ILSVRC2012_devkit_t12"


@pytest.mark.parametrize("form", ["archive", "folder", "data", "ground truth"])
def test_the_development_kit_labels_a_flat_folder(tmp_path, form):
    write_imagenet(tmp_path)
    data = flat_validation(tmp_path, (4, 1))  # some of them suffice
    kit = unpacked_kit(tmp_path)
    labels = {
        "archive": tmp_path / "ILSVRC2012_devkit_t12.tar.gz",
        "folder": kit,
        "data": kit / "data",
        "ground truth": kit / "data/ILSVRC2012_validation_ground_truth.txt",
    }[form]
    data = replace(data, labels=str(labels))
    found = open_data_set(data)
    assert found.ids == ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000004.JPEG"]
    assert found.labels.tolist() == [846, 1]
    assert found.targets is None
    before = fingerprint(data)
    if form == "archive":
        labels.write_bytes(labels.read_bytes() + b"\0")
    else:
        (kit / "data/meta.mat").write_bytes((kit / "data/meta.mat").read_bytes() + b"\0")
    assert fingerprint(data) != before


def test_ground_truth_without_its_table_is_refused(tmp_path):
    write_imagenet(tmp_path)
    data = flat_validation(tmp_path)
    kit = unpacked_kit(tmp_path)
    truth = kit / "data/ILSVRC2012_validation_ground_truth.txt"
    (tmp_path / "val/ILSVRC2012_val_00000005.JPEG").touch()
    with pytest.raises(UserError, match=r"00000005\.JPEG is none of them"):
        open_data_set(replace(data, labels=str(kit)))
    (kit / "data/meta.mat").write_bytes(b"no table")
    with pytest.raises(UserError, match=r"kit .* is damaged"):
        open_data_set(replace(data, labels=str(kit)))
    (kit / "data/meta.mat").unlink()
    with pytest.raises(UserError, match="set 'labels' to the kit's archive or unpacked folder"):
        open_data_set(replace(data, labels=str(truth)))
    with pytest.raises(UserError, match="is a folder but not ImageNet's development kit"):
        fingerprint(replace(data, labels=str(kit)))


KAGGLE = """ImageId,PredictionString
ILSVRC2012_val_00000002,n01440764 85 1 499 272
ILSVRC2012_val_00000001,n04380533 131 0 499 254 n04380533 1 2 3 4
"""


@pytest.mark.parametrize(
    "text",
    [
        KAGGLE,
        "ILSVRC2012_val_00000001.JPEG 846\nILSVRC2012_val_00000002.JPEG 0\n",
        "val/ILSVRC2012_val_00000001.JPEG\tn04380533\nval/ILSVRC2012_val_00000002.JPEG\tn01440764",
        "ILSVRC2012_val_00000001.JPEG\tn04380533\t0\t3\t4\t6\n"
        "ILSVRC2012_val_00000002.JPEG\tn01440764\t0\t3\t4\t6\n",
        "ILSVRC2012_val_00000001.jpeg,table lamp\nILSVRC2012_val_00000002.jpeg,tench\n",
        "ILSVRC2012_val_00000001.JPEG table lamp\nILSVRC2012_val_00000002.JPEG tench\n",
    ],
)
def test_label_files_of_imagenets_users(tmp_path, text):
    data = flat_validation(tmp_path, (1, 2))
    (tmp_path / "labels.csv").write_text(text)
    data = replace(data, labels=str(tmp_path / "labels.csv"))
    assert open_data_set(data).labels.tolist() == [846, 0]
    (tmp_path / "train").mkdir()
    (tmp_path / "train/1.JPEG").touch()
    above = replace(data, images=str(tmp_path))
    assert open_data_set(above).ids == open_data_set(data).ids
    assert fingerprint(above) == fingerprint(data)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("crane", r"'crane', .*: 134 \(crane bird\) and 517 \(crane\); give the index"),
        ("maillot", r"638 \(maillot\) and 639 \(maillot tank suit\)"),
        ("1000", r"label 1000; with 1000 classes .* seem to count from 1"),
        ("n04380533 1 2 3 4 n01440764 1 2 3 4", "line 1"),
        ("n00000001", "line 1 .*'n00000001' is neither"),
    ],
)
def test_labels_that_imagenet_lacks_or_has_twice_are_refused(tmp_path, label, message):
    data = flat_validation(tmp_path, (1,))
    (tmp_path / "labels.csv").write_text(f"ILSVRC2012_val_00000001,{label}\n")
    with pytest.raises(UserError, match=message):
        open_data_set(replace(data, labels=str(tmp_path / "labels.csv")))


def test_either_crane_may_be_named_by_wnid_or_index(tmp_path):
    data = flat_validation(tmp_path, (1, 2))
    (tmp_path / "val.txt").write_text(
        "ILSVRC2012_val_00000001.JPEG n02012849 517\nILSVRC2012_val_00000002.JPEG 517 134\n"
    )
    found = open_data_set(replace(data, labels=str(tmp_path / "val.txt")))
    assert found.labels.tolist() == [134, 517]
    assert found.targets.tolist() == [517, 134]


def test_a_class_file_must_have_the_order_of_torchvision(tmp_path):
    data = flat_validation(tmp_path, (1,))
    (tmp_path / "val.txt").write_text("ILSVRC2012_val_00000001.JPEG 3\n")
    wnids = read_class_table()["wnid"].tolist()
    data = replace(data, labels=str(tmp_path / "val.txt"), classes=str(tmp_path / "classes.txt"))
    (tmp_path / "classes.txt").write_text("\n".join(wnids))
    assert open_data_set(data).labels.tolist() == [3]
    (tmp_path / "classes.txt").write_text("\n".join(reversed(wnids)))
    with pytest.raises(UserError, match="is not the sorted list of ILSVRC2012's 1,000 wnids"):
        open_data_set(data)


def test_class_indices_may_have_leading_zeros(tmp_path):
    for folder in ("0007", "0010", "846"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.png").touch()
    data = open_data_set(replace(IMAGENET, images=str(tmp_path)))
    assert data.labels.tolist() == [7, 10, 846]


def test_open_images_need_no_folder_unless_downloads_are_forbidden():
    assert V2.downloaded_archive == V2.archive
    fingerprint(V2)
    with pytest.raises(UserError, match="must name the folder"):
        fingerprint(replace(V2, download=False))
