"""Files on disk: written whole or not at all, their checksums, and the space that is left."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nrg.base.errors import UserError, explain_unreadable

# A file that holds its own SHA-256 is hashed with these zeros in its place.
CHECKSUM_PLACEHOLDER = "0" * 64


class DamagedFile(UserError):
    """A result whose content is not what was written; the message says how to make it again."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(
            f"{path} is damaged ({reason}); delete it, and the same command makes it again if "
            "needed"
        )


@contextmanager
def write_whole(path: str | Path) -> Iterator[Path]:
    """Write a file whole or not at all.

    Yields:
        A temporary path next to `path` to write to. It is renamed to `path` if the block ends
        without an error, and is deleted otherwise.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())  # else a node that dies may leave the name without the content
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_user_file(path: Path, setting: str) -> bytes:
    """The content of a file that the user names.

    Args:
        setting: the name of the setting that gives the path, for messages.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise UserError(f"{setting}: there is no file {path}")
    with explain_unreadable(f"{setting}: {path}"):
        return path.read_bytes()


def exists(path: Path) -> bool:
    """Whether something is at a path; False if there can be no such path."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def file_sha256(path: str | Path) -> str:
    """The SHA-256 of a file's content, as hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_space(path: str | Path) -> int:
    """Free bytes on the disk that holds `path`, which need not exist yet."""
    path = Path(path).absolute()
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(existing).free
