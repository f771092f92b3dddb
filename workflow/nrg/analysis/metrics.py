"""Success rates over images, with their intervals."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from nrg.base.columns import TOP


def succeeded(predictions: pd.DataFrame, metric: str) -> np.ndarray:
    """Whether each prediction is a success of the attack (Eq. 11, 12).

    Args:
        predictions: with top1 … top5, label, and for a targeted metric target_label.
        metric: "top1_success" or "top5_success": the true label is not among the first 1 or 5;
            "targeted_top1_success" or "targeted_top5_success": the target label is.
    """
    targeted = metric.startswith("targeted_")
    tops = TOP[: 5 if "top5" in metric else 1]
    wanted = predictions["target_label" if targeted else "label"].to_numpy()
    found = (predictions[tops].to_numpy() == wanted[:, None]).any(1)
    return found if targeted else ~found


def rate(successes: np.ndarray) -> dict[str, float]:
    """A rate in percent with its Wilson 95 % interval: value, n, ci_low, ci_high."""
    from scipy.stats import binomtest  # half a second, of which jobs that only predict need nothing

    n = len(successes)
    interval = binomtest(int(np.sum(successes)), n).proportion_ci(0.95, method="wilson")
    return {
        "value": 100 * int(np.sum(successes)) / n,
        "n": n,
        "ci_low": 100 * interval.low,
        "ci_high": 100 * interval.high,
    }


def bootstrap(
    values: np.ndarray, statistic: Callable[..., np.ndarray], seed: int = 0
) -> dict[str, float]:
    """A statistic over images with its percentile bootstrap 95 % interval; values may be inf.

    NaN where there is no image.

    Args:
        statistic: np.mean or np.median, or a function like them.
    """
    if not len(values):
        return {"value": np.nan, "n": 0, "ci_low": np.nan, "ci_high": np.nan}
    draws = np.random.default_rng(seed).choice(values, (2000, len(values)))
    low, high = np.quantile(statistic(draws, axis=1), [0.025, 0.975], method="nearest")
    value = float(statistic(values))
    return {"value": value, "n": len(values), "ci_low": float(low), "ci_high": float(high)}
