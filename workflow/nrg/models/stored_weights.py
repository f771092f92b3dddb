"""Weights as this project stores them: written once, with their hash, and read by all jobs."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nrg.base.errors import UserError
from nrg.base.files import DamagedFile, write_whole
from nrg.base.safetensors_files import pack_metadata, read_metadata
from nrg.models.logits import LogitsPath


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The state dictionary of a file that `save_weights` wrote.

    Raises:
        UserError: the file is damaged or truncated.
    """
    try:
        state, written = load_file(path), read_metadata(path).get("tensors_sha256")
    except SafetensorError as error:
        raise DamagedFile(path, str(error)) from error
    if tensors_sha256(state) != written:
        raise DamagedFile(path, "its tensors do not have the checksum they were written with")
    return state


def save_weights(
    state: Mapping[str, Tensor],
    path: str | Path,
    metadata: Mapping[str, str],
    logits_path: LogitsPath = (),
) -> None:
    """Write a state dictionary, with the hash of its tensors in the metadata.

    The same weights may be in files of different hashes, but the hash of their tensors is the same.

    Args:
        logits_path: where the logits are in what the network returns.

    Raises:
        UserError: the state dictionary holds something other than tensors.
    """
    state = separate_tensors(state)
    metadata = {**metadata, "tensors_sha256": tensors_sha256(state)}
    if logits_path:
        metadata["place"] = json.dumps(logits_path)
    with write_whole(path) as part:
        save_file(state, part, pack_metadata(metadata))


def separate_tensors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor with memory of its own, which the format demands: tied ones are written twice."""
    separated: dict[str, Tensor] = {}
    taken: set[int] = set()
    for key, tensor in state.items():
        if not isinstance(tensor, Tensor) or tensor.layout != torch.strided or tensor.is_quantized:
            kind = getattr(tensor, "dtype", type(tensor).__name__)
            raise UserError(f"weights: '{key}' of the state dictionary is no plain tensor ({kind})")
        contiguous = tensor.detach().contiguous()
        memory = contiguous.untyped_storage()
        if memory.data_ptr() in taken or memory.nbytes() != contiguous.nbytes:
            contiguous = contiguous.clone(memory_format=torch.contiguous_format)
        taken.add(contiguous.untyped_storage().data_ptr())
        separated[key] = contiguous
    return separated


def tensors_sha256(state: Mapping[str, Tensor]) -> str:
    """A hash of the tensors' names, types, shapes and values, whatever file they came from."""
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].detach().cpu().contiguous()
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def read_logits_path(path: str | Path) -> LogitsPath:
    """Where a network returns its logits, as its weight file says."""
    return tuple(json.loads(read_metadata(path).get("place", "[]")))
