"""Hashes of code by its meaning, so that results are made again when their code changes.

A hash covers a script or a factory and all modules that it imports, directly or through one
another, if they belong to this package or to the user; libraries are fixed by the lock file.
Comments, layout and docstrings do not count, with one exception: docstrings of the room
`nrg.claims`, which are printed in results.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nrg.base.module_search import find_source, parse, search_folders
from nrg.base.resources import PACKAGE

# Modules whose code reaches results through the parameters of jobs only, or not at all.
APART = {
    *(f"nrg.base.{name}" for name in ("errors", "locks", "progress", "schemas", "yaml_files")),
    *(f"nrg.study.{name}" for name in ("settings", "suite_layers")),
}


def hash_script(script: Path) -> str:
    """A hash of the code that a script runs."""
    return hash_modules(find_imports(script), {script.name: script})


def hash_factory(factory: str) -> str:
    """A hash of the code that a model's factory, `package.module:function`, runs."""
    return hash_modules([factory.split(":")[0]], {})


def find_factory_modules(factory: str) -> list[Path]:
    """The user's own modules that a model's factory is made of, relative to the run if possible."""
    run_folder = Path.cwd()
    files = follow_imports([factory.split(":")[0]]).values()
    return sorted(
        file.relative_to(run_folder) if file.is_relative_to(run_folder) else file
        for file in files
        if not file.is_relative_to(PACKAGE)
    )


def hash_modules(modules: Iterable[str], files: Mapping[str, Path]) -> str:
    """A hash of modules, of all that they import, and of further files, given by their names."""
    followed = {**files, **follow_imports(modules)}
    text = "\n".join(f"{name}: {read_code(followed[name]).meaning}" for name in sorted(followed))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def follow_imports(modules: Iterable[str]) -> dict[str, Path]:
    """The files of modules and of all that they import, by the modules' names.

    Modules of libraries are not followed, and neither are those in `APART`.
    """
    files: dict[str, Path] = {}
    waiting = add_packages(modules) - APART
    while waiting:
        new = {name: file for name in waiting if (file := find_source(name))}
        files |= new
        imported = {name for file in new.values() for name in find_imports(file)}
        waiting = add_packages(imported) - APART - files.keys() - waiting
    return files


def add_packages(modules: Iterable[str]) -> set[str]:
    """The modules and the packages that hold them, whose code runs first: a.b.c, a.b and a."""
    return {name.rsplit(".", level)[0] for name in modules for level in range(name.count(".") + 1)}


class Code(NamedTuple):
    """What a file of Python means.

    Attributes:
        imports: the names of everything that it imports, anywhere, and that may be a module.
        meaning: its code without comments, layout, and docstrings that are not printed.
    """

    imports: frozenset[str]
    meaning: str


def find_imports(file: Path) -> frozenset[str]:
    """The names of everything that a file imports, as `Code` has them."""
    return read_code(file).imports


@cache
def read_code(file: Path) -> Code:
    """Read a file once for both, because a dry run reads all files of the package.

    The docstrings of claim tests are printed as the rules of their verdicts.

    Raises:
        UserError: a file that cannot be parsed.
    """
    tree = parse(file)
    is_printed = file.is_relative_to(PACKAGE / "claims")
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, (*relative_package(file, node.level), node.module)))
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and (name := imported_by_call(node)):
            module = name.lstrip(".")
            level = len(name) - len(module)
            names.add(".".join((*relative_package(file, level), module)))
        elif isinstance(node, ast.Module) or not is_printed:
            drop_docstring(node)
    return Code(frozenset(names), ast.unparse(tree))


def imported_by_call(call: ast.Call) -> str:
    """The module that a call of import_module or __import__ names as text; "" for other calls."""
    function = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if function not in ("import_module", "__import__") or not call.args:
        return ""
    name = getattr(call.args[0], "value", None)
    return name if isinstance(name, str) else ""


def relative_package(file: Path, level: int) -> tuple[str, ...]:
    """The parts of the package that an import with `level` leading dots starts from."""
    if not level:
        return ()
    folder = next(folder for folder in search_folders() if file.is_relative_to(folder))
    parts = file.relative_to(folder).parts
    return parts[: len(parts) - level]


def drop_docstring(node: ast.AST) -> None:
    """Remove the docstring of a node that has one."""
    if (
        isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and ast.get_docstring(node, clean=False) is not None
    ):
        node.body = node.body[1:]
