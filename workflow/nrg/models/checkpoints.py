"""Checkpoints as people save them, read without running code.

Beside tensors they hold numbers of NumPy's, arguments, paths, whole networks. torch's restricted
reader refuses these; here each stands in as an object that does nothing, and none is ever called.
"""

import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from nrg.base.errors import UserError

Found = tuple[str, dict[str, Tensor]]  # where in a checkpoint tensors stand, and these by name

MOST_CLASSES = 300  # that the objects in one checkpoint may have
DEPTH = 6  # of dicts in dicts
REFUSED = re.compile(r"GLOBAL (\S+) was not an allowed global")
FILLED = re.compile(r"Can only (SETITEMS?|append|extend)\b.* got <class '[\w.]*\.Inert (\S+)'>")
# What else lies under such names, by its first bytes.
KINDS = {
    b"version https://git-lfs": "is a pointer of Git LFS and not the file itself; run git lfs pull",
    b"<": "is a web page and no weight file; download the file again",
    b"\x89HDF": "is an HDF5 file, as Keras writes it; save it as a PyTorch state dictionary",
    b"\x1f\x8b": "is compressed by gzip; unpack it",
    b"BZh": "is compressed by bzip2; unpack it",
    b"\xfd7zXZ": "is compressed by xz; unpack it",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd; unpack it",
    b"7z\xbc\xaf": "is a 7z archive; unpack it",
    b"GGUF": "is a GGUF file and no checkpoint of PyTorch",
    b"\x93NUMPY": "is a NumPy array; save a state dictionary by torch.save or as safetensors",
}
SAVE = "save its state dictionary: torch.save(network.state_dict(), …)"


class Inert:
    """Stands for an object in a checkpoint that is no tensor, and does nothing."""

    def __new__(cls, *_: Any, **__: Any) -> "Inert":
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state


def inert(name: str, made: type | None = None) -> type:
    """A class to stand for another; its objects are of the builtin type `made`, where given."""
    body: dict[str, Any] = {} if made is None else {"__new__": lambda *_, **__: made()}
    return type(f"Inert {name}", (Inert,), body)


def read_checkpoint(path: Path) -> Any:
    """What a weight file holds, whatever its format, without running code.

    Raises:
        UserError: no file, one that is damaged or truncated, or something else; and what it is.
    """
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise UserError(f"weights: {path} cannot be read: {error.strerror}") from error
    if not start:
        raise UserError(f"weights: {path} is empty")
    for first, what in KINDS.items():
        if start.lstrip().startswith(first):
            raise UserError(f"weights: {path} {what}")
    if start[257:262] == b"ustar":
        raise UserError(f"weights: {path} is a tar archive; unpack it, or {SAVE}")
    refuse_text(path, start)
    refuse_other_archives(path)
    pickled = start.startswith((b"PK", b"\x80"))  # whatever the file is called
    try:
        if start[8:9] == b"{" or (path.suffix == ".safetensors" and not pickled):
            return load_file(path)
        return unpickled(path)
    except UserError:
        raise
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UserError(f"weights: {path} is damaged or truncated: {in_a_line(error)}") from error
    except Exception as error:  # pickle.UnpicklingError and whatever a damaged pickle raises
        raise UserError(
            f"weights: {path} is damaged, or is no checkpoint of PyTorch ({in_a_line(error)}); "
            f"where it was made, {SAVE}"
        ) from error


def refuse_text(path: Path, start: bytes) -> None:
    """Refuse a file of words, as a server's message or the index of a checkpoint in parts.

    Raises:
        UserError: such a file.
    """
    words = start.removeprefix(b"\xef\xbb\xbf")[:64]
    if not words.isascii() or not words.decode().replace("\n", " ").isprintable():
        return
    if path.name.endswith(".index.json"):
        raise UserError(
            f"weights: {path} is the index of a checkpoint in several files; name one file that "
            "holds all tensors, which safetensors.torch.save_file writes"
        )
    raise UserError(
        f"weights: {path} is text and no weight file; it begins with "
        f"{words[:40].decode().strip()!r}; download the file again"
    )


def refuse_other_archives(path: Path) -> None:
    """Name the archives that are no state dictionaries.

    Raises:
        UserError: a TorchScript program, an exported program, NumPy's arrays, or other files.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise UserError(f"weights: {path} is damaged or truncated: {in_a_line(error)}") from error
    inside = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise UserError(
            f"weights: {path} is a TorchScript program and no state dictionary; save the latter: "
            "torch.save(torch.jit.load(…).state_dict(), …)"
        )
    if any(name.endswith(".npy") for name in names):
        raise UserError(f"weights: {path} holds arrays of NumPy; {SAVE}")
    if "data.pkl" not in inside:
        raise UserError(
            f"weights: {path} is a zip archive without a checkpoint; unpack it, or {SAVE}"
        )


def unpickled(path: Path) -> Any:
    """A pickled checkpoint, in which inert objects stand for all that is not plain data."""
    stand_ins: dict[str, type] = {}
    for _ in range(MOST_CLASSES):
        try:
            allowed = [(cls, name) for name, cls in stand_ins.items()]
            with (
                torch.serialization.safe_globals(allowed),
                warnings.catch_warnings(),
                path.open("rb") as file,  # by its path, its suffix would decide
            ):
                warnings.simplefilter("ignore")
                return torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            if found := REFUSED.search(str(error)):
                name = found[1] if "." in found[1] else f"builtins.{found[1]}"
                stand_in = inert(name)
            elif found := FILLED.search(str(error)):
                name = found[2]
                stand_in = inert(name, list if found[1] in ("append", "extend") else OrderedDict)
            else:
                raise
            if name in stand_ins and found.re is REFUSED:
                raise
            stand_ins[name] = stand_in
    raise UserError(f"weights: {path} holds objects of more than {MOST_CLASSES} classes; {SAVE}")


def in_a_line(error: Exception) -> str:
    """What an error says, without torch's advice to let the file run code."""
    text = str(error)
    for advice in ("Weights only load failed", "weights_only", "WeightsUnpickler error:"):
        if advice in text:
            text = text.rpartition("WeightsUnpickler error:")[2].strip()
    text = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not text or "weights_only" in text:
        text = type(error).__name__
    return text[:200]


def state_dictionaries(content: Any, place: str = "", depth: int = DEPTH) -> Iterator[Found]:
    """All sets of named tensors in a checkpoint, with the keys that lead there, joined by dots."""
    if isinstance(content, Inert):
        if tensors := dict(inside_network(content)):
            yield place, tensors
        content = getattr(content, "state", None)
    if isinstance(content, (list, tuple)):
        content = dict(enumerate(content))
    if not isinstance(content, dict) or not depth:
        return
    tensors = {
        key: value
        for key, value in content.items()
        if isinstance(key, str) and isinstance(value, Tensor)
    }
    if tensors:
        yield place, tensors
    for key, value in content.items():
        if isinstance(value, (dict, list, tuple, Inert)):
            yield from state_dictionaries(value, f"{place}.{key}".lstrip("."), depth - 1)


def inside_network(
    content: Inert, prefix: str = "", depth: int = 100
) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a network that was pickled as a whole, by the names that torch gives them."""
    state = getattr(content, "state", None)
    if not isinstance(state, dict) or not depth:
        return
    hidden = state.get("_non_persistent_buffers_set", ())
    for group in ("_parameters", "_buffers"):
        members = state.get(group)
        for name, tensor in members.items() if isinstance(members, dict) else ():
            if isinstance(tensor, Tensor) and not (group == "_buffers" and name in hidden):
                yield f"{prefix}{name}", tensor
    modules = state.get("_modules")
    for name, module in modules.items() if isinstance(modules, dict) else ():
        if isinstance(module, Inert):
            yield from inside_network(module, f"{prefix}{name}.", depth - 1)
