"""The end-to-end test: plants a change on a page of its own and follows it through fetch, diff, outbox and a channel.

It works in a throw-away database; of the real one it uses only the channels' addresses and limits of fetching.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from monitor.app import App
from monitor.errors import DeliveryError, StilltrueError
from monitor.model import (
    Alert,
    Check,
    CheckOutcome,
    Delivery,
    DeliveryState,
    Purpose,
    Schedule,
    Severity,
    digest,
    stamp,
)
from monitor.ports import EventQuery, Notifier, Store
from monitor.rounds import check_now, deliver_now
from monitor.schedule import next_due

PUBLISHER = "stilltrue canary"
PAGES = ("100", "200")
"""The amount on the page before and after the planted change."""
_SOURCE = "canary"
_LAST, _TURN = "canary:last", "canary:channel"
_LOG = logging.getLogger(__name__)
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Fees of the canary</title></head><body><main>
<h1>Fees of the canary</h1>
<p>This page is a test of the whole way from a page to a message. Nothing official stands here, and nothing on it
needs to be rechecked by anybody who reads about it.</p>
<table><tr><th>Fee</th><th>Amount</th></tr>
<tr><td>Canary, only a test</td><td>${amount} CAD</td></tr></table>
</main></body></html>
"""
_CONFIG = """
[monitor]
database = "sqlite:///canary.db"

[fetch]
pause = 0.0
retries = 0
timeout = 10.0
allow_private = true
respect_robots = false

[[channel]]
name = "canary"
url = "console://"

[[source]]
id = "canary"
publisher = "stilltrue canary"
title = "Test of the whole way"
url = "{address}"
format = "html"
extract = ["fees"]
"""


class Step(Struct, frozen=True, kw_only=True):
    """One stage of the way, and what was found there."""

    name: str
    passed: bool
    found: str


class Flight(Struct, frozen=True, kw_only=True):
    """How far the canary came. ``alarmed`` are the channels that took the alarm when it did not arrive."""

    channel: str
    steps: tuple[Step, ...]
    alarmed: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        """Whether every stage was passed."""
        return all(step.passed for step in self.steps)


def run_canary(app: App, channels: Mapping[str, Notifier], channel: str, *, pages: tuple[str, str] = PAGES) -> Flight:
    """Follow a planted change to ``channel``; when it does not arrive, raise the alarm on another channel."""
    steps: list[Step] = []
    try:
        with TemporaryDirectory(prefix="stilltrue-canary-") as folder, _server(pages[0]) as server:
            _fly(_own_app(app, Path(folder), server.address), server, pages[1], channels[channel], steps)
    except StilltrueError as error:
        steps.append(Step(name="run", passed=False, found=str(error)))
    except Exception as error:  # noqa: BLE001 - a bug on the way is what the canary is there to find
        _LOG.error("the canary met a bug: %s", type(error).__name__)
        steps.append(Step(name="run", passed=False, found=f"bug ({type(error).__name__})"))
    flight = Flight(channel=channel, steps=tuple(steps))
    if flight.arrived:
        return flight
    return Flight(channel=channel, steps=flight.steps, alarmed=_raise_alarm(flight, channels, app.clock()))


def run_canary_when_due(app: App, store: Store, channels: Mapping[str, Notifier]) -> Flight | None:
    """Run it if ``[monitor] canary`` says so, the channels taking turns; None when it is not due.

    The first one comes at the first slot after this is asked for the first time.
    """
    if app.config.canary is None or not channels:
        return None
    now, notes = app.clock(), store.notes("canary:")
    if _LAST not in notes:
        store.note(_LAST, stamp(now))
        return None
    slot = next_due(Schedule(cron=(app.config.canary,)), datetime.fromisoformat(notes[_LAST]), source_id=_SOURCE)
    if slot is None or slot > now:
        return None
    names = sorted(channels)
    channel = next((name for name in names if name > notes.get(_TURN, "")), names[0])
    store.note(_LAST, stamp(now))
    store.note(_TURN, channel)
    return run_canary(app, channels, channel)


def _own_app(app: App, folder: Path, address: str) -> App:
    config = folder / "sources.toml"
    config.write_text(_CONFIG.format(address=address), encoding="utf-8")
    ticks = count(1)
    # Two reads at the very same moment would be put one after the other by the store, and so lie in the future.
    return App(
        environ={}, cwd=folder, config_file=config, clock=lambda: app.clock() + timedelta(milliseconds=next(ticks))
    )


def _fly(app: App, server: "_Server", amount: str, notifier: Notifier, steps: list[Step]) -> None:
    def passed(name: str, found: str, *, when: bool) -> bool:
        steps.append(Step(name=name, passed=when, found=found))
        return when

    with app.store() as store:
        first = _read(app, store)
        if not passed("first read", _said(first), when=first.outcome == CheckOutcome.FIRST_SEEN):
            return
        server.amount = amount
        second = _read(app, store)
        if not passed("second read", _said(second), when=second.outcome == CheckOutcome.CHANGED):
            return
        events = [item.event for item in store.events(EventQuery())]
        kinds = ", ".join(event.kind for event in events) or "no event"
        if not passed("change found", kinds, when=kinds == "fee.changed"):
            return
        waiting = store.deliveries()
        if not passed("outbox", f"{len(waiting)} delivery", when=len(waiting) == 1):
            return
        (sent,) = deliver_now(app, store, {_SOURCE: notifier}) or (None,)
        found = "not attempted" if sent is None else sent.error or sent.state.value
        passed("delivery", found, when=sent is not None and sent.state is DeliveryState.SENT)


def _read(app: App, store: Store) -> Check:
    (check,) = asyncio.run(check_now(app, store, [app.config.sources[_SOURCE]]))
    return check


def _said(check: Check) -> str:
    return f"{check.outcome.value}: {check.problem.message}" if check.problem else check.outcome.value


def _raise_alarm(flight: Flight, channels: Mapping[str, Notifier], now: datetime) -> tuple[str, ...]:
    """Tell the first other channel that takes it."""
    failed = next(step for step in flight.steps if not step.passed)
    alert = Alert(
        id=digest("canary", flight.channel, stamp(now)),
        created_at=now,
        severity=Severity.URGENT,
        publisher="stilltrue",
        guide=None,
        items=(),
        purpose=Purpose.CANARY,
        headline=f"the canary did not arrive on {flight.channel}",
        lines=(
            "A change planted on a test page was followed through reading, comparing and sending.",
            f"It came as far as “{failed.name}”: {failed.found}",
            f"To try again: stilltrue canary {flight.channel}",
        ),
    )
    for name, notifier in channels.items():
        if name != flight.channel and _told(alert, name, notifier):
            return (name,)
    return ()


def _told(alert: Alert, name: str, notifier: Notifier) -> bool:
    try:
        notifier.send(alert, delivery=Delivery(id=0, alert=alert.id, channel=name))
    except DeliveryError as error:
        _LOG.error("the alarm was not taken by channel %s: %s", name, error)
        return False
    except Exception as error:  # noqa: BLE001 - the notifier boundary: the next channel may work
        _LOG.error("bug while sending the alarm to channel %s: %s", name, type(error).__name__)
        return False
    return True


class _Server(ThreadingHTTPServer):
    """Serves the test page on this machine."""

    daemon_threads = True
    amount: str

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        body = _PAGE.replace("{amount}", self.server.amount).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: what was found is told by the steps."""


@contextmanager
def _server(amount: str) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.amount = amount
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
