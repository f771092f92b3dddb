"""What attacks do to images: how large perturbations are, and how many gradients they cost."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from operator import add

import pandas as pd
import torch
from torch import Tensor

from nrg.base.table_files import read_csv


@dataclass(frozen=True)
class Effect:
    """What an attack did to some images; effects on several batches add up.

    Attributes:
        images: how many.
        linf: the largest change of a pixel in each image, summed over images.
        rmsd: the root mean square deviation of each image, in pixels, summed over images.
        zero_gradients: images whose gradient was zero everywhere at some step.
        gradients: how many gradients were computed.
        outside: the share of each image's pixels that lay outside the ball before projection,
            summed over images.
    """

    images: int = 0
    linf: float = 0.0
    rmsd: float = 0.0
    zero_gradients: int = 0
    gradients: int = 0
    outside: float = 0.0

    def __add__(self, other: "Effect") -> "Effect":
        return Effect(*map(add, astuple(self), astuple(other)))

    def means(self) -> dict[str, int | float]:
        """The same with linf and rmsd as means over images, as files of effects have it."""
        means = {"linf": self.linf / self.images, "rmsd": self.rmsd / self.images}
        shown = {key: value for key, value in asdict(self).items() if key != "outside"}
        return shown | means


def measure_effect(
    clean: Tensor, adversarial: Tensor, zero_gradients: int, gradients: int, outside: float = 0.0
) -> Effect:
    """The effect on one batch, from its images before and after, (n, C, H, W), in pixels.

    Means are taken in float64, in whose digits the size of a batch hardly shows.
    """
    perturbation = (adversarial - clean).flatten(1)
    linf = float(perturbation.abs().amax(1).sum())
    rmsd = float(perturbation.square().mean(1, dtype=torch.float64).sqrt().sum())
    return Effect(len(clean), linf, rmsd, zero_gradients, gradients, outside)


def join_effects(paths: Sequence[str]) -> pd.DataFrame:
    """The effects on all shards of a set as one table: counts added up, means over all images.

    Args:
        paths: one CSV file per shard, with the columns of `crafting.craft` and any others.
    """
    frame = pd.concat(map(read_csv, paths), ignore_index=True)
    if len(paths) == 1:
        return frame
    sums = {"images", "linf", "rmsd", "zero_gradients", "gradients"}
    how = {key: "sum" if key in sums else "first" for key in frame if key != "attack"}
    weighted = frame.assign(**{key: frame[key] * frame["images"] for key in ("linf", "rmsd")})
    joined = weighted.groupby("attack", sort=False, as_index=False).agg(how)
    for key in ("linf", "rmsd"):
        joined[key] /= joined["images"]
    return joined[frame.columns]
