"""The daemon's reading: one event loop in a thread of its own, in which every due source is a task."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

import structlog

from monitor.check import WAITING, Writer, first_of, open_writer
from monitor.daemon.current import Current
from monitor.errors import ConflictError, StorageError
from monitor.fetch.client import HttpFetcher
from monitor.fetched import Fetched, fetch_source
from monitor.model import Check, Source
from monitor.ports import Store

FINISH_SECONDS = 7.0
"""What was fetched when told to stop gets this long to be recorded."""

log = structlog.get_logger("stilltrue")


class Reader:
    """Reads what it is given and records it. Connections, pauses and robots.txt are kept from one read to the next."""

    def __init__(
        self,
        current: Current,
        store: Store,
        *,
        on_check: Callable[[Check], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._current, self._store = current, store
        self._on_check, self._on_failure = on_check, on_failure
        self._busy: dict[str, float] = {}
        self._is_recording_late = False
        self._loop = asyncio.new_event_loop()
        self._stopping, self._renewing = asyncio.Event(), asyncio.Event()
        self._inbox: asyncio.Queue[Source] = asyncio.Queue()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def submit(self, sources: Iterable[Source]) -> None:
        """Read these; from any thread."""
        for source in sources:
            self._busy[source.id] = monotonic()
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, source)

    @property
    def busy(self) -> dict[str, float]:
        """The sources being read, with the monotonic time each was begun."""
        return dict(self._busy)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def renew(self) -> None:
        """Open the network's door anew with the current settings; reads under way are begun again."""
        self._loop.call_soon_threadsafe(self._renewing.set)

    def stop(self) -> None:
        """Drop what is being fetched and finish recording what was; returns at once."""
        with suppress(RuntimeError):  # it may have ended by itself
            self._loop.call_soon_threadsafe(self._stopping.set)

    def join(self, seconds: float) -> bool:
        """Wait for the end; whether it came, and left nothing that is still being recorded."""
        self._thread.join(seconds)
        return not self._thread.is_alive() and not self._is_recording_late

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - the thread's boundary: the daemon decides what it means
            self._on_failure(first_of(error))
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        async with open_writer(self._store, self._current.board) as writer:
            while not self._stopping.is_set():
                self._renewing.clear()
                async with self._current.app.fetcher() as fetcher:
                    await self._read_until_told(fetcher, writer)

    async def _read_until_told(self, fetcher: HttpFetcher, writer: Writer) -> None:
        finished: asyncio.Queue[Fetched] = asyncio.Queue(maxsize=WAITING)
        recording = asyncio.create_task(self._record_all(finished, writer))
        taking = asyncio.create_task(self._take_all(fetcher, writer, finished))
        told = [asyncio.create_task(event.wait()) for event in (self._stopping, self._renewing)]
        done, _ = await asyncio.wait([recording, taking, *told], return_when=asyncio.FIRST_COMPLETED)
        await _end(taking, *told)
        if recording not in done:
            try:
                async with asyncio.timeout(FINISH_SECONDS):
                    await finished.join()
            except TimeoutError:
                self._is_recording_late = True
        await _end(recording)
        self._busy.clear()
        for task in done & {recording, taking}:
            task.result()

    async def _take_all(self, fetcher: HttpFetcher, writer: Writer, finished: "asyncio.Queue[Fetched]") -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                source = await self._inbox.get()
                group.create_task(self._fetch(source, fetcher, writer, finished))

    async def _fetch(
        self, source: Source, fetcher: HttpFetcher, writer: Writer, finished: "asyncio.Queue[Fetched]"
    ) -> None:
        try:
            validators = (await writer.validators([source]))[source.id]
        except StorageError as error:
            self._busy.pop(source.id, None)
            if not error.transient:
                raise
            log.warning("database_busy", source=source.id, error=str(error))
            return
        await finished.put(await fetch_source(source, fetcher, validators, self._current.app.clock))

    async def _record_all(self, finished: "asyncio.Queue[Fetched]", writer: Writer) -> None:
        while True:
            fetched = await finished.get()
            try:
                for check in await writer.record([fetched]):
                    self._on_check(check)
            except StorageError as error:
                # Nothing of this read was stored, so the source is still due and is read again.
                if not (error.transient or isinstance(error, ConflictError)):
                    raise
                log.warning("database_busy", source=fetched.source.id, error=str(error))
            finally:
                self._busy.pop(fetched.source.id, None)
                finished.task_done()


async def _end(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
