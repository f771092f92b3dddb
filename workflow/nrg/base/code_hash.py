"""What results depend on beside parameters: the code that makes them, by its meaning.

Imports neither torch nor Snakemake.
"""

import ast
import hashlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from nrg.base.errors import UserError

PACKAGE = Path(__file__).parents[1]
MOST_FILES = 1000  # of a folder among a factory's arguments
WRITTEN = ("results", "logs", "benchmarks", ".snakemake")  # by a run, in its folder
LEFT_THERE = {"__pycache__", ".git", ".ipynb_checkpoints"}  # folders that change without a reason
# Of these nothing reaches a result but by a job's parameters, or nothing at all.
APART = {
    *(f"nrg.base.{name}" for name in ("errors", "locks", "progress", "schemas", "yaml_files")),
    *(f"nrg.study.{name}" for name in ("settings", "suite_layers")),
}


def code_behind_script(script: Path) -> str:
    """A hash of a script and of the modules that it imports, directly or through one another.

    Of their meaning: comments, docstrings and layout have no part in it. Modules are followed
    where they are this package's or lie in the folder of the run; the lock file names the others.
    """
    return meaning_of(imports(script), {script.name: script})


def code_behind_factory(factory: str) -> str:
    """The same of a model's factory, `package.module:function`."""
    return meaning_of([factory.split(":")[0]])


def files_behind(
    model: str, arguments: Mapping[str, Any], named: Iterable[str] | None
) -> dict[str, str]:
    """The files that a model rests on beside code, with hashes of their content.

    Args:
        arguments: of its factory; those that are paths of files or folders count.
        named: files and folders that the factory reads, as the user lists them; with these, folders
            among the arguments no longer count.

    Raises:
        UserError: a named file that is not there, or a folder too large to be hashed.
    """
    found = {}
    for path in named or ():
        try:
            place = Path(path).expanduser()
            place.stat()
        except (OSError, RuntimeError, ValueError) as error:  # ~nobody, or too long
            raise UserError(f"zoo: files of the model '{model}': there is no {path}") from error
        refuse_own_results(place, f"files of the model '{model}' name")
        found[path] = content_of(place)
    for text in texts(arguments):
        try:
            path = Path(text).expanduser()
            counts = path.is_file() or (named is None and path.is_dir())
        except (OSError, ValueError, RuntimeError):  # no path at all
            continue
        if not counts:
            continue
        refuse_own_results(path, f"an argument of the model '{model}' is")
        if path.is_dir() and is_large(path):
            raise UserError(
                f"zoo: an argument of the model '{model}' is the folder {text} of more than "
                f"{MOST_FILES:,} files; list those that its factory reads by the key 'files', so "
                "that a change of them is noticed, or [] if there are none"
            )
        found[text] = content_of(path)
    return found


def files_in_code(factory: str) -> dict[str, str]:
    """The files that the user's own code behind a factory names outright, with their hashes.

    These are the texts in it that are paths of files, seen from the folder of the run or from the
    module's own folder.
    """
    found = {}
    for module in files_behind_factory(factory):
        for text in constants(module):
            for path in {Path(text), module.parent / text}:
                try:
                    is_file = path.is_file()
                except (OSError, ValueError):  # no path at all
                    continue
                if is_file:
                    found[str(path)] = content_of(path)
    return dict(sorted(found.items()))


def constants(module: Path) -> set[str]:
    """The texts in a module, but for those that are too long for a file's name."""
    values = {node.value for node in ast.walk(parsed(module)) if isinstance(node, ast.Constant)}
    return {value for value in values if isinstance(value, str) and 0 < len(value) <= 255}


def texts(value: Any) -> Iterator[str]:
    """All texts in arguments, however nested."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def is_large(folder: Path) -> bool:
    """Whether a folder holds more files than are hashed unasked."""
    try:
        return any(place >= MOST_FILES for place, _ in enumerate(files_below(folder)))
    except OSError:
        return False  # hashing it will say what cannot be read


def refuse_own_results(path: Path, what: str) -> None:
    """Refuse a folder into which a run itself writes, whose content is another after each run.

    Raises:
        UserError: such a folder.
    """
    folder = path.resolve()
    if any(Path(name).resolve().is_relative_to(folder) for name in WRITTEN):
        raise UserError(
            f"zoo: {what} the folder {path}, where results of this run are written, so that it "
            "would count as changed after each run; name a folder beside them, or, by the key "
            "'files', the files that the factory reads"
        )


def files_below(folder: Path, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """All files below a folder in sorted order, links followed, without what imports leave there.

    A link back to a folder that holds it adds nothing.
    """
    status = folder.stat()
    here = status.st_dev, status.st_ino
    if here in above:
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in LEFT_THERE:
            yield from files_below(path, above | {here})
        elif path.is_file():
            yield path


@cache
def content_of(path: Path) -> str:
    """A hash of a file's content, or of the names and contents of all files below a folder.

    Raises:
        UserError: it cannot be read.
    """
    digest = hashlib.sha256()
    file = path
    try:
        for file in [path] if path.is_file() else files_below(path):
            digest.update(f"{file.relative_to(path)}\n".encode(errors="surrogateescape"))
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]


def files_behind_factory(factory: str) -> list[Path]:
    """The modules of the user's own that a model's factory is made of."""
    here = Path.cwd()
    found = followed([factory.split(":")[0]]).values()
    own = [file for file in found if not file.is_relative_to(PACKAGE)]
    return sorted(file.relative_to(here) if file.is_relative_to(here) else file for file in own)


def meaning_of(modules: Iterable[str], beside: Mapping[str, Path] | None = None) -> str:
    """A hash of some modules' code, of what they import, and of files beside them."""
    found = followed(modules, beside)
    text = "\n".join(f"{name}: {meaning(found[name])}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def followed(modules: Iterable[str], beside: Mapping[str, Path] | None = None) -> dict[str, Path]:
    """The files of some modules, of what they import, and others beside them, by their names."""
    found = dict(beside or {})
    waiting = with_packages(modules)
    while waiting:
        files = {name: file for name in waiting if (file := file_of(name))}
        found |= files
        imported = {name for file in files.values() for name in imports(file)}
        waiting = with_packages(imported) - found.keys() - waiting
    return found


def with_packages(modules: Iterable[str]) -> set[str]:
    """The modules and the packages that hold them, whose code is run first: a.b.c, a.b and a."""
    return {name.rsplit(".", level)[0] for name in modules for level in range(name.count(".") + 1)}


def folders() -> tuple[Path, ...]:
    """Where modules are followed: beside this package, on PYTHONPATH, and in the folder of the run.

    They are not followed where packages are installed, even if PYTHONPATH names that folder.
    """
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    places = [Path(place).absolute() for place in named]
    own = [place for place in places if place.name not in ("site-packages", "dist-packages")]
    return PACKAGE.parent, *own, Path.cwd()


def module_of_run(name: str) -> ModuleType:
    """Import a module: Python's own or a library's, or else one in the folder of the run.

    That folder comes last, so that a file random.py in it takes no other module's place.

    Raises:
        ImportError: there is none, or it fails on import.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    return importlib.import_module(name)


@cache
def is_library(name: str, here: Path) -> bool:
    """Whether Python finds this top-level module before it looks into the folder of the run."""
    if name in sys.stdlib_module_names:
        return True
    before = [place for place in sys.path if place and Path(place).absolute() != here]
    return PathFinder.find_spec(name, before) is not None


def file_of(module: str) -> Path | None:
    """The file of a module that is followed; None of a library's."""
    for folder in folders():
        place = folder.joinpath(*module.split("."))
        for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if file.is_file():
                last = folder == Path.cwd()
                library = last and is_library(module.partition(".")[0], folder)
                return None if library else file
    return None


def parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_bytes())  # whatever encoding it declares, and a byte order mark
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(f"{file} is no Python: {error}") from error
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error


@cache
def imports(file: Path) -> frozenset[str]:
    """The names of all that may be a module among what a file imports, wherever in it.

    Raises:
        UserError: a file that cannot be parsed.
    """
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, (*package_of(file, node.level), node.module)))
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and (name := imported_by_call(node)):
            inside = name.lstrip(".")
            found.add(".".join((*package_of(file, len(name) - len(inside)), inside)))
    return frozenset(found) - APART


def imported_by_call(call: ast.Call) -> str:
    """The module that a call of import_module or __import__ names outright; "" for other calls."""
    function = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if function not in ("import_module", "__import__") or not call.args:
        return ""
    name = getattr(call.args[0], "value", None)
    return name if isinstance(name, str) else ""


def package_of(file: Path, level: int) -> tuple[str, ...]:
    """The package that a relative import of so many dots starts from."""
    if not level:
        return ()
    folder = next(folder for folder in folders() if file.is_relative_to(folder))
    parts = file.relative_to(folder).parts
    return parts[: len(parts) - level]


@cache
def meaning(file: Path) -> str:
    """The code without comments and docstrings."""
    tree = parsed(file)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.unparse(tree)
