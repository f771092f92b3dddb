"""The snakemake command that runs a configuration."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

AS_RUN = "NRG_COMMAND"  # environment variable in which jobs find the command that started the run
SNAKEMAKE = "NRG_SNAKEMAKE"  # in which they find how to start Snakemake, without cores and settings


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
    words = ["snakemake", *options, *configuration_words(config, base, files)]
    before = f"PYTHONPATH={shlex.quote(path)} " if path else ""
    return before + shlex.join(words)


def configuration_words(
    config: Mapping[str, Any], base: Mapping[str, Any], files: Sequence[str] = ()
) -> list[str]:
    """The words of a snakemake command that say its configuration; arguments as above."""
    changed = {key: value for key, value in config.items() if base.get(key) != value}
    entries = [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in changed.items()
    ]
    words = ["--configfile", *files] if files else []
    return words + (["--config", *entries] if entries else [])
