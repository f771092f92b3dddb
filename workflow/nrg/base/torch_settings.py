"""The settings of torch and of the process, which a user's code must not change for others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch


@contextmanager
def keep_settings() -> Iterator[None]:
    """Undo what the user's code sets for the whole process, because other networks run in it too.

    Above all this concerns precision: with TF32 on, gradients would not be what the report says.
    """
    folder, dtype, graded = Path.cwd(), torch.get_default_dtype(), torch.is_grad_enabled()
    strict, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    convolutions, recurrent = getattr(cudnn, "conv"), getattr(cudnn, "rnn")  # noqa: B009, no types
    computing = (torch.backends, matmul, cudnn, convolutions, recurrent)
    switches = [(owner, "fp32_precision") for owner in computing]
    switches += [(cudnn, "benchmark"), (cudnn, "deterministic")]
    values = [getattr(*switch) for switch in switches]
    try:
        yield
    finally:
        os.chdir(folder)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(graded)
        if torch.are_deterministic_algorithms_enabled() != strict:
            torch.use_deterministic_algorithms(strict)  # which takes a second to import a compiler
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        for (owner, name), value in zip(switches, values, strict=True):
            setattr(owner, name, value)
