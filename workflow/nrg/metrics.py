"""Success rates over images, with their intervals."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest


def succeeded(predictions: pd.DataFrame, labels: pd.Series, metric: str) -> np.ndarray:
    """Whether each prediction is a success of the attack (Eq. 11).

    Args:
        predictions: with top1 … top5.
        labels: the true label of each row.
        metric: "top1_success": the true label is not the first.
    """
    return {"top1_success": lambda: predictions["top1"].to_numpy() != labels.to_numpy()}[metric]()


def rate(successes: np.ndarray) -> dict[str, float]:
    """A rate in percent with its Wilson 95 % interval: value, n, ci_low, ci_high."""
    n = len(successes)
    interval = binomtest(int(np.sum(successes)), n).proportion_ci(0.95, method="wilson")
    return {
        "value": 100 * int(np.sum(successes)) / n,
        "n": n,
        "ci_low": 100 * interval.low,
        "ci_high": 100 * interval.high,
    }
