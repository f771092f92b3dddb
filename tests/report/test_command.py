"""The command that runs a configuration."""

import os

from nrg.report.command import command_line


def test_the_command_of_a_run_repeats_what_differs_from_its_files():
    base = {"suite": "digits", "seed": 0}
    assert command_line(base, base) == "snakemake --cores all"
    config = {"suite": "digits", "exhibits": ["table1"], "seed": 1, "readings": False}
    command = command_line(config, base, ["two.yaml"])
    assert command == (
        "snakemake --cores all --configfile two.yaml --config 'exhibits=[\"table1\"]' seed=1 "
        "readings=false"
    )


def test_the_command_says_how_a_run_was_started():
    said = command_line({"seed": 1}, {}, (), ["--cores", "1"], "/a b" + os.pathsep + "/c")
    assert said == "PYTHONPATH='/a b:/c' snakemake --cores 1 --config seed=1"
