"""The image files below a folder: one walk, which fingerprint and readers share.

Imports neither torch nor Snakemake.
"""

import os
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from nrg.base.errors import UserError

SUFFIXES = frozenset(
    ".jpeg .jpg .jpe .jfif .png .apng .bmp .dib .webp .tif .tiff .gif .avif .ppm .pgm .pnm "
    ".pbm".split()
)
# What other programs leave beside a user's files; names that begin with a dot are skipped too.
FOREIGN = {"__MACOSX", "@eaDir", "lost+found"}


def is_image(name: str) -> bool:
    """Whether a file is taken for an image, by the suffix of its name."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122  a name, and no path


def is_skipped(name: str) -> bool:
    """Whether a file or folder is hidden, or is one that other programs left there."""
    return name.startswith(".") or name in FOREIGN


def resolve_path(path: str | Path, setting: str) -> Path:
    """A path that the user named, with ~ resolved, once something is there.

    Raises:
        UserError: there is nothing, or it cannot be looked at.
    """
    try:
        place = Path(path).expanduser()
        place.stat()
    except FileNotFoundError as error:
        raise UserError(f"{setting}: there is no {place}") from error
    except (OSError, RuntimeError, ValueError) as error:  # too long, ~nobody, or a NUL in it
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{setting}: {str(path)[:80]!r} cannot be found: {why}") from error
    return place


def text_name(name: str, setting: str = "images") -> str:
    """A file's name as text in Unicode's composed form (NFC), whatever the locale.

    Raises:
        UserError: its bytes are not UTF-8.
    """
    try:
        return unicodedata.normalize("NFC", os.fsencode(name).decode())
    except UnicodeError as error:
        raise UserError(
            f"{setting}: the file name {os.fsencode(name)!r} is not UTF-8; rename the file "
            "(convmv -f latin1 -t utf8 does it for whole folders)"
        ) from error


def find_images(
    top: Path, enters: Callable[[PurePosixPath], bool] = lambda folder: True
) -> dict[str, Path]:
    """The image files below a folder, by their names relative to it, in sorted order.

    Links are followed. A link back to a folder that holds it adds nothing and is left out. Hidden
    files, hidden folders and what other programs leave behind are skipped.

    Args:
        enters: whether to look into a folder, given its path below `top`.

    Raises:
        UserError: a file or folder that cannot be read, a link that leads nowhere, a folder that
            is reached in two ways, an image name that is no regular file's, two names that differ
            in their Unicode form alone, or a name that is not UTF-8.
    """
    found: dict[str, Path] = {}
    for inside, path in walk(top, enters):
        name = text_name(str(inside))
        if name in found:
            raise UserError(
                f"images: {found[name]} and {path} have the same name in two Unicode forms; "
                "rename one"
            )
        found[name] = path
    return dict(sorted(found.items()))


def walk(
    top: Path, enters: Callable[[PurePosixPath], bool]
) -> Iterator[tuple[PurePosixPath, Path]]:
    """The image files of a folder and of those below it, each with its path below the folder."""
    seen: dict[tuple[int, int], Path] = {}  # the folders looked into, by device and inode
    waiting = deque([(top, PurePosixPath(), frozenset())])
    while waiting:
        folder, inside, above = waiting.popleft()
        here, entries = listed(folder)
        if here in above:
            continue
        if here in seen:
            raise UserError(
                f"images: {seen[here]} and {folder} are the same folder, by a link; remove one"
            )
        seen[here] = folder
        for entry in entries:
            place = inside / entry.name
            if is_skipped(entry.name):
                continue
            if is_folder(entry):
                if enters(place):
                    waiting.append((folder / entry.name, place, above | {here}))
            elif is_image(entry.name):
                if not is_file(entry):
                    kind = "a link that leads nowhere" if entry.is_symlink() else "no regular file"
                    raise UserError(f"images: {entry.path} is {kind}; remove it")
                yield place, folder / entry.name


def listed(folder: Path) -> tuple[tuple[int, int], list[os.DirEntry]]:
    """A folder's device and inode, and what is in it.

    Raises:
        UserError: it cannot be read.
    """
    try:
        status = folder.stat()
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise UserError(f"images: {folder} cannot be read: {error.strerror}") from error
    return (status.st_dev, status.st_ino), entries


def is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
