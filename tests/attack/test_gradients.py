"""The noise-reduced gradient against smoothed gradients that are known."""

import math

import pytest
import torch
from nrg.attack.gradients import LossGradient, running_means
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import gradients_in
from nrg.models.classifier import Classifier, build_network
from nrg.study.settings import load_suite

SHAPE = (1, 4, 4)


def noise_for(n: int, shape=SHAPE) -> KeyedNoise:
    return KeyedNoise(list(range(n)), shape, torch.device("cpu"))


def noise_reduced(gradient, copies, sigma, noise):
    """The noise-reduced gradient of Eq. 8, as a function of x."""

    def estimate(x):
        *_, mean = running_means(gradient, x, copies, sigma, noise)
        return mean

    return estimate


def test_it_is_the_mean_of_raw_gradients_at_the_noisy_points():
    """Exact for a nonlinear gradient: rules out clipping, normalising copies, and clean points."""
    x = torch.tensor([0.0, 250.0]).view(2, 1, 1, 1).expand(2, *SHAPE)
    noise, copies, sigma = noise_for(2), 7, 15.0
    estimate = noise_reduced(lambda x: x**3, copies, sigma, noise)(x)
    points = torch.stack([x + sigma * noise(0, copy).clone() for copy in range(copies)])
    torch.testing.assert_close(estimate, (points**3).mean(0))
    assert points.min() < 0
    assert points.max() > 255


def test_it_approaches_the_smoothed_gradient():
    """J = Σ sin(a x): smoothing with N(0, σ²) multiplies its gradient by exp(−a²σ²/2)."""
    a, sigma, copies = 0.05, 15.0, 4000
    x = torch.linspace(0, 255, 16).view(1, *SHAPE)
    estimate = noise_reduced(lambda x: a * torch.cos(a * x), copies, sigma, noise_for(1))(x)
    expected = a * torch.cos(a * x) * math.exp(-((a * sigma) ** 2) / 2)
    standard_error = a / math.sqrt(copies)
    assert (estimate - expected).abs().max() < 5 * standard_error


def test_a_classifier_with_a_known_smoothed_gradient():
    """Two logits, 0 and s(x) = w·x: the gradient sigmoid(s) w smooths to an integral."""
    torch.manual_seed(0)
    w = torch.randn(16) / 40

    def classifier(x):
        s = x.flatten(1) @ w
        return torch.stack([torch.zeros_like(s), s], 1)

    x = torch.rand(1, 16) * 255
    x = (x - (x @ w - 0.5) * w / w.dot(w)).view(1, *SHAPE)  # so that s = 0.5
    sigma, copies = 20.0, 4000
    gradient = LossGradient([classifier], torch.tensor([0]))
    estimate = noise_reduced(gradient, copies, sigma, noise_for(1))(x)
    grid = torch.linspace(-8, 8, 20001)
    density = torch.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
    values = torch.sigmoid(0.5 + sigma * w.norm() * grid)
    smoothed = torch.trapezoid(values * density, grid)
    deviation = (torch.trapezoid(values**2 * density, grid) - smoothed**2).sqrt()
    error = (estimate.flatten() - smoothed * w).norm() / w.norm()
    assert error < 5 * deviation / math.sqrt(copies)


def test_without_noise_it_is_the_gradient():
    x = torch.rand(3, *SHAPE)
    torch.testing.assert_close(noise_reduced(torch.sin, 5, 0, noise_for(3))(x), torch.sin(x))


def test_running_means_are_the_means_of_fewer_copies():
    x = torch.rand(3, *SHAPE) * 255
    means = [
        mean.clone() for mean in running_means(torch.sin, x, copies=6, sigma=9, noise=noise_for(3))
    ]
    for copies in (1, 4, 6):
        alone = noise_reduced(torch.sin, copies, 9, noise_for(3))(x)
        assert torch.equal(means[copies - 1], alone)


def test_the_ensemble_gradient_is_that_of_the_mean_probability(tiny):
    members = [tiny(seed).double() for seed in range(3)]
    labels = torch.tensor([0, 1, 2, 3])
    x = (torch.rand(4, 1, 8, 8, dtype=torch.float64) * 255).requires_grad_()
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    probabilities = sum(w * m(x).softmax(1) for w, m in zip(weights, members, strict=True))
    loss = -probabilities.gather(1, labels[:, None]).log().sum()
    (expected,) = torch.autograd.grad(loss, x)
    got = LossGradient(members, labels, log_weights=weights.log())(x)
    torch.testing.assert_close(got, expected)


def test_a_targeted_gradient_points_the_other_way(tiny):
    x, labels = torch.rand(4, 1, 8, 8) * 255, torch.tensor([0, 1, 2, 3])
    away = LossGradient([tiny()], labels)(x)
    towards = LossGradient([tiny()], labels, targeted=True)(x)
    torch.testing.assert_close(towards, -away)


@pytest.mark.parametrize("batch", [1, 3])
def test_an_images_gradient_does_not_depend_on_its_batch(tiny, batch):
    model, labels = tiny(), torch.arange(4) % 5
    x = torch.rand(4, 1, 8, 8) * 255
    whole = LossGradient([model], labels)(x)
    part = LossGradient([model], labels[:batch])(x[:batch])
    torch.testing.assert_close(whole[:batch], part)


def test_bfloat16_is_another_attack_and_near_it():
    network = build_network(load_suite("digits", {}).zoo["resnet18"]).eval()
    classifier = Classifier(network, (0.3,), (0.35,)).requires_grad_(False)
    x, labels = 255 * torch.rand(8, 1, 16, 16), torch.arange(8)
    gradient = LossGradient([classifier], labels)
    plain = gradient(x)
    with gradients_in("bf16", torch.device("cpu")):
        rounded = gradient(x)
    with gradients_in("fp32", torch.device("cpu")):
        assert torch.equal(gradient(x), plain)
    assert rounded.dtype == torch.float32
    assert not torch.equal(rounded, plain)
    assert torch.cosine_similarity(rounded.flatten(), plain.flatten(), dim=0) > 0.9
