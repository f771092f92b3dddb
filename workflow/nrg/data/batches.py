"""Work on images batch by batch, in smaller batches where a device has no memory for large ones."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from nrg.base.errors import UserError
from nrg.base.progress import log

Result = TypeVar("Result")


def in_batches(
    count: int, size: int, work: Callable[[slice, int], Result]
) -> Iterator[tuple[slice, Result]]:
    """Call `work` with each slice of `count` images and the batch size, and yield what it returns.

    Where the device has too little memory for a batch, the batch size is halved, for this batch and
    all that follow.

    Args:
        size: images in a batch, at first.

    Raises:
        UserError: not even one image fits.
    """
    start = 0
    while start < count:
        part = slice(start, min(start + size, count))
        try:
            result = work(part, size)
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise UserError(f"the device has no memory for a single image: {error}") from error
            size //= 2
            log.warning("out of memory on the device: going on with batches of %d", size)
            torch.cuda.empty_cache()
            continue
        yield part, result
        start = part.stop
