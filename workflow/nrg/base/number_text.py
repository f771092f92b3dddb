"""Numbers as sentences and tables print them: one format for each kind of number."""

from collections.abc import Sequence
from decimal import Decimal

POINTS = "points"  # percentage points; units that begin with it have one decimal place
# Units of what is no difference, with its decimals: a share, a ratio, a place on an axis.
WITHOUT_SIGN = {"percent of pairs": 0, "times": 2, "pixels": 0}


def format_exactly(value: float) -> str:
    """A setting as it was given: 15.0 as "15" and 2.5 as "2.5", never with an exponent."""
    return format(Decimal(repr(value)).normalize(), "f")


def format_signed(value: float, decimals: int = 1) -> str:
    """A number with its sign, as +5.8 or −1.3; a zero has none.

    What two ways of computing one number leave between them, in its last bits, is rounded away.
    """
    text = f"{round(value, 9):+,.{decimals}f}".replace("-", "−")
    return text if text.strip("+−0.,") else text[1:]


def format_effect(value: float, unit: str) -> str:
    """An effect without its unit: points and percent with one decimal place, others with two.

    Large numbers are whole and in groups of three digits: 81,258.
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    if unit in WITHOUT_SIGN:
        decimals = WITHOUT_SIGN[unit]
        return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")  # −0 is 0
    return format_signed(value, 1 if is_in_percent(unit) else 2)


def format_interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval without its unit, as "+4.8 to +6.8"; an end that is unknown is left open."""
    if low is None and high is None:
        return ""
    if low is None or high is None:
        end, word = (high, "at most") if low is None else (low, "at least")
        assert end is not None, "the other end is unknown"
        return f"{word} {format_effect(end, unit)}"
    return f"{format_effect(low, unit)} to {format_effect(high, unit)}"


def is_in_percent(unit: str) -> bool:
    """Whether effects in this unit are percentages or percentage points."""
    return unit.startswith((POINTS, "percent"))


def format_p(p: float) -> str:
    """A p-value: "< 0.001", or three decimal places."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def format_range(values: Sequence[float]) -> str:
    """What several numbers span, as "10 to 20"; a single one as "20"."""
    low, high = min(values), max(values)
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
