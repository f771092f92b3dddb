"""The same adversarial sets from any shards, order and batch, on any device."""

import numpy as np
import pandas as pd
import pytest
import torch
from adversarial_sets import ALL, IGSM, NR_FGM, NR_FGSM, NR_IGSM, LittleMemory, crafted, images
from nrg.data.images import Images
from nrg.models.classifier import build_classifier, freeze
from nrg.study.settings import load_suite


@pytest.fixture
def network(device):
    """A small ResNet in its quick form, with random weights."""
    torch.manual_seed(0)
    return freeze(build_classifier(load_suite("digits", {}).zoo["resnet18"]), device, quick=True)


def small_images(n: int) -> Images:
    return images(n, size=16)


class Counting(torch.nn.Module):
    """A network that keeps the number of images of each call."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.batches: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(x))
        return self.network(x)


def test_shards_and_order_change_no_byte(network, device):
    """At a fixed microbatch, also where further copies fill a batch of too few images."""
    attacks, data = [NR_FGSM, NR_FGM, NR_IGSM], small_images(22)
    whole, _ = crafted([network], attacks, data, device=device)
    order = np.random.default_rng(1).permutation(22)
    shuffled = data.pick(order.tolist())
    for part in (slice(0, 1), slice(1, 3), slice(3, 8), slice(8, 22)):
        shard, _ = crafted([network], attacks, shuffled[part], device=device)
        for name, pixels in whole.items():
            np.testing.assert_array_equal(shard[name], pixels[order[part]])


def test_noisy_copies_fill_a_batch_of_few_images(network, device):
    few = Counting(network)
    crafted([few], [NR_FGSM], small_images(3), microbatch=8, device=device)
    assert few.batches == [8, 8, 8], "two of six copies at a time"
    full = Counting(network)
    crafted([full], [NR_FGSM], small_images(16), microbatch=8, device=device)
    assert full.batches == 12 * [8], "one at a time"


@pytest.mark.parametrize("microbatch", [1, 7, 64])
def test_the_batch_size_hardly_matters(tiny, device, microbatch):
    """Noise is the same; kernels differ in low bits, so a few signs of a gradient may."""
    network = tiny().to(device)
    reference, _ = crafted([network], [NR_FGSM, NR_IGSM], microbatch=20, device=device)
    other, _ = crafted([network], [NR_FGSM, NR_IGSM], microbatch=microbatch, device=device)
    assert np.mean(reference[NR_FGSM.name] != other[NR_FGSM.name]) <= 0.002
    assert np.mean(reference[NR_IGSM.name] != other[NR_IGSM.name]) <= 0.01


def test_out_of_memory_halves_the_batch_and_changes_nothing_else(network, device, caplog):
    attacks, data = [NR_FGSM, NR_IGSM, IGSM], small_images(20)
    crowded, effects = crafted(
        [LittleMemory(network, 4)], attacks, data, microbatch=16, device=device
    )
    small, expected = crafted([network], attacks, data, microbatch=4, device=device)
    for attack in attacks:
        assert np.array_equal(crowded[attack.name], small[attack.name])
    pd.testing.assert_frame_equal(effects, expected)
    assert "batches of 4" in caplog.text


def test_a_gpus_sets_are_near_those_of_the_cpu(tiny, gpu):
    """Their noise is the same bit for bit, so that only low bits of gradients differ."""
    on_gpu, _ = crafted([tiny().to(gpu)], ALL, device=gpu)
    on_cpu, _ = crafted([tiny()], ALL)
    for name, pixels in on_cpu.items():
        assert np.mean(pixels != on_gpu[name]) <= 0.01, name
