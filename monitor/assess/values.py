"""Decides which part of a typed value an expectation compares, and how that part reads in a sentence."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

from monitor.assess.durations import Duration, compare_durations, find_duration, known_unit
from monitor.model import (
    Allocation,
    Deadline,
    Draw,
    Fee,
    Notice,
    Occupation,
    Pool,
    ProcessingTime,
    Rule,
    Stream,
    Threshold,
    Value,
)

_MONEY = re.compile(
    r"^(?:CAD?|USD?)?\s*\$?\s*(-?\d{1,3}(?:,\d{3})+|-?\d+)(\.\d+)?\s*(?:[%$]|[a-z][a-z ./]*)?$", re.IGNORECASE
)
_OPEN_BELOW = re.compile(r"up to|less than|within|under|at most|no more|maximum|or less|or fewer", re.IGNORECASE)
_OPEN_ABOVE = re.compile(r"more than|at least|over|minimum|or more|longer than", re.IGNORECASE)


class Span(Struct, frozen=True, kw_only=True):
    """What a value amounts to: from ``low`` to ``high``, the same for a single one; None where the page leaves it open.

    Both ends are numbers, durations, dates or words; only like compares with like.
    """

    low: Any
    high: Any


def compared(value: Value, operand: Any = None) -> Span | None:  # noqa: PLR0911 - one return a kind of value
    """The part of a value that comparisons judge; None when the page states none (a draw without a score).

    Of an occupation that is the title, or the TEER when the operand is a number.
    """
    match value:
        case Draw():
            return _single(value.score)
        case ProcessingTime():
            return _time_span(value)
        case Threshold():
            unit = known_unit(value.unit)
            return _single(Duration(amount=Fraction(value.amount), unit=unit) if unit else value.amount)
        case Fee() | Allocation():
            return _single(value.amount)
        case Pool():
            return _single(value.count)
        case Stream():
            return _single(str(value.status))
        case Deadline() | Notice():
            return _single(value.date)
        case Occupation():
            return _single(value.teer if isinstance(operand, int) else value.title)
        case Rule():
            return _single(value.text)


def _single(item: Any) -> Span | None:
    return None if item is None else Span(low=item, high=item)


def _time_span(time: ProcessingTime) -> Span | None:
    unit = known_unit(time.unit)
    if unit is None or (time.low is None and time.high is None):
        return None
    low, high = time.low, time.high
    if low is None and not _OPEN_BELOW.search(time.text):
        low = high
    if high is None and not _OPEN_ABOVE.search(time.text):
        high = low
    ends = [None if end is None else Duration(amount=Fraction(end), unit=unit) for end in (low, high)]
    return Span(low=ends[0], high=ends[1])


def compare(actual: Any, operand: Any) -> int | None:
    """-1, 0 or 1 as ``actual`` is less than, equal to or more than what a guide wrote; None when they do not compare.

    A bare number is taken in the page's own unit. Words are equal (0) or not (1), whatever their case and spacing.
    """
    if isinstance(actual, Duration):
        return _compare_time(actual, operand)
    if isinstance(actual, date):
        day = as_date(operand)
        return None if day is None else _order(actual, day)
    if isinstance(actual, str):
        return _compare_words(actual, operand)
    number = as_number(operand)
    return None if number is None else _order(Decimal(actual), number)


def _compare_time(actual: Duration, operand: Any) -> int | None:
    duration = find_duration(operand)
    if duration is None:
        number = as_number(operand)
        duration = None if number is None else Duration(amount=Fraction(number), unit=actual.unit)
    return None if duration is None else compare_durations(actual, duration)


def _compare_words(actual: str, operand: Any) -> int | None:
    if not isinstance(operand, str):
        return None
    return 0 if same_words(actual, operand) else 1


def _order(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def same_words(left: str, right: str) -> bool:
    """Whether two texts are the same but for case, spacing and the final full stop."""
    return _plain(left) == _plain(right)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def as_number(operand: Any) -> Decimal | None:
    """The number an operand such as ``600``, ``"1,750"``, ``"$1,750"`` or ``"600 points"`` means; None for others."""
    if isinstance(operand, bool) or operand is None:
        return None
    if isinstance(operand, int | float | Decimal):
        return Decimal(str(operand))
    found = _MONEY.match(operand.strip()) if isinstance(operand, str) and find_duration(operand) is None else None
    return Decimal(found[1].replace(",", "") + (found[2] or "")) if found else None


_MEASURES = {
    "CAD": re.compile(r"(?<!US)(?<!U\.S\. )\$|\bCAD?\b", re.IGNORECASE),
    "USD": re.compile(r"\bUSD?\b|US\$", re.IGNORECASE),
    "points": re.compile(r"\bpoints?\b", re.IGNORECASE),
    "percent": re.compile(r"%|\bper ?cent\b", re.IGNORECASE),
}


def other_measure(operand: Any, value: Value) -> bool:
    """Whether what a guide wrote names another measure than the value has: 600 dollars are not 600 points."""
    if not isinstance(operand, str):
        return False
    said = next((name for name, words in _MEASURES.items() if words.search(operand)), None)
    return said is not None and isinstance(value, _MEASURED) and said != _measure_of(value)


_MEASURED = Fee | Threshold | Draw | Allocation | Pool


def _measure_of(value: Value) -> str | None:
    match value:
        case Fee():
            return value.currency
        case Threshold():
            unit = value.unit.partition("/")[0]
            return "percent" if unit in {"%", "percent"} else unit
        case Draw():
            return "points"
        case _:
            return None


def as_date(operand: Any) -> date | None:
    """The day an operand means; None when it is no date."""
    if isinstance(operand, datetime):
        return operand.date()
    if isinstance(operand, date):
        return operand
    try:
        return date.fromisoformat(str(operand))
    except ValueError:
        return None


def own_date(value: Value) -> date | None:
    """The day a value itself carries; None when it has none."""
    match value:
        case Draw() | Deadline() | Notice():
            return value.date
        case Stream():
            return value.since
        case Fee():
            return value.effective_on
        case Pool():
            return value.as_of
        case _:
            return None


def names(value: Value) -> tuple[str, ...]:  # noqa: PLR0911 - one return a kind of value
    """The codes, names or labels by which ``contains`` and ``excludes`` know a value."""
    match value:
        case Occupation():
            return _present(value.code, value.title)
        case Draw():
            return _present(*value.occupations, value.category, value.stream, value.program, value.number)
        case Stream():
            return (value.name,)
        case Pool():
            return (value.band,)
        case Allocation():
            return (value.program,)
        case Rule():
            return (value.text,)
        case Notice():
            return (value.title,)
        case Fee() | ProcessingTime() | Threshold() | Deadline():
            return (value.label,)


def _present(*items: str | None) -> tuple[str, ...]:
    return tuple(item for item in items if item)


def describe(value: Value) -> str:  # noqa: C901, PLR0911 - one return a kind of value
    """The deciding part of a value in a few words, as reasons and boards show it."""
    match value:
        case Draw():
            score = value.score_text or (f"score {value.score}" if value.score is not None else "no score stated")
            name = value.stream or value.category or value.program or "draw"
            return (
                " ".join(filter(None, (value.number and f"#{value.number}", str(value.date or ""), name)))
                + f": {score}"
            )
        case ProcessingTime():
            return f"{value.label}: {value.text}"
        case Threshold():
            return f"{value.label}: {plain_number(value.amount)} {value.unit}".strip()
        case Fee():
            when = f" from {value.effective_on}" if value.effective_on else ""
            return f"{value.label}: {plain_number(value.amount)} {value.currency}{when}"
        case Allocation():
            return f"{value.program} {value.year}: {plain_number(value.amount)}"
        case Pool():
            return f"{value.band}: {value.count}"
        case Stream():
            return f"{value.name}: {value.status}" + (f" since {value.since}" if value.since else "")
        case Deadline():
            return f"{value.label}: {value.date}"
        case Notice():
            return f"{value.date or 'undated'}: {value.title}"
        case Occupation():
            return " ".join(filter(None, (value.code, value.title)))
        case Rule():
            return value.text


def plain_number(amount: Decimal) -> str:
    """A number without needless zeros: 600, 41.35."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text and not text.partition(".")[2].strip("0") else text


def describe_operand(operand: Any) -> str:
    """What a guide wrote after its operator, as text."""
    duration = find_duration(operand)
    if duration is not None and not isinstance(operand, str):
        return f"{float(duration.amount):g} days"
    if isinstance(operand, str | int | float | Decimal | date):
        return str(operand)
    if isinstance(operand, Sequence):
        return ", ".join(describe_operand(item) for item in operand)
    return str(operand)
