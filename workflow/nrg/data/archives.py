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

from nrg.base.errors import UserError
from nrg.base.progress import log

GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Member:
    """A file inside an open archive; threads may read several at once."""

    archive: BinaryIO
    path: PurePosixPath
    start: int
    size: int

    def __str__(self) -> str:
        return ascii(str(self.path))[1:-1] if not str(self.path).isprintable() else str(self.path)

    def read_bytes(self) -> bytes:
        return os.pread(self.archive.fileno(), self.size, self.start)


def list_members(path: Path) -> dict[PurePosixPath, Member]:
    """The files inside a tar archive, compressed by gzip or not, by their paths in it.

    Links, devices and folders are left out; of several members with one path the last counts, as
    when an archive is unpacked.

    Raises:
        UserError: a damaged archive, a sparse member, a path that leads out of it, or no room to
            decompress it.
    """
    archive = uncompressed(path)
    found = {}
    length = os.fstat(archive.fileno()).st_size
    for entry in entries(archive, path):
        inside = PurePosixPath(entry.name)
        if inside.is_absolute() or ".." in inside.parts:
            raise UserError(f"images: {path}: its member {shown(entry)} leads out of it")
        if not entry.isfile():
            continue
        if entry.issparse():
            raise UserError(f"images: {path}: its member {shown(entry)} is sparse; unpack it")
        if entry.offset_data + entry.size > length:
            raise UserError(f"images: {path} is damaged or truncated in {shown(entry)}")
        found[inside] = Member(archive, inside, entry.offset_data, entry.size)
    return found


def entries(archive: BinaryIO, path: Path) -> list[tarfile.TarInfo]:
    """What an archive holds.

    Raises:
        UserError: it is damaged.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            return tar.getmembers()
    except Exception as error:  # of damaged headers tarfile raises what it likes
        raise UserError(f"images: {path} is damaged or truncated: {error}") from error


def shown(entry: tarfile.TarInfo) -> str:
    """A member's name in a message, where it may hold anything."""
    return entry.name if entry.name.isprintable() else ascii(entry.name)


def uncompressed(path: Path) -> BinaryIO:
    """The archive, open; of a compressed one a copy that is not, gone when nothing uses it."""
    try:
        archive = path.open("rb")
    except OSError as error:
        raise UserError(f"images: {path} cannot be read: {error.strerror}") from error
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
