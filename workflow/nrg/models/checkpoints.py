"""Checkpoints as people save them, read without running code.

Apart from tensors they hold NumPy's numbers, arguments, paths and whole networks, all of which
torch's restricted reader refuses. Here an inert object, which does nothing, stands for each.
"""

import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from nrg.base.errors import UserError, explain_unreadable

MOST_CLASSES = 300  # how many classes the objects in one checkpoint may have
DEPTH = 6  # how deep dicts in dicts are searched
REFUSED = re.compile(r"GLOBAL (\S+) was not an allowed global")
FILLED = re.compile(r"Can only (SETITEMS?|append|extend)\b.* got <class '[\w.]*\.Inert (\S+)'>")
# Files that are no checkpoints but may have such names, by their first bytes.
OTHER_FORMATS = {
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


class StateDictionary(NamedTuple):
    """Tensors by name, and the keys that lead to them in a checkpoint, joined by dots."""

    entry: str
    tensors: dict[str, Tensor]


class Inert:
    """Stands for an object in a checkpoint that is not a tensor, and does nothing."""

    def __new__(cls, *_: Any, **__: Any) -> "Inert":
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state


def make_inert_class(name: str, builtin: type | None = None) -> type:
    """A class that stands for another; if `builtin` is given, its objects are of that type."""
    body: dict[str, Any] = {} if builtin is None else {"__new__": lambda *_, **__: builtin()}
    return type(f"Inert {name}", (Inert,), body)


def read_checkpoint(path: Path) -> Any:
    """Read a weight file of any format without running code.

    Raises:
        UserError: the file is missing, damaged, truncated, or not a weight file; the message says
            what it is.
    """
    with explain_unreadable(f"weights: {path}"), path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise UserError(f"weights: {path} is empty")
    for first, what in OTHER_FORMATS.items():
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
        return unpickle(path)
    except UserError:
        raise
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UserError(
            f"weights: {path} is damaged or truncated: {shorten_error(error)}"
        ) from error
    except Exception as error:  # pickle.UnpicklingError and whatever a damaged pickle raises
        raise UserError(
            f"weights: {path} is damaged, or is no checkpoint of PyTorch ({shorten_error(error)}); "
            f"where it was made, {SAVE}"
        ) from error


def refuse_text(path: Path, start: bytes) -> None:
    """Refuse a text file, such as a server's message or the index of a checkpoint in parts."""
    text = start.removeprefix(b"\xef\xbb\xbf")[:64]
    if not text.isascii() or not text.decode().replace("\n", " ").isprintable():
        return
    if path.name.endswith(".index.json"):
        raise UserError(
            f"weights: {path} is the index of a checkpoint in several files; name one file that "
            "holds all tensors, which safetensors.torch.save_file writes"
        )
    raise UserError(
        f"weights: {path} is text and no weight file; it begins with "
        f"{text[:40].decode().strip()!r}; download the file again"
    )


def refuse_other_archives(path: Path) -> None:
    """Refuse archives that are not state dictionaries, and say what they are."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise UserError(
            f"weights: {path} is damaged or truncated: {shorten_error(error)}"
        ) from error
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


def unpickle(path: Path) -> Any:
    """Read a pickled checkpoint, in which inert objects stand for all that is not plain data.

    torch names one class at a time that it does not allow. Each gets a stand-in, and the file is
    read again, until none is left.
    """
    stand_ins: dict[str, type] = {}
    for _ in range(MOST_CLASSES):
        try:
            allowed: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
                (stand_in, name) for name, stand_in in stand_ins.items()
            ]
            with (
                torch.serialization.safe_globals(allowed),
                warnings.catch_warnings(),
                path.open("rb") as file,  # opened here, because of a path torch reads the suffix
            ):
                warnings.simplefilter("ignore")
                return torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            if match := REFUSED.search(str(error)):
                name = match[1] if "." in match[1] else f"builtins.{match[1]}"
                stand_in = make_inert_class(name)
            elif match := FILLED.search(str(error)):
                name = match[2]
                stand_in = make_inert_class(
                    name, list if match[1] in ("append", "extend") else OrderedDict
                )
            else:
                raise
            if name in stand_ins and match.re is REFUSED:
                raise
            stand_ins[name] = stand_in
    raise UserError(f"weights: {path} holds objects of more than {MOST_CLASSES} classes; {SAVE}")


def shorten_error(error: Exception) -> str:
    """An error's message in one line, without torch's advice to let the file run code."""
    text = str(error)
    for advice in ("Weights only load failed", "weights_only", "WeightsUnpickler error:"):
        if advice in text:
            text = text.rpartition("WeightsUnpickler error:")[2].strip()
    text = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not text or "weights_only" in text:
        text = type(error).__name__
    return text[:200]


def find_state_dictionaries(
    content: Any, entry: str = "", depth: int = DEPTH
) -> Iterator[StateDictionary]:
    """All sets of named tensors in a checkpoint.

    Args:
        content: what `read_checkpoint` returned, or a part of it.
        entry: the keys that lead to that part, joined by dots.
    """
    if isinstance(content, Inert):
        if tensors := dict(find_network_tensors(content)):
            yield StateDictionary(entry, tensors)
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
        yield StateDictionary(entry, tensors)
    for key, value in content.items():
        if isinstance(value, (dict, list, tuple, Inert)):
            yield from find_state_dictionaries(value, f"{entry}.{key}".lstrip("."), depth - 1)


def find_network_tensors(
    content: Inert, prefix: str = "", depth: int = 100
) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a network that was pickled as a whole, by the names that torch gives them."""
    state = getattr(content, "state", None)
    if not isinstance(state, dict) or not depth:
        return
    hidden = state.get("_non_persistent_buffers_set", ())
    for group in ("_parameters", "_buffers"):
        tensors = state.get(group)
        for name, tensor in tensors.items() if isinstance(tensors, dict) else ():
            if isinstance(tensor, Tensor) and not (group == "_buffers" and name in hidden):
                yield f"{prefix}{name}", tensor
    modules = state.get("_modules")
    for name, module in modules.items() if isinstance(modules, dict) else ():
        if isinstance(module, Inert):
            yield from find_network_tensors(module, f"{prefix}{name}.", depth - 1)
