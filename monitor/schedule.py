"""When a source is due next: crontab lines read as crontab(5) reads them, and intervals. Pure.

APScheduler's CronTrigger finds the matching wall-clock times; which instants those are on nights when the clocks
change is decided here. As in Vixie cron, a line that names its hours fires once for each named time of a local
date: a time that the clocks skip fires that much later, one that they repeat fires the first time only. A line
whose hour field starts with ``*`` follows elapsed time: nothing in a skipped hour, twice in a repeated one.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from monitor.model import CheckOutcome, Schedule

_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEKDAY_ITEM = re.compile(r"(?P<first>\*|[a-z]{3}|\d)(?:-(?P<last>[a-z]{3}|\d))?(?:/(?P<step>\d+))?", re.ASCII)
_ITEM = re.compile(r"(?:\*|\d+(?:-\d+)?|[a-z]{3}(?:-[a-z]{3})?)(?:/\d+)?", re.ASCII)
_NEVER = datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_LEAST_GRACE = timedelta(seconds=60)
_MOST_DOUBLINGS = 30
SLOWED = frozenset({CheckOutcome.FAILED, CheckOutcome.BLOCKED})
"""Outcomes after which a source is read more rarely: the server fails, or does not want us."""


def next_due(schedule: Schedule, after: datetime, *, source_id: str) -> datetime | None:
    """The first instant later than ``after`` when a source is due, in UTC; None when it never is.

    Several crontab lines: the earliest of them. Intervals stand on a fixed grid shifted by a stable share of the
    interval for each source, so that sources with the same interval do not fire together.
    """
    zone = ZoneInfo(schedule.timezone)
    after = _not_before(schedule, after.astimezone(UTC), zone)
    due = [_next_of_line(line, zone, after) for line in schedule.cron]
    if schedule.every is not None:
        due.append(_next_of_interval(schedule.every, after, source_id))
    return min(filter(None, due), default=None)


def slowed_due(
    schedule: Schedule, after: datetime, *, source_id: str, failures: int, rest: timedelta = timedelta(0)
) -> datetime | None:
    """When to try again after so many failures in a row: a scheduled time, ever rarer, yet at least one a day.

    The wait doubles with each failure from the schedule's own interval up to a day (or to the schedule's next time,
    when that is later). ``rest`` is what the server itself asks for, heeded up to a day.
    """
    due = next_due(schedule, after + min(rest, _ONE_DAY), source_id=source_id)
    if due is None:
        return None
    then = next_due(schedule, due, source_id=source_id)
    if then is None:
        return due
    wait = min((then - due) * (1 << min(failures - 1, _MOST_DOUBLINGS)), _ONE_DAY)
    while then is not None and then <= after + wait:
        due, then = then, next_due(schedule, then, source_id=source_id)
    return due


def latest_due(schedule: Schedule, after: datetime, *, source_id: str) -> datetime | None:
    """The latest time that ``slowed_due`` can have named after a failure at ``after``."""
    return next_due(schedule, after + _ONE_DAY, source_id=source_id)


def grace(schedule: Schedule, due: datetime, *, source_id: str) -> timedelta:
    """How late a read may start: a tenth of the time to the one after it, at least a minute."""
    then = next_due(schedule, due, source_id=source_id)
    gap = schedule.every if schedule.every and not schedule.cron else then - due if then else timedelta(0)
    return max(_LEAST_GRACE, gap / 10)


def has_started(schedule: Schedule, now: datetime) -> bool:
    """Whether the schedule's first day has come; a source that has not started is read only when asked for by name."""
    return schedule.starts is None or now.astimezone(ZoneInfo(schedule.timezone)).date() >= schedule.starts


def check_cron(line: str) -> str | None:
    """What is wrong with a crontab line, with the way out; None when it can be used."""
    try:
        triggers = _triggers(line)
    except ValueError as error:
        return str(error)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    if all(trigger.get_next_fire_time(None, start) is None for trigger in triggers):
        return f"{line!r} never fires: no such date exists"
    return None


def _not_before(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime:
    if schedule.starts is None:
        return after
    midnight = datetime.combine(schedule.starts, time(), zone).astimezone(UTC)
    return max(after, midnight - timedelta(microseconds=1))


def _next_of_interval(every: timedelta, after: datetime, source_id: str) -> datetime:
    share = int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:4]) / 2**32
    grid = _EPOCH + timedelta(seconds=int(share * every.total_seconds()))
    return grid + ((after - grid) // every + 1) * every


def _next_of_line(line: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """Walks the wall-clock times of a line from before ``after`` until no later one can be an earlier instant."""
    follows_elapsed_time = line.split()[1].startswith("*")
    best: datetime | None = None
    for wall in _wall_times(line, _wall_bounds(after, zone)[0]):
        if best is not None and wall >= _wall_bounds(best, zone)[1]:
            break
        instants = _instants(wall, zone, follows_elapsed_time=follows_elapsed_time)
        later = [instant for instant in instants if instant > after]
        best = min([*later, best] if best else later, default=None)
    return best


def _wall_bounds(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earliest and latest wall-clock times that can mean ``moment``, whatever the clocks do within a day of it."""
    offsets = [(moment + shift).astimezone(zone).utcoffset() for shift in (-_ONE_DAY, timedelta(), _ONE_DAY)]
    known = [offset for offset in offsets if offset is not None]
    naive = moment.replace(tzinfo=None)
    return naive + min(known), naive + max(known)


def _wall_times(line: str, start: datetime) -> Iterator[datetime]:
    """The matching wall-clock times from ``start`` on, naive. UTC stands in for a clock that never changes."""
    triggers = _triggers(line)
    now = start.replace(tzinfo=UTC)
    while walls := [wall for trigger in triggers if (wall := trigger.get_next_fire_time(None, now)) is not None]:
        now = min(walls)
        yield now.replace(tzinfo=None)
        now += timedelta(seconds=1)


def _instants(wall: datetime, zone: ZoneInfo, *, follows_elapsed_time: bool) -> tuple[datetime, ...]:
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if not follows_elapsed_time:
        return (first,)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return ()
    return (first, wall.replace(tzinfo=zone, fold=1).astimezone(UTC))


@lru_cache(maxsize=1024)
def _triggers(line: str) -> tuple[CronTrigger, ...]:
    """The triggers whose times together are the line's; raises ValueError saying what is wrong with it.

    crontab(5): when both the day of month and the weekday are restricted, either may match.
    """
    fields = _split(line)
    if fields["day"].startswith("*") or fields["day_of_week"].startswith("*"):
        choices = [fields]
    else:
        choices = [fields | {"day": "*"}, fields | {"day_of_week": "*"}]
    return tuple(_trigger(choice, line) for choice in choices)


def _split(line: str) -> dict[str, str]:
    parts = line.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"{line!r} has {len(parts)} fields where a crontab line has five: minute hour day month weekday"
        )
    return dict(zip(_FIELDS, parts, strict=True))


def _trigger(fields: dict[str, str], line: str) -> CronTrigger:
    for name, text in fields.items():
        if not all(_ITEM.fullmatch(item) for item in text.split(",")):
            raise ValueError(
                f"{line!r}: {text!r} is no {name.replace('_', ' ')}; use numbers, lists, ranges and */steps"
            )
    weekday = _weekday_names(fields["day_of_week"], line)
    try:
        return CronTrigger(**(fields | {"day_of_week": weekday}), second=0, timezone=UTC, end_date=_NEVER)
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}") from error


def _weekday_names(text: str, line: str) -> str:
    """Crontab weekdays (0 and 7 are Sunday) as names, because APScheduler counts from Monday."""
    if text == "*":
        return text
    numbers = chain.from_iterable(_weekday_item(item, line) for item in text.split(","))
    return ",".join(_WEEKDAYS[number] for number in sorted(set(numbers)))


def _weekday_item(item: str, line: str) -> list[int]:
    match = _WEEKDAY_ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{line!r}: {item!r} is no weekday; use 0-7 or sun-sat")
    step = int(match["step"] or 1)
    if step == 0:
        raise ValueError(f"{line!r}: a step must be 1 or more")
    if match["first"] == "*":
        return list(range(0, 7, step))
    first = _weekday_number(match["first"], line)
    last = _weekday_number(match["last"], line) if match["last"] else 6 if match["step"] else first
    if last < first:
        last += 7
    return [number % 7 for number in range(first, last + 1, step)]


def _weekday_number(text: str, line: str) -> int:
    number = int(text) if text.isdigit() else _WEEKDAYS.index(text) if text in _WEEKDAYS else -1
    if not 0 <= number <= 7:  # noqa: PLR2004 - crontab(5) counts 0 to 7
        raise ValueError(f"{line!r}: {text!r} is no weekday; use 0-7 or sun-sat")
    return number
