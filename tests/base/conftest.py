"""Fixtures that several tests of this room share."""

import pytest
from nrg.base import code_hash, factory_files


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    """The folder of a run, empty, in which no hash is remembered from one call to the next."""
    monkeypatch.chdir(tmp_path)
    for module, name in (
        (code_hash, "read_code"),
        (factory_files, "hash_content"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)
    return tmp_path
