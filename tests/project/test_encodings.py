"""Text files are UTF-8, whatever the locale: no call leaves the encoding to it."""

import ast

import pytest
from inputs import ROOT

OTHERS = {"Image", "tarfile", "gzip", "zipfile", "webbrowser"}  # whose open() reads no text


def unsaid(tree: ast.AST) -> list[int]:
    """Lines that read or write text in an encoding they do not say."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if method else getattr(node.func, "id", "")
        owner = getattr(node.func.value, "id", "") if method else ""
        said = {keyword.arg for keyword in node.keywords}
        inside = [part for argument in node.args for part in ast.walk(argument)]
        modes = [part.value for part in inside if isinstance(part, ast.Constant)]
        text = {
            "read_text": not node.args,
            "write_text": len(node.args) < 2,
            "FileHandler": len(node.args) < 3,
            "open": owner not in OTHERS and not any("b" in str(mode) for mode in modes),
            "fdopen": not any("b" in str(mode) for mode in modes),
            "run": "text" in said,
            "Popen": "text" in said,
            "check_output": "text" in said,
        }
        if text.get(name, False) and "encoding" not in said:
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
        assert unsaid(ast.parse(call)) == [1], call
    for call in ("p.open('rb')", "Image.open(p)", "p.read_text(encoding='utf-8')", "read_text(p)"):
        assert not unsaid(ast.parse(call)), call


@pytest.mark.parametrize("folder", ["nrg", "scripts"])
def test_every_text_file_is_utf_8(folder):
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "workflow" / folder).glob("*.py"))
        for line in unsaid(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not found
