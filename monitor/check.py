"""Reading sources now: fetch side by side, then read and record one after the other in a thread of their own.

That thread alone touches pages and the database here, so that heavy pages and long transactions never make a fetch look
slow; other processes may help it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import repeat
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from monitor.board import Board
from monitor.fetched import Fetched, fetch_source, record_all
from monitor.model import Check, Source, Validators
from monitor.ports import Fetcher, Store

WAITING = 32
"""Reads that wait to be recorded, at most."""
TOGETHER = 24
"""Reads that are recorded together, at most: more would leave others with nothing to do at the end of a pass."""
ENOUGH = 8
"""With so many nobody waits for more."""
PATIENCE = 0.2
"""Seconds that a finished read waits for others, to be recorded in one transaction with them."""
IN_HAND = 2
"""Times that a process beside is given reads: those it records, and those that wait in its pipe meanwhile."""
UNDER_WAY = 256
"""Sources being fetched at a time, most of them waiting for a turn at their host."""
RESTING = 3
"""Sources of a host that may rest between two attempts while others of it go on."""

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class Finished:
    """What was fetched and waits to be recorded, by whoever is free."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Fetched | None] = asyncio.Queue(maxsize=WAITING)
        self._crowded, self._over = asyncio.Event(), False

    async def put(self, fetched: Fetched) -> None:
        """Add one; waits while too many wait already."""
        await self._waiting.put(fetched)
        if self._waiting.full():
            self._crowded.set()

    async def end(self) -> None:
        """Nothing more comes: let all who take from it know."""
        self._over = True
        self._crowded.set()
        await self._waiting.put(None)

    async def take(self, *, is_spare: bool = False) -> list[Fetched]:
        """The first and what comes within a moment, to be recorded in one transaction; nothing at the end.

        A spare taker comes in only while many wait.
        """
        if is_spare:
            await self._crowded.wait()
        taken: list[Fetched] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as patience:
                while len(taken) < TOGETHER and not (len(taken) >= ENOUGH and self._waiting.empty()):
                    one = await self._waiting.get()
                    if one is None:
                        self._waiting.put_nowait(None)  # for whoever looks next
                        break
                    if not taken:
                        patience.reschedule(asyncio.get_running_loop().time() + PATIENCE)
                    taken.append(one)
        if not self._over:
            self._crowded.clear()
        return taken


class Recorder(Protocol):
    """Reads and records what was fetched."""

    async def record(self, fetched: Sequence[Fetched]) -> list[Check]:
        """In its order; raises StorageError, and OSError when it is there no more."""
        ...


class Writer:
    """The one thread that reads pages and writes to the store; an async context manager.

    ``board`` is asked for each read, so that a new configuration counts from the next one on.
    """

    def __init__(self, store: Store, board: Callable[[], Board]) -> None:
        self._store, self._board = store, board
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def run(self, work: Callable[[], T]) -> T:
        """Do this in the writer's thread, after whatever it does now."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Take no more work; what is in hand goes on to its end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def validators(self, sources: Sequence[Source]) -> dict[str, Validators]:
        """By source, what its server gave for a conditional request; nothing when it was for another address."""
        last = await self.run(lambda: self._store.last_reads([source.id for source in sources]))
        return {
            source.id: last[source.id].validators if last[source.id].memory.final_url == source.url else Validators()
            for source in sources
        }

    async def record(self, fetched: Sequence[Fetched]) -> list[Check]:
        """Read and record what was fetched, in its order; raises StorageError."""
        return await self.run(lambda: record_all(fetched, self._store, self._board()))


@asynccontextmanager
async def open_writer(store: Store, board: Callable[[], Board]) -> AsyncIterator[Writer]:
    """A writer that ends with the block."""
    writer = Writer(store, board)
    try:
        yield writer
    finally:
        writer.close()


async def check_sources(
    sources: Sequence[Source],
    *,
    fetcher: Fetcher,
    store: Store,
    board: Board,
    clock: Callable[[], datetime],
    on_check: Callable[[Check], None] = lambda _: None,
    beside: Sequence[Recorder] = (),
) -> list[Check]:
    """Read each source once; returns the recorded checks in the order they were finished.

    ``beside`` record as well, but for the sources that are compared with guides or other pages: what two of them bring
    at once is one verdict's matter, so one thread decides it. A fault of ours spoils the read of its source alone: it
    is logged, and its check failed with code ``bug``.
    """
    compared, others, checks = Finished(), Finished(), list[Check]()

    def on_done(check: Check) -> None:
        checks.append(check)
        on_check(check)

    try:
        async with open_writer(store, lambda: board) as writer, asyncio.TaskGroup() as recording:
            known = await writer.validators(sources)
            recording.create_task(_record_until_told(writer, writer, compared, on_done))
            for place, recorder in enumerate(beside or [writer]):
                for _ in range(IN_HAND if beside else 1):
                    told = _record_until_told(recorder, writer, others, on_done, is_spare=place > 0)
                    recording.create_task(told)

            async def fetch(source: Source) -> None:
                fetched = await fetch_source(source, fetcher, known[source.id], clock)
                await (compared if board.compares(source.id) else others).put(fetched)

            await _fetch_all(sources, fetch)
            await compared.end()
            await others.end()
    except BaseExceptionGroup as group_error:
        raise first_of(group_error) from group_error
    return checks


async def _fetch_all(sources: Sequence[Source], fetch: Callable[[Source], Awaitable[None]]) -> None:
    """Fetch each, those of many hosts side by side; of each host no more than may go on there.

    Who has not begun holds no memory, and no answer waits behind thousands of beginnings.
    """
    lanes = iter(_lanes(sources))

    async def walk() -> None:
        for lane in lanes:
            while lane:
                await fetch(lane.popleft())

    async with asyncio.TaskGroup() as walking:
        for _ in range(min(UNDER_WAY, len(sources))):
            walking.create_task(walk())


def _lanes(sources: Sequence[Source]) -> Iterator[deque[Source]]:
    """The sources of each host, as often as some of them may be under way at a time."""
    hosts: dict[str | None, deque[Source]] = {}
    for source in sources:
        hosts.setdefault(urlsplit(source.url).hostname, deque()).append(source)
    for lane in hosts.values():
        yield from repeat(lane, max(source.fetch.per_host for source in lane) + RESTING)


async def _record_until_told(
    recorder: Recorder,
    writer: Writer,
    finished: Finished,
    on_done: Callable[[Check], None],
    *,
    is_spare: bool = False,
) -> None:
    """Let it record what is finished; ``writer`` takes over what a process had in hand that is there no more."""
    while fetched := await finished.take(is_spare=is_spare):
        try:
            done = await recorder.record(fetched)
        except OSError as error:
            _LOG.warning("a process that recorded ended (%s); what it had in hand is recorded by this one", error)
            recorder = writer
            done = await recorder.record(fetched)
        for check in done:
            on_done(check)


def first_of(error: BaseException) -> BaseException:
    """The first error in a group, however deep; an error that is no group is itself."""
    return first_of(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
