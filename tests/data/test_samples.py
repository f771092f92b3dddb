"""The first images of each adversarial set are kept."""

import numpy as np
from nrg.base.safetensors_files import map_pixels
from nrg.data.samples import IMAGES_KEPT, keep_samples


def test_the_first_images_of_each_set_are_kept(tmp_path):
    many = np.random.default_rng(0).integers(0, 256, (IMAGES_KEPT + 2, 3, 4, 4), np.uint8)
    keep_samples({"many": many, "few": many[:2]}, str(tmp_path / "kept"))
    kept = map_pixels(tmp_path / "kept")
    np.testing.assert_array_equal(kept["many"], many[:IMAGES_KEPT])
    np.testing.assert_array_equal(kept["few"], many[:2])
