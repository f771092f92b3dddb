"""What differs in where two runs come from."""

from dataclasses import dataclass
from typing import Any

from nrg.compare.run_record import RunRecord

# The facts of each model are listed one by one, and a description says nothing that others do not.
NOT_LISTED = ("description", "weights sha256", "weights of Table 4's networks sha256", "models")
UNKNOWN = "not known"


@dataclass(frozen=True)
class FactChange:
    """A fact that differs."""

    what: str
    this: Any
    other: Any


def find_fact_changes(this: RunRecord, other: RunRecord) -> list[FactChange]:
    """Find the settings, versions and hashes that differ, this run's first."""
    sides = [
        {key: value for key, value in record.facts.items() if key not in NOT_LISTED}
        | {f"version of {package}": version for package, version in record.versions.items()}
        | list_model_facts(record)
        | {f"weights of {name}": digest for name, digest in record.all_weights.items()}
        for record in (this, other)
    ]
    here, there = sides
    return [
        FactChange(key, here.get(key, UNKNOWN), there.get(key, UNKNOWN))
        for key in here | there
        if here.get(key) != there.get(key)
    ]


def list_model_facts(record: RunRecord) -> dict[str, str]:
    """How each model is built and what pixels it gets, as "mean of alexnet"."""
    return {
        f"{what} of {name}": value
        for name, facts in record.models.items()
        for what, value in facts.items()
    }
