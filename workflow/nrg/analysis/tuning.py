"""Which setting stands for an attack at a budget, chosen on images that are not scored."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Flags, Floats
from nrg.base.image_keys import image_key

KEY = 0  # a seed like any other, so that every run of the same images divides them alike


def pick_tuning_images(image_ids: Sequence[str], count: int) -> Flags:
    """The images that choose settings, (images,): those whose ids have the smallest hashes.

    So it does not matter in which order the images come, which classes they have, or which seed the
    run has.

    Args:
        count: how many choose.
    """
    order = sorted(range(len(image_ids)), key=lambda place: image_key(KEY, image_ids[place]))
    chosen = np.zeros(len(image_ids), bool)
    chosen[order[:count]] = True
    return chosen


def choose_settings(cells: pd.DataFrame, tuning: Floats) -> Flags:
    """The cells of the setting with the highest mean rate, for each method and budget, (cells,).

    The mean is over the black-box pairs that the exhibit shows. Of equal means the first one's
    setting is taken.

    Args:
        cells: with method, budget, setting, shown and white, as `panels.Panel` has them.
        tuning: outcomes of the tuning images alone, (cells, images).
    """
    counting = cells["shown"] & ~cells["white"]
    rates = cells.assign(rate=statistics.means(tuning))[counting]
    means = rates.groupby(["method", "budget", "setting"], sort=False)["rate"].mean().fillna(-1)
    best = means.groupby(["method", "budget"], sort=False).idxmax()
    keys = pd.MultiIndex.from_frame(cells[["method", "budget", "setting"]])
    return np.asarray(keys.isin(best))
