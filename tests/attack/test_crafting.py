"""What every attack promises of its adversarial images, whatever the network."""

import numpy as np
import pytest
import torch
from adversarial_sets import (
    ALL,
    CPU,
    FGSM,
    IGSM,
    NR_FGM,
    NR_FGSM,
    NR_IGSM,
    crafted,
    images,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.crafting import ascend
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import gradients_in
from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.study.attacks import Attack
from torch import nn


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_perturbations_stay_in_the_ball(tiny, attack):
    data = images()
    into, effects = crafted([tiny()], [attack], data)
    eta = into[attack.name].astype(float) - data.pixels
    assert into[attack.name].dtype == np.uint8
    size = {
        "linf": np.abs(eta).max((1, 2, 3)),
        "l2": np.sqrt((eta**2).mean((1, 2, 3))),
    }[attack.ball]
    assert size.max() <= attack.epsilon + (0.5 if attack.ball == "l2" else 0)
    assert effects.loc[attack.name, "zero_gradients"] == 0
    assert effects.loc[attack.name, attack.ball.replace("l2", "rmsd")] == pytest.approx(size.mean())


@settings(max_examples=25, deadline=None)
@given(
    ball=st.sampled_from(["linf", "l2"]),
    epsilon=st.integers(1, 60),
    alpha=st.integers(1, 60),
    steps=st.integers(1, 4),
    seed=st.integers(0, 5),
)
def test_iterates_stay_in_the_ball_before_rounding(ball, epsilon, alpha, steps, seed):
    torch.manual_seed(seed)
    clean = torch.randint(0, 256, (3, 1, 6, 6)).float()
    attack = Attack(ball, epsilon, steps=steps, alpha=alpha)
    x = clean
    for _ in range(steps):
        x = ascend(x, torch.randn_like(x), clean, attack)
        eta = x - clean
        assert x.min() >= 0
        assert x.max() <= 255
        if ball == "linf":
            assert eta.abs().max() <= epsilon
            assert torch.equal(x, x.round()), "whole ε and α keep every iterate whole"
        else:
            assert eta.square().mean((1, 2, 3)).sqrt().max() <= epsilon * (1 + 1e-5)


def test_attacks_raise_the_loss_and_targeted_ones_find_their_label(tiny):
    model, data = tiny(), images()
    targeted = Attack("linf", 60, steps=10, alpha=20, targeted=True)
    into, _ = crafted([model], [IGSM, targeted], data)

    def confidence(pixels, labels):
        probabilities = model(torch.from_numpy(pixels).float()).softmax(1)
        return probabilities.gather(1, torch.from_numpy(labels)[:, None])[:, 0]

    before = confidence(data.pixels, data.labels)
    assert (confidence(into[IGSM.name], data.labels) < before).all()
    before = confidence(data.pixels, data.target_labels)
    assert (confidence(into[targeted.name], data.target_labels) > before).all()


def test_sharing_gradients_changes_nothing(tiny):
    shorter = Attack("linf", 15, steps=2, alpha=4)
    fewer = Attack("linf", 9, copies=2, sigma=15)
    together, effects = crafted([tiny()], [*ALL, shorter, fewer])
    for attack in (*ALL, shorter, fewer):
        alone, _ = crafted([tiny()], [attack])
        np.testing.assert_array_equal(together[attack.name], alone[attack.name])
    assert effects.loc[fewer.name, "gradients"] == 20 * 6
    assert effects.loc[shorter.name, "gradients"] == 20 * 6


def test_images_without_a_gradient_are_counted():
    def flat(x):
        return torch.zeros(len(x), 5) + 0 * x.sum()

    into, effects = crafted([flat], [FGSM, IGSM])
    np.testing.assert_array_equal(into[FGSM.name], images().pixels)
    assert effects["zero_gradients"].tolist() == [20, 20]


def test_random_attacks_are_noise_of_full_size_and_need_no_model():
    signs = Attack("linf", 15, variant="random")
    gaussian = Attack("l2", 15, variant="random")
    data = images()
    data.pixels = np.full_like(data.pixels, 128)
    into, effects = crafted([], [signs, gaussian], data)
    eta = into[signs.name].astype(int) - 128
    assert set(np.unique(eta)) == {-15, 15}
    assert abs(eta.mean()) < 15 * 5 / np.sqrt(eta.size)
    assert effects.loc[gaussian.name, "rmsd"] == pytest.approx(15, abs=0.1)
    assert effects["gradients"].tolist() == [0, 0]


@pytest.mark.parametrize("variant", ["", "clipped", "normalised"])
def test_eq_8_and_its_other_readings_by_hand(tiny, variant):
    """One step, recomputed from the noise that the image's key gives."""
    model, data = tiny(), images(1)
    attack = Attack("linf", 15, copies=6, sigma=40, variant=variant)
    into, _ = crafted([model], [attack], data, microbatch=1, seed=4)
    noise = KeyedNoise([image_key(4, "image-0")], (1, 8, 8), CPU)
    x = torch.from_numpy(data.pixels).float()
    total = torch.zeros_like(x)
    for copy in range(6):
        point = x + 40 * noise(0, copy)
        point = (point.clamp(0, 255) if variant == "clipped" else point).requires_grad_()
        loss = torch.nn.functional.cross_entropy(model(point), torch.tensor([0]))
        gradient = torch.autograd.grad(loss, point)[0]
        total += gradient / gradient.norm() if variant == "normalised" else gradient
    expected = (x + 15 * total.sign()).clamp(0, 255)
    np.testing.assert_array_equal(into[attack.name], expected.numpy().astype(np.uint8))


def test_an_ensemble_computes_one_gradient_per_member(tiny):
    _, effects = crafted([tiny(0), tiny(1)], [FGSM])
    assert effects.loc[FGSM.name, "gradients"] == 40


def test_another_seed_is_other_noise(tiny):
    a, _ = crafted([tiny()], [NR_FGSM], seed=0)
    b, _ = crafted([tiny()], [NR_FGSM], seed=1)
    assert (a[NR_FGSM.name] != b[NR_FGSM.name]).any()


def test_a_member_of_twice_the_weight_is_a_member_twice(tiny):
    a, b = tiny(1), tiny(2)
    weighted, _ = crafted([a, b], [NR_IGSM], weights=[2 / 3, 1 / 3])
    repeated, _ = crafted([a, a, b], [NR_IGSM])
    equal, _ = crafted([a, b], [NR_IGSM])
    differing = weighted[NR_IGSM.name] != repeated[NR_IGSM.name]
    assert differing.mean() < 0.01, "but for rounding"
    assert (weighted[NR_IGSM.name] != equal[NR_IGSM.name]).mean() > 0.01


@pytest.mark.parametrize("attack", [FGSM, NR_FGM, IGSM], ids=lambda attack: attack.name)
def test_a_gradient_that_is_not_finite_ends_the_job(tiny, attack):
    class Overflowing(nn.Module):
        def forward(self, x):
            return (
                network(x) * torch.where(x.mean((1, 2, 3)) > brightest - 1e-3, np.inf, 1)[:, None]
            )

    network, data = tiny(), images()
    brightest = data.pixels.mean((1, 2, 3)).max()
    with pytest.raises(UserError, match=r"gradient of image image-.* is not finite"):
        crafted([Overflowing()], [attack], data)


def test_a_model_that_overflows_in_bfloat16_ends_the_job_there_and_not_in_fp32(tiny):
    class Huge(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Conv2d(1, 1, 1, bias=False).requires_grad_(False)
            self.scale.weight.fill_(3.4e38)  # a float32; the next bfloat16 is infinite
            self.network = tiny()

        def forward(self, x):
            return self.network(self.scale(x / 512) * 1e-36)

    crafted([Huge()], [NR_FGSM])
    with (
        gradients_in("bf16", CPU),
        pytest.raises(UserError, match="not finite: the model overflows on it; use another precis"),
    ):
        crafted([Huge()], [NR_FGSM])
