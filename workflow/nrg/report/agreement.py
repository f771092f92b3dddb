"""How near a run's numbers are to the printed ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from nrg.analysis.tables import select_black_box
from nrg.report.deviations import PAPER
from nrg.report.sections import Section
from nrg.study.exhibits import Exhibit
from nrg.study.settings import load_suite


@dataclass(frozen=True)
class RaisedPairs:
    """In how many black-box pairs of a table noise reduction raises the success rate.

    Attributes:
        pairs: pairs of this run; `raised` are those in which the rate is raised.
        printed: pairs that the paper prints; `printed_raised` are those raised by its numbers.
    """

    pairs: int
    raised: int
    printed: int
    printed_raised: int


@dataclass(frozen=True)
class Agreement:
    """How far the numbers of one table are from the printed ones, in percentage points.

    Attributes:
        cells: cells that the paper prints.
        median: median of the absolute differences.
        bias: mean difference, ours minus the paper's.
        largest: largest absolute difference.
        inside: printed values inside our 95 % intervals.
        expected: how many a perfect reproduction would find inside; None where intervals are not
            over images.
        raised: pairs that noise reduction raises; None where it is not compared.
    """

    section: Section
    cells: int
    median: float
    bias: float
    largest: float
    inside: int
    expected: float | None
    raised: RaisedPairs | None


def measure_agreement(sections: Iterable[Section]) -> list[Agreement]:
    """How far each of the paper's tables is from the printed one, over the cells it prints."""
    rows = []
    for section in sections:
        cells = section.table[section.table["paper_value"].notna()]
        if cells.empty or section.exhibit.reading:
            continue
        differences = cells["value"] - cells["paper_value"]
        inside = cells["paper_value"].between(cells["ci_low"], cells["ci_high"])
        rows.append(
            Agreement(
                section=section,
                cells=len(cells),
                median=float(differences.abs().median()),
                bias=float(differences.mean()),
                largest=float(differences.abs().max()),
                inside=int(inside.sum()),
                expected=count_expected_inside(section.exhibit, cells["n"].tolist()),
                raised=count_raised_pairs(section),
            )
        )
    return rows


def count_expected_inside(exhibit: Exhibit, images: Iterable[int]) -> float | None:
    """How many printed values a perfect reproduction would find inside its 95 % intervals.

    Both numbers carry sampling error: over n images here and N in the paper the difference of two
    estimates of one rate has 1 + n/N times the variance of ours, so that it is inside with
    probability 2 Φ(1.96 / √(1 + n/N)) − 1, which is 83 % for n = N.

    Args:
        images: n of every cell that is printed.

    Returns:
        None where intervals are not over images.
    """
    if exhibit.kind.attacks_mlps:
        return None
    paper = load_suite(PAPER, {})
    there = paper.count_images(exhibit.images)
    assert there is not None, "the paper's suite gives both numbers"
    normal = NormalDist()
    z = normal.inv_cdf(0.975)
    return sum(2 * normal.cdf(z / (1 + n / there) ** 0.5) - 1 for n in images)


def count_raised_pairs(section: Section) -> RaisedPairs | None:
    """Count the black-box pairs of a table in which its last method beats its first."""
    exhibit = section.exhibit
    if not exhibit.kind.is_matrix_of_zoo or len(exhibit.methods) < 2:
        return None
    cells = select_black_box(section.table).set_index(["source", "target"])
    first, last = (
        cells[cells["method"] == method.name]
        for method in (exhibit.methods[0], exhibit.methods[-1])
    )
    gains = (last["value"] - first["value"]).dropna()
    printed = (last["paper_value"] - first["paper_value"]).dropna()
    return RaisedPairs(
        pairs=len(gains),
        raised=int((gains > 0).sum()),
        printed=len(printed),
        printed_raised=int((printed > 0).sum()),
    )
