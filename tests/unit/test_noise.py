"""Noise that depends on the seed, the image, the step and the copy alone."""

import pytest
import torch
from nrg.keys import image_key
from nrg.noise import KeyedNoise

SHAPE = (3, 10, 10)
KEYS = [image_key(0, f"image-{i}") for i in range(64)]
CPU = torch.device("cpu")


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_same_bits_for_every_batch_size(size):
    whole = KeyedNoise(KEYS, SHAPE, CPU)(step=3, copy=11).clone()
    parts = [KeyedNoise(KEYS[i : i + size], SHAPE, CPU)(3, 11) for i in range(0, 64, size)]
    assert torch.equal(torch.cat(parts), whole)


def test_the_same_bits_in_any_order_and_thread_count():
    whole = KeyedNoise(KEYS, SHAPE, CPU)(0, 0).clone()
    torch.set_num_threads(1)
    turned = KeyedNoise(KEYS[::-1], SHAPE, CPU)(0, 0)
    torch.set_num_threads(2)
    assert torch.equal(turned.flip(0), whole)


def test_every_key_step_and_copy_has_its_own():
    noise = KeyedNoise(KEYS[:2], SHAPE, CPU)
    draws = [noise(step, copy)[i].clone() for step in (0, 1) for copy in (0, 1) for i in (0, 1)]
    other_seed = KeyedNoise([image_key(1, "image-0")], SHAPE, CPU)(0, 0)[0]
    for i, a in enumerate([*draws, other_seed]):
        for b in draws[:i]:
            assert abs(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1]) < 0.25


def test_it_is_standard_normal():
    noise = KeyedNoise(KEYS, (3, 40, 40), CPU)(0, 0).double()
    n = noise.numel()
    assert abs(noise.mean()) < 5 / n**0.5
    assert abs(noise.var() - 1) < 5 * (2 / n) ** 0.5
    assert abs((noise**4).mean() - 3) < 5 * (96 / n) ** 0.5
