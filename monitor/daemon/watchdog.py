"""The watchdog: a thread that depends on none of what it watches, and tells when something does not come."""

import threading
from datetime import datetime, timedelta
from time import monotonic

import structlog
from msgspec import Struct, field

from monitor.daemon.current import Current
from monitor.daemon.reader import Reader
from monitor.daemon.systemd import notify, watchdog_seconds
from monitor.daemon.ticks import Ticks
from monitor.errors import StorageError
from monitor.health import Pulse, Trouble, find_troubles, operator_channels, trouble_alert
from monitor.ports import Store

log = structlog.get_logger("stilltrue")

LOOK_SECONDS = 5.0
JUMP = timedelta(seconds=5)
"""The clock ran this much faster or slower than time itself: it was set, or the machine slept."""
FROZEN = frozenset({"tick_stuck", "thread_dead", "storage_failed"})
"""Troubles that a restart may mend: systemd is not told that we are alive."""


class Troubles(Struct):
    """What is wrong now, by code and subject; each is logged and told when it begins."""

    now: dict[tuple[str, str], Trouble] = field(default_factory=dict)

    def listed(self) -> list[Trouble]:
        """All of them, oldest first."""
        return sorted(self.now.values(), key=lambda trouble: trouble.since)


class Watchdog:
    """Looks every few seconds, keeps ``troubles``, raises alerts, and answers systemd."""

    def __init__(
        self, current: Current, store: Store, ticks: Ticks, reader: Reader, *, reads_itself: bool = True
    ) -> None:
        self._current, self._store, self._ticks, self._reader = current, store, ticks, reader
        self._reads_itself = reads_itself
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._wall, self._time = current.app.clock(), monotonic()
        self._awake_since = self._wall
        self._told: set[tuple[str, str]] = set()
        self._standing: dict[tuple[str, str], Trouble] = {}
        self.troubles = Troubles()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._wake.set()

    def stand(self, trouble: Trouble) -> None:
        """Something wrong that lasts until it is cleared: a configuration that cannot be used."""
        self._standing[trouble.code, trouble.subject] = trouble
        self._wake.set()

    def clear(self, code: str) -> None:
        """Such a trouble is over."""
        for key in [key for key in self._standing if key[0] == code]:
            self._standing.pop(key, None)
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        environ = self._current.app.environ
        wanted = watchdog_seconds(environ)
        pause = min(LOOK_SECONDS, wanted / 3) if wanted else LOOK_SECONDS
        while not self._stopping.is_set():
            self._wake.wait(pause)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self._notice_jumps()
                self._look()
            except Exception:
                log.exception("watchdog_failed")
                continue
            if not any(code in FROZEN for code, _ in self.troubles.now):
                notify(environ, "WATCHDOG=1")

    def _notice_jumps(self) -> None:
        wall, time = self._current.app.clock(), monotonic()
        jump = (wall - self._wall) - timedelta(seconds=time - self._time)
        self._wall, self._time = wall, time
        if abs(jump) > JUMP:
            log.warning("clock_jumped", seconds=round(jump.total_seconds()))
            self._awake_since = wall
            self._ticks.rearm()

    def _look(self) -> None:
        now = self._current.app.clock()
        try:
            found = find_troubles(self._pulse(now))
        except StorageError as error:
            found = [Trouble(code="storage_failed", subject="database", message=str(error), since=now)]
        if self._stopping.is_set():
            return  # what ends now was told to
        found += self._standing.values()
        before = self.troubles.now
        fresh = {(trouble.code, trouble.subject): trouble for trouble in found}
        self.troubles.now = {key: before.get(key, trouble) for key, trouble in fresh.items()}
        for key, trouble in fresh.items():
            if key not in before:
                log.error("trouble", code=trouble.code, subject=trouble.subject, message=trouble.message)
        for code, subject in before.keys() - fresh.keys():
            log.info("trouble_over", code=code, subject=subject)
        self._told &= fresh.keys()
        self._tell(now)

    def _tell(self, now: datetime) -> None:
        channels = operator_channels(self._current.app.config.channels)
        for key, trouble in self.troubles.now.items():
            if key in self._told or trouble.code == "storage_failed" or not channels:
                continue
            try:
                self._store.raise_alert(trouble_alert(trouble, now, channels))
            except StorageError as error:
                log.warning("alert_not_raised", code=trouble.code, error=str(error))
            else:
                self._told.add(key)
                self._ticks.hurry("sending")

    def _pulse(self, now: datetime) -> Pulse:
        return Pulse(
            now=now,
            awake_since=self._awake_since,
            beats=self._ticks.beats(),
            threads={"reader": self._reader.alive},
            # Where others read, whoever hands out tells of them; thousands of sources are not told of one by one.
            sources=self._current.app.chosen_sources([]) if self._reads_itself else (),
            dues=self._store.dues() if self._reads_itself else {},
            outbox=self._store.outbox_state(),
            newest_check=self._store.newest_check(),
        )
