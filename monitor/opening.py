"""Decides when an alert may go out on a channel: its digest's next slot, the end of quiet hours, of a snooze. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model import SEVERITY_RANK, Affect, Alert, Channel, QuietHours, Schedule, Severity, Snooze
from monitor.schedule import next_due

_ONE_DAY = timedelta(days=1)


def open_at(alert: Alert, channel: Channel, now: datetime) -> datetime:
    """When this alert may go out on this channel: now, or later for a digest or quiet hours, in UTC.

    Urgent alerts wait for no digest; quiet hours let pass the severity they exempt (urgent by default) and above.
    """
    ready = max(now, _digest_slot(alert, channel))
    return max(ready, _quiet_until(alert, channel.quiet_hours, ready))


def _digest_slot(alert: Alert, channel: Channel) -> datetime:
    """The first slot after the alert was made; the same at every look, so a digest is put off once."""
    if channel.digest == "immediate" or alert.severity is Severity.URGENT:
        return alert.created_at
    schedule = Schedule(cron=(channel.digest,), timezone=channel.timezone)
    return next_due(schedule, alert.created_at, source_id=channel.name) or alert.created_at


def _quiet_until(alert: Alert, quiet: QuietHours | None, now: datetime) -> datetime:
    """The end of the quiet hours that ``now`` falls into, else ``now``."""
    if quiet is None or quiet.start == quiet.end or _exempt(alert.severity, quiet):
        return now
    start, end, zone = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end), ZoneInfo(quiet.timezone)
    today = now.astimezone(zone).date()
    for day in (today - _ONE_DAY, today):
        begins = datetime.combine(day, start, zone).astimezone(UTC)
        last_day = day if start < end else day + _ONE_DAY
        ends = datetime.combine(last_day, end, zone).astimezone(UTC)
        if begins <= now < ends:
            return ends
    return now


def _exempt(severity: Severity, quiet: QuietHours) -> bool:
    return quiet.exempt is not None and SEVERITY_RANK[severity] >= SEVERITY_RANK[quiet.exempt]


def snoozed_until(alert: Alert, snoozes: Sequence[Snooze]) -> datetime | None:
    """When the last snooze on all that the alert tells ends; None when some of it is not snoozed.

    A snoozed source takes its alerts with it; a snoozed assumption those that touch nothing else.
    """
    ends = [one.until for one in snoozes if one.source is not None and one.source == alert.source]
    touched = {_place(affect) for item in alert.items for affect in item.affects}
    loose = any(not item.affects for item in alert.items)
    asleep = {_about(one): one.until for one in snoozes if one.assumption is not None}
    if touched and not loose and touched <= asleep.keys():
        ends.append(min(asleep[place] for place in touched))
    return max(ends, default=None)


def _about(snooze: Snooze) -> tuple[str | None, str | None]:
    return snooze.guide, snooze.assumption


def _place(affect: Affect) -> tuple[str | None, str | None]:
    return affect.guide, affect.assumption
