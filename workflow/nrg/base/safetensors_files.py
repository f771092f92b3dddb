"""Safetensors files of pixels, which hold their own checksum and are used through memory maps.

The memory that a job needs therefore does not grow with the number of images.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedRandom, BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from nrg.base.files import CHECKSUM_PLACEHOLDER, DamagedFile, write_whole

Pixels = npt.NDArray[np.uint8]


@contextmanager
def create_pixels(
    path: str | Path, shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[Mapping[str, Pixels]]:
    """Create a safetensors file of uint8 arrays, to be filled batch by batch.

    The safetensors library can only write arrays that are in memory as a whole, so this function
    writes the format itself: the length of the header, the header in JSON, and the bytes. The
    header holds the SHA-256 of header and bytes, computed with zeros in place of the checksum.

    Args:
        shapes: of each array, by its key.

    Yields:
        The arrays by their keys, as writable memory maps.
    """
    header: dict[str, Any] = {"__metadata__": {"sha256": CHECKSUM_PLACEHOLDER}}
    end = 0
    for key, shape in shapes.items():
        start, end = end, end + int(np.prod(shape))
        header[key] = {"dtype": "U8", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with write_whole(path) as part:
        with part.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.flush()
            reserve_space(file, 8 + len(text) + end)
        arrays = {}
        for key, shape in shapes.items():
            offset = 8 + len(text) + header[key]["data_offsets"][0]
            arrays[key] = np.memmap(part, np.uint8, "r+", offset, shape)
        yield arrays
        for array in arrays.values():
            array.flush()
        with part.open("r+b") as file:
            file.seek(8 + len(text))
            checksum = compute_checksum(text, file)
            file.seek(8)
            file.write(text.replace(CHECKSUM_PLACEHOLDER.encode(), checksum.encode()))


def write_arrays(arrays: Mapping[str, Pixels], path: str | Path) -> None:
    """Write uint8 arrays that are in memory to a safetensors file."""
    with create_pixels(path, {key: array.shape for key, array in arrays.items()}) as written:
        for key, array in arrays.items():
            written[key][:] = array


def compute_checksum(header: bytes, file: BufferedReader | BufferedRandom) -> str:
    """The SHA-256 of a header and of the rest of its file."""
    return hashlib.file_digest(file, lambda: hashlib.sha256(header)).hexdigest()


def reserve_space(file: BufferedWriter, size: int) -> None:
    """Give a file its final size in bytes, so that a full disk is an error now.

    Writing into a memory map of a file without blocks would end in a signal instead.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def map_pixels(path: str | Path) -> dict[str, Pixels]:
    """The arrays of a file that `create_pixels` wrote, as read-only memory maps.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    path = Path(path)
    try:
        with safe_open(path, "np"):  # checks the header against the file's length
            pass
    except SafetensorError as error:
        raise DamagedFile(path, str(error)) from error
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        text = file.read(length)
        header = json.loads(text)
        checksum = header.pop("__metadata__", {}).get("sha256", "")
        with_placeholder = text.replace(checksum.encode(), CHECKSUM_PLACEHOLDER.encode(), 1)
        if not checksum or compute_checksum(with_placeholder, file) != checksum:
            raise DamagedFile(path, "its content does not have the checksum it was written with")
    return {
        key: np.memmap(
            path, np.uint8, "r", 8 + length + entry["data_offsets"][0], tuple(entry["shape"])
        )
        for key, entry in header.items()
    }


class JoinedArrays:
    """Arrays one after another along their first axis, read in slices and never as a whole."""

    def __init__(self, parts: Sequence[Pixels]) -> None:
        self.parts = parts
        self.starts = np.cumsum([0, *(len(part) for part in parts)])

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.parts[0].shape[1:])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, part: slice) -> Pixels:
        start, stop, _ = part.indices(len(self))
        pieces = [
            array[max(start - first, 0) : max(stop - first, 0)]
            for array, first in zip(self.parts, self.starts, strict=False)
        ]
        return np.concatenate([piece for piece in pieces if len(piece)] or [self.parts[0][:0]])


def map_joined(paths: Sequence[str | Path]) -> dict[str, JoinedArrays]:
    """The arrays of several files, joined by key in the order of the files.

    A key may be missing from some of the files.
    """
    parts: dict[str, list[Pixels]] = defaultdict(list)
    for path in paths:
        for key, array in map_pixels(path).items():
            parts[key].append(array)
    return {key: JoinedArrays(arrays) for key, arrays in parts.items()}


def pack_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata for a safetensors file under a single key, so that equal metadata are equal bytes.

    The library writes several keys in no fixed order.
    """
    return {"about": json.dumps(metadata, sort_keys=True)}


def read_metadata(path: str | Path) -> dict[str, str]:
    """The metadata that `pack_metadata` put into a safetensors file; empty for other files.

    Raises:
        UserError: a file that is damaged.
    """
    try:
        with safe_open(path, "np") as file:
            about = (file.metadata() or {}).get("about", "{}")
        return dict(json.loads(about))
    except (SafetensorError, TypeError, ValueError) as error:
        raise DamagedFile(path, f"its metadata cannot be read: {error}") from error
