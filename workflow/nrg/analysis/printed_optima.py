"""Where the paper says that a curve is highest."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.study.exhibits import Exhibit
from nrg.study.methods import scale_value


def find_printed_optima(exhibit: Exhibit, scale: float) -> dict[str, float]:
    """The best value on the exhibit's horizontal axis by source, as claims.yaml has it.

    Args:
        scale: this run's pixels for one of the paper's.

    Returns:
        In the run's pixels (0–255) where the axis is in pixels; "all" stands for every source. It
        is empty if no claim names a value.
    """
    claims: Sequence[Mapping[str, Any]] = read_yaml(WORKFLOW / "resources/claims.yaml", list)
    return {
        source: scale_value(test["axis"], value, scale)
        for claim in claims
        if exhibit.name in claim["exhibits"]
        for test in claim["tests"]
        if test["kind"] == "peak" and test["axis"] == exhibit.x
        for source, value in test["about"].items()
    }
