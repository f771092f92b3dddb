"""Where the project and the real inputs lie."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("NRG_TEST_DATA", ROOT.parent / "shared/data"))


def real(path: str) -> Path:
    """A path below the folder of real inputs; the test is skipped where it is missing."""
    if not (DATA / path).exists():
        pytest.skip(f"needs {DATA / path}; set NRG_TEST_DATA to the folder that holds {path}")
    return DATA / path
