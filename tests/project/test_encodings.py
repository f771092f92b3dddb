"""Text files are UTF-8, whatever the locale: no call leaves the encoding to it."""

import ast

import pytest
from inputs import ROOT

BINARY = {"Image", "tarfile", "gzip", "zipfile", "webbrowser"}  # whose open() reads no text


def lines_without_encoding(tree: ast.AST) -> list[int]:
    """Return the lines that read or write text without naming its encoding."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if method else getattr(node.func, "id", "")
        owner = getattr(node.func.value, "id", "") if method else ""
        named = {keyword.arg for keyword in node.keywords}
        inside = [part for argument in node.args for part in ast.walk(argument)]
        modes = [part.value for part in inside if isinstance(part, ast.Constant)]
        text = {
            "read_text": not node.args,
            "write_text": len(node.args) < 2,
            "FileHandler": len(node.args) < 3,
            "open": owner not in BINARY and not any("b" in str(mode) for mode in modes),
            "fdopen": not any("b" in str(mode) for mode in modes),
            "run": "text" in named,
            "Popen": "text" in named,
            "check_output": "text" in named,
        }
        if text.get(name, False) and "encoding" not in named:
            lines.append(node.lineno)
    return lines


def test_such_calls_are_found():
    for call in (
        "p.read_text()",
        "open(p)",
        "p.open('a')",
        "FileHandler(p, 'w')",
        "p.write_text(t)",
    ):
        assert lines_without_encoding(ast.parse(call)) == [1], call
    for call in ("p.open('rb')", "Image.open(p)", "p.read_text(encoding='utf-8')", "read_text(p)"):
        assert not lines_without_encoding(ast.parse(call)), call


@pytest.mark.parametrize("folder", ["nrg", "scripts"])
def test_every_text_file_is_utf_8(folder):
    paths = sorted((ROOT / "workflow" / folder).rglob("*.py"))
    assert len(paths) > 20
    lines = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in paths
        for line in lines_without_encoding(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not lines
