"""Reading sources now: fetch side by side, then read and record one after the other in a thread of their own.

One thread touches pages and the database, so that heavy pages and long transactions never make a fetch look slow.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from monitor.board import Board
from monitor.changes.reading import Reading
from monitor.errors import ConflictError, FetchError, StilltrueError, StorageError
from monitor.model import (
    Check,
    CheckOutcome,
    CheckRecord,
    Imprint,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
    Validators,
)
from monitor.plain import find_plain_record
from monitor.ports import Fetcher, LastRead, Store
from monitor.read import failed_quality, failed_reading, glance, read_snapshot

WAITING = 32
"""Fetched but unrecorded reads held in memory at most."""
UNDER_WAY = 256
"""Sources being fetched at a time, most of them waiting for a turn at their host."""
RESTING = 3
"""Sources of a host that may rest between two attempts while others of it go on."""
TOGETHER = 0.2
"""Seconds that a finished read waits for others, to be recorded in one transaction with them."""
BUG = "bug"
"""The problem code of a read that our own fault spoilt."""
STEPPED_BACK = timedelta(days=1)
"""A clock behind the newest check by less than this was set back; by more, one of the two times was wrong."""

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one attempt over the network brought: a snapshot, None for "not modified", or why there is none."""

    source: Source
    answer: Snapshot | FetchError | None
    at: datetime
    validators: Validators
    elapsed_ms: int


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

    async def end(self, takers: int) -> None:
        """Nothing more comes: let so many who take from it know."""
        self._over = True
        self._crowded.set()
        for _ in range(takers):
            await self._waiting.put(None)

    async def take(self, *, is_spare: bool = False) -> list[Fetched]:
        """The first and what comes within a moment, to be recorded in one transaction; nothing at the end.

        A spare taker has other work, and comes in only while many wait.
        """
        if is_spare:
            await self._crowded.wait()
        taken: list[Fetched] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as patience:
                while len(taken) < WAITING:
                    one = await self._waiting.get()
                    if one is None:
                        if taken:
                            self._waiting.put_nowait(None)  # to be met again by the next look
                        break
                    if not taken:
                        patience.reschedule(asyncio.get_running_loop().time() + TOGETHER)
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
            recording.create_task(_record_until_told(writer, writer, others, on_done, is_spare=bool(beside)))
            for recorder in beside:
                recording.create_task(_record_until_told(recorder, writer, others, on_done))

            async def fetch(source: Source) -> None:
                fetched = await fetch_source(source, fetcher, known[source.id], clock)
                await (compared if board.compares(source.id) else others).put(fetched)

            await _fetch_all(sources, fetch)
            await compared.end(1)
            await others.end(1 + len(beside))
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


async def fetch_source(
    source: Source, fetcher: Fetcher, validators: Validators, clock: Callable[[], datetime]
) -> Fetched:
    """One attempt over the network; never raises for what a server may do, nor for a fault of ours.

    Raises StorageError where turns are asked of the database and it does not answer.
    """
    started = time.monotonic()
    answer: Snapshot | FetchError | None
    try:
        answer = await fetcher.fetch(source, validators)
    except FetchError as error:
        answer = error
    except StorageError:
        raise  # whose turn it is at a host is asked of the database, where several processes share it
    except Exception as error:  # noqa: BLE001 - the job boundary: one source's bug must not lose the others' reads
        _LOG.exception("bug while fetching %s", source.id)
        answer = FetchError(_bug_message(error), code=BUG, transient=False)
    elapsed = round((time.monotonic() - started) * 1000)
    return Fetched(source=source, answer=answer, at=clock(), validators=validators, elapsed_ms=elapsed)


def record_all(fetched: Sequence[Fetched], store: Store, board: Board) -> list[Check]:
    """Read, decide and store; what tells nothing goes into one transaction. Raises StorageError."""
    if len({one.source.id for one in fetched}) < len(fetched):
        return [check for one in fetched for check in record_all([one], store, board)]
    known = store.last_reads([one.source.id for one in fetched])
    reads = [_dated(one, known[one.source.id]) for one in fetched]
    glanced = {one.source.id: _glanced(one, known[one.source.id]) for one in reads}
    plain = {
        one.source.id: record
        for one in reads
        if isinstance(reading := glanced[one.source.id], Reading)
        and (record := _find_plain(one.source, reading, known[one.source.id], board))
    }
    if plain:
        try:
            store.record(list(plain.values()))
        except ConflictError:
            plain = {}  # one was recorded by another process meanwhile: each is decided again by itself
    return [
        plain[one.source.id].check if one.source.id in plain else _record_one(one, glanced[one.source.id], store, board)
        for one in reads
    ]


def record_fetched(fetched: Fetched, store: Store, board: Board, *, due: datetime | None = None) -> Check:
    """Read, decide and store; a fault of ours is logged and the read recorded as failed.

    Raises StorageError, and ServedError when another worker has made the check that was ``due`` then.
    """
    last = store.last_reads([fetched.source.id])[fetched.source.id]
    dated = _dated(fetched, last)
    return _record_one(dated, _glanced(dated, last), store, board, due=due)


def _dated(fetched: Fetched, last: LastRead) -> Fetched:
    return replace(fetched, at=not_before(last.last_check, fetched.at))


def _glanced(fetched: Fetched, last: LastRead) -> Reading | Imprint | None:
    try:
        return _glance(fetched, last)
    except Exception:  # noqa: BLE001 - the job boundary: a fault here is met again, and told, when the page is read
        return None


def _find_plain(source: Source, reading: Reading, last: LastRead, board: Board) -> CheckRecord | None:
    try:
        return find_plain_record(source, reading, last, board)
    except Exception:  # noqa: BLE001 - the same boundary
        return None


def _record_one(
    fetched: Fetched, glanced: Reading | Imprint | None, store: Store, board: Board, *, due: datetime | None = None
) -> Check:
    from monitor.recording import record_reading

    source = fetched.source
    try:
        reading = glanced if isinstance(glanced, Reading) else _read(fetched, glanced)
        return record_reading(source, reading, store, board, due=due).check
    except StilltrueError:
        raise
    except Exception as error:  # noqa: BLE001 - the same boundary
        _LOG.exception("bug while reading %s", source.id)
        return _record_bug(fetched, error, store, board)


def not_before(last: datetime | None, now: datetime) -> datetime:
    """``now``, or just after the last check when the clock was set back a little meanwhile."""
    if last is None or now > last or last - now > STEPPED_BACK:
        return now
    return last + timedelta(microseconds=1)


def _glance(fetched: Fetched, last: LastRead) -> Reading | Imprint | None:
    """The reading of what is known without reading it: "not modified", or a page that says what it said before.

    Else what ``glance`` says of it.
    """
    answer = fetched.answer
    if answer is None:
        return Reading(
            checked_at=fetched.at,
            quality=Quality(outcome=QualityOutcome.OK),
            not_modified=True,
            http_status=304,
            validators=fetched.validators,
            elapsed_ms=fetched.elapsed_ms,
        )
    if isinstance(answer, FetchError):
        return None
    seen = glance(fetched.source, replace(answer, fetched_at=fetched.at), last.memory.imprint)
    return replace(seen, elapsed_ms=fetched.elapsed_ms) if isinstance(seen, Reading) else seen


def _read(fetched: Fetched, seen: Imprint | None) -> Reading:
    answer = fetched.answer
    if isinstance(answer, Snapshot):
        reading = read_snapshot(fetched.source, replace(answer, fetched_at=fetched.at), seen=seen)
        return replace(reading, elapsed_ms=fetched.elapsed_ms)
    assert isinstance(answer, FetchError)  # noqa: S101 - a bare "not modified" never gets here
    return replace(failed_reading(answer, fetched.at), elapsed_ms=fetched.elapsed_ms)


def _record_bug(fetched: Fetched, error: Exception, store: Store, board: Board) -> Check:
    """The bytes are kept: once the fault is mended, the source is derived again from them."""
    from monitor.recording import record_reading

    source, answer = fetched.source, fetched.answer
    message = _bug_message(error)
    snapshot = replace(answer, fetched_at=fetched.at) if isinstance(answer, Snapshot) else None
    reading = Reading(
        checked_at=fetched.at,
        quality=failed_quality(BUG, message),
        snapshot=snapshot,
        http_status=snapshot.status if snapshot else None,
        elapsed_ms=fetched.elapsed_ms,
    )
    try:
        return record_reading(source, reading, store, board).check
    except StilltrueError:
        raise
    except Exception:  # noqa: BLE001 - the same boundary
        _LOG.exception("bug while recording %s; nothing of this read was stored", source.id)
        problem = Problem(code=BUG, message=message)
        return Check(source=source.id, checked_at=fetched.at, outcome=CheckOutcome.FAILED, problem=problem)


def _bug_message(error: Exception) -> str:
    return f"A fault of this program spoilt the read ({type(error).__name__}); see the log and report it."
