"""The paper's sentences and their tests, as resources/claims.yaml holds them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrg.base.yaml_files import read_yaml
from nrg.claims.cells import Test
from nrg.study.exhibits import scale_value

NOTHING_SEEN = "none"


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, and its test.

    Attributes:
        id: as in claims.yaml; `exhibits`: of the paper; `reads`: those that the test reads.
        says, test: the sentence and its test, as text.
        tests: as data, one family: kind, and what that kind reads.
        written: whether the paper writes the sentence, or only shows what it says.
        our_limit: which limit of the test is ours because the paper gives none.
        partly: whether it is tested on those of `reads` that a run builds, where others need all.
        networks: the paper's networks that the sentence is about by name, so that another network
            of that name says nothing of it.
        measure: what of the exhibits' predictions is read, where it is not whether attacks succeed.
        seen: which results were known when the test was written or last changed.
    """

    id: str
    exhibits: tuple[str, ...]
    reads: tuple[str, ...]
    says: str
    test: str
    tests: tuple[Test, ...]
    written: bool = True
    our_limit: str = ""
    partly: bool = False
    networks: tuple[str, ...] = ()
    measure: str = ""
    seen: str = NOTHING_SEEN

    @property
    def panels(self) -> tuple[str, ...]:
        """What it is tested on, by the names of panels."""
        return tuple(panel_name(name, self.measure) for name in self.reads)


def panel_name(exhibit: str, measure: str) -> str:
    """Name a panel of an exhibit: "table1", or "table1, confidence"."""
    return ", ".join(filter(None, [exhibit, measure]))


def load_claims(path: str | Path, pixel_scale: float = 1) -> list[Claim]:
    """Read the claims of a file, with values in pixels at the suite's scale."""
    return [
        Claim(
            id=entry["id"],
            exhibits=tuple(entry["exhibits"]),
            reads=tuple(entry.get("reads", entry["exhibits"])),
            says=entry["says"],
            test=entry["test"],
            tests=tuple(scale_test(test, pixel_scale) for test in entry["tests"]),
            written=entry.get("written", True),
            our_limit=entry.get("our_limit", ""),
            partly=entry.get("partly", False),
            networks=tuple(entry.get("networks", [])),
            measure=entry.get("measure", ""),
            seen=entry.get("seen", NOTHING_SEEN),
        )
        for entry in read_yaml(Path(path), list)
    ]


def scale_test(test: Test, scale: float) -> dict[str, Any]:
    """Scale a test's values on axes in pixels to those of the suite."""
    fitted = dict(test)
    for key in ("where", "leave_out"):
        if key in test:
            fitted[key] = {
                axis: [scale_value(axis, value, scale) for value in values]
                for axis, values in test[key].items()
            }
    if "about" in test:
        axis = test["axis"]
        fitted["about"] = {name: scale_value(axis, x, scale) for name, x in test["about"].items()}
    return fitted
