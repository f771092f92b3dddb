"""The image files below a folder, as one walk that the readers and the fingerprint share.

Imports neither torch nor Snakemake.
"""

import os
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from nrg.base.errors import UserError, explain_unreadable

FolderIdentity = tuple[int, int]  # device and inode

SUFFIXES = frozenset(
    ".jpeg .jpg .jpe .jfif .png .apng .bmp .dib .webp .tif .tiff .gif .avif .ppm .pgm .pnm "
    ".pbm".split()
)
# Folders that other programs leave behind. Names that begin with a dot are skipped, too.
FOREIGN = {"__MACOSX", "@eaDir", "lost+found"}


def is_image(name: str) -> bool:
    """Whether a file counts as an image, by the suffix of its name."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122  because it is a name and not a path


def is_skipped(name: str) -> bool:
    """Whether a file or folder is hidden, or was left there by another program."""
    return name.startswith(".") or name in FOREIGN


def resolve_path(path: str | Path | None, setting: str) -> Path:
    """Resolve ~ in a path that the user gave, and check that it exists.

    Args:
        path: None if the user gave none.
        setting: the name of the setting, for messages.

    Raises:
        UserError: there is nothing at the path, or it cannot be looked up.
    """
    if path is None:
        raise UserError(f"the setting '{setting}' must be given")
    try:
        resolved = Path(path).expanduser()
        resolved.stat()
    except FileNotFoundError as error:
        raise UserError(f"{setting}: there is no {resolved}") from error
    except (OSError, RuntimeError, ValueError) as error:  # too long, ~nobody, or with a NUL
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{setting}: {str(path)[:80]!r} cannot be found: {reason}") from error
    return resolved


def decode_name(name: str) -> str:
    """Decode the name of a file from UTF-8, whatever the locale, to composed characters (NFC).

    Raises:
        UserError: the bytes of the name are not UTF-8.
    """
    try:
        return unicodedata.normalize("NFC", os.fsencode(name).decode())
    except UnicodeError as error:
        raise UserError(
            f"images: the file name {os.fsencode(name)!r} is not UTF-8; rename the file "
            "(convmv -f latin1 -t utf8 does it for whole folders)"
        ) from error


def find_images(
    top: Path, enters: Callable[[PurePosixPath], bool] = lambda folder: True
) -> dict[str, Path]:
    """Find the image files below a folder.

    Links are followed; a link to a folder that contains it is left out. Hidden files, hidden
    folders and what other programs leave behind are skipped.

    Args:
        enters: says whether to look into a folder, given its path relative to `top`.

    Returns:
        The files by their names relative to `top`, in sorted order.

    Raises:
        UserError: a file or folder that cannot be read, a link that leads nowhere, a folder that
            is reached in two ways, something with an image's name that is not a regular file, two
            names that differ only in their Unicode form, or a name that is not UTF-8.
    """
    files: dict[str, Path] = {}
    for inside, path in walk_images(top, enters):
        name = decode_name(str(inside))
        if name in files:
            raise UserError(
                f"images: {files[name]} and {path} have the same name in two Unicode forms; "
                "rename one"
            )
        files[name] = path
    return dict(sorted(files.items()))


def walk_images(
    top: Path, enters: Callable[[PurePosixPath], bool]
) -> Iterator[tuple[PurePosixPath, Path]]:
    """Walk over the image files below a folder.

    Yields:
        The path of each file relative to `top`, and its path.
    """
    visited: dict[FolderIdentity, Path] = {}
    waiting: deque[tuple[Path, PurePosixPath, frozenset[FolderIdentity]]] = deque()
    waiting.append((top, PurePosixPath(), frozenset()))
    while waiting:
        folder, inside, parents = waiting.popleft()
        identity, entries = list_folder(folder)
        if identity in parents:
            continue
        if identity in visited:
            raise UserError(
                f"images: {visited[identity]} and {folder} are the same folder, by a link; "
                "remove one"
            )
        visited[identity] = folder
        for entry in entries:
            if is_skipped(entry.name):
                continue
            if is_folder(entry):
                if enters(inside / entry.name):
                    child = folder / entry.name, inside / entry.name, parents | {identity}
                    waiting.append(child)
            elif is_image(entry.name):
                if not is_file(entry):
                    kind = "a link that leads nowhere" if entry.is_symlink() else "no regular file"
                    raise UserError(f"images: {entry.path} is {kind}; remove it")
                yield inside / entry.name, folder / entry.name


def list_folder(folder: Path) -> tuple[FolderIdentity, list[os.DirEntry[str]]]:
    """The identity of a folder, and its entries in sorted order."""
    with explain_unreadable(f"images: {folder}"):
        status = folder.stat()
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    return (status.st_dev, status.st_ino), entries


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file, or a link to one."""
    try:
        return entry.is_file()
    except OSError:
        return False
