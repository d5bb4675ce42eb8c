"""Decides whether the monitor itself is well: what was due against what was done. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from monitor.model import (
    Alert,
    Channel,
    DeliveryState,
    Purpose,
    Severity,
    Source,
    digest,
    minute,
    stamp,
)
from monitor.ports import Due, OutboxState
from monitor.schedule import grace

MISSED = timedelta(seconds=60)
"""A tick that has not come for this long beyond its interval is missing."""
READING = timedelta(minutes=3)
"""A read may take this long beyond its own time-out: its turn at a busy host, retries and their waits."""
UNDRAINED = timedelta(minutes=15)
"""A delivery due for longer than this shows that nobody sends."""
CLOCK_SLACK = timedelta(minutes=5)
PUBLISHER = "stilltrue"


class Trouble(Struct, frozen=True, kw_only=True):
    """Something wrong with the monitor: a stable code, what it concerns, a sentence, and since when."""

    code: str
    subject: str
    message: str
    since: datetime


class Beat(Struct, frozen=True, kw_only=True):
    """How a tick stands: its interval, the most it may take, how long it has run now, and since when it ended last."""

    name: str
    every: timedelta
    most: timedelta
    running: timedelta | None
    quiet: timedelta


class Pulse(Struct, frozen=True, kw_only=True):
    """All that the watchdog looks at. ``awake_since``: start, or the end of the last sleep or clock step."""

    now: datetime
    awake_since: datetime
    beats: Sequence[Beat] = ()
    threads: Mapping[str, bool] = field(default_factory=dict)
    sources: Iterable[Source] = ()
    dues: Mapping[str, Due] = field(default_factory=dict)
    outbox: OutboxState = field(default_factory=OutboxState)
    newest_check: datetime | None = None


def find_troubles(pulse: Pulse) -> list[Trouble]:
    """Everything that is wrong now."""
    return [
        *_dead_threads(pulse),
        *_stuck_ticks(pulse),
        *overdue_sources(pulse.sources, pulse.dues, now=pulse.now, since=pulse.awake_since),
        *_outbox(pulse),
        *clock_behind(pulse.newest_check, pulse.now),
    ]


def _dead_threads(pulse: Pulse) -> list[Trouble]:
    return [
        Trouble(code="thread_dead", subject=name, message=f"The thread {name} has ended.", since=pulse.now)
        for name, alive in pulse.threads.items()
        if not alive
    ]


def _stuck_ticks(pulse: Pulse) -> list[Trouble]:
    troubles = []
    for beat in pulse.beats:
        if beat.running is not None and beat.running > beat.most:
            message = f"The tick {beat.name} has been running for {_spell(beat.running)}."
            since = pulse.now - beat.running
        elif beat.running is None and beat.quiet > beat.every + MISSED:
            message = f"The tick {beat.name} has not come for {_spell(beat.quiet)}."
            since = pulse.now - beat.quiet
        else:
            continue
        troubles.append(Trouble(code="tick_stuck", subject=beat.name, message=message, since=since))
    return troubles


def overdue_sources(
    sources: Iterable[Source], dues: Mapping[str, Due], *, now: datetime, since: datetime
) -> list[Trouble]:
    """The sources that should have been read by now: due, their grace over, and the time a read may take.

    Nothing is overdue by what happened before ``since``, when nobody could read.
    """
    troubles = []
    for source in sources:
        due = dues.get(source.id)
        moment = due.next_due if due and due.next_due else since
        begun = max(moment, since)
        allowed = 2 * grace(source.schedule, moment, source_id=source.id) + READING
        if now > begun + allowed + timedelta(seconds=source.fetch.timeout):
            message = f"{source.title or source.id} was to be read at {minute(moment)} and has not been."
            troubles.append(Trouble(code="source_overdue", subject=source.id, message=message, since=moment))
    return troubles


def _outbox(pulse: Pulse) -> list[Trouble]:
    oldest = pulse.outbox.oldest_due
    if oldest is None or pulse.now - max(oldest, pulse.awake_since) <= UNDRAINED:
        return []
    waiting = sum(pulse.outbox.counts.get(state, 0) for state in (DeliveryState.PENDING, DeliveryState.RETRYING))
    message = f"{waiting} alert(s) wait to be sent, the oldest since {minute(oldest)}."
    return [Trouble(code="outbox_stuck", subject="outbox", message=message, since=oldest)]


def clock_behind(newest_check: datetime | None, now: datetime) -> list[Trouble]:
    """Trouble when the database knows of a check in the future."""
    if newest_check is None or newest_check <= now + CLOCK_SLACK:
        return []
    message = (
        f"The clock says {minute(now)}, yet a check was recorded at {minute(newest_check)}: "
        "one of the two times is wrong; set the clock (NTP)."
    )
    return [Trouble(code="clock_behind", subject="clock", message=message, since=newest_check)]


def _spell(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"  # noqa: PLR2004 - seconds read well up to here


def trouble_alert(trouble: Trouble, now: datetime, channels: Sequence[str]) -> Alert:
    """The alert for whoever runs the monitor; the same trouble since the same moment has the same id."""
    return Alert(
        id=digest("trouble", trouble.code, trouble.subject, stamp(trouble.since)),
        created_at=now,
        severity=Severity.URGENT,
        publisher=PUBLISHER,
        guide=None,
        items=(),
        channels=tuple(channels),
        purpose=Purpose.TROUBLE,
        headline=f"{PUBLISHER}: trouble with the monitor itself",
        lines=(trouble.message,),
    )


def operator_channels(channels: Sequence[Channel]) -> list[str]:
    """Who hears of the monitor's own troubles: channels that take everything, or all when each one filters."""
    names = [item.name for item in channels if not (item.guides or item.publishers or item.kinds or item.owners)]
    return names or [item.name for item in channels]
