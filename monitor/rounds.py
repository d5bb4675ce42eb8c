"""A round of work with everything composed: read these sources, then send what is waiting."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.deliver import DEFAULT_PATIENCE, SHARED_PATIENCE, Sent, deliver_due
from monitor.lasting import remind_of_failures
from monitor.model import Alert, AlertItem, Channel, Check, Delivery, Event, Evidence, Severity, Source
from monitor.ports import Notifier, Store
from monitor.quiet import report_quiet
from monitor.reminding import remind

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.check import Recorder


async def check_now(
    app: "App",
    store: Store,
    sources: Sequence[Source],
    *,
    beside: Sequence["Recorder"] = (),
    on_check: Callable[[Check], None] = lambda _: None,
) -> list[Check]:
    """Read these sources and record what they say, with alerts for the channels; ``beside`` record as well.

    Then asks for the rechecks that reviews and deadlines make due.
    """
    checks = await _check(app, store, sources, beside, on_check) if sources else []
    remind(store, app.board(alerting=True), app.clock())
    return checks


async def _check(
    app: "App",
    store: Store,
    sources: Sequence[Source],
    beside: Sequence["Recorder"],
    on_check: Callable[[Check], None],
) -> list[Check]:
    from monitor.check import check_sources

    async with app.fetcher() as fetcher:
        return await check_sources(
            sources,
            fetcher=fetcher,
            store=store,
            board=app.board(alerting=True),
            clock=app.clock,
            on_check=on_check,
            beside=beside,
        )


def deliver_now(
    app: "App",
    store: Store,
    channels: Mapping[str, Notifier],
    *,
    limit: int | None = None,
    only: str | None = None,
    stopping: Callable[[], bool] = lambda: False,
    on_sent: Callable[[Sent], None] = lambda _: None,
) -> list[Sent]:
    """Send what is due (to ``only`` this channel), or the first ``limit`` of it, until ``stopping``.

    ``on_sent`` hears of each as it ends.
    """
    return deliver_due(
        store,
        channels,
        now=app.clock,
        rng=random.Random(),  # noqa: S311 - spreads retries, keeps no secret
        channels=_told_apart(app),
        patience=SHARED_PATIENCE if app.config.cluster else DEFAULT_PATIENCE,
        limit=limit,
        only=only,
        stopping=stopping,
        on_sent=on_sent,
    )


def _told_apart(app: "App") -> list[Channel]:
    """The channels with the scheme of their address in place of its template: programs are served unlike people."""
    schemes = app.schemes()
    return [replace(channel, url=f"{schemes[channel.name]}://") for channel in app.config.channels]


def raise_due(app: "App", store: Store) -> int:
    """Raise the alerts that time alone asks for: sources that still fail, reports that all is quiet; returns how many.

    To be sent by ``deliver_now`` afterwards. Each is raised once, however often this is called.
    """
    now, sources = app.clock(), list(app.config.sources.values())
    failing = remind_of_failures(store, sources, now)
    return failing + report_quiet(store, app.config.channels, sources, app.config.guides, now)


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
