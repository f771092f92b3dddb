"""What noise alone reaches on the targets of a table: the floor under its success rates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from nrg.report.matrix import Rate, to_rate
from nrg.study.exhibits import Exhibit
from nrg.study.sources import NOISE


@dataclass(frozen=True)
class NoiseFloor:
    """Noise as large as the attacks of a table, with no gradient in it.

    Attributes:
        exhibit: name of the exhibit that holds the rates.
        method: the kind of noise, by its name there.
        rates: its success rate on each target.
        mean: over the targets, in percent.
    """

    exhibit: str
    method: str
    rates: Mapping[str, Rate]
    mean: float


def find_noise_floor(
    exhibit: Exhibit, tables: Iterable[tuple[Exhibit, pd.DataFrame]]
) -> NoiseFloor | None:
    """The noise of the same ball and size as all attacks of a table, on all of its targets.

    Args:
        exhibit: a table of success rates.
        tables: exhibits of the run, with their tables in long form.

    Returns:
        None where no such noise was run on the same images, or where the table is of noise itself.
    """
    if not exhibit.kind.is_matrix_of_zoo or NOISE in exhibit.sources:
        return None
    sizes = {(attack.ball, attack.epsilon) for attack in exhibit.attacks}
    for floor, table in tables:
        is_comparable = (floor.metric, floor.images) == (exhibit.metric, exhibit.images)
        if floor.sources != (NOISE,) or not is_comparable:
            continue
        for method in floor.methods:
            cells = table[table["method"] == method.name]
            reached = {str(row["target"]): to_rate(row) for _, row in cells.iterrows()}
            is_as_large = sizes == {(method.attack.ball, method.attack.epsilon)}
            if is_as_large and set(exhibit.targets) <= set(reached):
                rates = {target: reached[target] for target in exhibit.targets}
                mean = sum(rate.value for rate in rates.values()) / len(rates)
                return NoiseFloor(floor.name, method.name, rates, mean)
    return None
