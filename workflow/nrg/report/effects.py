"""What attacks did to images: distances, zero gradients, and gradients that they take."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nrg.base.table_files import read_csv
from nrg.report.attack_text import describe_attack
from nrg.study.attacks import Attack
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
    """

    method: str
    settings: str
    linf: float
    rmsd: float
    zero_gradients: int
    gradients: int
    images: int


def read_effects(paths: Iterable[Path]) -> pd.DataFrame:
    """What attacks did, one row per source and attack, with the name of the job that made it."""
    frames = [read_csv(path).assign(job=path.stem) for path in paths]
    columns = ["source", "job", "attack", "family", "gradients", "device", "precision"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def summarise_effects(exhibit: Exhibit, effects: pd.DataFrame) -> list[MethodEffect]:
    """What each method of an exhibit did, where its attacks have run."""
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
                )
            )
    return summaries


def count_gradients(attack: Attack, effects: pd.DataFrame) -> int:
    """Gradients that an attack takes of all members of its sources, shared with others or not."""
    images = (effects["images"] * [len(list_members(source)) for source in effects["source"]]).sum()
    return int(images * attack.gradients)
