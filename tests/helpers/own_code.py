"""The code that documents give as examples, and modules of a user's own in the folder of a run."""

import importlib
import re
import sys
from pathlib import Path

from inputs import ROOT


def read_blocks(page: str) -> dict[str, str]:
    """The code blocks of a page of docs/, by their language."""
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    return dict(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL))


def write_module(folder: Path, monkeypatch, text: str, name: str = "my_attacks") -> None:
    """Write a module into a folder, which becomes the folder of the run."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)  # of another test
    importlib.invalidate_caches()
