"""Images are processed in batches, which become smaller when memory runs out."""

import pytest
import torch
from nrg.base.errors import UserError
from nrg.data.batches import in_batches


def test_every_image_is_in_one_batch_and_the_batch_size_halves_once_memory_runs_out(caplog):
    tried = []

    def work(part: slice, size: int) -> list[int]:
        tried.append((part.start, part.stop, size))
        if part.start >= 8 and part.stop - part.start > 3:
            raise torch.OutOfMemoryError("too many")
        return list(range(20))[part]

    batches = list(in_batches(20, 8, work))
    assert [image for _, images in batches for image in images] == list(range(20))
    assert tried[:4] == [(0, 8, 8), (8, 16, 8), (8, 12, 4), (8, 10, 2)]
    assert {size for _, _, size in tried[3:]} == {2}
    assert "batches of 2" in caplog.text


def test_no_memory_for_one_image_is_a_clear_error():
    def work(part: slice, size: int) -> None:
        raise torch.OutOfMemoryError("nothing left")

    with pytest.raises(UserError, match="no memory for a single image: nothing left"):
        list(in_batches(3, 2, work))


def test_other_errors_pass():
    def work(part: slice, size: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_batches(3, 2, work))
