"""Transformations change images as they say, and random ones depend on the image alone."""

import numpy as np
import pytest
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.data.transformations import TRANSFORMATIONS, transform_images
from nrg.figures.destruction import TITLES
from nrg.figures.setting_axes import NAMES

IDS = [f"image-{i}" for i in range(4)]
NOTHING = {"rotation": 0, "gaussian_noise": 0, "gaussian_blur": 0, "resizing": 0}


def smooth(channels: int) -> np.ndarray:
    ramp = np.linspace(40, 210, 24)
    image = np.stack([np.outer(ramp, np.roll(ramp, c)) / 255 for c in range(channels)])
    return np.stack([image + shift for shift in range(4)]).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_shape_and_type_are_kept(name, channels):
    strength = {"jpeg": 80, "resizing": 20}.get(name, 2)
    out = transform_images(smooth(channels), IDS, name, strength, seed=0)
    assert out.shape == smooth(channels).shape
    assert out.dtype == np.uint8
    assert (out != smooth(channels)).any()


def test_every_transformation_has_a_label_and_may_be_asked_for():
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    names = schema["properties"]["transformations"]["propertyNames"]["enum"]
    assert {*names} == {*TITLES} == {*TRANSFORMATIONS}
    assert {*names} <= {*NAMES}


@pytest.mark.parametrize("name", NOTHING)
def test_strength_zero_changes_nothing(name):
    np.testing.assert_array_equal(transform_images(smooth(3), IDS, name, 0, seed=0), smooth(3))


def test_a_quarter_turn_is_exact():
    turned = transform_images(smooth(1), IDS, "rotation", 90, seed=0)
    np.testing.assert_array_equal(turned, np.rot90(smooth(1), axes=(2, 3)))


def test_noise_has_its_deviation_and_belongs_to_the_image():
    grey = np.full((4, 1, 60, 60), 128, np.uint8)
    out = transform_images(grey, IDS, "gaussian_noise", 10, seed=0)
    assert np.std(out.astype(float) - 128) == pytest.approx(10, rel=0.03)
    alone = transform_images(grey[2:3], IDS[2:3], "gaussian_noise", 10, seed=0)
    np.testing.assert_array_equal(alone, out[2:3])
    assert (out[0] != out[1]).any()


def test_jpeg_is_lossy_and_less_so_at_higher_quality():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 3, 32, 32), np.uint8)
    errors = [
        np.abs(transform_images(pixels, IDS, "jpeg", quality, 0).astype(int) - pixels).mean()
        for quality in (60, 80, 100)
    ]
    assert errors[0] > errors[1] > errors[2] > 0


@pytest.mark.parametrize(("bits", "values"), [(1, [0, 255]), (2, [0, 85, 170, 255])])
def test_fewer_bits_leave_the_nearest_of_their_values(bits, values):
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    out = transform_images(ramp, IDS[:1], "bit_depth", bits, seed=0)
    assert np.unique(out).tolist() == values
    assert np.abs(out.astype(int) - ramp).max() <= 255 / (len(values) - 1) / 2 + 0.5


def test_resized_images_keep_their_content_on_black_at_a_place_of_their_own():
    white = np.full((40, 1, 20, 20), 255, np.uint8)
    ids = [f"image-{number}" for number in range(40)]
    out = transform_images(white, ids, "resizing", 20, seed=0)
    places = set()
    for image in out:
        rows, columns = np.nonzero(image[0])
        first, last = (rows.min(), columns.min()), (rows.max(), columns.max())
        assert (image[0][first[0] : last[0] + 1, first[1] : last[1] + 1] == 255).all()
        assert 16 <= last[0] - first[0] + 1 == last[1] - first[1] + 1 <= 20
        places.add((*first, *last))
    assert len(places) > 10
    alone = transform_images(white[7:8], ids[7:8], "resizing", 20, seed=0)
    np.testing.assert_array_equal(alone, out[7:8])
