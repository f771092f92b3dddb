"""The devices of the tests in this folder: always the CPU, and a GPU where there is one."""

import pytest
import torch
from nrg.base.devices import allow_tf32

GPU = pytest.param(
    "cuda",
    marks=[
        pytest.mark.gpu,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU"),
    ],
)


def prepare(name: str, monkeypatch) -> torch.device:
    """A device that computes as in a job, for which `prepare_device` would also lease a GPU."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    allow_tf32(False)
    return torch.device(name)


@pytest.fixture(params=["cpu", GPU])
def device(request, monkeypatch) -> torch.device:
    """The CPU, and then a GPU."""
    return prepare(request.param, monkeypatch)


@pytest.fixture(params=[GPU])
def gpu(request, monkeypatch) -> torch.device:
    """A GPU alone, for tests that say nothing on a CPU."""
    return prepare(request.param, monkeypatch)
