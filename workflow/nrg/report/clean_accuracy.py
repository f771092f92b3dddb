"""The accuracy of the zoo's models on clean images, as a run measured it."""

from dataclasses import dataclass, fields
from pathlib import Path

from nrg.base.table_files import read_csv


@dataclass(frozen=True)
class ModelAccuracy:
    """The accuracy of one model on clean images.

    Attributes:
        top1_accuracy, top5_accuracy: in percent of the candidates.
        n: candidates, from which the evaluation set is chosen.
        parameters: of the network.
    """

    model: str
    top1_accuracy: float
    top5_accuracy: float
    n: int
    parameters: int


def read_accuracy(path: Path) -> list[ModelAccuracy]:
    """Read what `measure_accuracy` wrote; nothing if it has not run."""
    if not path.exists():
        return []
    rows = read_csv(path)[[field.name for field in fields(ModelAccuracy)]]
    return [ModelAccuracy(*row) for row in rows.itertuples(index=False)]
