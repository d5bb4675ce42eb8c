"""What tests of deliveries share: outboxes in memory, a clock that stands still, destinations that follow a script."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime

from alerts import AT

from monitor.deliver import Sent, deliver_due
from monitor.model import Alert, Channel, Delivery
from monitor.ports import Notifier
from storage.store import SqlStore

Outboxes = Callable[..., SqlStore]
"""Makes outboxes in memory, each with these alerts due."""


class Clock:
    """A clock that stands still until told."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Script:
    """A destination that answers after a script: an exception to raise, or None to accept; then it accepts."""

    def __init__(self, *answers: BaseException | None) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, bool]] = []
        self.alerts: list[Alert] = []

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        self.got.append((alert.id, delivery.maybe_duplicate))
        self.alerts.append(alert)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def run(
    rows: SqlStore, notifiers: Mapping[str, Notifier], clock: Clock | None = None, channels: tuple[Channel, ...] = ()
) -> list[Sent]:
    results = deliver_due(rows, notifiers, now=clock or Clock(), rng=random.Random(1), channels=channels)  # noqa: S311 - tests
    return sorted(results, key=lambda result: result.delivery)


def states(results: list[Sent]) -> dict[str, str]:
    return {result.channel: result.state for result in results}
