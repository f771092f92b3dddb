"""Which suite made a folder of results, so that no other suite of that name overwrites it."""

import os
from collections.abc import Iterator
from pathlib import Path

from nrg.base.errors import UserError
from nrg.base.files import write_whole
from nrg.base.yaml_files import read_text
from nrg.study.result_paths import suite_results
from nrg.study.settings import Settings
from nrg.study.suite_layers import is_path


def check_makers(settings: Settings) -> None:
    """Refuse a suite if its folder holds the results of another suite of the same name.

    If the file of that other suite no longer exists, it has been renamed, and the folder is used.
    """
    for name, maker in list_makers(settings):
        path = suite_results(name).fill("suite.txt")
        made = read_text(path).strip() if path.is_file() else maker
        if made != maker and (not is_path(made) or Path(made).is_file()):
            raise UserError(
                f"results/{name} holds the results of the suite {made}, and the suite {maker} has "
                f"the same name: give it another 'name', or move results/{name} away"
            )


def write_makers(settings: Settings) -> None:
    """Write into each folder of results which suite makes them."""
    for name, maker in list_makers(settings):
        path = suite_results(name).fill("suite.txt")
        if not path.is_file() or read_text(path).strip() != maker:
            path.parent.mkdir(parents=True, exist_ok=True)
            with write_whole(path) as part:
                part.write_text(f"{maker}\n", encoding="utf-8")


def list_makers(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each folder of results of the run, by its name, with the suite that makes it.

    A suite is given as its name, or as the path of its file relative to the folder of the run.
    """
    suites = {settings.suite.name: settings.asked}
    if settings.companion is not None and settings.suite.mlp_suite is not None:
        suites.setdefault(settings.companion.name, settings.suite.mlp_suite)
    for name, suite in suites.items():
        path = Path(suite).expanduser().resolve()
        yield name, os.path.relpath(path) if is_path(suite) else suite
