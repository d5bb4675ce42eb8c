"""Decides how long a written duration is, and how durations in different units compare.

Conversions (docs/guides.md lists them): 5 business days are a week and 21 a month, as service standards count; a
month is 30 days, a year 12 months, 52 weeks or 365 days. Two durations in one unit compare as they stand.
"""

import re
from datetime import timedelta
from fractions import Fraction

from msgspec import Struct

_DURATION = re.compile(
    r"(?:about|around|approximately|~)?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*-?\s*"
    r"(minutes?|mins?|hours?|h|business[\s_-]+days?|working[\s_-]+days?|days?|d|weeks?|w|months?|mo|years?|y)",
    re.IGNORECASE,
)
_UNITS = {
    "min": "minutes",
    "minute": "minutes",
    "h": "hours",
    "hour": "hours",
    "d": "days",
    "day": "days",
    "business day": "business_days",
    "working day": "business_days",
    "w": "weeks",
    "week": "weeks",
    "mo": "months",
    "month": "months",
    "y": "years",
    "year": "years",
}
_IN_DAYS = {
    "minutes": Fraction(1, 1440),
    "hours": Fraction(1, 24),
    "days": Fraction(1),
    "business_days": Fraction(7, 5),
    "weeks": Fraction(7),
    "months": Fraction(30),
    "years": Fraction(365),
}
_DIRECT = {
    ("months", "weeks"): Fraction(52, 12),
    ("months", "business_days"): Fraction(21),
    ("years", "months"): Fraction(12),
    ("years", "weeks"): Fraction(52),
    ("years", "business_days"): Fraction(252),
}
"""Pairs whose customary ratio is not that of their lengths in days: (larger, smaller) → smaller ones in a larger."""


class Duration(Struct, frozen=True, kw_only=True):
    """A length of time as written; ``unit`` is one of minutes, hours, days, business_days, weeks, months, years."""

    amount: Fraction
    unit: str


def known_unit(text: str | None) -> str | None:
    """The unit these words mean; None when they mean no unit of time."""
    words = " ".join(re.split(r"[\s_-]+", (text or "").lower().strip()))
    return _UNITS.get(words) or _UNITS.get(words.removesuffix("s"))


def find_duration(operand: object) -> Duration | None:
    """The duration an operand such as ``"10 business days"``, ``"2w"`` or a timedelta means; None for anything else."""
    if isinstance(operand, timedelta):
        return Duration(amount=Fraction(operand // timedelta(minutes=1), 1440), unit="days")
    if not isinstance(operand, str):
        return None
    found = _DURATION.fullmatch(operand.strip())
    unit = known_unit(found[3]) if found else None
    if found is None or unit is None:
        return None
    return Duration(amount=Fraction(found[1].replace(",", "") + (found[2] or "")), unit=unit)


def compare_durations(left: Duration, right: Duration) -> int:
    """-1, 0 or 1 as ``left`` is shorter than, as long as, or longer than ``right``."""
    difference = left.amount * _ratio(left.unit, right.unit) - right.amount
    return (difference > 0) - (difference < 0)


def _ratio(unit: str, other: str) -> Fraction:
    if unit == other:
        return Fraction(1)
    if (unit, other) in _DIRECT:
        return _DIRECT[unit, other]
    if (other, unit) in _DIRECT:
        return 1 / _DIRECT[other, unit]
    return _IN_DAYS[unit] / _IN_DAYS[other]
