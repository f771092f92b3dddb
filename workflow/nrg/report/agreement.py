"""How near a run's numbers are to the printed ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from nrg.analysis.tables import black_box
from nrg.report.deviations import PAPER
from nrg.report.sections import Section
from nrg.study.attacks import Attack
from nrg.study.exhibits import Exhibit
from nrg.study.settings import load_suite

Comparison = tuple[str, Attack, Attack, str, str]  # metric, two attacks, source, target


@dataclass(frozen=True)
class Lifts:
    """In how many black-box pairs noise reduction raises the success rate.

    Attributes:
        tables: numbers of the tables compared, as "3a".
        pairs: pairs of this run; `lifted` are those in which the rate is raised.
        printed: pairs that the paper prints; `printed_lifted` are those raised by its numbers.
    """

    tables: list[str]
    pairs: int
    lifted: int
    printed: int
    printed_lifted: int


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
        lifts: pairs of this table that noise reduction raises.
    """

    section: Section
    cells: int
    median: float
    bias: float
    largest: float
    inside: int
    expected: float | None
    lifts: Lifts


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
                expected=expected_inside(section.exhibit, cells["n"].tolist()),
                lifts=count_lifts([section]),
            )
        )
    return rows


def expected_inside(exhibit: Exhibit, images: Iterable[int]) -> float | None:
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


def count_lifts(sections: Iterable[Section]) -> Lifts:
    """Count the black-box pairs of the paper's tables in which the last method beats the first.

    A pair that two tables hold, with the same attacks and metric, counts once.
    """
    tables: list[str] = []
    gains: list[float] = []
    printed_gains: list[float] = []
    counted: set[Comparison] = set()
    for section in sections:
        exhibit = section.exhibit
        if exhibit.reading or not exhibit.kind.is_matrix_of_zoo or len(exhibit.methods) < 2:
            continue
        tables.append(exhibit.short_label)
        plain, reduced = exhibit.methods[0], exhibit.methods[-1]
        cells = black_box(section.table).set_index(["source", "target"])
        first = cells[cells["method"] == plain.name]
        comparisons: list[Comparison] = [
            (exhibit.metric, plain.attack, reduced.attack, source, target)
            for source, target in first.index
        ]
        first = first.loc[[comparison not in counted for comparison in comparisons]]
        counted |= set(comparisons)
        last = cells[cells["method"] == reduced.name].reindex(first.index)
        gains += (last["value"] - first["value"]).dropna().tolist()
        printed_gains += (last["paper_value"] - first["paper_value"]).dropna().tolist()
    return Lifts(
        tables=tables,
        pairs=len(gains),
        lifted=sum(gain > 0 for gain in gains),
        printed=len(printed_gains),
        printed_lifted=sum(gain > 0 for gain in printed_gains),
    )
