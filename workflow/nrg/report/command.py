"""The snakemake command that runs a configuration."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

AS_RUN = "NRG_COMMAND"  # environment variable in which jobs find the command that started the run


def command_line(
    config: Mapping[str, Any],
    base: Mapping[str, Any],
    files: Sequence[str] = (),
    options: Sequence[str] = ("--cores", "all"),
    path: str = "",
) -> str:
    """The snakemake command that runs this configuration.

    Args:
        config: the whole configuration.
        base: what the configuration files alone say; only what differs from it is repeated.
        files: configuration files to give on the command line.
        options: cores, jobs and resources.
        path: the PYTHONPATH to run it with; none if empty.
    """
    changed = {key: value for key, value in config.items() if base.get(key) != value}
    entries = [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in changed.items()
    ]
    words = ["snakemake", *options]
    words += ["--configfile", *files] if files else []
    words += ["--config", *entries] if entries else []
    before = f"PYTHONPATH={shlex.quote(path)} " if path else ""
    return before + shlex.join(words)
