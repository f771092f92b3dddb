"""Noise that depends on the seed, the image, the step and the copy alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.noise import KeyedNoise, write_normals
from nrg.attack.philox import philox_by_tensors
from nrg.base.image_keys import image_key
from scipy.stats import binomtest, kstest, norm

SHAPE = (3, 10, 10)
KEYS = [image_key(0, f"image-{i}") for i in range(64)]
CPU = torch.device("cpu")
LARGEST_ERROR = 6e-7
SHAPES = [(1, 1, 1), (1, 3, 5), (3, 7, 5), (1, 16, 16), (3, 112, 111)]


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(range(10)),
    st.lists(st.integers(1, 10), min_size=1, max_size=4),
    st.sampled_from(SHAPES),
    st.integers(0, 200),
    st.integers(0, 2000),
    st.sampled_from([1, 2]),
)
def test_the_same_bits_in_any_batch_order_and_thread_count(
    order, sizes, shape, step, copy, threads
):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    whole = KeyedNoise(KEYS[:10], shape, CPU)(step, copy).clone()
    torch.set_num_threads(threads)
    start = 0
    for size in [*sizes, 10]:
        chosen = [order[min(start + i, 9)] for i in range(size)]
        part = KeyedNoise([KEYS[i] for i in chosen], shape, CPU)(step, copy)
        assert torch.equal(part, whole[chosen])
        start = min(start + size, 9)
    torch.set_num_threads(before)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_words_of_another_device_become_the_same_noise(shape):
    noise = KeyedNoise(KEYS[:3], shape, CPU)
    streams = torch.from_numpy(
        np.array([(key, 5, 2) for key in KEYS[:3]], np.uint64).view(np.int64)
    )
    words = philox_by_tensors(streams, noise.blocks)
    out = torch.empty(3, 8 * noise.blocks)
    write_normals(words.view(torch.int32), out)
    size = np.prod(shape)
    assert torch.equal(noise(2, 5), out[:, :size].view(3, *shape))


@pytest.mark.parametrize(("images", "rows"), [(3, 3), (3, 8), (1, 4)])
def test_every_row_has_the_noise_of_its_copy(images, rows):
    stacked = KeyedNoise(KEYS[:images], SHAPE, CPU, rows)(2, 5 + torch.arange(rows) // images)
    single = KeyedNoise(KEYS[:images], SHAPE, CPU)
    expected = torch.cat([single(2, 5 + copy).clone() for copy in range(rows)])
    assert torch.equal(stacked, expected[:rows])


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_a_pixel_has_its_noise_in_any_memory_format(memory_format):
    x = torch.rand(4, *SHAPE).contiguous(memory_format=memory_format)
    noise = KeyedNoise(KEYS[:4], SHAPE, CPU)(0, 1)
    assert torch.equal((x + noise)[2, 1, 4, 7], x[2, 1, 4, 7] + noise[2, 1, 4, 7])
    assert torch.equal(torch.add(x, noise, alpha=15), torch.add(x.contiguous(), noise, alpha=15))


def test_it_stays_as_it_is():
    """Whoever changes these numbers changes every noise-reduced result."""
    found = KeyedNoise([image_key(0, "image-0")], (1, 2, 3), CPU)(3, 11).flatten()
    expected = [-1.07928419, -0.93845975, -0.98715299, -1.19425106, -0.05297494, 2.10342669]
    assert found.tolist() == pytest.approx(expected, abs=1e-8)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(0, 30))
def test_an_integer_becomes_its_quantile(n, shift):
    numbers = np.array([n, n >> shift, 2**31 - 1 - (n >> shift)], np.int32)
    out = torch.empty(6)
    write_normals(torch.from_numpy(np.concatenate([numbers, -numbers])), out)
    exact = norm.isf((numbers + 0.5) / 2**32)
    assert out[:3].tolist() == pytest.approx(exact, abs=LARGEST_ERROR)
    assert out[3:][numbers > 0].tolist() == pytest.approx(-exact[numbers > 0], abs=LARGEST_ERROR)


def test_every_integer_of_the_tail_becomes_its_quantile():
    """Those whose number is above 3.6, where float32 is coarsest."""
    numbers = np.arange(2**19, dtype=np.int32)
    out = torch.empty(len(numbers))
    write_normals(torch.from_numpy(numbers), out)
    errors = np.abs(out.double().numpy() - norm.isf((numbers + 0.5) / 2**32))
    assert errors.max() < LARGEST_ERROR
    assert (errors > 5e-7).mean() < 0.001


def test_the_tails_reach_as_far_as_32_bits_do():
    out = torch.empty(3)
    write_normals(torch.tensor([0, -1, -(2**31)], dtype=torch.int32), out)
    assert out.tolist() == pytest.approx(
        [norm.isf(0.5 / 2**32), -norm.isf(1.5 / 2**32), 0], abs=LARGEST_ERROR
    )
    assert out[0] > 6.2


def test_it_is_standard_normal():
    noise = KeyedNoise(KEYS, (3, 100, 100), CPU)(0, 0).double().flatten().numpy()
    n = len(noise)
    assert n > 1.9e6
    for power, moment in enumerate([0, 1, 0, 3, 0, 15], start=1):
        spread = norm.moment(2 * power) - moment**2
        assert abs((noise**power).mean() - moment) < 5 * (spread / n) ** 0.5
    assert kstest(noise, "norm").pvalue > 1e-4
    for limit in (3, 4, 4.5):
        for beyond in (noise > limit, noise < -limit):
            assert binomtest(int(beyond.sum()), n, norm.sf(limit)).pvalue > 1e-5


def test_images_steps_copies_and_neighbouring_keys_have_nothing_in_common():
    keys = [KEYS[0], KEYS[1], KEYS[0] + 1, KEYS[0] ^ 2**63, image_key(1, "image-0")]
    noise = KeyedNoise(keys, (1, 128, 128), CPU)
    pairs = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2**32), (2**32, 0)]
    draws = torch.cat([noise(step, copy).clone().flatten(1) for step, copy in pairs]).double()
    for own in (draws, draws.square()):
        correlations = torch.corrcoef(own).fill_diagonal_(0)
        assert correlations.abs().max() < 5 / 128
    for lag in (1, 2, 4, 8, 128):
        together = (draws[:, lag:] * draws[:, :-lag]).mean()
        assert abs(together) < 5 / draws.numel() ** 0.5
