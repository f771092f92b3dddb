"""Whether attacks succeed, and how often: success of single predictions, and rates of it."""

import pandas as pd

from nrg.analysis.arrays import Flags
from nrg.base.columns import TOP


def succeeded(predictions: pd.DataFrame, metric: str) -> Flags:
    """Say of each prediction whether the attack succeeded (Eq. 11, 12).

    Args:
        predictions: with top1 … top5, label, and for a targeted metric target_label.
        metric: "top1_success" or "top5_success": the true label is not among the first 1 or 5;
            "targeted_top1_success" or "targeted_top5_success": the target label is.
    """
    targeted = metric.startswith("targeted_")
    tops = TOP[: 5 if "top5" in metric else 1]
    labels = predictions["target_label" if targeted else "label"].to_numpy()
    among_first: Flags = (predictions[tops].to_numpy() == labels[:, None]).any(1)
    return among_first if targeted else ~among_first


def rate(successes: int, n: int) -> dict[str, float]:
    """A rate in percent with its Wilson 95 % interval: value, n, ci_low, ci_high."""
    from scipy.stats import binomtest  # half a second, which jobs that only predict do not need

    interval = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    return {
        "value": 100 * successes / n,
        "n": n,
        "ci_low": 100 * interval.low,
        "ci_high": 100 * interval.high,
    }
