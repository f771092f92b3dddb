"""CPUs and GPUs: which of them the machine has, and on which a job computes."""

import ctypes
import os
import platform
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nrg.base.errors import UserError
from nrg.base.locks import SECONDS_BETWEEN_TRIES, try_lock
from nrg.base.progress import log

if TYPE_CHECKING:
    import torch

LEASES: list[TextIO] = []  # the locks of GPUs, which are held as long as these files are open
# Environment variables in which schedulers give the number of a job.
SCHEDULER_JOB = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # constants of glibc's malloc.h


def count_gpus(device: str) -> int:
    """The number of GPUs that a job which runs a network requests from the scheduler: 0 or 1.

    It is found from device files, because importing torch would slow every dry run.

    Args:
        device: the setting, "auto", "cpu" or "cuda".
    """
    if device == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(device == "cuda")


def visible_gpus() -> list[str]:
    """The GPUs this process may use, as CUDA_VISIBLE_DEVICES names them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name for name in given.split(",") if name]
    return [path.name.removeprefix("nvidia") for path in sorted(Path("/dev").glob("nvidia[0-9]*"))]


def lease_gpu() -> str | None:
    """Reserve a GPU for this process, waiting until one is free.

    Snakemake counts GPUs but does not say which of them a job may use. A reservation is a locked
    file, which the kernel unlocks when the process ends, however it ends. There is one file for
    each GPU within a job of a scheduler, because schedulers number the GPUs of each job from 0.

    Returns:
        The GPU, to which CUDA_VISIBLE_DEVICES is now set; None if the machine has no GPU.
    """
    gpus = visible_gpus()
    if not gpus:
        return None
    job = next((os.environ[name] for name in SCHEDULER_JOB if name in os.environ), "")
    owner = re.sub(r"\W", "-", f"{os.getuid()}-{job}")
    waiting = False
    while True:
        for gpu in gpus:
            file = try_lock(Path(tempfile.gettempdir()) / f"nrg-gpu-{owner}-{gpu}.lock")
            if file is not None:
                LEASES.append(file)
                os.environ["CUDA_VISIBLE_DEVICES"] = gpu
                return gpu
        if not waiting:
            log.info("waiting for one of the GPUs %s", ", ".join(gpus))
            waiting = True
        time.sleep(SECONDS_BETWEEN_TRIES)


def keep_memory() -> None:
    """Make glibc keep the memory that tensors free.

    By default glibc returns each large block to the kernel, which has to provide it again at the
    next pass; `make bench` shows what that costs. On systems without glibc nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def prepare_device(gpus: int, threads: int, precision: str = "fp32") -> "torch.device":
    """Set up torch for a job.

    Args:
        gpus: the number of GPUs of the job, 0 or 1.
        threads: the number of CPU threads that torch may use.
        precision: of matrix products and convolutions: "tf32" allows TF32 (10 bits of mantissa) on
            a GPU, "fp32" does not; "bf16" is set by `gradients_in` and means "fp32" here.

    Returns:
        The device to compute on.

    Raises:
        UserError: torch does not find the GPU of the job, or TF32 without a GPU.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "not set")
    node = os.environ.get("SLURMD_NODENAME", platform.node())
    log.info("on %s, CUDA_VISIBLE_DEVICES %s", node, given)
    if precision == "tf32" and not gpus:
        raise UserError("precision: tf32 needs a GPU, and this job runs on the CPU")
    if gpus:
        lease_gpu()  # before torch looks at the GPUs
    else:
        keep_memory()
    import torch

    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic = True
    allow_tf32(precision == "tf32")
    if not gpus:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UserError(
            "this job was given a GPU, but torch finds none; set 'device: cpu', or run with "
            "--resources gpu=0"
        )
    return torch.device("cuda")


def allow_tf32(allowed: bool) -> None:
    """Allow or forbid TF32 in matrix products and convolutions."""
    import torch

    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cuda.matmul.allow_tf32 = allowed


def gradients_in(precision: str, device: "torch.device") -> "torch.autocast":
    """A context in which networks compute in bfloat16 if the precision is "bf16".

    Losses are computed in float32 in either case.
    """
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def describe_device(device: "torch.device", precision: str = "fp32") -> dict[str, str]:
    """The processor's name and the precision of gradients, for the provenance of results."""
    import torch

    threads = torch.get_num_threads()
    name = f"{processor()}, {threads} thread{'s' * (threads > 1)}"
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return {"device": name, "precision": precision}


def processor() -> str:
    """The name of the CPU; on Linux as the kernel gives it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "CPU"
