"""The devices of the tests in this folder: always the CPU, and a GPU where there is one."""

import pytest
import torch

GPU = pytest.param(
    "cuda",
    marks=[
        pytest.mark.gpu,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU"),
    ],
)


@pytest.fixture(params=["cpu", GPU])
def device(request) -> torch.device:
    """The CPU, and then a GPU."""
    return torch.device(request.param)


@pytest.fixture(params=[GPU])
def gpu(request) -> torch.device:
    """A GPU, for tests that say nothing on a CPU."""
    return torch.device(request.param)
