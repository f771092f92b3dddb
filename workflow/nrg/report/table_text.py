"""Names and numbers of an exhibit's table in long form, as the page prints them."""

from math import isnan

from nrg.figures.destruction import TITLES
from nrg.figures.setting_axes import SYMBOLS

METRICS = {
    "top1_success": "Top-1 success rate (%)",
    "top5_success": "Top-5 success rate (%)",
    "targeted_top1_success": "Targeted Top-1 success rate (%)",
    "targeted_top5_success": "Targeted Top-5 success rate (%)",
    "destruction_rate": "Destruction rate, and of clean images the share still recognised (%)",
    "smallest_step": "Median of the smallest step that changes the label (pixels)",
    "high_frequency_share": "Share of energy above 0.25 cycles per pixel (%)",
    "cosine": "Mean cosine",
}
COLUMNS = SYMBOLS | {"top1_error": "Top-1 error (%)", "sd": "standard deviation between seeds"}
DECIMALS = {"cosine": 3, "top1_error": 2, "alpha": None, "sigma": None, "strength": None}


def label_metric(metric: str) -> str:
    """What a metric is called, with its unit."""
    return METRICS.get(metric, metric.replace("_", " "))


def label_column(column: str) -> str:
    """What a column of an exhibit's table is called."""
    return COLUMNS.get(column, column.replace("_", " "))


def format_entry(entry: object, column: str) -> str:
    """One entry of a column: 0.5 of a setting as "0.5", 81258 parameters as "81,258".

    Args:
        column: the column's name, or the metric's for the values of an exhibit.
    """
    if isinstance(entry, str):
        return TITLES.get(entry, entry)
    if not isinstance(entry, float):
        return f"{entry:,}"
    if isnan(entry):
        return "–"
    decimals = DECIMALS.get(column, 1)
    text = f"{entry:,g}" if decimals is None else f"{entry:,.{decimals}f}"
    return text.replace("-", "−")
