"""Images as the page holds them."""

import base64
import io

import numpy as np
import pytest
from nrg.report.image_encoding import (
    LARGEST,
    PICTURE,
    amplify_difference,
    encode_picture,
    encode_sprite,
    enlarge,
)
from PIL import Image


def test_differences_are_around_grey_and_fill_the_range():
    clean = np.full((1, 1, 2, 2), 100, np.uint8)
    attacked = clean + np.array([[0, 10], [-20, 20]], np.int16).astype(np.uint8)
    amplified, factor = amplify_difference(attacked, clean)
    assert factor == pytest.approx(127 / 20)
    assert amplified.ravel().tolist() == [128, 192, 1, 255]


def test_a_few_large_changes_do_not_hide_the_others():
    clean = np.full((1, 1, 20, 20), 100, np.uint8)
    attacked = clean + 4
    attacked[..., 0, :3] = [0, 255, 255]
    amplified, factor = amplify_difference(attacked, clean, 0.99)
    assert factor == pytest.approx(127 / 4)
    assert amplified[0, 0, 0, :4].tolist() == [1, 255, 255, 255]
    whole, factor = amplify_difference(attacked, clean)
    np.testing.assert_array_equal(np.rint((whole - 128.0) / factor) + clean, attacked)


@pytest.mark.parametrize(("side", "times"), [(16, 4), (28, 2), (LARGEST, 1), (224, 1)])
def test_pixels_of_small_images_become_blocks_that_stay_sharp_in_print(side, times):
    images = np.random.default_rng(0).integers(0, 256, (2, 3, side, side)).astype(np.uint8)
    larger = enlarge(images)
    assert larger.shape == (2, 3, side * times, side * times)
    for down in range(times):
        for right in range(times):
            np.testing.assert_array_equal(larger[..., down::times, right::times], images)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_images_are_stored_without_loss(channels):
    images = np.random.default_rng(0).integers(0, 256, (2, channels, 16, 16)).astype(np.uint8)
    kind, _, content = encode_sprite(images).partition(";base64,")
    assert kind == "data:image/webp"
    stored = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))
    side_by_side = np.concatenate([image.transpose(1, 2, 0) for image in images], axis=1)
    np.testing.assert_array_equal(stored, np.broadcast_to(side_by_side, stored.shape))


@pytest.mark.parametrize(("side", "shown"), [(16, 64), (28, 56), (224, 224), (384, PICTURE)])
def test_an_image_that_stands_alone_keeps_its_pixels(side, shown):
    image = np.random.default_rng(0).integers(0, 256, (3, side, side)).astype(np.uint8)
    content = encode_picture(image).partition(";base64,")[2]
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (shown, shown)
