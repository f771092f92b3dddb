"""Gaussian noise that depends on the seed, the image, the step and the copy, and nothing else."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

MASK = 2**64 - 1


def image_key(seed: int, image_id: str) -> int:
    """64 bits for an image, whatever its place in a set or a batch."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{image_id}".encode(), digest_size=8).digest())


def mixed(key: int, value: int) -> int:
    """One round of splitmix64 over a key and a counter (Steele et al. 2014)."""
    z = (key + (value + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class KeyedNoise:
    """Standard normal noise for a batch of images, each with a key of its own.

    A global generator would hand an image other noise for another batch size, order or shard.
    The CPU's generator takes 32 bits of a key, a GPU's all 64.

    Args:
        keys: one for each image of the batch, from `image_key`.
        shape: of one image, (C, H, W).
    """

    def __init__(self, keys: Sequence[int], shape: Sequence[int], device: torch.device) -> None:
        self.keys = keys
        self.buffer = torch.empty(len(keys), *shape, device=device)
        self.generator = torch.Generator(device)

    def __call__(self, step: int, copy: int) -> Tensor:
        """The noise ξ of a step and copy, (n, C, H, W), float32; overwritten by the next call."""
        for image, key in zip(self.buffer, self.keys, strict=True):
            self.generator.manual_seed(mixed(mixed(key, step), copy))
            image.normal_(generator=self.generator)
        return self.buffer
