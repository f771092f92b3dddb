"""CPUs and GPUs: what the machine has, and what a job computes on."""

import ctypes
import os
import platform
import re
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nrg.base.errors import UserError
from nrg.base.locks import BETWEEN_TRIES, try_lock
from nrg.base.progress import log

if TYPE_CHECKING:
    import torch

LEASES: list[IO] = []
SCHEDULED = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")  # a scheduler's job, if within one
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def count_gpus(device: str) -> int:
    """GPUs that a job running a network asks of the scheduler, for the setting `device`.

    Looks at device files and not at torch, whose import would slow every dry run.
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
    """Take a GPU for the life of this process, waiting until one is free.

    Snakemake counts GPUs but does not hand out which. The lease is a locked file for each GPU of
    this host and scheduler's job, for schedulers number the GPUs of each job anew; the kernel
    unlocks it when the process ends, however it ends.

    Returns:
        The GPU, which CUDA_VISIBLE_DEVICES now names; None if there is none.
    """
    gpus = visible_gpus()
    if not gpus:
        return None
    job = next((os.environ[name] for name in SCHEDULED if name in os.environ), "")
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
        time.sleep(BETWEEN_TRIES)


def keep_memory() -> None:
    """Let glibc keep the memory that tensors free.

    By default it returns each large block to the kernel and faults it in again at the next pass;
    `make bench` shows what that costs. Elsewhere than on Linux with glibc nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def prepare_device(gpus: int, threads: int, precision: str = "fp32") -> "torch.device":
    """The device of a job, with the job's number of threads.

    Args:
        precision: of matrix products and convolutions, "fp32" or "tf32" (10 bits of mantissa, on a
            GPU); "bf16" is `gradients_in`'s business.

    Raises:
        UserError: a GPU was asked for, and torch finds none; or TF32 without a GPU.
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
    import torch

    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cuda.matmul.allow_tf32 = allowed


def gradients_in(precision: str, device: "torch.device") -> "torch.autocast":
    """Compute networks in bfloat16 where the precision is "bf16"; losses stay in float32."""
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
    """The CPU's name; on Linux as the kernel has it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "CPU"
