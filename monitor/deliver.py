"""The use case that sends what is waiting: claims, sends and settles one delivery after the other.

Each destination stands alone: whatever one send does, its outcome is written on its own row and the next goes on.
"""

import logging
import random
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import DeliveryError
from monitor.model import SEVERITY_RANK, Alert, Channel, Delivery, DeliveryState, QuietHours, Schedule, Severity
from monitor.ports import Attempt, Notifier, Outbox
from monitor.schedule import next_due

_LOG = logging.getLogger(__name__)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a claim lasts and how often a send is tried.

    Waits double from ``first`` up to ``longest``, each shortened or stretched by up to ``jitter`` of itself. The
    defaults try 14 times over about a day before giving up.
    """

    lease: timedelta = timedelta(minutes=2)
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=4)
    attempts: int = 14
    jitter: float = 0.2


DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one claimed delivery in this run."""

    delivery: int
    alert: str
    channel: str
    state: DeliveryState
    error: str | None = None
    next_attempt: datetime | None = None
    maybe_duplicate: bool = False


def deliver_due(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    *,
    now: Callable[[], datetime],
    rng: random.Random,
    channels: Sequence[Channel] = (),
    patience: Patience = DEFAULT_PATIENCE,
    limit: int | None = None,
) -> list[Sent]:
    """Send all that is due, or the first ``limit`` of it; returns what became of each, in order.

    ``channels`` are the configured ones, for their quiet hours and digests. Raises StorageError when an outcome
    cannot be written; what was claimed then is sent again, marked, when its lease runs out.
    """
    settings = {channel.name: channel for channel in channels}
    results: list[Sent] = []
    while limit is None or len(results) < limit:
        claimed = outbox.claim(now(), patience.lease)
        if claimed is None:
            break
        delivery, alert = claimed
        attempt = _postponed(alert, settings.get(delivery.channel), now()) or _attempted(
            delivery, alert, notifiers, now, rng, patience
        )
        outbox.settle(delivery.id, attempt)
        results.append(_result(delivery, attempt))
    return results


def open_at(alert: Alert, channel: Channel, now: datetime) -> datetime:
    """When this alert may go out on this channel: now, or later for a digest or quiet hours, in UTC.

    Urgent alerts wait for no digest; quiet hours let pass the severity they exempt (urgent by default) and above.
    """
    ready = max(now, _digest_slot(alert, channel))
    return max(ready, _quiet_until(alert, channel.quiet_hours, ready))


def _postponed(alert: Alert, channel: Channel | None, now: datetime) -> Attempt | None:
    if channel is None:
        return None
    when = open_at(alert, channel, now)
    return Attempt(state=DeliveryState.PENDING, next_attempt=when) if when > now else None


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


def _attempted(
    delivery: Delivery,
    alert: Alert,
    notifiers: Mapping[str, Notifier],
    now: Callable[[], datetime],
    rng: random.Random,
    patience: Patience,
) -> Attempt:
    notifier = notifiers.get(delivery.channel)
    if notifier is None:
        return Attempt(state=DeliveryState.HELD, error=_no_channel(delivery))
    error = _send(notifier, alert, delivery)
    if error is None:
        return Attempt(state=DeliveryState.SENT, sent_at=now(), maybe_duplicate=delivery.maybe_duplicate)
    repeat = delivery.maybe_duplicate or error.maybe_accepted
    if error.permanent or delivery.attempts >= patience.attempts:
        return Attempt(state=DeliveryState.DEAD, error=str(error), maybe_duplicate=repeat)
    return Attempt(
        state=DeliveryState.RETRYING,
        error=str(error),
        next_attempt=now() + _wait(delivery.attempts, error, rng, patience),
        maybe_duplicate=repeat,
    )


def _send(notifier: Notifier, alert: Alert, delivery: Delivery) -> DeliveryError | None:
    try:
        notifier.send(alert, delivery=delivery)
    except DeliveryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the notifier boundary: one destination's bug must not stop the others
        _log_bug(error, delivery)
        return DeliveryError(f"bug while sending ({type(error).__name__}); see the log", maybe_accepted=True)
    return None


def _log_bug(error: Exception, delivery: Delivery) -> None:
    """Log where it happened; not the exception's text, which may hold the destination's secrets."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    _LOG.error(
        "bug while sending delivery %s to channel %s: %s at %s",
        delivery.id,
        delivery.channel,
        type(error).__name__,
        " < ".join(reversed(places[-5:])),
    )


def _wait(attempts: int, error: DeliveryError, rng: random.Random, patience: Patience) -> timedelta:
    """The wait after this many attempts; never shorter than the receiver asked for, and that by a day at most."""
    doubled = patience.first * (1 << min(max(attempts - 1, 0), 30))
    spread = min(doubled, patience.longest) * (1 + rng.uniform(-patience.jitter, patience.jitter))
    asked = min(timedelta(seconds=error.retry_after or 0), _ONE_DAY)
    return max(spread, asked, timedelta(seconds=1))


def _no_channel(delivery: Delivery) -> str:
    return (
        f"no channel {delivery.channel!r} is configured; declare it again in sources.toml, "
        f"then run: stilltrue alerts retry {delivery.id}"
    )


def _result(delivery: Delivery, attempt: Attempt) -> Sent:
    return Sent(
        delivery=delivery.id,
        alert=delivery.alert,
        channel=delivery.channel,
        state=attempt.state,
        error=attempt.error,
        next_attempt=attempt.next_attempt,
        maybe_duplicate=delivery.maybe_duplicate or attempt.maybe_duplicate,
    )
