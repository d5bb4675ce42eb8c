"""A worker: takes jobs from the queue, makes the checks, sends, asks for rechecks, and takes over from the dead."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import procrastinate
import psycopg
import structlog
from msgspec.structs import replace
from procrastinate import exceptions, jobs

from monitor.app import App
from monitor.cluster import queue
from monitor.cluster.pacing import SharedPacer
from monitor.cluster.steady import Back, GivenBack, Steady, steady
from monitor.daemon.current import Current
from monitor.daemon.logs import log_check, log_sent, set_up_logs
from monitor.daemon.systemd import notify
from monitor.errors import ConflictError, ServedError, StorageError
from monitor.fetch.client import HttpFetcher
from monitor.fetched import Fetched, fetch_source, record_fetched
from monitor.model import Source, Validators
from monitor.ports import LastRead, Store
from monitor.recording import is_served
from monitor.reminding import remind
from monitor.rounds import deliver_now
from monitor.sharing import Shared

STALLED_SECONDS = 30.0
"""A worker silent for so long counts as dead: its jobs are taken by others."""
A_HOST = 16
"""The part of the jobs in hand that one host may have; what is beyond waits in the queue, so that others get there."""
LONG_SECONDS = 10.0
"""A job whose host rests for longer waits in the queue."""
JOBS_A_REQUEST = 8
"""Jobs in hand for each request that may run at a time: most of them wait for their host's pause to pass."""
RECORDERS = 4
"""Threads that read pages and write; while one waits for the database another one parses."""
CONFIG_SECONDS = 2.0
POLL_SECONDS = 2.0
LOST_SECONDS = 1.0
STOP_SECONDS = 8.0
FAILURE = 3

T = TypeVar("T")
log = structlog.get_logger("stilltrue")


def run_worker(app: App, *, most_jobs: int | None = None, stalled_after: float = STALLED_SECONDS) -> int:
    """Work until SIGTERM or SIGINT; returns the exit code: 0, or 3 when the database broke.

    Raises ConfigError, UsageError (a daemon that is alone has this database) or StorageError before anything starts.
    """
    set_up_logs(app.config, app.environ)
    current = Current(app)
    with app.hold(), app.store() as store, app.shared() as shared:
        conninfo = app.conninfo()
        queue.install_queue(conninfo)
        jobs_in_hand = most_jobs or JOBS_A_REQUEST * app.config.fetch.concurrency
        return asyncio.run(_Worker(current, store, shared, conninfo, jobs_in_hand, stalled_after).run())


class _Worker:
    """One run of a worker."""

    def __init__(
        self, current: Current, store: Store, shared: Shared, conninfo: str, most_jobs: int, stalled_after: float
    ) -> None:
        self._current, self._store, self._shared, self._conninfo = current, store, shared, conninfo
        self._most_jobs, self._stalled_after = most_jobs, stalled_after
        self._threads = ThreadPoolExecutor(RECORDERS, thread_name_prefix="recorder")
        self._senders = ThreadPoolExecutor(RECORDERS, thread_name_prefix="sender")
        self._stopping, self._reload = asyncio.Event(), asyncio.Event()
        self._failure: StorageError | None = None
        self._to_free: set[str] = set()
        self._reading: Counter[str] = Counter()
        self._fetcher: HttpFetcher
        self._pacer: SharedPacer

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_on_loose_error)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        app = self._current.app
        self._pacer = SharedPacer(self._shared, concurrency=app.config.fetch.concurrency)
        async with AsyncExitStack() as opened:
            opened.callback(self._pacer.close)
            await self._open_fetcher(opened)
            watching = asyncio.create_task(self._watch_config(opened))
            notify(app.environ, "READY=1")
            await self._work_until_told()
            notify(app.environ, "STOPPING=1")
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._senders.shutdown(wait=False, cancel_futures=True)
        log.info("stopped", code=FAILURE if self._failure else 0)
        return FAILURE if self._failure else 0

    async def _open_fetcher(self, opened: AsyncExitStack) -> None:
        # What an older one reads is finished by it; it is closed with the worker.
        sources = self._current.app.config.sources.values()
        self._pacer.longest = max((source.fetch.timeout for source in sources), default=0.0)
        fetcher = self._current.app.fetcher(pacer=self._pacer, shelf=self._pacer)
        self._fetcher = await opened.enter_async_context(fetcher)

    async def _watch_config(self, opened: AsyncExitStack) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reload.wait(), CONFIG_SECONDS)
            if not (self._reload.is_set() or await asyncio.to_thread(self._current.has_changed)):
                continue
            self._reload.clear()
            findings = await asyncio.to_thread(self._current.reload)
            for finding in findings:
                log.error("config_rejected", problem=str(finding), code=finding.code)
            if not findings:
                await self._open_fetcher(opened)
                log.info("config_loaded", sources=len(self._current.app.config.sources))

    async def _work_until_told(self) -> None:
        """Work; when the server goes away, wait for it and go on."""
        stop = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            working = asyncio.create_task(self._work())
            await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            try:
                await working
            except asyncio.CancelledError:
                continue
            except (exceptions.ConnectorException, psycopg.Error, OSError) as error:
                log.warning("queue_lost", error=_words(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOST_SECONDS)

    async def _work(self) -> None:
        app = self._tasks(queue.open_app(self._conninfo))
        dealings = steady(app)
        async with app.open_async():
            if self._stopping.is_set():
                return
            ended = asyncio.Event()
            tidying = asyncio.create_task(self._tidy(dealings, ended))
            log.info("started", jobs=self._most_jobs, sources=len(self._current.app.config.sources))
            try:
                await app.run_worker_async(
                    queues=[queue.CHECKS, queue.DELIVERIES, queue.GUIDES],
                    concurrency=self._most_jobs,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    update_heartbeat_interval=self._stalled_after / 3,
                    stalled_worker_timeout=self._stalled_after,
                )
            finally:
                # Being cancelled may be lost, where it comes just as what was waited for is there.
                ended.set()
                tidying.cancel()
                await asyncio.gather(tidying, return_exceptions=True)

    def _tasks(self, app: procrastinate.App) -> procrastinate.App:
        app.task(name=queue.CHECK, queue=queue.CHECKS, retry=Back())(_logged(queue.CHECK, self._check))
        app.task(name=queue.DELIVER, queue=queue.DELIVERIES)(_logged(queue.DELIVER, self._deliver))
        app.task(name=queue.REMIND, queue=queue.GUIDES)(_logged(queue.REMIND, self._remind))
        return app

    async def _tidy(self, dealings: Steady, ended: asyncio.Event) -> None:
        """Now and then make good what could not be written, and take over from the dead, until this has ended."""
        while not ended.is_set():
            await asyncio.sleep(self._stalled_after / 3)
            if self._to_free:
                await self._free()
            try:
                await dealings.note_ends()
                await self._retake(dealings)
            except (exceptions.ConnectorException, psycopg.Error) as error:
                log.warning("queue_busy", error=_words(error))

    async def _retake(self, dealings: Steady) -> None:
        """Put the jobs of workers that show no sign of life back into the queue."""
        for job in await dealings.get_stalled_jobs(seconds_since_heartbeat=self._stalled_after):
            try:
                await dealings.retry_job(job)
            except exceptions.UniqueViolation:
                # Its successor waits already.
                await dealings.finish_job(job, status=jobs.Status.FAILED, delete_job=True)
            except exceptions.ConnectorException:
                continue  # another worker was quicker
            log.warning("retaken", job=job.task_name, **job.task_kwargs)

    async def _check(self, source: str, due: str) -> None:
        declared = self._current.app.config.sources.get(source)
        if declared is None or not declared.enabled:
            log.info("not_declared_here", source=source)
            return
        try:
            await self._read(declared, datetime.fromisoformat(due))
        except ServedError:
            log.info("served", source=source)
        except StorageError as error:
            self._on_storage_error(error, source=source)
            if not error.refused:
                await self._free(source)
        except asyncio.CancelledError:
            await asyncio.shield(self._free(source))
            raise

    async def _read(self, source: Source, due: datetime) -> None:
        last = (await self._run(lambda: self._store.last_reads([source.id])))[source.id]
        if is_served(due, last.last_check, self._current.app.clock()):
            return
        fetched = await self._fetch(source, last)
        check = await self._run(lambda: record_fetched(fetched, self._store, self._current.board(), due=due))
        log_check(check)
        if check.events or check.problem:
            await self._run(self._hurry)

    async def _fetch(self, source: Source, last: LastRead) -> Fetched:
        """One attempt over the network; raises GivenBack where it would long wait for its turn at the host."""
        host = urlsplit(source.url).hostname or ""
        rest = self._pacer.rest(host)
        if rest > LONG_SECONDS:
            raise GivenBack(rest)
        if self._reading[host] >= max(self._most_jobs // A_HOST, 2 * source.fetch.per_host):
            raise GivenBack
        self._reading[host] += 1
        try:
            return await fetch_source(source, self._fetcher, _validators(source, last), self._current.app.clock)
        finally:
            self._reading[host] -= 1
            if not self._reading[host]:
                del self._reading[host]

    def _hurry(self) -> None:
        """What the check found is told now, not at the next look of a scheduling node."""
        channels = self._store.due_channels(self._current.app.clock())
        queue.defer_now(queue.open_app(self._conninfo), self._conninfo, [queue.deliver_job(name) for name in channels])

    async def _free(self, *sources: str) -> None:
        """Let these checks be handed out again, and those for which that could not be written before.

        Of a worker that ends first, a node notices that the jobs are gone.
        """
        self._to_free.update(sources)
        freed = sorted(self._to_free)
        try:
            await self._run(lambda: self._shared.free_slots(freed))
        except StorageError as error:
            log.warning("database_busy", sources=len(freed), error=str(error))
        else:
            self._to_free.difference_update(freed)

    async def _deliver(self, channel: str) -> None:
        app = self._current.app

        def send() -> None:
            deliver_now(
                app,
                self._store,
                self._current.channels,
                only=channel,
                stopping=self._stopping.is_set,
                on_sent=log_sent,
            )

        try:
            await asyncio.get_running_loop().run_in_executor(self._senders, send)
        except StorageError as error:
            self._on_storage_error(error, channel=channel)

    async def _remind(self, guides: list[str]) -> None:
        board = self._current.board()
        some = replace(board, guides=tuple(guide for guide in board.guides if guide.id in guides))
        try:
            asked = await self._run(lambda: remind(self._store, some, self._current.app.clock()))
        except StorageError as error:
            self._on_storage_error(error, guides=len(guides))
        else:
            if asked:
                log.info("reminded", rechecks=asked)
                await self._run(self._hurry)

    def _on_storage_error(self, error: StorageError, **about: object) -> None:
        log.warning("database_busy", error=str(error), **about)
        if not (error.transient or error.refused or isinstance(error, ConflictError)):
            log.critical("stopping", error=str(error))
            self._failure = error
            self._stopping.set()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _logged(name: str, work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The task; a fault of ours in it is logged, for the queue only knows that it failed.

    Its slot is not freed at once: a node that finds the job gone hands the check out again within minutes.
    """

    async def logged(**about: object) -> None:
        try:
            await work(**about)
        except GivenBack:
            raise
        except Exception:
            log.exception("job_failed", job=name, **about)

    return logged


def _on_loose_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A job whose end could not be noted, because the server went away or another worker has taken it over."""
    error = context.get("exception")
    if isinstance(error, exceptions.ConnectorException):
        log.info("job_end_not_noted", reason=_words(error)[:200])
    else:
        loop.default_exception_handler(context)


def _words(error: BaseException) -> str:
    return " ".join(str(error.__cause__ or error).split())


def _validators(source: Source, last: LastRead) -> Validators:
    return last.validators if last.memory.final_url == source.url else Validators()
