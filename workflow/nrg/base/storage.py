"""Reading and writing files, whole or not at all.

A file is written beside its place and renamed into it, so that none is ever half-written. What is
read is held to the checksum that was written with it.
"""

import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from safetensors import SafetensorError, safe_open

from nrg.base.errors import UserError

UNWRITTEN = "0" * 64  # where the checksum will stand


@contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """A path to write to; it takes the place of `path` if the block ends without an error."""
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())  # or a node that dies may leave the name and not the content
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_pixels(
    path: str | Path, shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[dict[str, np.ndarray]]:
    """A safetensors file of uint8 arrays, mapped into memory to be filled batch by batch.

    The library can only write arrays that are in memory as a whole; the format itself is a length,
    a JSON header and the bytes. The header holds the SHA-256 of itself, with zeros in that place,
    and the bytes.
    """
    header: dict[str, dict] = {"__metadata__": {"sha256": UNWRITTEN}}
    end = 0
    for key, shape in shapes.items():
        start, end = end, end + int(np.prod(shape))
        header[key] = {"dtype": "U8", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with replaced(path) as part:
        with part.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.flush()
            reserve(file, 8 + len(text) + end)
        arrays = {}
        for key, shape in shapes.items():
            offset = 8 + len(text) + header[key]["data_offsets"][0]
            arrays[key] = np.memmap(part, np.uint8, "r+", offset, shape)
        yield arrays
        for array in arrays.values():
            array.flush()
        with part.open("r+b") as file:
            file.seek(8 + len(text))
            sha256 = seal_of(text, file)
            file.seek(8)
            file.write(text.replace(UNWRITTEN.encode(), sha256.encode()))


def seal_of(header: bytes, file: IO[bytes]) -> str:
    """The SHA-256 of a header and of the rest of its file."""
    return hashlib.file_digest(file, lambda: hashlib.sha256(header)).hexdigest()


def reserve(file: IO[bytes], size: int) -> None:
    """Make a file so long, with its blocks: a full disk is an error now, not a signal later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def map_pixels(path: str | Path) -> dict[str, np.ndarray]:
    """The uint8 arrays of a safetensors file that this project wrote, mapped into memory.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    path = Path(path)
    try:
        with safe_open(path, "np"):  # checks the header against the file's length
            pass
    except SafetensorError as error:
        raise damaged(path, str(error)) from error
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        text = file.read(length)
        header = json.loads(text)
        written = header.pop("__metadata__", {}).get("sha256", "")
        unsealed = text.replace(written.encode(), UNWRITTEN.encode(), 1)
        if not written or seal_of(unsealed, file) != written:
            raise damaged(path, "its content does not have the checksum it was written with")
    return {
        key: np.memmap(
            path, np.uint8, "r", 8 + length + entry["data_offsets"][0], tuple(entry["shape"])
        )
        for key, entry in header.items()
    }


def damaged(path: str | Path, what: str) -> UserError:
    return UserError(
        f"{path} is damaged ({what}); delete it, and the same command makes it again if needed"
    )


class Joined:
    """Arrays one after another along their first axis, read in slices and never as a whole."""

    def __init__(self, parts: Sequence[np.ndarray]) -> None:
        self.parts = parts
        self.starts = np.cumsum([0, *(len(part) for part in parts)])

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.parts[0].shape[1:])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, part: slice) -> np.ndarray:
        start, stop, _ = part.indices(len(self))
        pieces = [
            array[max(start - first, 0) : max(stop - first, 0)]
            for array, first in zip(self.parts, self.starts, strict=False)
        ]
        return np.concatenate([piece for piece in pieces if len(piece)] or [self.parts[0][:0]])


def map_joined(paths: Sequence[str | Path]) -> dict[str, Joined]:
    """The arrays of several files, joined under their keys in the order of the files.

    A key may stand in some of them only.
    """
    parts: dict[str, list[np.ndarray]] = defaultdict(list)
    for path in paths:
        for key, array in map_pixels(path).items():
            parts[key].append(array)
    return {key: Joined(arrays) for key, arrays in parts.items()}


def packed(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata for a safetensors file, under one key: the library writes several in any order."""
    return {"about": json.dumps(metadata, sort_keys=True)}


def read_metadata(path: str | Path) -> dict[str, str]:
    """What a safetensors file of this project says of itself; nothing in others.

    Raises:
        UserError: a file that is damaged.
    """
    try:
        with safe_open(path, "np") as file:
            about = (file.metadata() or {}).get("about", "{}")
        return dict(json.loads(about))
    except (SafetensorError, TypeError, ValueError) as error:
        raise damaged(path, f"its metadata cannot be read: {error}") from error


def file_sha256(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_space(path: str | Path) -> int:
    """Bytes that are free where the path is, or would be made."""
    path = Path(path).absolute()
    there = next(place for place in (path, *path.parents) if place.exists())
    return shutil.disk_usage(there).free
