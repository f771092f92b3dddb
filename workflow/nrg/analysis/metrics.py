"""Whether attacks succeed, and how often: success of single predictions, and rates of it."""

from dataclasses import dataclass

import pandas as pd

from nrg.analysis.arrays import Flags
from nrg.base.table_files import TOP


@dataclass(frozen=True)
class SuccessRule:
    """When an attack succeeds: the true label is not among the first labels, or the target is.

    Attributes:
        first: how many of the most probable labels are looked at, from 1 to 5.
        targeted: whether the target label must be among them, instead of the true one missing.
    """

    first: int
    targeted: bool = False


SUCCESS_RULES = {
    "top1_success": SuccessRule(1),
    "top5_success": SuccessRule(5),
    "targeted_top1_success": SuccessRule(1, targeted=True),
    "targeted_top5_success": SuccessRule(5, targeted=True),
}


def succeeded(predictions: pd.DataFrame, metric: str) -> Flags:
    """Say of each prediction whether the attack succeeded (Eq. 11, 12).

    It does not where the target abstains, which is written as −1 in place of the first label.

    Args:
        predictions: with top1 … top5, label, and for a targeted metric target_label.
        metric: a name of `SUCCESS_RULES`.

    Raises:
        KeyError: a metric that is not there.
    """
    rule = SUCCESS_RULES[metric]
    labels = predictions["target_label" if rule.targeted else "label"].to_numpy()
    among_first: Flags = (predictions[TOP[: rule.first]].to_numpy() == labels[:, None]).any(1)
    abstains: Flags = predictions["top1"].to_numpy() < 0
    return among_first if rule.targeted else ~among_first & ~abstains


def rate_by_chance(metric: str, classes: int) -> float:
    """The success rate, in percent, of labels that are drawn at random from `classes` classes.

    Raises:
        KeyError: a metric that is not in `SUCCESS_RULES`.
    """
    rule = SUCCESS_RULES[metric]
    among_first = min(100, 100 * rule.first / classes)
    return among_first if rule.targeted else 100 - among_first


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
