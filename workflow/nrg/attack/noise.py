"""Gaussian noise that depends on the seed, the image, the step and the copy, and nothing else.

Random integers come from a counter-based generator, and become normal numbers by a table and the
operations that IEEE 754 rounds the same everywhere. So an image has the same noise, bit for bit, in
any batch, on any number of threads and on every device.
"""

from collections.abc import Sequence
from functools import cache
from math import prod
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from nrg.attack.philox import philox

SHARE = 9  # bits of a number's mantissa that choose its piece of the table
SERIAL = 32000  # numbers at once on a CPU: few enough for its cache, and for one thread


class KeyedNoise:
    """Standard normal noise for a batch of images, each with a key of its own.

    A global generator would hand an image other noise for another batch size, order or shard.

    Args:
        keys: one for each image of the batch, from `image_key`.
        shape: of one image, (C, H, W).
    """

    def __init__(self, keys: Sequence[int], shape: Sequence[int], device: torch.device) -> None:
        self.keys, self.device = keys, device
        size = prod(shape)
        self.blocks = -(-size // 8)  # a block is eight numbers of 32 bits
        self.rows = torch.empty(len(keys), 8 * self.blocks, device=device)
        self.noise = self.rows[:, :size].unflatten(1, shape)
        on_cpu = device.type == "cpu"
        self.group = max(1, SERIAL // (8 * self.blocks)) if on_cpu else len(keys)

    def __call__(self, step: int, copy: int) -> Tensor:
        """The noise ξ of a step and copy, (n, C, H, W), float32; overwritten by the next call."""
        for start in range(0, len(self.keys), self.group):
            part = slice(start, start + self.group)
            words = philox(self.keys[part], (copy, step), self.blocks, self.device)
            write_normals(words.view(torch.int32), self.rows[part])
        return self.noise


def write_normals(integers: Tensor, out: Tensor) -> None:
    """Write for each integer n the quantile of the normal distribution at (n + 1/2) / 2³², signed.

    The positive integers are the upper tail, the negative ones the lower: n from 0 to 2³¹ becomes
    the z that a normal variable exceeds with probability (n + 1/2) / 2³², to within 5e-7, and −n
    becomes −z. The largest is 6.3.

    Args:
        integers: uniform over all of int32, contiguous.
        out: of the same shape, float32, contiguous.
    """
    intercepts, slopes = quantile_table(out.device)
    size = SERIAL if out.device.type == "cpu" else out.numel()
    pieces = zip(integers.view(-1).split(size), out.view(-1).split(size), strict=True)
    for given, normals in pieces:
        numbers = given.float()
        place = (numbers.view(torch.int32) >> (23 - SHARE)).bitwise_and_(2 ** (9 + SHARE) - 1)
        # Multiplied and added apart: a fused operation rounds once, and not every device has it.
        torch.index_select(slopes, 0, place, out=normals).mul_(numbers)
        normals.add_(torch.index_select(intercepts, 0, place, out=numbers))


@cache
def quantile_table(device: torch.device) -> tuple[Tensor, Tensor]:
    """Intercepts and slopes of `write_normals` for each sign, exponent and start of a mantissa.

    Between numbers that share these the quantile is taken as a straight line. Pieces are the finer,
    the nearer a number is to zero, and so the farther out in the tail it lies.
    """
    intercepts, slopes = np.zeros((2, 2, 256, 2**SHARE))
    for exponent in range(31):
        ends = 2.0**exponent * (1 + np.arange(2**SHARE + 1) / 2**SHARE)
        shares = np.minimum((ends + 0.5) / 2**32, 0.5)
        quantiles = np.array([-NormalDist().inv_cdf(share) for share in shares])
        slope = np.diff(quantiles) / np.diff(ends)
        intercept = quantiles[:-1] - slope * ends[:-1]
        slopes[:, exponent + 127] = slope
        intercepts[:, exponent + 127] = intercept, -intercept
    intercepts[0, 0, 0] = -NormalDist().inv_cdf(0.5 / 2**32)  # of n = 0
    return tuple(
        torch.tensor(table.ravel(), dtype=torch.float32, device=device)
        for table in (intercepts, slopes)
    )
