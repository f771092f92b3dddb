"""Modules of the user are found, and do not replace modules of Python or of a library."""

import random
import sys

import pytest
from nrg.base import module_search
from nrg.base.module_search import find_source, import_module


@pytest.fixture
def run_modules(tmp_path, monkeypatch):
    """The folder of a run, with two modules of which one has the name of Python's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("random", "my_network_of_this_test"):
        (tmp_path / f"{name}.py").write_text("HERE = True\n")
    yield tmp_path
    sys.modules.pop("my_network_of_this_test", None)


def test_a_module_in_the_folder_of_the_run_is_imported_unless_python_has_it(run_modules):
    assert import_module("my_network_of_this_test").HERE
    assert import_module("random") is random
    with pytest.raises(ImportError):
        import_module("my_network_that_is_nowhere")


def test_sources_are_the_package_s_and_the_user_s_own(run_modules):
    assert find_source("my_network_of_this_test") == run_modules / "my_network_of_this_test.py"
    assert find_source("nrg.base") == module_search.PACKAGE / "base/__init__.py"
    assert find_source("random") is None
    assert find_source("torch") is None
