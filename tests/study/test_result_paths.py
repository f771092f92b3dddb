"""Paths of results: declared once, refused otherwise, and all that a run leaves."""

import re
from pathlib import Path

import pytest
from nrg.base.errors import UserError
from nrg.study.result_paths import PATTERNS, suite_results

# What a small run deletes, and what it has no exhibit or model for.
NOT_LEFT = {
    "candidates.safetensors",
    "guest_candidates.parquet",
    "guest_candidates.safetensors",
    "adversarial/{source}/{job}/{shard}.safetensors",
    "adversarial/{source}/{job}/{shard}.csv",
    "predictions/{source}/{job}-on-{model}.parquet",
    "transformed/{exhibit}.parquet",
    "own_attacks.csv",
    "probes/{exhibit}_copies.parquet",
    "zoo_replicates/{zoo_seed}.json",
    "replicates.json",
}
# Which other tests may have asked for.
ASKED_FOR = {"partial_report.html", "compare.html", "compare.csv"}


def test_a_rule_gets_the_pattern_and_other_code_the_path():
    paths = suite_results("digits")
    assert paths["models/{model}.safetensors"] == "results/digits/models/{model}.safetensors"
    path = paths.fill("models/{model}.safetensors", model="alexnet")
    assert path == Path("results/digits/models/alexnet.safetensors")


@pytest.mark.parametrize("take", ["__getitem__", "fill"])
def test_an_undeclared_result_is_refused(take):
    with pytest.raises(UserError, match=r"claim\.json'; did you mean 'claims\.json'"):
        getattr(suite_results("digits"), take)("claim.json")


def test_a_run_leaves_exactly_the_declared_results(small_run):
    folder = small_run[0] / "results/small"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    matched = {
        pattern: {file for file in files if re.fullmatch(as_expression(pattern), file)}
        for pattern in PATTERNS
    }
    assert files == set().union(*matched.values())
    assert {pattern for pattern, found in matched.items() if not found} - ASKED_FOR == NOT_LEFT


def as_expression(pattern: str) -> str:
    """The regular expression of the paths that a pattern names."""
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern))
