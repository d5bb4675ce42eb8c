"""The outbox: what is told to whom, as rows that are claimed, sent and settled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import (
    Alert,
    Delivery,
    Snooze,
)
from monitor.ports.passed import Attempt, Claimed, PutOff, Tally


class Outbox(Protocol):
    """What the delivery loop needs."""

    def claim(self, now: datetime, lease: timedelta) -> tuple[Delivery, Alert] | None:
        """Take the oldest due delivery under a lease, by a conditional update; None when nothing is due.

        One whose lease ran out is taken again with ``maybe_duplicate`` set.
        """
        ...

    def settle(self, delivery: int, attempt: Attempt) -> None:
        """Record how a claimed send went and end its lease."""
        ...

    def deliveries(self, *, state: str | None = None) -> list[Delivery]:
        """All deliveries, newest first."""
        ...

    def retry(self, ids: Iterable[int], now: datetime) -> list[Delivery]:
        """Make dead or held ones due again (all of them but acknowledged ones when ``ids`` is empty)."""
        ...

    def get_alert(self, alert: str) -> Alert:
        """One alert; raises UsageError when there is none."""
        ...

    def raise_alert(self, alert: Alert) -> None:
        """Raise an alert about the monitor itself; the same id is raised once."""
        ...

    def has_alert(self, alert: str) -> bool:
        """Whether this alert was raised."""
        ...

    def due_channels(self, now: datetime) -> list[str]:
        """The channels for which something is due."""
        ...

    def claim_message(self, now: datetime, lease: timedelta, channel: str, *, most: int) -> Claimed | None:
        """Take a channel's oldest due delivery with its whole bundle, as ``claim`` does; ``most`` alerts come along."""
        ...

    def settle_all(self, deliveries: Sequence[int], attempt: Attempt, *, alerts: Sequence[Alert] = ()) -> None:
        """Record how a claimed message went on every delivery it stood for and raise alerts, in one transaction."""
        ...

    def waiting(self, now: datetime, channel: str, *, after: int, limit: int) -> list[tuple[Delivery, Alert]]:
        """A channel's due deliveries never yet tried nor bundled, with ids above ``after``, by id; none is taken."""
        ...

    def arrange(self, put_off: Mapping[int, PutOff], bundles: Mapping[str, Sequence[int]]) -> None:
        """Put deliveries off and into bundles, by bundle name."""
        ...

    def messages_since(self, channel: str, since: datetime) -> tuple[int, datetime | None]:
        """How many messages a channel took after ``since``, and when the first of them went."""
        ...

    def newest_sent(self, channel: str) -> int:
        """The id of the delivery a channel took last; 0 when it took none."""
        ...

    def told_of(self, source: str, kinds: Collection[str], *, ends: str) -> tuple[str, ...]:
        """The channels addressed with these kinds of event by a source since its newest event of the kind ``ends``."""
        ...

    def standing_since(self, sources: Collection[str], kinds: Collection[str], *, ends: str) -> Mapping[str, datetime]:
        """By source, when its first event of these kinds was seen since its newest event of the kind ``ends``."""
        ...

    def acknowledge(self, name: str, now: datetime, *, by: str | None, note: str | None) -> list[Delivery]:
        """Note that somebody knows of an alert (by its id or a delivery's) and hold what is unsent of it."""
        ...

    def acknowledged_events(self) -> frozenset[str]:
        """The events of acknowledged alerts."""
        ...

    def snooze(self, wanted: Snooze) -> Snooze:
        """Snooze a source or an assumption; the id is given here."""
        ...

    def snoozes(self, now: datetime) -> list[Snooze]:
        """What is snoozed at ``now``."""
        ...

    def reads_between(self, since: datetime, until: datetime) -> Mapping[str, Tally]:
        """The reads of each source after ``since``, up to ``until``."""
        ...
