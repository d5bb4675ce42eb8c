"""Decides which personal deadlines and reviews are due; pure, so a tick and a replay agree."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from monitor.model import Assumption, Guide, RecheckRequest


def due_reminders(guide: Guide, now: datetime, *, since: datetime | None = None) -> tuple[RecheckRequest, ...]:
    """The recheck of each personal deadline with a reminder that fell due after ``since`` and not after ``now``.

    A reminder falls due at 00:00 UTC that many days before its date; the date itself is the last one. Several missed
    ones are one request. Without ``since``, whatever has fallen due so far counts.
    """
    found = (_reminder(guide, assumption, now, since) for assumption in guide.assumptions)
    return tuple(request for request in found if request is not None)


def _reminder(guide: Guide, assumption: Assumption, now: datetime, since: datetime | None) -> RecheckRequest | None:
    day = assumption.date
    if day is None:
        return None
    moments = [_midnight(day) - ahead for ahead in (*assumption.remind, timedelta(0))]
    if not any(moment <= now and (since is None or moment > since) for moment in moments):
        return None
    reason = f"{assumption.claim} Due {day}: {_distance(day, now)}."
    return RecheckRequest(guide=guide.id, assumption=assumption.id, event=None, reasons=(reason,), due=day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _distance(day: date, now: datetime) -> str:
    days = (day - now.astimezone(UTC).date()).days
    if days == 0:
        return "today"
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def due_reviews(
    guide: Guide, now: datetime, *, first_load: datetime, closed: Mapping[str, datetime]
) -> tuple[RecheckRequest, ...]:
    """The recheck of each assumption not reviewed for longer than the guide's ``review_every``.

    Time runs from the assumption's last closed recheck (``closed``, by id), else from the guide's first load
    (interface, "Verdicts"). Personal deadlines have their own dates and are left out.
    """
    every = guide.review_every
    if every is None:
        return ()
    starts = ((item, closed.get(item.id, first_load)) for item in guide.assumptions if item.date is None)
    return tuple(_review(guide, item, start, every) for item, start in starts if now - start > every)


def _review(guide: Guide, assumption: Assumption, start: datetime, every: timedelta) -> RecheckRequest:
    due = (start + every).date()
    reason = f"Review overdue since {due}: last looked at {start.date()}, to be reviewed every {every.days} days."
    return RecheckRequest(guide=guide.id, assumption=assumption.id, event=None, reasons=(reason,), due=due)
