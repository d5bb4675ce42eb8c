"""The daemon: one tick reads what is due, another sends what is waiting, until told to stop."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.app import App
from monitor.model import Check, Source
from monitor.ports import Notifier, Store
from monitor.rounds import check_now, deliver_now

TICK_SECONDS = 20
"""How often the database is asked what is due; schedules are in minutes."""
STOP_SECONDS = 8.0
"""A check in hand gets this long to finish when told to stop; then it is dropped whole."""
GRACE_SECONDS = 60

log = structlog.get_logger("stilltrue")


def run_daemon(app: App) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Configuration problems surface before anything starts."""
    channels = app.notifiers()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with app.store():
        log.info("started", sources=len(app.chosen_sources([])), channels=len(channels), config=str(app.config.path))
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"reading": ThreadPoolExecutor(1), "sending": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_SECONDS},
    )
    _every_tick(scheduler, "reading", lambda: read_due(app))
    _every_tick(scheduler, "sending", lambda: send_due(app, channels))
    scheduler.start()
    stop.wait()
    return _stop(scheduler)


def _every_tick(scheduler: BackgroundScheduler, name: str, work: Callable[[], object]) -> None:
    def guarded() -> None:
        try:
            work()
        except Exception:
            log.exception("tick_failed", tick=name)

    scheduler.add_job(
        guarded, "interval", seconds=TICK_SECONDS, id=name, executor=name, next_run_time=datetime.now(UTC)
    )


def _stop(scheduler: BackgroundScheduler) -> int:
    """Let the check in hand finish for a moment; what is not finished was never recorded, and is read again."""
    ended = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}, daemon=True)
    ended.start()
    ended.join(STOP_SECONDS)
    log.info("stopped", finished=not ended.is_alive())
    if ended.is_alive():
        os._exit(0)
    return 0


def due_sources(app: App, store: Store) -> list[Source]:
    """The switched-on sources whose time has come, longest waiting first; those never read come first."""
    now, states = app.clock(), store.read_states()
    waiting = []
    for source in app.chosen_sources([]):
        due = states[source.id].next_due if source.id in states else None
        if due is None or due <= now:
            waiting.append((due is not None, due or now, source))
    return [source for _, _, source in sorted(waiting, key=lambda item: item[:2])]


def read_due(app: App) -> list[Check]:
    """Read every source that is due, once."""
    with app.store() as store:
        sources = due_sources(app, store)
        return asyncio.run(check_now(app, store, sources, on_check=_log_check)) if sources else []


def _log_check(check: Check) -> None:
    problem = check.problem.message if check.problem else None
    log.info("read", source=check.source, outcome=check.outcome, events=len(check.events), problem=problem)


def send_due(app: App, channels: dict[str, Notifier]) -> None:
    """Send what is waiting."""
    with app.store() as store:
        for sent in deliver_now(app, store, channels):
            log.info("delivery", channel=sent.channel, state=sent.state, error=sent.error)
