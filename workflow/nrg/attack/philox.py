"""Philox4x64-10, a counter-based generator of random integers (Salmon et al. 2011).

A block of four 64-bit words is a function of a key and a counter alone, so that any word can be
computed without those before it. On the CPU numpy's generator computes it, and on other devices
operations on tensors do. Both give the same words.
"""

import numpy as np
import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
LOW = 2**32 - 1  # the lower half of a word


def philox(streams: Tensor, blocks: int) -> Tensor:
    """The first blocks of each stream, on its device.

    Args:
        streams: (n, 3), int64, the bits of unsigned words: the lower half of Philox's key, whose
            upper half is zero, and words 1 and 2 of the counter. Word 0 of the counter numbers the
            blocks, from one on as in numpy, and word 3 is zero.

    Returns:
        (n, 4 · blocks), int64: the bits of unsigned words.
    """
    compute = philox_by_numpy if streams.device.type == "cpu" else philox_by_tensors
    return compute(streams, blocks)


def philox_by_numpy(streams: Tensor, blocks: int) -> Tensor:
    """`philox` on the CPU, by numpy's generator."""
    generator = np.random.Philox(0)
    state = generator.state
    state |= {"buffer_pos": 4, "has_uint32": 0}  # drops what is left of another stream
    rows = []
    for key, low, high in streams.numpy().view(np.uint64):
        state["state"]["key"][:] = key, 0
        state["state"]["counter"][:] = 0, low, high, 0
        generator.state = state
        rows.append(generator.random_raw(4 * blocks))
    words = rows[0] if len(rows) == 1 else np.concatenate(rows)  # a large row is not copied
    return torch.from_numpy(words.view(np.int64).reshape(len(streams), 4 * blocks))


def philox_by_tensors(streams: Tensor, blocks: int) -> Tensor:
    """`philox` on any device, by operations on int64, whose products wrap as unsigned ones do."""
    key, low, high = streams.unsqueeze(2).unbind(1)
    zero = torch.zeros_like(key)
    number = torch.arange(1, blocks + 1, device=streams.device)
    counter = [word.expand(len(streams), blocks) for word in (number, low, high, zero)]
    return torch.stack(scramble(counter, [key, zero]), 2).flatten(1)


def scramble(counter: list[Tensor], key: list[Tensor]) -> list[Tensor]:
    """The four words of every block, from the four of its counter and the two of its key."""
    for _ in range(ROUNDS):
        high0, low0 = multiply(counter[0], MULTIPLIERS[0])
        high1, low1 = multiply(counter[2], MULTIPLIERS[1])
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0]
        key = [word + as_signed(step) for word, step in zip(key, WEYL, strict=True)]
    return counter


def multiply(words: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """The upper and the lower word of unsigned words times `factor`, from 32-bit halves."""
    low, high = words & LOW, upper_half(words)
    low_factor, high_factor = factor & LOW, factor >> 32
    middle = upper_half(low * low_factor).add_(high * low_factor)  # no sum exceeds 2⁶⁴
    lower_middle = (middle & LOW).add_(low * high_factor)
    upper = (high * high_factor).add_(upper_half(middle)).add_(upper_half(lower_middle))
    return upper, words * as_signed(factor)


def upper_half(words: Tensor) -> Tensor:
    """The upper 32 bits of unsigned words."""
    return (words >> 32).bitwise_and_(LOW)


def as_signed(word: int) -> int:
    """The signed 64-bit integer that has the same bits as this unsigned one."""
    return word - 2**64 if word >= 2**63 else word
