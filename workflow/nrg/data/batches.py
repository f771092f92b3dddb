"""Work on images in batches, which become smaller when the device runs out of memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from nrg.base.errors import UserError
from nrg.base.progress import log

CPU = torch.device("cpu")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Compute:
    """How networks are run.

    Attributes:
        microbatch: images that go through a network at once.
        device: where networks are.
        seed: of noise and of random transformations.
    """

    microbatch: int = 64
    device: torch.device = CPU
    seed: int = 0


def load_pixels(pixels: Any, device: torch.device) -> Tensor:
    """Pixels, uint8, as float32 on a device; copied, because those of a file are read-only."""
    return torch.from_numpy(np.array(pixels)).to(device).float()


def in_batches(
    count: int, size: int, work: Callable[[slice, int], Result]
) -> Iterator[tuple[slice, Result]]:
    """Call `work` with each slice of `count` images and the batch size.

    When the device runs out of memory, the batch is repeated with half the batch size, which all
    later batches keep.

    Args:
        count: of images.
        size: of a batch, at first.

    Yields:
        Each slice, and what `work` returned for it.

    Raises:
        UserError: the memory does not suffice for a single image.
    """
    start = 0
    while start < count:
        part = slice(start, min(start + size, count))
        try:
            result = work(part, size)
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise UserError(f"the device has no memory for a single image: {error}") from error
        else:
            yield part, result
            start = part.stop
            continue
        # Here the error is gone, and with it the frames that kept the tensors of the failed batch.
        size //= 2
        log.warning("out of memory on the device: continuing with batches of %d", size)
        torch.cuda.empty_cache()
