"""The daemon's ticks: APScheduler starts each in a thread of its own; each leaves a trace for the watchdog."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from msgspec import Struct, field

from monitor.errors import StorageError
from monitor.health import Beat

GRACE_SECONDS = 60

log = structlog.get_logger("stilltrue")


class _Tick(Struct, kw_only=True):
    name: str
    seconds: float
    most_seconds: float
    work: Callable[[], object]
    began: float | None = None
    ended: float = field(default_factory=monotonic)


class Ticks:
    """Named work at fixed intervals. A tick that fails is logged and comes again; a broken database ends the daemon."""

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._ticks: dict[str, _Tick] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_SECONDS},
        )

    def add(self, name: str, seconds: float, work: Callable[[], object], *, most_seconds: float = 120) -> None:
        """Do this every so many seconds, first at once; it is stuck when it takes more than ``most_seconds``."""
        tick = _Tick(name=name, seconds=seconds, most_seconds=most_seconds, work=work)
        self._ticks[name] = tick
        self._scheduler.add_executor(ThreadPoolExecutor(1), name)
        self._scheduler.add_job(
            lambda: self._do(tick),
            "interval",
            seconds=seconds,
            id=name,
            executor=name,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def hurry(self, name: str) -> None:
        """Let this tick come now; from any thread."""
        with suppress(JobLookupError):  # told to stop meanwhile
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def rearm(self) -> None:
        """Let every tick go on from now: the clock has jumped, and APScheduler waits by the old one."""
        for name in self._ticks:
            self.hurry(name)

    def stop(self) -> None:
        """Start nothing more; what runs goes on."""
        self._scheduler.shutdown(wait=False)

    def idle(self, within: float) -> bool:
        """Wait until nothing runs; whether that came within so many seconds."""
        end = monotonic() + within
        while any(tick.began is not None for tick in self._ticks.values()):
            if monotonic() > end:
                return False
            sleep(0.02)
        return True

    def beats(self) -> list[Beat]:
        """How each tick stands, for the watchdog."""
        now = monotonic()
        return [
            Beat(
                name=tick.name,
                every=timedelta(seconds=tick.seconds),
                most=timedelta(seconds=tick.most_seconds),
                running=timedelta(seconds=now - began) if (began := tick.began) is not None else None,
                quiet=timedelta(seconds=now - tick.ended),
            )
            for tick in self._ticks.values()
        ]

    def _do(self, tick: _Tick) -> None:
        tick.began = monotonic()
        try:
            tick.work()
        except StorageError as error:
            if not error.transient:
                self._on_failure(error)
            log.warning("database_busy", tick=tick.name, error=str(error))
        except Exception:
            log.exception("tick_failed", tick=tick.name)
        finally:
            tick.ended, tick.began = monotonic(), None
