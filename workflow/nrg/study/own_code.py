"""Functions of the user's own that attacks are made of, named `module:function`.

Their files are read and not run, so that the workflow starts without torch, and without running
code that only jobs need.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from nrg.base.errors import UnknownName, UserError
from nrg.base.module_search import find_source, parse

IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
NAME = re.compile(rf"{IDENTIFIER}(\.{IDENTIFIER})*:{IDENTIFIER}")


@dataclass(frozen=True)
class Signature:
    """What a function takes.

    Attributes:
        arguments: the number of its positional arguments.
        settings: its keyword-only arguments with their defaults; None where the default is not a
            number.
        yields: whether it is a generator.
    """

    arguments: int
    settings: Mapping[str, float | None]
    yields: bool


def is_own(name: str) -> bool:
    """Whether this names a function of the user's own, and not a piece of the package."""
    return ":" in name


def read_signature(name: str) -> Signature:
    """The signature of a function of the user's own.

    Raises:
        UserError: there is no such module or function, or a setting has no number as its default.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"'{name}' is no name of a function; write it as my_module:function")
    module, _, function = name.partition(":")
    file = find_source(module)
    if file is None and (hidden := Path(*module.split(".")).with_suffix(".py")).is_file():
        raise UserError(
            f"'{name}': Python has a module '{module}' of its own, which comes before {hidden} in "
            "the folder of the run; give the file another name"
        )
    if file is None:
        raise UserError(
            f"'{name}': there is no module '{module}' in the folder of the run or on PYTHONPATH; "
            "a function of an installed library can be called from a module of your own"
        )
    signatures = read_signatures(file)
    if function not in signatures:
        raise UnknownName(f"function of {file.name}", function, signatures)
    signature = signatures[function]
    for setting, default in signature.settings.items():
        if default is None:
            raise UserError(
                f"'{name}': its argument '{setting}' is a setting, and needs a number as default"
            )
    return signature


@cache
def read_signatures(file: Path) -> dict[str, Signature]:
    """The signatures of the functions that a file defines at its top level, by their names."""
    functions = (node for node in parse(file).body if isinstance(node, ast.FunctionDef))
    return {
        function.name: Signature(
            arguments=len(function.args.posonlyargs + function.args.args),
            settings={
                argument.arg: read_number(default)
                for argument, default in zip(
                    function.args.kwonlyargs, function.args.kw_defaults, strict=True
                )
            },
            yields=has_yield(function),
        )
        for function in functions
    }


def read_number(default: ast.expr | None) -> float | None:
    """The number that a default is written as; None if it is anything else."""
    try:
        value = None if default is None else ast.literal_eval(default)
    except ValueError:
        return None
    if isinstance(value, bool):
        return float(value)
    return value if isinstance(value, int | float) and abs(value) < inf else None


def has_yield(function: ast.AST) -> bool:
    """Whether a function yields, apart from functions within it."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        or (not isinstance(node, inner) and has_yield(node))
        for node in ast.iter_child_nodes(function)
    )
