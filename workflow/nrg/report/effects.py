"""What attacks did to images: distances, zero gradients, and gradients that they take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nrg.base.table_files import read_csv
from nrg.report.attack_text import describe_attack
from nrg.study.attacks import MOST_OUTSIDE, Attack
from nrg.study.exhibits import Exhibit
from nrg.study.sources import list_members


@dataclass(frozen=True)
class MethodEffect:
    """What one method of an exhibit did to the images, over all sources.

    Attributes:
        method: the method's name.
        settings: the attack in the paper's symbols.
        linf: mean ℓ∞ distance to the clean image, in pixels (0–255).
        rmsd: mean RMSD to the clean image, in pixels.
        zero_gradients: images whose gradient was zero.
        gradients: gradients that the method takes, whether or not others share them.
        images: adversarial images, one per source and image.
        outside: the share of pixels that a function of the user's own left outside the ball, when
            it was tried on two images.
    """

    method: str
    settings: str
    linf: float
    rmsd: float
    zero_gradients: int
    gradients: int
    images: int
    outside: float

    @property
    def leaves_ball(self) -> bool:
        """Whether more pixels had to be projected into the ball than a few."""
        return self.outside > MOST_OUTSIDE


def read_effects(paths: Iterable[Path]) -> pd.DataFrame:
    """What attacks did, one row per source and attack, with the name of the job that made it."""
    frames = [read_csv(path).assign(job=path.stem) for path in paths]
    columns = ["source", "job", "attack", "family", "gradients", "device", "precision"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def read_outside(trial: Path) -> dict[str, float]:
    """The shares of pixels that the user's own attacks left outside the ball, by attack.

    Args:
        trial: the file on their trial; it exists only in runs with such attacks.
    """
    if not trial.exists():
        return {}
    frame = read_csv(trial)
    return dict(zip(frame["attack"], frame["outside"], strict=True))


def summarise_effects(
    exhibit: Exhibit, effects: pd.DataFrame, outside: Mapping[str, float]
) -> list[MethodEffect]:
    """What each method of an exhibit did, where its attacks have run.

    Args:
        outside: what `read_outside` returns.
    """
    summaries = []
    for method in exhibit.methods:
        rows = effects[effects["attack"] == method.attack.name]
        if exhibit.sources:
            rows = rows[rows["source"].isin(exhibit.sources)]
        if len(rows):
            summaries.append(
                MethodEffect(
                    method=method.name,
                    settings=describe_attack(method.attack),
                    linf=float(rows["linf"].mean()),
                    rmsd=float(rows["rmsd"].mean()),
                    zero_gradients=int(rows["zero_gradients"].sum()),
                    gradients=count_gradients(method.attack, rows),
                    images=int(rows["images"].sum()),
                    outside=outside.get(method.attack.name, 0),
                )
            )
    return summaries


def count_gradients(attack: Attack, effects: pd.DataFrame) -> int:
    """Gradients that an attack takes of all members of its sources, shared with others or not."""
    if attack.function:  # which shares none, and may take fewer than its budget
        return int(effects["gradients"].sum())
    images = (effects["images"] * [len(list_members(source)) for source in effects["source"]]).sum()
    return int(images * attack.gradients)
