"""What results depend on beside parameters: the code that makes them, by its meaning.

Imports neither torch nor Snakemake.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
# Of these nothing reaches a result but by a job's parameters, or nothing at all.
APART = {"errors", "locks", "progress", "schemas", "settings"}


def code_behind(script: Path, factories: Iterable[str] = ()) -> str:
    """A hash of the package's modules that a script imports, directly or through one another.

    Of their meaning: comments, docstrings and layout have no part in it.

    Args:
        factories: of models, `package.module:function`; those of this package are imported too.
    """
    modules = set(imports(script))
    modules |= {name.split(":")[0][4:] for name in factories if name.startswith("nrg.")}
    found: set[str] = set()
    while modules:
        found |= modules
        modules = {name for module in modules for name in imports(file_of(module))} - found
    text = "\n".join(f"{name}: {meaning(file_of(name))}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_of(module: str) -> Path:
    return PACKAGE / f"{module}.py"


@cache
def imports(file: Path) -> frozenset[str]:
    """The package's modules that a file imports, wherever in it."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "nrg":
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module[:4] == "nrg.":
            found.append(node.module[4:])
    return frozenset(found) - APART


@cache
def meaning(file: Path) -> str:
    """The code without comments and docstrings."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.unparse(tree)
