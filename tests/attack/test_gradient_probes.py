"""Averages, spectra and cosines of gradients, where the answer is known."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from adversarial_sets import CPU, LittleMemory, images
from nrg.attack.gradient_probes import (
    average_gradients,
    compare_copies,
    high_frequency_share,
    render_gradient,
    tabulate_cosines,
    tabulate_shares,
)
from nrg.base.errors import UserError
from nrg.data.batches import Compute
from nrg.data.images import Images


def test_spectra_of_known_waves():
    y, x = np.mgrid[:16, :16]
    slow = torch.tensor(np.cos(2 * np.pi * x / 16))[None, None]
    fast = torch.tensor(np.cos(np.pi * (x + y)))[None, None]
    assert high_frequency_share(slow)[0] == pytest.approx(0, abs=1e-12)
    assert high_frequency_share(fast)[0] == pytest.approx(1)
    assert high_frequency_share(slow + fast)[0] == pytest.approx(2 / 3)


def two_images() -> Images:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, 8, 8), dtype=np.uint8)
    return Images(["a", "b"], pixels, np.array([0, 1]), np.array([1, 2]))


def test_averaging_is_that_of_eq_8(tiny):
    data = two_images()
    found = average_gradients(tiny(), data, [0, 1, 4], 15.0, Compute(1, CPU))
    again = average_gradients(tiny(), data, [4], 15.0, Compute(2, CPU))
    torch.testing.assert_close(found[4], again[4])
    assert {m: tuple(g.shape) for m, g in found.items()} == dict.fromkeys([0, 1, 4], (2, 1, 8, 8))


def test_batches_are_halved_where_memory_runs_out(tiny, caplog):
    data, crowded = images(), LittleMemory(tiny(), 4)
    averages = average_gradients(crowded, data, [0, 1, 3], 15.0, Compute(16, CPU))
    small = average_gradients(tiny(), data, [0, 1, 3], 15.0, Compute(4, CPU))
    assert all(torch.equal(averages[m], small[m]) for m in (0, 1, 3))
    cosines = compare_copies(crowded, data, 3, 15.0, Compute(16, CPU))
    assert np.array_equal(cosines, compare_copies(tiny(), data, 3, 15.0, Compute(4, CPU)))
    assert caplog.text.count("batches of 4") == 2


def test_an_image_whose_gradient_overflows_is_named():
    class Overflowing(torch.nn.Module):
        def forward(self, x):
            scale = torch.where(x.flatten(1).amax(1) > 100, np.inf, 1)
            total = x.flatten(1).sum(1)
            return torch.stack([scale * total, total], 1)

    pixels = np.zeros((2, 1, 8, 8), np.uint8)
    pixels[1] = 200
    data = Images(["a", "b"], pixels, np.array([0, 0]), np.array([1, 1]))
    with pytest.raises(UserError, match="gradient of image b is not finite"):
        average_gradients(Overflowing(), data, [0], 1e-3, Compute(2, CPU))
    with pytest.raises(UserError, match="gradient of image b is not finite"):
        compare_copies(Overflowing(), data, 2, 1e-3, Compute(2, CPU))


def test_the_plain_gradient_alone_needs_no_noise(tiny):
    found = average_gradients(tiny(), two_images(), [0], 15.0, Compute(1, CPU))
    assert list(found) == [0]


def test_a_stream_of_its_own_is_other_noise(tiny):
    given = (tiny(), two_images(), [0, 1], 15.0, Compute(2, CPU))
    plain, one, other = (average_gradients(*given, stream=s) for s in ("", "one", "other"))
    assert torch.equal(plain[0], one[0])
    assert not torch.equal(plain[1], one[1])
    assert not torch.equal(one[1], other[1])
    assert torch.equal(one[1], average_gradients(*given, stream="one")[1])


def test_noise_that_two_models_share_would_make_them_alike():
    """Gradients that are the noise itself: alike with the same, and not with its own."""
    pixels = np.full((20, 1, 8, 8), 128, np.uint8)
    ids = [str(i) for i in range(20)]
    data = Images(ids, pixels, np.zeros(20, int), np.ones(20, int))

    class Bowl(torch.nn.Module):
        def forward(self, x):
            height = ((x - 128) ** 2).sum((1, 2, 3)) / 1e4
            return torch.stack([-height, torch.zeros_like(height)], 1)

    def mean_cosine(first: str, second: str) -> float:
        gradients = {
            name: average_gradients(Bowl(), data, [1], 15.0, Compute(20, CPU), stream=stream)
            for name, stream in (("a", first), ("b", second))
        }
        return tabulate_cosines(gradients, data)["cosine"].mean()

    assert mean_cosine("", "") == pytest.approx(1, abs=1e-6)
    assert abs(mean_cosine("a", "b")) < 5 / (20 * 64) ** 0.5


@pytest.mark.parametrize("microbatch", [1, 2])
def test_copy_cosines_are_the_mean_over_all_pairs(tiny, microbatch):
    data = two_images()
    found = compare_copies(tiny(), data, 5, 15.0, Compute(microbatch, CPU))
    means = average_gradients(tiny(), data, [1, 2, 3, 4, 5], 15.0, Compute(2, CPU))
    sums = [torch.zeros_like(means[1]), *(m * means[m].double() for m in range(1, 6))]
    single = torch.stack([after - before for before, after in pairwise(sums)]).flatten(2)
    for image in range(2):
        unit = single[:, image] / single[:, image].norm(dim=1, keepdim=True)
        matrix = (unit @ unit.T).numpy()
        expected = matrix[~np.eye(5, dtype=bool)].mean()
        assert found[image] == pytest.approx(expected, abs=1e-4)


def test_copies_of_a_straight_model_are_alike_whatever_the_noise(tiny):
    class Straight(torch.nn.Module):
        def forward(self, x):
            over = x.flatten(1).mean(1) - 128
            return torch.stack([over, -over], 1) * 1e-30

    assert compare_copies(Straight(), two_images(), 3, 25.0, Compute(2, CPU)) == pytest.approx(
        [1, 1]
    )


def test_cosines_of_known_gradients():
    one = {0: torch.tensor([[[[1.0, 0.0]]]]), 5: torch.tensor([[[[2.0, 2.0]]]])}
    two = {0: torch.tensor([[[[0.0, 3.0]]]]), 5: torch.tensor([[[[1.0, 0.0]]]])}
    data = Images(["a"], np.zeros((1, 1, 1, 2), np.uint8), np.zeros(1, int), np.ones(1, int))
    frame = tabulate_cosines({"one": one, "two": two}, data)
    assert frame["m"].tolist() == [0, 5]
    assert frame["cosine"].tolist() == pytest.approx([0, 0.5**0.5])


@pytest.mark.parametrize("scale", [1, 1e-12, 1e-24, 1e-36])
def test_cosines_and_spectra_of_tiny_gradients(scale):
    """torch's own cosine takes any length for 1e-8 at least."""
    generator = torch.Generator().manual_seed(0)
    one, two = (torch.randn(4, 1, 8, 8, generator=generator) for _ in range(2))
    data = Images([*"abcd"], np.zeros((4, 1, 8, 8), np.uint8), np.zeros(4, int), np.ones(4, int))
    frame = tabulate_cosines({"one": {0: scale * one}, "two": {0: scale * two}}, data)
    expected = torch.cosine_similarity(one.flatten(1), two.flatten(1))
    assert frame["cosine"].tolist() == pytest.approx(expected.tolist(), abs=1e-5)
    assert high_frequency_share(scale * one) == pytest.approx(high_frequency_share(one), abs=1e-5)
    zero = tabulate_cosines({"one": {0: 0 * one}, "two": {0: two}}, data)
    assert zero["cosine"].tolist() == [0] * 4


def test_shares_are_listed_by_method_and_m():
    data = Images(["a"], np.zeros((1, 1, 8, 8), np.uint8), np.zeros(1, int), np.ones(1, int))
    noise = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    frame = tabulate_shares({("parallel", 9): torch.ones(1, 1, 8, 8), ("gradient", 0): noise}, data)
    assert list(frame) == ["method", "m", "image_id", "share"]
    assert frame["method"].tolist() == ["parallel", "gradient"]
    assert frame["share"][0] == pytest.approx(0, abs=1e-9)
    assert frame["share"][1] > 10


def test_a_rendered_gradient_lies_between_black_and_white():
    gradient = torch.randn(3, 20, 20, generator=torch.Generator().manual_seed(0))
    picture = render_gradient(gradient)
    np.testing.assert_allclose(render_gradient(1e-36 * gradient), picture, rtol=1e-5)
    assert picture.shape == (20, 20)
    assert picture.min() >= 0
    assert picture.max() == 1
    assert render_gradient(torch.zeros(1, 4, 4)).max() == 0


def test_a_zero_gradient_has_no_spectrum():
    assert np.isnan(high_frequency_share(torch.zeros(2, 1, 4, 4))).all()
