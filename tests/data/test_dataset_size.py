"""The sizes of data sets are those of the images in them."""

from dataclasses import replace

import pytest
from nrg.data.dataset_size import DataSetSize, measure_data_set
from nrg.study.settings import load_suite


def test_digits_are_counted():
    data = load_suite("digits", {}).data
    assert measure_data_set(data) == DataSetSize(797, 1000, (1, 16, 16), 10)


@pytest.mark.parametrize(
    ("suite", "size"),
    [
        ("mnist", DataSetSize(10_000, 60_000, (1, 28, 28), 10)),
        ("imagenetv2", DataSetSize(10_000, 0, (3, 224, 224), 1000)),
    ],
)
def test_published_data_sets_are_known_before_their_download(suite, size):
    assert measure_data_set(replace(load_suite(suite, {}).data, images=None)) == size


def test_images_and_predictions_have_a_size_in_bytes():
    size = DataSetSize(300, 0, (3, 224, 224), 1000)
    assert size.image_bytes == 3 * 224 * 224
    rows = 10_000
    per_row = (size.prediction_bytes(2 * rows, 300) - size.prediction_bytes(rows, 300)) / rows
    assert 8 < per_row < 5 * 2 + 2 + 8, "more than two probabilities, less than plain integers"
