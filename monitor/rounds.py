"""A round of work with everything composed: read these sources, then send what is waiting."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.check import check_sources
from monitor.deliver import Sent, deliver_due
from monitor.model import Alert, AlertItem, Check, Delivery, Event, Evidence, Severity, Source
from monitor.ports import Notifier, Store
from monitor.reminding import remind

if TYPE_CHECKING:
    from monitor.app import App


async def check_now(
    app: "App",
    store: Store,
    sources: Sequence[Source],
    *,
    alerting: bool = True,
    on_check: Callable[[Check], None] = lambda _: None,
) -> list[Check]:
    """Read these sources and record what they say, with alerts for the channels when ``alerting``.

    Then asks for the rechecks that reviews and deadlines make due.
    """
    board = app.board(alerting=alerting)
    async with app.fetcher() as fetcher:
        checks = await check_sources(
            sources, fetcher=fetcher, store=store, board=board, clock=app.clock, on_check=on_check
        )
    remind(store, app.board(alerting=True), app.clock())
    return checks


def deliver_now(
    app: "App",
    store: Store,
    channels: Mapping[str, Notifier],
    *,
    limit: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
    on_sent: Callable[[Sent], None] = lambda _: None,
) -> list[Sent]:
    """Send what is due, or the first ``limit`` of it, until ``stopping``; ``on_sent`` hears of each as it ends."""
    return deliver_due(
        store,
        channels,
        now=app.clock,
        rng=random.Random(),  # noqa: S311 - spreads retries, keeps no secret
        channels=app.config.channels,
        limit=limit,
        stopping=stopping,
        on_sent=on_sent,
    )


def sample_alert(channel: str, now: datetime) -> tuple[Alert, Delivery]:
    """A made-up alert, marked as a test, to see whether a channel works."""
    event = Event(
        id="test",
        kind="fee.changed",
        source="test",
        publisher="stilltrue",
        subject="This is a test; nothing official has changed",
        key=None,
        observed_at=now,
        old={"label": "sample fee", "amount": "1475", "currency": "CAD", "effective_on": None},
        new={"label": "sample fee", "amount": "1750", "currency": "CAD", "effective_on": None},
        changed=("amount",),
        evidence=Evidence(quote_before="The sample fee is $1,475.", quote_after="The sample fee is $1,750."),
    )
    alert = Alert(
        id="test",
        created_at=now,
        severity=Severity.NOTICE,
        publisher="stilltrue",
        guide=None,
        items=(AlertItem(event=event),),
        headline="this is a test; nothing official has changed",
        channels=(channel,),
    )
    return alert, Delivery(id=0, alert=alert.id, channel=channel)
