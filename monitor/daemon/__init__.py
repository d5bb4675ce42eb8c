"""The daemon: reads what is due, sends what waits, asks what time asks for, and watches itself, until told to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog

from monitor import __version__
from monitor.app import App
from monitor.canary import run_canary_when_due
from monitor.config import Config, resolve_heartbeat
from monitor.daemon.current import Current
from monitor.daemon.listen import Metrics, listening
from monitor.daemon.logs import log_check, log_sent, set_up_logs
from monitor.daemon.planning import Planner
from monitor.daemon.reader import Reader
from monitor.daemon.systemd import notify, reloading
from monitor.daemon.ticks import Ticks
from monitor.daemon.watchdog import Watchdog
from monitor.health import Trouble
from monitor.heartbeat import beat_now
from monitor.model import Check, Guide, Source, digest, stamp
from monitor.ports import Store
from monitor.reminding import remind
from monitor.rounds import deliver_now, raise_due

DUE_SECONDS = 2.0
SEND_SECONDS = 5.0
REMIND_SECONDS = 60.0
CONFIG_SECONDS = 2.0
UPKEEP_SECONDS = 3600.0
BEAT_SECONDS = 300.0
CANARY_SECONDS = 60.0
LONGEST_SENDING = 900.0
"""A hundred alerts to a slow receiver may take minutes; after this the sending tick counts as stuck."""
WAIT_SECONDS = 0.5
STOP_SECONDS = 8.0
"""What is in hand gets this long when told to stop; what is not finished then is rolled back and done again."""
SWEPT_AT_ONCE = 200
FAILURE = 3

log = structlog.get_logger("stilltrue")


class HandingOut(Protocol):
    """Whoever gives reading, sending and reminding to others, instead of this process doing it."""

    def schedule(self, config: Config, sources: Sequence[Source], now: datetime) -> int:
        """Hand out every check that is due; returns how many."""
        ...

    def send(self, now: datetime) -> int:
        """Hand out the channels with something due; returns how many."""
        ...

    def remind(self, guides: Sequence[Guide]) -> int:
        """Hand out the guides to be looked at for what time makes due; returns how many jobs that is."""
        ...

    def troubles(self, now: datetime) -> list[Trouble]:
        """What is wrong with those others."""
        ...


NO_WORKER = "no_worker"
HANDING_OUT_TROUBLES = (NO_WORKER, "queue_behind")


def run_daemon(app: App, handing_out: Callable[[App, Store], AbstractContextManager[HandingOut]] | None = None) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code: 0, or 3 when the database broke or a thread died.

    ``handing_out`` opens what gives the work to others; without it this process does everything.

    Raises ConfigError, UsageError (another daemon has this database) or StorageError before anything starts.
    """
    set_up_logs(app.config, app.environ)
    resolve_heartbeat(app.config, app.environ)
    current = Current(app)
    with app.hold(), app.store() as store:
        # The first write: a database that cannot be written to is refused now and not at the first change.
        store.note("daemon_started_at", stamp(app.clock()))
        if handing_out is None:
            return _Daemon(current, store).run()
        with handing_out(app, store) as others:
            return _Daemon(current, store, others).run()


class _Daemon:
    """One run: its threads, and what they tell each other."""

    def __init__(self, current: Current, store: Store, others: HandingOut | None = None) -> None:
        self._current, self._store, self._others = current, store, others
        self._stopping = threading.Event()
        # A signal may come while the main thread holds an event's lock, in the handler of another signal too, so that a
        # handler may not set one: it would wait for ever. A plain attribute takes no lock.
        self._told_to_stop = self._asked_to_reload = False
        self._failure: BaseException | None = None
        self._alone = False
        self._planner = Planner()
        self._ticks = Ticks(self._fail)
        self._reader = Reader(current, store, on_check=self._on_check, on_failure=self._fail)
        self._watchdog = Watchdog(current, store, self._ticks, self._reader, reads_itself=others is None)
        self._metrics = Metrics(store, self._troubles)

    def run(self) -> int:
        app = self._current.app
        with listening(app.config.listen, self._metrics, self._troubles) as port, self._signals():
            self._reader.start()
            self._add_ticks()
            self._ticks.start()
            self._watchdog.start()
            sources = len(app.chosen_sources([]))
            log.info(
                "started",
                version=__version__,
                sources=sources,
                channels=len(self._current.channels),
                config=str(app.config.path),
                **({"listening": port} if port else {}),
            )
            notify(app.environ, "READY=1", f"STATUS=Watching {sources} sources.")
            self._wait()
            notify(app.environ, "STOPPING=1")
            return self._stop()

    def _wait(self) -> None:
        """Wait to be told to stop. A signal that comes just as a wait begins is acted on at its end: none is long."""
        while not (self._told_to_stop or self._stopping.wait(WAIT_SECONDS)):
            pass
        self._stopping.set()

    def _add_ticks(self) -> None:
        self._ticks.add("reading", DUE_SECONDS, self._read_due)
        self._ticks.add("sending", SEND_SECONDS, self._send, most_seconds=LONGEST_SENDING)
        self._ticks.add("reminding", REMIND_SECONDS, self._remind)
        self._ticks.add("config", CONFIG_SECONDS, self._watch_config)
        self._ticks.add("beating", BEAT_SECONDS, self._beat)
        self._ticks.add("canary", CANARY_SECONDS, self._fly_canary, most_seconds=LONGEST_SENDING)
        self._ticks.add("upkeep", UPKEEP_SECONDS, self._upkeep, most_seconds=LONGEST_SENDING)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop, SIGHUP reloads; what stood before stands again afterwards."""

        def stop(*_: object) -> None:
            self._told_to_stop = True

        def reload(*_: object) -> None:
            self._asked_to_reload = True

        actions = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
        before = {number: signal.signal(number, action) for number, action in actions.items()}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)

    def _fail(self, error: BaseException) -> None:
        """The database broke or a thread died: say so and stop; systemd starts us again."""
        if self._failure is None and not self._stopping.is_set():
            self._failure = error
            log.critical("stopping", error=str(error) or type(error).__name__, exc_info=error)
        self._stopping.set()

    def _stop(self) -> int:
        """Finish what is in hand for a moment; what is not finished was never recorded, and is done again."""
        end = monotonic() + STOP_SECONDS
        self._watchdog.stop()
        self._reader.stop()
        self._ticks.stop()
        finished = self._ticks.idle(end - monotonic()) and self._reader.join(max(0.0, end - monotonic()))
        code = 0 if self._failure is None else FAILURE
        log.info("stopped", finished=finished, code=code)
        if not finished:
            os._exit(code)
        return code

    def _read_due(self) -> None:
        app = self._current.app
        if self._others is not None:
            handed_out = self._others.schedule(app.config, app.chosen_sources([]), app.clock())
            if handed_out:
                log.info("handed_out", checks=handed_out)
            return
        sources = self._planner.take(app.chosen_sources([]), self._store.dues(), app.clock(), busy=self._reader.busy)
        self._reader.submit(sources)

    def _on_check(self, check: Check) -> None:
        log_check(check)
        self._metrics.count(check)
        if check.events or check.problem:
            self._ticks.hurry("sending")

    def _send(self) -> None:
        """Send what is due, or have it sent; what others are to send but nobody is there to, not least that."""
        if self._others is not None:
            self._others.send(self._current.app.clock())
            if not self._alone:
                return
        deliver_now(
            self._current.app,
            self._store,
            self._current.channels,
            stopping=self._stopping.is_set,
            on_sent=log_sent,
        )

    def _remind(self) -> None:
        """What time alone asks for: reviews, deadlines, sources that still fail, reports that all is quiet."""
        app = self._current.app
        if self._others is not None:
            asked = 0
            self._others.remind(app.config.guides)
            self._look_after(self._others)
        else:
            asked = remind(self._store, self._current.board(), app.clock())
        raised = raise_due(app, self._store)
        if asked or raised:
            log.info("reminded", rechecks=asked, alerts=raised)
            self._ticks.hurry("sending")

    def _look_after(self, others: HandingOut) -> None:
        found = {trouble.code: trouble for trouble in others.troubles(self._current.app.clock())}
        self._alone = NO_WORKER in found
        for code in HANDING_OUT_TROUBLES:
            if code in found:
                self._watchdog.stand(found[code])
            else:
                self._watchdog.clear(code)

    def _watch_config(self) -> None:
        if not (self._asked_to_reload or self._current.has_changed()):
            return
        self._asked_to_reload = False
        environ = self._current.app.environ
        notify(environ, *reloading())
        findings = self._current.reload()
        if findings:
            for finding in findings:
                log.error("config_rejected", problem=str(finding), code=finding.code)
            self._watchdog.stand(self._rejected([str(finding) for finding in findings]))
        else:
            self._watchdog.clear("config_rejected")
            app = self._current.app
            self._store.load_guides(app.config.guides, app.clock())
            set_up_logs(app.config, environ)
            self._reader.renew()
            channels, guides = self._current.channels, app.config.guides
            log.info(
                "config_loaded",
                sources=len(app.chosen_sources([])),
                channels=len(channels),
                guides=len(guides),
                assumptions=sum(len(guide.assumptions) for guide in guides),
            )
        notify(environ, "READY=1")

    def _rejected(self, problems: list[str]) -> Trouble:
        message = f"The new configuration has {len(problems)} problem(s), so the old one stays in force. {problems[0]}"
        subject = digest("config", *problems)[:12]
        return Trouble(code="config_rejected", subject=subject, message=message, since=self._current.app.clock())

    def _beat(self) -> None:
        """Call the heartbeat's address while all is well; silence there tells what nobody here can."""
        if self._troubles():
            return
        reason = beat_now(self._current.app)
        if reason:
            log.warning("heartbeat_failed", reason=reason)

    def _fly_canary(self) -> None:
        flight = run_canary_when_due(self._current.app, self._store, self._current.channels)
        if flight is not None:
            log.info("canary", channel=flight.channel, arrived=flight.arrived)
            self._ticks.hurry("sending")

    def _upkeep(self) -> None:
        keep = self._current.app.config.keep_snapshots
        if keep is None:
            return
        before, snapshots, freed = self._current.app.clock() - keep, 0, 0
        while not self._stopping.is_set():
            swept = self._store.sweep(before, limit=SWEPT_AT_ONCE)
            snapshots, freed = snapshots + swept.snapshots, freed + swept.bytes
            if not swept.snapshots:
                break
        if snapshots:
            log.info("swept", snapshots=snapshots, bytes=freed)

    def _troubles(self) -> list[Trouble]:
        return self._watchdog.troubles.listed()
