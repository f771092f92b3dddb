"""Labels that the models contradict are doubted, and models that are merely bad are not."""

import numpy as np
import pandas as pd
import pytest
from nrg.base.errors import UserError
from nrg.data.evaluation_set import select_images
from nrg.data.label_doubts import usual_predictions

N = 40


def predicted(labels):
    """Predictions whose most probable classes are these labels."""
    return pd.DataFrame({f"top{i}": (np.asarray(labels) + i - 1) % 10 for i in range(1, 6)})


@pytest.mark.parametrize(
    ("shift", "message"),
    [(1, r"one lower they would be 36, .* count from 1"), (-1, r"one higher they would be 36")],
)
def test_labels_that_are_one_off_are_recognised(shift, message):
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


def test_classes_in_another_order_are_recognised():
    order = np.array([3, 7, 0, 9, 1, 8, 2, 6, 5, 4])
    truth = np.arange(N) % 10
    candidates = pd.DataFrame({"image_id": list(map(str, range(N))), "label": order[truth]})
    with pytest.raises(UserError, match=r"a predicts 0 for those with label 3.* in another order"):
        select_images(candidates, {"a": predicted(truth)}, 20, 5, 10, seed=0)


def test_models_that_agree_with_each_other_and_not_with_the_labels():
    truth = np.arange(10)
    candidates = pd.DataFrame({"image_id": list("abcdefghij"), "label": truth})
    clean = {"a": predicted((truth * 3 + 4) % 10), "b": predicted((truth * 3 + 4) % 10)}
    clean = {
        name: table.assign(top1=[4, 7, 0, 9, 1, 8, 2, 6, 5, 3]) for name, table in clean.items()
    }
    with pytest.raises(UserError, match="all models predict the same class for 10 of them"):
        select_images(candidates, clean, 5, 5, 10, seed=0)


def test_bad_models_are_not_mistaken_for_bad_labels():
    rng = np.random.default_rng(1)
    candidates = pd.DataFrame(
        {"image_id": list(map(str, range(N))), "label": np.random.default_rng(0).integers(0, 10, N)}
    )
    clean = {name: predicted(rng.integers(0, 10, N)) for name in "ab"}
    with pytest.raises(UserError, match=r"lower it, or give more images .*a alone|b alone"):
        select_images(candidates, clean, 39, 5, 10, seed=0)
    constant = {"a": predicted(np.full(N, 3))}
    assert len(select_images(candidates, constant, 2, 1, 10, seed=0)) == 2


@pytest.mark.parametrize(("classes", "count"), [(2, 8), (2, 100), (10, 8)])
def test_models_that_guess_do_not_make_labels_doubtful(classes, count):
    """The bound allows one refusal in a thousand, so that three of 100 are far too many."""
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
