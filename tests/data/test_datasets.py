"""Data sets have the pixels that torchvision gives, the right labels, and clear errors."""

from dataclasses import replace

import numpy as np
import pytest
from inputs import real
from nrg.base.errors import UserError
from nrg.data.datasets import open_data_set, order_candidates, read_image, write_pixels
from nrg.data.user_files import fingerprint
from nrg.study.settings import load_suite
from PIL import Image
from torchvision.transforms.v2 import functional

IMAGENET = load_suite("imagenet", {}).data
DIGITS = load_suite("digits", {}).data


def write_image(path, size=(60, 40)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8)
    Image.fromarray(pixels).save(path, "JPEG")
    return path


@pytest.mark.parametrize("size", [(60, 40), (41, 67), (50, 50), (500, 333)])
def test_pixels_are_those_of_torchvisions_resize_and_crop(tmp_path, size):
    path = write_image(tmp_path / "image.jpg", size)
    with Image.open(path) as image:
        expected = functional.center_crop(functional.resize(image, [38]), [31, 31])
    got = read_image(path, 38, 31)
    np.testing.assert_array_equal(got, np.asarray(expected).transpose(2, 0, 1))


def test_real_images_too():
    paths = sorted(real("imagenet-val-1300/images").glob("*.JPEG"))[:5]
    for path in paths:
        with Image.open(path) as image:
            expected = functional.center_crop(
                functional.resize(image.convert("RGB"), [256]), [224, 224]
            )
        np.testing.assert_array_equal(
            read_image(path, 256, 224), np.asarray(expected).transpose(2, 0, 1)
        )


def test_an_image_that_disappears_is_named(tmp_path):
    data = open_data_set(flat(tmp_path, ["b.JPEG n04380533", "a.JPEG 3"]))
    (tmp_path / "images/b.JPEG").unlink()
    with pytest.raises(UserError, match=r"b\.JPEG cannot be read as an image: .*No such file"):
        write_pixels(data, np.array([0, 1]), np.empty((2, 3, 224, 224), np.uint8), 1)


def test_a_damaged_image_is_named(tmp_path):
    path = write_image(tmp_path / "image.jpg", (300, 300))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UserError, match=r"image\.jpg cannot be read"):
        read_image(path, 38, 31)
    path.write_text("no image at all")
    with pytest.raises(UserError, match=r"image\.jpg cannot be read"):
        read_image(path, 38, 31)


def test_an_image_smaller_than_the_crop_is_named(tmp_path):
    path = write_image(tmp_path / "image.jpg", (30, 30))
    with pytest.raises(UserError, match="smaller than image_size"):
        read_image(path, None, 31)


def test_a_resize_below_the_crop_is_refused_before_any_image_is_read(tmp_path):
    with pytest.raises(UserError, match=r"resize is 100, less than image_size, 224: .* raise"):
        open_data_set(replace(flat(tmp_path, ["a.JPEG 3", "b.JPEG 4"]), resize=100))


@pytest.mark.parametrize("below", ["", "val"])
def test_labels_come_from_the_wnid_and_not_from_the_folders_rank(tmp_path, below):
    for wnid in ("n04380533", "n01440764"):  # table lamp, tench: 846 and 0
        write_image(tmp_path / below / wnid / f"{wnid}_1.JPEG", (300, 300))
    data = open_data_set(replace(IMAGENET, images=str(tmp_path)))
    assert dict(zip(data.ids, data.labels.tolist(), strict=True)) == {
        "n04380533_1.JPEG": 846,
        "n01440764_1.JPEG": 0,
    }
    assert data.classes[846] == "table lamp"
    assert data.read(0).shape == (3, 224, 224)


def test_file_names_must_differ_because_they_are_the_images_ids(tmp_path):
    for wnid in ("n04380533", "n01440764"):
        write_image(tmp_path / wnid / "1.JPEG")
    with pytest.raises(UserError, match=r"1 file names occur more than once, 1\.JPEG"):
        open_data_set(replace(IMAGENET, images=str(tmp_path)))


def test_a_folder_of_no_known_class_is_named(tmp_path):
    write_image(tmp_path / "n00000001/1.JPEG")
    with pytest.raises(UserError, match="n00000001 is not a class"):
        open_data_set(replace(IMAGENET, images=str(tmp_path)))


def flat(tmp_path, lines):
    for name in ("a.JPEG", "b.JPEG"):
        write_image(tmp_path / "images" / name)
    labels = tmp_path / "val.txt"
    labels.write_text("\n".join(lines) + "\n")
    return replace(IMAGENET, images=str(tmp_path / "images"), labels=str(labels))


def test_a_flat_folder_takes_its_labels_from_a_file(tmp_path):
    data = open_data_set(flat(tmp_path, ["b.JPEG n04380533", "a.JPEG 3"]))
    assert data.ids == ["a.JPEG", "b.JPEG"]
    assert data.labels.tolist() == [3, 846]


def test_missing_images_are_reported(tmp_path):
    with pytest.raises(UserError, match="must name the folder"):
        fingerprint(IMAGENET)
    with pytest.raises(UserError, match=r"there is no .*nowhere"):
        fingerprint(replace(IMAGENET, images=str(tmp_path / "nowhere")))
    with pytest.raises(UserError, match="no folder named by a wnid"):
        open_data_set(replace(IMAGENET, images=str(tmp_path)))
    (tmp_path / "labels.txt").write_text("a.JPEG 3\n")
    with pytest.raises(UserError, match="no images in"):
        open_data_set(replace(IMAGENET, images=str(tmp_path), labels=str(tmp_path / "labels.txt")))


def test_digits_are_split_and_sized():
    data = open_data_set(DIGITS)
    training, labels = data.training
    assert len(data.ids) == 797
    assert training.shape == (1000, 1, 16, 16)
    assert np.bincount(labels).min() > 90
    assert data.read(0).dtype == np.uint8
    held_out = {data.read(i).tobytes() for i in range(797)}
    assert not held_out & {pixels.tobytes() for pixels in training}


def test_mnist_is_read_from_its_own_files():
    folder = real("mnist/MNIST/raw").parents[1]
    data = open_data_set(replace(load_suite("mnist", {}).data, images=str(folder)))
    assert len(data.ids) == 10_000
    assert data.training[0].shape == (60_000, 1, 28, 28)
    assert data.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_a_missing_mnist_is_reported(tmp_path):
    mnist = load_suite("mnist", {}).data
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte.gz is missing, or is not"):
        open_data_set(replace(mnist, images=str(tmp_path)))
    (tmp_path / "MNIST/raw").mkdir(parents=True)
    (tmp_path / "MNIST/raw/train-images-idx3-ubyte.gz").write_text("another file")
    with pytest.raises(UserError, match="is not the published file"):
        open_data_set(replace(mnist, images=str(tmp_path)))
    assert (tmp_path / "MNIST/raw/train-images-idx3-ubyte.gz").read_text() == "another file"
    with pytest.raises(UserError, match="mlp_images"):
        open_data_set(mnist)


def test_the_order_of_two_images_depends_on_their_ids_alone():
    ids = [f"image-{i}" for i in range(50)]
    order = [ids[i] for i in order_candidates(ids, 0)]
    fewer = [ids[i] for i in order_candidates(ids[10:], 0) + 10]
    assert sorted(order) == sorted(ids)
    assert [name for name in order if name in ids[10:]] == fewer
    assert order != [ids[i] for i in order_candidates(ids, 1)]


def test_pixels_are_written_in_the_order_asked():
    data = open_data_set(DIGITS)
    into = np.zeros((3, 1, 16, 16), np.uint8)
    write_pixels(data, np.array([5, 0, 7]), into, threads=2)
    for place, index in enumerate((5, 0, 7)):
        np.testing.assert_array_equal(into[place], data.read(index))
