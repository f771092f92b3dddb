"""Gaussian noise that depends on the seed, the image, the step and the copy, and on nothing else.

A counter-based generator gives random integers. A table turns them into normal numbers, with
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
SERIAL = 32000  # how many numbers a CPU computes at once: they fit its cache and need one thread


class KeyedNoise:
    """Standard normal noise for a batch of images, each of which has its own key.

    With one generator for all images, an image's noise would depend on the batch size, the order
    and the shard.

    Args:
        keys: one for each image, from `image_key`.
        shape: of one image, (C, H, W).
        rows: of the batch; as many as images unless given. Where there are more, the images follow
            one another again and again.
    """

    def __init__(
        self,
        keys: Sequence[int],
        shape: Sequence[int],
        device: torch.device,
        rows: int | None = None,
    ) -> None:
        rows, size = rows or len(keys), prod(shape)
        key = np.resize(np.array(keys, np.uint64), rows).view(np.int64)
        self.keys = torch.from_numpy(key).to(device)
        self.blocks = -(-size // 8)  # rounded up; a block is eight numbers of 32 bits
        self.numbers = torch.empty(rows, 8 * self.blocks, device=device)
        self.noise = self.numbers[:, :size].view(rows, *shape)
        on_cpu = device.type == "cpu"
        self.group = max(1, SERIAL // (8 * self.blocks)) if on_cpu else rows

    def __call__(self, step: int, copy: int | Tensor) -> Tensor:
        """The noise ξ of a step and copy, overwritten by the next call.

        Args:
            copy: one for all rows, or one for each row, (rows,), int64.

        Returns:
            (rows, C, H, W), float32.
        """
        streams = self.streams(step, copy)
        for start in range(0, len(streams), self.group):
            part = slice(start, start + self.group)
            words = philox(streams[part], self.blocks)
            write_normals(words.view(torch.int32), self.numbers[part])
        return self.noise

    def streams(self, step: int, copy: int | Tensor) -> Tensor:
        """What `philox` takes for a step and copy, (rows, 3), int64."""
        copies = copy if isinstance(copy, Tensor) else torch.full_like(self.keys, copy)
        return torch.stack([self.keys, copies, torch.full_like(self.keys, step)], 1)


def write_normals(integers: Tensor, out: Tensor) -> None:
    """Turn uniform integers into standard normal numbers.

    An integer n from 0 to 2³¹ becomes the z that a normal variable exceeds with probability
    (n + 1/2) / 2³², and −n becomes −z. The largest z is 6.3. The error is below 6e-7: far out in
    the tail, where float32's numbers are 4.8e-7 apart, two roundings of half as much add up.

    Args:
        integers: uniform over all of int32, contiguous.
        out: of the same shape, float32, contiguous.
    """
    intercepts, slopes = quantile_table(out.device)
    size = SERIAL if out.device.type == "cpu" else out.numel()
    flat_integers, flat_out = integers.view(-1), out.view(-1)
    for start in range(0, len(flat_out), size):
        normals = flat_out[start : start + size]
        numbers = flat_integers[start : start + size].float()
        piece = (numbers.view(torch.int32) >> (23 - SHARE)).bitwise_and_(2 ** (9 + SHARE) - 1)
        # Two operations, because a fused one rounds once, and not every device has it.
        torch.index_select(slopes, 0, piece, out=normals).mul_(numbers)
        normals.add_(torch.index_select(intercepts, 0, piece, out=numbers))


@cache
def quantile_table(device: torch.device) -> tuple[Tensor, Tensor]:
    """Intercepts and slopes of `write_normals`, one for each piece of the table.

    A piece holds the numbers that share their sign, their exponent and the first SHARE bits of
    their mantissa. Within it the quantile is a straight line. Pieces are shorter near zero, which
    is far out in the tail.

    Returns:
        Two float32 tensors, (2 · 256 · 2^SHARE,), indexed by those bits.
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
    return (
        torch.tensor(intercepts.ravel(), dtype=torch.float32, device=device),
        torch.tensor(slopes.ravel(), dtype=torch.float32, device=device),
    )
