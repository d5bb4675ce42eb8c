"""The times people type: a date, a time, or how long ago."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from monitor.errors import UsageError

_AGO = re.compile(r"(?P<count>\d+|an?|one)\s*(?P<unit>[a-z]+?)s?(?:\s+ago)?")
_UNITS = {
    **dict.fromkeys(("s", "sec", "second"), timedelta(seconds=1)),
    **dict.fromkeys(("min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day"), timedelta(days=1)),
    **dict.fromkeys(("w", "week"), timedelta(weeks=1)),
}
_MONTHS = {"month": 1, "year": 12}

LONGEST_AHEAD = timedelta(days=366)
"""Saved pages of a trial may be dated ahead, and asked about; a time beyond is a slip of the pen."""


def parse_moment(text: str, now: datetime, *, end_of_day: bool = False) -> datetime:
    """The moment in UTC that ``text`` means at ``now``; raises UsageError when it means none.

    Takes ``2026-05-01``, ``2026-05-01T14:30Z`` (UTC unless an offset stands there), ``now``, ``today``, ``yesterday``,
    ``3 days ago``, ``90d``. A bare date means its first moment in UTC, with ``end_of_day`` its last.
    """
    words = " ".join(text.split()).lower()
    day = _find_day(words, now)
    if day is not None:
        return datetime.combine(day, time.max if end_of_day else time(), UTC)
    moment = now if words == "now" else _find_ago(words, now) or _find_time(text.strip())
    if moment is None:
        message = f'{text!r} is no time; write a date (2026-05-01), a time (2026-05-01T14:30Z) or "3 days ago"'
        raise UsageError(message)
    return moment.astimezone(UTC)


def _find_day(words: str, now: datetime) -> date | None:
    today = now.astimezone(UTC).date()
    if words in {"today", "yesterday"}:
        return today - timedelta(days=words == "yesterday")
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _find_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper().removesuffix(" UTC"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _find_ago(words: str, now: datetime) -> datetime | None:
    match = _AGO.fullmatch(words)
    if match is None:
        return None
    count = int(match["count"]) if match["count"].isdigit() else 1
    try:
        if match["unit"] in _MONTHS:
            return _months_before(now.astimezone(UTC), count * _MONTHS[match["unit"]])
        return now - count * _UNITS[match["unit"]] if match["unit"] in _UNITS else None
    except (OverflowError, ValueError):
        return None


def _months_before(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 - count, 12)
    day = min(moment.day, monthrange(years, month + 1)[1])
    return moment.replace(year=years, month=month + 1, day=day)
