"""Files inside tar archives, read at their place in them.

Nothing is unpacked: a large archive needs no second copy, and no member's name leads anywhere.
"""

import gzip
import os
import shutil
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from nrg.errors import UserError
from nrg.progress import log

GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Member:
    """A file inside an open archive; threads may read several at once."""

    archive: BinaryIO
    path: PurePosixPath
    start: int
    size: int

    def __str__(self) -> str:
        return str(self.path)

    def read_bytes(self) -> bytes:
        return os.pread(self.archive.fileno(), self.size, self.start)


def members(path: Path) -> dict[PurePosixPath, Member]:
    """The files inside a tar archive, compressed by gzip or not, by their paths in it.

    Raises:
        UserError: a damaged archive, a path that leads out of it, or no room to decompress it.
    """
    archive = uncompressed(path)
    found = {}
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for entry in tar:
                inside = PurePosixPath(entry.name)
                if inside.is_absolute() or ".." in inside.parts:
                    raise UserError(f"images: {path}: its member {entry.name} leads out of it")
                if entry.isfile():
                    found[inside] = Member(archive, inside, entry.offset_data, entry.size)
    except tarfile.ReadError as error:
        raise UserError(f"images: {path} is damaged or truncated: {error}") from error
    return found


def uncompressed(path: Path) -> BinaryIO:
    """The archive, open; of a compressed one a copy that is not, gone when nothing uses it."""
    archive = path.open("rb")
    compressed = archive.read(len(GZIP)) == GZIP
    archive.seek(0)
    if not compressed:
        return archive
    log.info("decompressing %s", path)
    try:
        with archive, gzip.open(archive) as source:
            copy = tempfile.TemporaryFile()  # noqa: SIM115  its members keep it open
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.seek(0)
            return copy
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"images: {path} is damaged or truncated: {error}") from error
    except OSError as error:
        raise UserError(
            f"images: {path} cannot be decompressed in {tempfile.gettempdir()} ({error}); let "
            "TMPDIR name a folder with more room"
        ) from error
