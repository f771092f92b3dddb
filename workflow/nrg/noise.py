"""Gaussian noise that depends on the seed, the image, the step and the copy, and nothing else."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nrg.keys import mixed


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
