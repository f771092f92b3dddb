"""Files inside tar archives, which are read where they are in the archive.

Nothing is unpacked, so that a large archive needs no second copy on the disk, and no member can
write outside a folder by its name.
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

from nrg.base.errors import UserError, explain_unreadable
from nrg.base.progress import log

GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Member:
    """A file inside an open archive; several threads may read from one archive at once.

    Args:
        archive: the open archive, which is not compressed.
        path: of the member inside the archive.
        start, size: of its content in the archive, in bytes.
    """

    archive: BinaryIO
    path: PurePosixPath
    start: int
    size: int

    def __str__(self) -> str:
        return printable(str(self.path))

    def read_bytes(self) -> bytes:
        return os.pread(self.archive.fileno(), self.size, self.start)


def list_members(path: Path) -> dict[PurePosixPath, Member]:
    """The files inside a tar archive, by their paths in it; gzip is decompressed.

    Links, devices and folders are left out. If several members have the same path, the last one
    counts, as when an archive is unpacked.

    Raises:
        UserError: a damaged archive, a sparse member, a path that leads out of the archive, or too
            little disk space to decompress it.
    """
    archive = open_uncompressed(path)
    members = {}
    length = os.fstat(archive.fileno()).st_size
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            entries = tar.getmembers()
    except Exception as error:  # damaged headers can make tarfile raise anything
        raise UserError(f"images: {path} is damaged or truncated: {error}") from error
    for entry in entries:
        name, inside = printable(entry.name), PurePosixPath(entry.name)
        if inside.is_absolute() or ".." in inside.parts:
            raise UserError(f"images: {path}: its member {name} leads out of it")
        if not entry.isfile():
            continue
        if entry.issparse():
            raise UserError(f"images: {path}: its member {name} is sparse; unpack it")
        if entry.offset_data + entry.size > length:
            raise UserError(f"images: {path} is damaged or truncated in {name}")
        members[inside] = Member(archive, inside, entry.offset_data, entry.size)
    return members


def printable(name: str) -> str:
    """A member's name for a message, with escapes if it contains characters that do not print."""
    return name if name.isprintable() else ascii(name)[1:-1]


def open_uncompressed(path: Path) -> BinaryIO:
    """Open an archive; for a compressed one, a decompressed temporary copy of it.

    The copy has no name, so that it disappears when nothing uses it any more.
    """
    with explain_unreadable(f"images: {path}"):
        archive = path.open("rb")
    compressed = archive.read(len(GZIP)) == GZIP
    archive.seek(0)
    if not compressed:
        return archive
    log.info("decompressing %s", path)
    try:
        with archive, gzip.open(archive) as source:
            copy = tempfile.TemporaryFile()  # noqa: SIM115  because its members keep it open
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.seek(0)
            return copy
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"images: {path} is damaged or truncated: {error}") from error
    except OSError as error:
        raise UserError(
            f"images: {path} cannot be decompressed in {tempfile.gettempdir()} ({error}); set "
            "TMPDIR to a folder with more space"
        ) from error
