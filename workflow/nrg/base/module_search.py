"""Where the source files of Python modules are: this package's and the user's own."""

import ast
import importlib
import os
import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from nrg.base.errors import UserError, explain_unreadable
from nrg.base.resources import PACKAGE


def search_folders() -> tuple[Path, ...]:
    """The folders in which modules are looked for, in this order.

    These are the folder of this package, the folders of PYTHONPATH, and the folder of the run.
    Folders of installed packages are left out, even if PYTHONPATH names them.
    """
    parts = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    on_path = [Path(part).absolute() for part in parts]
    not_installed = [
        folder for folder in on_path if folder.name not in ("site-packages", "dist-packages")
    ]
    return PACKAGE.parent, *not_installed, Path.cwd()


def find_source(module: str) -> Path | None:
    """The source file of a module of this package or of the user's own; None for a library's."""
    for folder in search_folders():
        path = folder.joinpath(*module.split("."))
        for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
            if file.is_file():
                in_run = folder == Path.cwd()
                library = in_run and is_library(module.partition(".")[0], folder)
                return None if library else file
    return None


@cache
def is_library(name: str, run_folder: Path) -> bool:
    """Whether Python finds this top-level module before it looks into the folder of the run."""
    if name in sys.stdlib_module_names:
        return True
    before = [entry for entry in sys.path if entry and Path(entry).absolute() != run_folder]
    return PathFinder.find_spec(name, before) is not None


def import_module(name: str) -> ModuleType:
    """Import a module of Python, of a library, or else from the folder of the run.

    The folder of the run comes last, so that a file random.py in it does not replace Python's own
    module.

    Raises:
        ImportError: there is no such module, or it fails on import.
    """
    run_folder = str(Path.cwd())
    if run_folder not in sys.path:
        sys.path.append(run_folder)
    return importlib.import_module(name)


def parse(file: Path) -> ast.Module:
    """Parse a Python file in whatever encoding it declares, with or without a byte order mark.

    Raises:
        UserError: a file that is not Python, or cannot be read.
    """
    with explain_unreadable(file):
        content = file.read_bytes()
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(f"{file} is not Python: {error}") from error
