"""The documented attacks of a user's own, and modules of such attacks in a folder of a run."""

import importlib
import re
import sys
from pathlib import Path

from inputs import ROOT


def read_blocks() -> dict[str, str]:
    """The code blocks of the page on own attacks, by their language."""
    page = (ROOT / "docs/own-attacks.md").read_text(encoding="utf-8")
    return dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))


def write_module(folder: Path, monkeypatch, text: str, name: str = "my_attacks") -> None:
    """Write a module into a folder, which becomes the folder of the run."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)  # of another test
    importlib.invalidate_caches()
