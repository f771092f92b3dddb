"""Selecting the images that every model classifies correctly."""

import numpy as np
import pandas as pd
import pytest
from nrg.base.errors import UserError
from nrg.data.evaluation_set import clean_accuracy, select_images, usual_predictions
from nrg.data.images import Images, pick_images

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


def test_a_wanted_image_comes_ahead():
    images = Images(["a", "b", "c"], np.arange(3).reshape(3, 1, 1, 1), np.array([7, 8, 8]), None)
    images.target_labels = images.labels
    assert pick_images(images, 2, "c").ids == ["c", "a"]
    assert pick_images(images, 2, 8).ids == ["b", "c"]
    assert pick_images(images, 2, 9).ids == pick_images(images, 2, None).ids == ["a", "b"]


def test_clean_accuracy_in_percent(made):
    candidates, clean = made
    row = clean_accuracy(candidates, clean).set_index("model").loc["a"]
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


def predicted(labels):
    """Predictions whose Top-1 is these labels."""
    return pd.DataFrame({f"top{i}": (np.asarray(labels) + i - 1) % 10 for i in range(1, 6)})


def test_target_labels_of_the_user_stand_in_place_of_drawn_ones(made):
    candidates, clean = made
    drawn = select_images(candidates, clean, 15, 5, 10, seed=0)
    given = candidates.assign(target_label=(candidates["label"] + 3) % 10)
    chosen = select_images(given, clean, 15, 5, 10, seed=0)
    assert list(chosen) == list(drawn)
    assert (chosen["target_label"] == (chosen["label"] + 3) % 10).all()
    pd.testing.assert_frame_equal(
        chosen.drop(columns="target_label"), drawn.drop(columns="target_label")
    )


@pytest.mark.parametrize(
    ("shift", "message"),
    [(1, r"one lower they would be 36, .* count from 1"), (-1, r"one higher they would be 36")],
)
def test_labels_that_are_one_off_are_told_by_the_data(shift, message):
    truth = np.arange(N) % 9 if shift == 1 else 1 + np.arange(N) % 9
    candidates = pd.DataFrame({"image_id": list(map(str, range(N))), "label": truth + shift})
    wrong = np.where(np.arange(N) < 4, 5, truth)
    wrong[:4] = (truth[:4] + 4 * shift) % 10
    clean = {"a": predicted(truth), "b": predicted(wrong)}
    with pytest.raises(UserError, match=r"classify 0 of 40 candidates correctly.*" + message):
        select_images(candidates, clean, 20, 5, 10, seed=0)


def test_labels_that_are_one_off_are_refused_even_where_enough_images_are_correct():
    truth = np.arange(400) % 10
    said = np.where(np.arange(400) % 8 == 0, truth + 1, truth) % 10
    candidates = pd.DataFrame({"image_id": list(map(str, range(400))), "label": (truth + 1) % 10})
    with pytest.raises(UserError, match=r"classify 50 of 400 .* one lower they would be 350"):
        select_images(candidates, {"a": predicted(said)}, 20, 5, 10, seed=0)


def test_the_usual_prediction_is_that_of_the_other_images_of_a_label():
    rng = np.random.default_rng(0)
    labels, said = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    said = np.where(rng.random(60) < 0.5, (labels + 1) % 4, said)
    got = usual_predictions(pd.Series(labels), pd.Series(said))
    for place in range(60):
        others = said[(labels == labels[place]) & (np.arange(60) != place)]
        assert got[place] == np.bincount(others).argmax()
    one = usual_predictions(pd.Series([5, 5, 6]), pd.Series([2, 2, 3]))
    assert one.tolist() == [2, 2, -1]
    assert usual_predictions(pd.Series([5, 6]), pd.Series([2, 2])).tolist() == [-1, -1]
    assert usual_predictions(pd.Series([5, 5, 6, 6]), pd.Series([2, 2, 2, 2])).tolist() == [-1] * 4


def test_classes_in_another_order_are_told_by_the_data():
    order = np.array([3, 7, 0, 9, 1, 8, 2, 6, 5, 4])
    truth = np.arange(N) % 10
    candidates = pd.DataFrame({"image_id": list(map(str, range(N))), "label": order[truth]})
    with pytest.raises(UserError, match=r"those of 3 are 0 to a\), .* in another order"):
        select_images(candidates, {"a": predicted(truth)}, 20, 5, 10, seed=0)


def test_models_that_agree_with_each_other_and_not_with_the_labels():
    truth = np.arange(10)
    candidates = pd.DataFrame({"image_id": list("abcdefghij"), "label": truth})
    clean = {"a": predicted((truth * 3 + 4) % 10), "b": predicted((truth * 3 + 4) % 10)}
    clean = {
        name: table.assign(top1=[4, 7, 0, 9, 1, 8, 2, 6, 5, 3]) for name, table in clean.items()
    }
    with pytest.raises(UserError, match=r"all models say the same of 10 of them, so labels"):
        select_images(candidates, clean, 5, 5, 10, seed=0)


def test_bad_models_are_not_taken_for_bad_labels(made):
    candidates, _ = made
    rng = np.random.default_rng(1)
    clean = {name: predicted(rng.integers(0, 10, N)) for name in "ab"}
    with pytest.raises(UserError, match=r"lower it, or give more images .*a alone|b alone"):
        select_images(candidates, clean, 39, 5, 10, seed=0)
    constant = {"a": predicted(np.full(N, 3))}
    assert len(select_images(candidates, constant, 2, 1, 10, seed=0)) == 2


@pytest.mark.parametrize(("classes", "count"), [(2, 8), (2, 100), (10, 8)])
def test_models_that_guess_do_not_make_labels_doubtful(classes, count):
    """The bound allows one refusal in a thousand; of 100, three are far too many."""
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        labels = rng.integers(0, classes, count)
        candidates = pd.DataFrame({"image_id": list(map(str, range(count))), "label": labels})
        said = np.append(labels[:1], rng.integers(0, classes, count - 1))
        try:
            select_images(candidates, {"a": predicted(said)}, 1, 1, classes, seed=0)
        except UserError:
            refused += 1
    assert refused < 3
