"""Selecting the images that every model classifies correctly."""

import numpy as np
import pandas as pd
import pytest
from nrg.base.errors import UserError
from nrg.data.evaluation_set import measure_accuracy, select_images

N = 40


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    candidates = pd.DataFrame(
        {"image_id": [f"image-{i}" for i in range(N)], "label": rng.integers(0, 10, N)}
    )
    clean = {}
    for model in "ab":
        right = rng.random(N) < 0.8
        tops = np.stack([(candidates["label"] + shift) % 10 for shift in range(5)], 1)
        tops[~right] = np.roll(tops[~right], 1, axis=1)
        clean[model] = pd.DataFrame(tops, columns=[f"top{i}" for i in range(1, 6)])
    return candidates, clean


def test_the_first_images_that_all_classify_correctly(made):
    candidates, clean = made
    chosen = select_images(candidates, clean, 15, 5, 10, seed=0)
    right = (clean["a"]["top1"] == candidates["label"]) & (
        clean["b"]["top1"] == candidates["label"]
    )
    assert chosen["image_id"].tolist() == candidates["image_id"][right].head(15).tolist()
    assert chosen["in_subset"].tolist() == [True] * 5 + [False] * 10
    assert list(chosen) == ["image_id", "label", "target_label", "in_subset"]


def test_target_labels_are_wrong_frozen_and_uniform():
    candidates = pd.DataFrame(
        {"image_id": [f"image-{i}" for i in range(9000)], "label": np.arange(9000) % 10}
    )
    chosen = select_images(candidates, {}, 9000, 1, 10, seed=0)
    assert (chosen["target_label"] != chosen["label"]).all()
    shifts = np.bincount((chosen["target_label"] - chosen["label"]) % 10, minlength=10)[1:]
    assert np.abs(shifts - 1000).max() < 5 * np.sqrt(1000)
    fewer = select_images(candidates, {}, 100, 1, 10, seed=0)
    assert fewer["target_label"].tolist() == chosen["target_label"][:100].tolist()
    other = select_images(candidates, {}, 100, 1, 10, seed=1)
    assert other["target_label"].tolist() != fewer["target_label"].tolist()


def test_too_few_images_name_the_number_and_the_setting(made):
    candidates, clean = made
    with pytest.raises(UserError, match=r"of 40 candidates .* evaluation_images asks for 39"):
        select_images(candidates, clean, 39, 5, 10, seed=0)
    with pytest.raises(UserError, match="one class"):
        select_images(candidates, clean, 5, 5, 1, seed=0)


def test_clean_accuracy_in_percent(made):
    candidates, clean = made
    row = measure_accuracy(candidates, clean).set_index("model").loc["a"]
    expected = 100 * (clean["a"]["top1"] == candidates["label"]).mean()
    assert row["top1_accuracy"] == pytest.approx(expected)
    assert row["top5_accuracy"] == pytest.approx(100)
    assert row["n"] == N


def test_wanted_images_come_first_where_all_models_know_them(made):
    candidates, clean = made
    plain = select_images(candidates, clean, 22, 5, 10, seed=0)
    last, label = plain["image_id"].iloc[-1], plain["label"].iloc[7]
    chosen = select_images(
        candidates, clean, 10, 5, 10, seed=0, wanted=[last, int(label), "nowhere"]
    )
    firsts = [last, plain[plain["label"] == label]["image_id"].iloc[0]]
    rest = [name for name in plain["image_id"] if name not in firsts]
    assert chosen["image_id"].tolist() == [*dict.fromkeys(firsts), *rest][:10]
    assert chosen["in_subset"].tolist() == [True] * 5 + [False] * 5
    same = chosen.merge(plain, on="image_id")
    assert (same["target_label_x"] == same["target_label_y"]).all()


def test_target_labels_of_the_user_replace_random_ones(made):
    candidates, clean = made
    drawn = select_images(candidates, clean, 15, 5, 10, seed=0)
    given = candidates.assign(target_label=(candidates["label"] + 3) % 10)
    chosen = select_images(given, clean, 15, 5, 10, seed=0)
    assert list(chosen) == list(drawn)
    assert (chosen["target_label"] == (chosen["label"] + 3) % 10).all()
    pd.testing.assert_frame_equal(
        chosen.drop(columns="target_label"), drawn.drop(columns="target_label")
    )
