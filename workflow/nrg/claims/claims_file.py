"""The paper's sentences and their tests, as resources/claims.yaml holds them."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.yaml_files import read_yaml
from nrg.claims.cells import Test
from nrg.claims.confidences import MEASURES
from nrg.claims.kinds import check_test
from nrg.study.methods import scale_value

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
        return tuple(name_panel(name, self.measure) for name in self.reads)


def name_panel(exhibit: str, measure: str) -> str:
    """Name a panel of an exhibit: "table1", or "table1, confidence"."""
    return ", ".join(filter(None, [exhibit, measure]))


def load_claims(path: str | Path, pixel_scale: float = 1) -> list[Claim]:
    """Read the claims of a file, with values in pixels at the suite's scale.

    Raises:
        UserError: if a claim or a test has a key that is unknown, or lacks one that it needs.
    """
    claims = []
    for entry in read_yaml(Path(path), list):
        where = f"{path}: {entry.get('id', 'a claim without an id')}"
        check_claim(entry, where)
        tests = tuple(scale_test(test, pixel_scale) for test in entry["tests"])
        lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
        reads = {"reads": tuple(entry["exhibits"])}
        claims.append(Claim(**reads | entry | lists | {"tests": tests}))
    return claims


def check_claim(entry: Mapping[str, Any], where: str) -> None:
    """Check that a claim of the file, and each of its tests, has known keys and all that it needs.

    Raises:
        UserError: if not; the message begins with `where`, and names the key.
    """
    known = {field.name: field.default is MISSING for field in fields(Claim)} | {"reads": False}
    for key in entry:
        if key not in known:
            raise UnknownName(f"key in {where}:", key, known)
    for key, is_needed in known.items():
        if is_needed and key not in entry:
            raise UserError(f"{where}: the key '{key}' is missing")
    if entry.get("measure", "") not in {"", *MEASURES}:
        raise UnknownName(f"measure in {where}:", entry["measure"], MEASURES)
    for test in entry["tests"]:
        check_test(test, where)


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
    return fitted | {"pixel_scale": scale}
