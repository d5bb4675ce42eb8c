"""A source that cannot be read for long is told again: daily in the first week, then weekly, while it lasts."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from monitor.assess.alerting import RECOVERED, TROUBLES
from monitor.model import (
    Alert,
    AlertItem,
    Incident,
    Purpose,
    Severity,
    Source,
    digest,
    stamp,
)
from monitor.opening import snoozed_until
from monitor.ports import EventQuery, Store

_ONE_DAY = timedelta(days=1)
_ONE_WEEK = timedelta(weeks=1)


def remind_of_failures(store: Store, sources: Iterable[Source], now: datetime) -> int:
    """Raise the reminders that are due now, each once, to the channels that were told at first; returns how many.

    Nobody is reminded of what was acknowledged or is snoozed, nor of a source that is switched off. After a pause only
    the newest reminder is raised.
    """
    states = store.read_states()
    failing = [item for item in sources if item.enabled and item.id in states and states[item.id].health != "ok"]
    if not failing:
        return 0
    names = [source.id for source in failing]
    last, begun = store.last_reads(names), store.standing_since(names, TROUBLES, ends=RECOVERED)
    known, snoozes = store.acknowledged_events(), store.snoozes(now)
    raised = 0
    for source in failing:
        incident = last[source.id].memory.incident
        if incident is None:
            continue
        # A page that is blocked, then failing, then blocked again has not been well since the first trouble.
        since = begun.get(source.id, incident.since)
        good = states[source.id].last_good_read
        alert = _reminder(store, source, incident, known, now, since=since, good=good)
        if alert is None or snoozed_until(alert, snoozes) or store.has_alert(alert.id):
            continue
        store.raise_alert(alert)
        raised += 1
    return raised


def which_reminder(lasted: timedelta) -> str | None:
    """The name of the newest reminder that is due after an incident has lasted so long; None in its first day."""
    if lasted < _ONE_DAY:
        return None
    return f"day {lasted // _ONE_DAY}" if lasted < _ONE_WEEK else f"week {lasted // _ONE_WEEK}"


def _reminder(
    store: Store,
    source: Source,
    incident: Incident,
    known: Collection[str],
    now: datetime,
    *,
    since: datetime,
    good: datetime | None,
) -> Alert | None:
    """The reminder; None when none is due, nobody was told of the trouble, or somebody knows of it."""
    nth = which_reminder(now - since)
    told = store.told_of(source.id, TROUBLES, ends=RECOVERED) if nth else ()
    stored = store.find_event(incident.event) if told and incident.event else None
    if stored is None or nth is None:
        return None
    standing = store.events(EventQuery(source=source.id, kind="source.", since=since))
    if any(each.event.id in known for each in standing):
        return None
    title = source.title or source.id
    return Alert(
        id=digest("reminder", source.id, stamp(since), nth),
        created_at=now,
        severity=Severity.NOTICE,
        publisher=source.publisher,
        guide=None,
        items=(AlertItem(event=stored.event),),
        channels=told,
        source=source.id,
        purpose=Purpose.REMINDER,
        headline=f"{title} cannot be read for {_days(now - since)} now",
        lines=(
            f"{incident.reads} reads in a row failed; the last good one was "
            + (f"on {good:%d %B %Y, %H:%M} UTC." if good else "never."),
            f"To hear no more of it: stilltrue alerts snooze --source {source.id} --until DATE",
        ),
    )


def _days(lasted: timedelta) -> str:
    days = lasted // _ONE_DAY
    return "a day" if days == 1 else f"{days} days"
