"""CPUs and GPUs: what the machine has, and what a job computes on."""

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from nrg.errors import UserError

if TYPE_CHECKING:
    import torch


def gpus_asked(device: str) -> int:
    """GPUs that a job running a network asks of the scheduler, for the setting `device`.

    Looks at device files and not at torch, whose import would slow every dry run.
    """
    if device == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(device == "cuda")


def prepare_device(gpus: int, threads: int) -> "torch.device":
    """The device of a job, with full float32 precision and the job's number of threads.

    Raises:
        UserError: a GPU was asked for, and torch finds none.
    """
    import torch

    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if not gpus:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UserError(
            "this job was given a GPU, but torch finds none; set 'device: cpu', or run with "
            "--resources gpu=0"
        )
    return torch.device("cuda")


def describe(device: "torch.device") -> dict[str, str]:
    """The processor's name and the precision, for the provenance of results."""
    import torch

    name = f"{processor()}, {torch.get_num_threads()} threads"
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return {"device": name, "precision": "float32"}


def processor() -> str:
    """The CPU's name; on Linux as the kernel has it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "CPU"
