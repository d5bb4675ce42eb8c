"""The use case that sends what is waiting: arranges, claims, sends and settles, all channels side by side.

Each destination stands alone: whatever one send does, its outcome is written on its own rows and the others go on. The
sends of one channel follow each other in the order they became due; only they run in threads, the store is used by
the caller's alone.
"""

import logging
import random
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.arranging import DIGEST, FLOOD, WAITED, arrange_channel, hourly_limit
from monitor.assess.combining import OWN_NAME, combine
from monitor.errors import DeliveryError
from monitor.model import Alert, Channel, Delivery, DeliveryState, Purpose, Severity, Snooze, digest
from monitor.opening import open_at
from monitor.ports import Attempt, Claimed, Notifier, Outbox

LANES = 16
"""Channels served at a time at most."""
MOST_ALERTS = 200
"""Alerts of one combined message that are read; the rest is counted and pointed to."""
TIRED_AFTER = 5
"""A channel that fails so often in a row for the moment is left alone for the rest of a run."""
NO_CHANNEL = "no channel"
"""How the reason begins for which a delivery is held whose channel is not declared."""
_LOOK_AGAIN = 1.0
_LOG = logging.getLogger(__name__)
_ONE_DAY = timedelta(days=1)


class Patience(Struct, frozen=True, kw_only=True):
    """How long a claim lasts and how often a send is tried.

    Waits double from ``first`` up to ``longest``, each shortened or stretched by up to ``jitter`` of itself. The
    defaults try 14 times over about a day before giving up. ``looks``: how often, ``look`` apart, a message may find no
    channel before it is held; where several processes send, another one's configuration may be newer.
    """

    lease: timedelta = timedelta(minutes=2)
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=4)
    attempts: int = 14
    jitter: float = 0.2
    looks: int = 0
    look: timedelta = timedelta(minutes=5)


DEFAULT_PATIENCE = Patience()
SHARED_PATIENCE = Patience(looks=12)
"""That of one of several processes, which waits an hour for a channel to be declared here too."""


class Sent(Struct, frozen=True, kw_only=True):
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
    only: str | None = None,
    stopping: Callable[[], bool] = lambda: False,
    on_sent: Callable[[Sent], None] = lambda _: None,
) -> list[Sent]:
    """Send all that is due, or stop after ``limit`` deliveries; returns what became of each, in order.

    ``on_sent`` hears of each as it ends; once ``stopping`` says so nothing more is taken, and what is in hand is
    finished.

    ``only`` this channel is served, where several processes share them out.

    ``channels`` are the configured ones, for their quiet hours, digests and limits. A channel that fails several times
    in a row for the moment is left alone until the next run. Raises StorageError when an outcome cannot be written;
    what was claimed then is sent again, marked, when its lease runs out.
    """
    run = _Run(
        outbox=outbox,
        notifiers=notifiers,
        now=now,
        rng=rng,
        patience=patience,
        channels={channel.name: channel for channel in channels},
        snoozes=outbox.snoozes(now()),
        only=only,
        on_sent=on_sent,
    )
    with ThreadPoolExecutor(LANES, thread_name_prefix="deliver") as pool:
        return _drain(run, pool, lambda count: stopping() or (limit is not None and count >= limit))


class _Run(Struct, frozen=True, kw_only=True):
    """What one run works with."""

    outbox: Outbox
    notifiers: Mapping[str, Notifier]
    now: Callable[[], datetime]
    rng: random.Random
    patience: Patience
    channels: Mapping[str, Channel]
    snoozes: Sequence[Snooze]
    only: str | None
    on_sent: Callable[[Sent], None]


class _Letter(Struct, frozen=True, kw_only=True):
    """One message in hand: the rows it stands for, and the alert as the receiver sees it."""

    rows: tuple[Delivery, ...]
    alert: Alert

    @property
    def channel(self) -> str:
        """Where it goes."""
        return self.rows[0].channel

    @property
    def delivery(self) -> Delivery:
        """The row that speaks for all."""
        repeat = any(row.maybe_duplicate for row in self.rows)
        attempts = max(row.attempts for row in self.rows)
        return replace(self.rows[0], alert=self.alert.id, maybe_duplicate=repeat, attempts=attempts)


_UnderWay = dict[Future[DeliveryError | None], _Letter]
"""The sends that threads are busy with."""


def _drain(run: _Run, pool: ThreadPoolExecutor, is_enough: Callable[[int], bool]) -> list[Sent]:
    results: list[Sent] = []
    failures: Counter[str] = Counter()
    under_way: _UnderWay = {}
    waiting = _due_channels(run, failures, under_way)
    while waiting or under_way:
        while waiting and len(under_way) < LANES and not is_enough(_in_hand(under_way) + len(results)):
            letter = _take(run, waiting.pop(0), results)
            if letter is not None:
                under_way[pool.submit(_send, run.notifiers[letter.channel], letter)] = letter
        waiting += _settle_finished(run, under_way, results, failures)
        if is_enough(len(results)):
            waiting = []
        elif not waiting:
            waiting = _due_channels(run, failures, under_way)
    return results


def _in_hand(under_way: _UnderWay) -> int:
    return sum(len(letter.rows) for letter in under_way.values())


def _due_channels(run: _Run, failures: Counter[str], under_way: _UnderWay) -> list[str]:
    """The channels with something due that are neither busy nor tired, each arranged anew."""
    busy = {letter.channel for letter in under_way.values()}
    due = [name for name in run.outbox.due_channels(run.now()) if run.only in {None, name}]
    names = [name for name in due if name not in busy and failures[name] < TIRED_AFTER]
    for name in names:
        if name in run.channels and name in run.notifiers:
            arrange_channel(run.outbox, run.channels[name], run.now(), run.snoozes)
    return names


def _take(run: _Run, name: str, results: list[Sent]) -> _Letter | None:
    """Claim the channel's next message; what may not go out now, or has no channel any more, is put away."""
    while True:
        claimed = run.outbox.claim_message(run.now(), run.patience.lease, name, most=MOST_ALERTS)
        if claimed is None:
            return None
        letter = _letter(claimed, run.channels.get(name))
        put_away = _put_away(run, letter)
        if put_away is None:
            return letter
        results += _settle(run, letter, put_away)


def _letter(claimed: Claimed, channel: Channel | None) -> _Letter:
    first = claimed.deliveries[0]
    if first.bundle is None:
        return _Letter(rows=claimed.deliveries, alert=claimed.alerts[0])
    count = len(claimed.deliveries)
    lines = _why_together(first.bundle.partition("-")[0], count, channel)
    more = [row.alert for row in claimed.deliveries[len(claimed.alerts) :]]
    alert = combine(claimed.alerts, name=first.bundle, lines=lines, more=more)
    return _Letter(rows=claimed.deliveries, alert=alert)


def _why_together(why: str, count: int, channel: Channel | None) -> tuple[str, ...]:
    lines = {
        DIGEST: f"Digest of {count} messages.",
        WAITED: f"These {count} messages waited: for quiet hours or a snooze to end, or for a busy hour to pass.",
        FLOOD: f"More than {hourly_limit(channel) if channel else 'a few'} messages within an hour: "
        f"these {count} come as one.",
    }
    return (lines[why],) if why in lines else ()


def _put_away(run: _Run, letter: _Letter) -> Attempt | None:
    if letter.channel not in run.notifiers:
        error, patience = _no_channel(letter.delivery), run.patience
        if letter.delivery.attempts > patience.looks:
            return Attempt(state=DeliveryState.HELD, error=error)
        return Attempt(state=DeliveryState.RETRYING, error=error, next_attempt=run.now() + patience.look)
    channel = run.channels.get(letter.channel)
    when = open_at(letter.alert, channel, run.now()) if channel else run.now()
    return Attempt(state=DeliveryState.PENDING, next_attempt=when) if when > run.now() else None


def _settle_finished(
    run: _Run,
    under_way: _UnderWay,
    results: list[Sent],
    failures: Counter[str],
) -> list[str]:
    """Write down what has ended; returns the channels that are free again and not tired."""
    ended, _ = wait(under_way, timeout=_LOOK_AGAIN, return_when=FIRST_COMPLETED) if under_way else (set(), None)
    free = []
    for future in ended:
        letter = under_way.pop(future)
        attempt = _outcome(run, letter, future.result())
        results += _settle(run, letter, attempt)
        failures[letter.channel] = failures[letter.channel] + 1 if attempt.state is DeliveryState.RETRYING else 0
        if failures[letter.channel] < TIRED_AFTER:
            free.append(letter.channel)
    return free


def _settle(run: _Run, letter: _Letter, attempt: Attempt) -> list[Sent]:
    """Write the outcome on every row; what cannot be delivered is told on the other channels in the same step."""
    alarm = (_alarm(run, letter, attempt),) if attempt.state is DeliveryState.DEAD and len(run.channels) > 1 else ()
    run.outbox.settle_all([row.id for row in letter.rows], attempt, alerts=alarm)
    ended = [_result(row, attempt) for row in letter.rows]
    for sent in ended:
        run.on_sent(sent)
    return ended


def _alarm(run: _Run, letter: _Letter, attempt: Attempt) -> Alert:
    """One alert for all that dies on a channel until it takes something again."""
    name, now = letter.channel, run.now()
    return Alert(
        id=digest("dead", name, str(run.outbox.newest_sent(name))),
        created_at=now,
        severity=Severity.URGENT,
        publisher=OWN_NAME,
        guide=None,
        items=(),
        channels=tuple(other for other in run.channels if other != name),
        purpose=Purpose.TROUBLE,
        headline=f"messages to {name} cannot be delivered",
        lines=(
            f"The channel {name} did not take what was sent to it: {attempt.error}",
            "What could not be delivered waits: stilltrue alerts --state dead",
            "When the channel works again: stilltrue alerts retry",
        ),
    )


def _outcome(run: _Run, letter: _Letter, error: DeliveryError | None) -> Attempt:
    delivery, patience, now = letter.delivery, run.patience, run.now()
    if error is None:
        return Attempt(state=DeliveryState.SENT, sent_at=now, maybe_duplicate=delivery.maybe_duplicate)
    repeat = delivery.maybe_duplicate or error.maybe_accepted
    if error.permanent or delivery.attempts >= patience.attempts:
        return Attempt(state=DeliveryState.DEAD, error=str(error), maybe_duplicate=repeat)
    return Attempt(
        state=DeliveryState.RETRYING,
        error=str(error),
        next_attempt=now + _wait(delivery.attempts, error, run.rng, patience),
        maybe_duplicate=repeat,
    )


def _send(notifier: Notifier, letter: _Letter) -> DeliveryError | None:
    try:
        notifier.send(letter.alert, delivery=letter.delivery)
    except DeliveryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the notifier boundary: one destination's bug must not stop the others
        _log_bug(error, letter.delivery)
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
        f"{NO_CHANNEL} {delivery.channel!r} is configured; declare it again in sources.toml, "
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
