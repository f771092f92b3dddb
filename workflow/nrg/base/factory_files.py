"""Hashes of the user's own functions and of the files they read, so that a change is noticed."""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nrg.base.code_hash import find_factory_modules, hash_factory
from nrg.base.errors import UserError
from nrg.base.files import exists
from nrg.base.module_search import parse

MOST_FILES = 1000  # that are hashed in a folder which only an argument names
WRITTEN_BY_RUNS = ("results", "logs", "benchmarks", ".snakemake")  # in the folder of the run
SKIPPED_FOLDERS = {"__pycache__", ".git", ".ipynb_checkpoints"}  # which programs change unasked


def hash_factory_files(
    model: str, factory: str, arguments: Mapping[str, Any], listed: Iterable[str] | None
) -> dict[str, str]:
    """Hash the files that a model's factory reads, as far as they are listed or named.

    Args:
        arguments: of the factory; those that are paths of files or folders count.
        listed: files and folders that the user lists for the model; None where there is no list.
            With a list, folders among the arguments no longer count.

    Returns:
        The hash of each file or folder, by its path.

    Raises:
        UserError: a listed file that does not exist, or a folder that must not be hashed.
    """
    return (
        hash_files_in_code(factory)
        | hash_listed_files(model, listed or ())
        | hash_argument_files(model, arguments, with_folders=listed is None)
    )


def hash_own_code(names: Iterable[str]) -> list[str]:
    """Hashes of the code behind functions of the user's own, and of the files that it names."""
    hashes = []
    for name in sorted(set(names)):
        hashes += [hash_factory(name), *hash_files_in_code(name).values()]
    return hashes


def hash_listed_files(model: str, paths: Iterable[str]) -> dict[str, str]:
    """Hash the files and folders that the user lists for a model.

    Returns:
        The hash of each file or folder, by its path as the user wrote it.

    Raises:
        UserError: a file that does not exist, or a folder into which runs write.
    """
    hashes = {}
    for text in paths:
        try:
            path = Path(text).expanduser()
            path.stat()
        except (OSError, RuntimeError, ValueError) as error:  # also ~nobody, or too long a name
            raise UserError(f"zoo: files of the model '{model}': there is no {text}") from error
        refuse_results(path, f"files of the model '{model}' name")
        hashes[text] = hash_content(path)
    return hashes


def hash_argument_files(
    model: str, arguments: Mapping[str, Any], with_folders: bool
) -> dict[str, str]:
    """Hash the files that the arguments of a model's factory name.

    Args:
        with_folders: whether folders that the arguments name are hashed, too.

    Returns:
        The hash of each file or folder, by its path as the argument has it.

    Raises:
        UserError: a folder that is too large, or into which runs write.
    """
    hashes = {}
    for text in find_texts(arguments):
        try:
            path = Path(text).expanduser()
            is_hashed = path.is_file() or (with_folders and path.is_dir())
        except (OSError, ValueError, RuntimeError):  # a text that cannot be a path
            continue
        if not is_hashed:
            continue
        refuse_results(path, f"an argument of the model '{model}' is")
        if path.is_dir() and is_large(path):
            raise UserError(
                f"zoo: an argument of the model '{model}' is the folder {text} of more than "
                f"{MOST_FILES:,} files; list those that its factory reads by the key 'files', so "
                "that a change of them is noticed, or [] if there are none"
            )
        hashes[text] = hash_content(path)
    return hashes


def hash_files_in_code(factory: str) -> dict[str, str]:
    """Hash the files that the user's own code behind a factory names.

    A file is named where a text in the code is its path, relative to the folder of the run or to
    the folder of the module.

    Returns:
        The hash of each file, by its path.
    """
    hashes = {}
    for module in find_factory_modules(factory):
        for text in find_constants(module):
            for path in {Path(text), module.parent / text}:
                if exists(path) and path.is_file():
                    hashes[str(path)] = hash_content(path)
    return dict(sorted(hashes.items()))


def find_constants(module: Path) -> set[str]:
    """The texts in a module that are not too long to be the name of a file."""
    values = {node.value for node in ast.walk(parse(module)) if isinstance(node, ast.Constant)}
    return {value for value in values if isinstance(value, str) and 0 < len(value) <= 255}


def find_texts(value: Any) -> Iterator[str]:
    """All texts in lists and mappings, however deeply nested."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from find_texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from find_texts(entry)


def is_large(folder: Path) -> bool:
    """Whether a folder holds more files than are hashed without being listed."""
    try:
        return any(index >= MOST_FILES for index, _ in enumerate(walk_files(folder)))
    except OSError:
        return False  # hashing it will report what cannot be read


def refuse_results(path: Path, subject: str) -> None:
    """Refuse a folder that holds the results of this run, because every run changes it.

    Args:
        subject: the beginning of the message, which says who names the folder.
    """
    folder = path.resolve()
    if any(Path(name).resolve().is_relative_to(folder) for name in WRITTEN_BY_RUNS):
        raise UserError(
            f"zoo: {subject} the folder {path}, where results of this run are written, so that it "
            "would count as changed after each run; name a folder next to them, or, by the key "
            "'files', the files that the factory reads"
        )


def walk_files(folder: Path, parents: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """All files below a folder in sorted order, without those in `SKIPPED_FOLDERS`.

    Links are followed; a link to a folder that contains it is left out.

    Args:
        parents: the folders that contain this one, by device and inode.
    """
    status = folder.stat()
    identity = status.st_dev, status.st_ino
    if identity in parents:
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in SKIPPED_FOLDERS:
            yield from walk_files(path, parents | {identity})
        elif path.is_file():
            yield path


@cache
def hash_content(path: Path) -> str:
    """A hash of a file's content, or of the names and contents of all files below a folder.

    Raises:
        UserError: a file that cannot be read.
    """
    digest = hashlib.sha256()
    file = path
    try:
        for file in [path] if path.is_file() else walk_files(path):
            digest.update(f"{file.relative_to(path)}\n".encode(errors="surrogateescape"))
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]
