"""Images of the evaluation set: loaded whole or in part, and picked by id or label."""

import numpy as np
import pandas as pd
import pytest
from nrg.base.errors import UserError
from nrg.base.safetensors_files import create_pixels, map_pixels
from nrg.base.table_files import write_parquet
from nrg.data.images import IMAGES_KEPT, Images, keep_samples, load_images, pick_images


def test_a_wanted_image_comes_ahead():
    images = Images(["a", "b", "c"], np.arange(3).reshape(3, 1, 1, 1), np.array([7, 8, 8]), None)
    images.target_labels = images.labels
    assert pick_images(images, 2, "c").ids == ["c", "a"]
    assert pick_images(images, 2, 8).ids == ["b", "c"]
    assert pick_images(images, 2, 9).ids == pick_images(images, 2, None).ids == ["a", "b"]


def test_the_evaluation_set_is_loaded_whole_or_in_part(tmp_path):
    frame = pd.DataFrame({"image_id": list("abc"), "label": [1, 2, 3], "target_label": [2, 3, 1]})
    write_parquet(frame.assign(in_subset=[True, True, False]), tmp_path / "table")
    with create_pixels(tmp_path / "pixels", {"images": (3, 1, 2, 2)}) as arrays:
        arrays["images"][:] = np.arange(12).reshape(3, 1, 2, 2)
    images = load_images(tmp_path / "table", tmp_path / "pixels")
    assert (images.ids, images.labels.tolist()) == (["a", "b", "c"], [1, 2, 3])
    assert images.target_labels.tolist() == [2, 3, 1]
    assert images.pixels.ravel().tolist() == list(range(12))
    subset = load_images(tmp_path / "table", tmp_path / "pixels", "subset")
    assert (subset.ids, len(subset)) == (["a", "b"], 2)
    assert subset[1:].labels.tolist() == [2]


def test_a_target_label_that_is_the_true_label_is_refused(tmp_path):
    frame = pd.DataFrame({"image_id": ["a"], "label": [1], "target_label": [1]})
    write_parquet(frame, tmp_path / "table")
    with pytest.raises(UserError, match="a target label is the true label"):
        load_images(tmp_path / "table", tmp_path / "pixels")


def test_the_first_images_of_each_adversarial_set_are_kept(tmp_path):
    many = np.random.default_rng(0).integers(0, 256, (IMAGES_KEPT + 2, 3, 4, 4), np.uint8)
    keep_samples({"many": many, "few": many[:2]}, str(tmp_path / "kept"))
    kept = map_pixels(tmp_path / "kept")
    np.testing.assert_array_equal(kept["many"], many[:IMAGES_KEPT])
    np.testing.assert_array_equal(kept["few"], many[:2])
