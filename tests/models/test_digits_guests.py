"""The guests of the suite `digits`: later architectures, and training on attacked images."""

import numpy as np
import pytest
import torch
from nrg.models.classifier import Classifier, build_classifier
from nrg.models.network_checks import check_model
from nrg.models.quick_form_proof import prove
from nrg.models.training import attack_batch, train
from nrg.study.settings import load_suite
from nrg.study.suite import Adversarial, Training
from torch import nn
from torch.nn.functional import cross_entropy

CPU = torch.device("cpu")
SUITE = load_suite("digits", {})
RECIPE = Training("adamw", 0.01, epochs=1, batch=8, adversarial=Adversarial(40))


def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 1, 16, 16), np.uint8)
    return pixels, np.arange(count) % 10


def linear() -> Classifier:
    return Classifier(nn.Sequential(nn.Flatten(), nn.Linear(256, 10)))


@pytest.mark.parametrize("name", SUITE.guest_list)
def test_they_keep_the_contract_and_what_runs_is_proven(name):
    model = SUITE.guest_list[name]
    assert not model.joint
    found = check_model(model, (1, 16, 16), 10, attacked=True)
    assert found["parameters"] < 100_000

    def build():
        torch.manual_seed(0)
        return build_classifier(model)

    finding = prove(build, *images(20), 20, CPU, ["fp32"])["precisions"]["fp32"]
    assert finding["quick"], finding["why"]


def test_the_suite_s_recipe_is_that_of_a_model_but_for_what_the_model_says():
    recipes = {name: model.training for name, model in SUITE.guest_list.items()}
    assert recipes["vit"] == recipes["convnext"] == SUITE.training
    assert recipes["robust"].adversarial == Adversarial(epsilon=40, steps=1), "15, at this scale"
    assert recipes["robust"].epochs == SUITE.training.epochs
    assert {model.training for model in SUITE.zoo.values()} == {SUITE.training}
    assert load_suite("imagenet", {}).zoo["alexnet"].training is None


@pytest.mark.parametrize("steps", [1, 3])
def test_attacked_images_lie_in_the_ball_and_have_a_larger_loss(steps):
    torch.manual_seed(0)
    classifier = linear()
    pixels, labels = images(30)
    x, y = torch.from_numpy(pixels).float(), torch.from_numpy(labels)
    generator = torch.Generator().manual_seed(0)
    moved = attack_batch(classifier, x, y, Adversarial(20, steps), generator)
    assert (moved - x).abs().max() <= 20
    assert 0 <= moved.min() <= moved.max() <= 255
    before, after = cross_entropy(classifier(x), y), cross_entropy(classifier(moved), y)
    assert after > before + 0.01


def test_adversarial_training_depends_on_its_seed_alone():
    states = []
    for seed in (0, 0, 1):
        classifier = linear()
        train(classifier, *images(40), RECIPE, seed)
        states.append(classifier.network[1].weight)
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_training_on_attacked_images_makes_the_loss_rise_less():
    pixels, labels = images(40)
    x, y = torch.from_numpy(pixels).float(), torch.from_numpy(labels)
    rises = []
    for adversarial in (None, Adversarial(40)):
        classifier = linear()
        recipe = Training("adamw", 0.01, epochs=40, batch=8, adversarial=adversarial)
        train(classifier, pixels, labels, recipe)
        moved = attack_batch(classifier, x, y, Adversarial(40), torch.Generator().manual_seed(1))
        rises.append(cross_entropy(classifier(moved), y) - cross_entropy(classifier(x), y))
    assert rises[1] < 0.8 * rises[0]


@pytest.mark.parametrize(("steps", "gradients"), [(1, 2), (4, 5)])
def test_the_gradients_of_an_epoch_count_the_attack_s(steps, gradients):
    assert Training("sgd", 1, 1, 1).gradients == 1
    assert Training("sgd", 1, 1, 1, adversarial=Adversarial(1, steps)).gradients == gradients
