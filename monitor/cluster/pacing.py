"""Politeness across workers: a turn at a host is asked of the database, so that it holds for all of them together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from monitor.errors import StorageError
from monitor.fetch.clock import Clock
from monitor.fetch.pace import JITTER, Pace
from monitor.sharing import Hosts, RobotsText, Turn

ASKING = 8
"""Threads that ask the database about hosts."""
SLACK = 2.0
"""Seconds beyond the longest request after which a turn lapses, when whoever had it was killed."""

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class SharedPacer(Pace):
    """Turns as ``Pacer`` hands them out, met against those of every worker on the database.

    ``concurrency`` bounds the requests of this process alone. Sources of one host wait in a queue of their own, so that
    one of them at a time asks the database. ``longest``: the seconds a request may take.
    """

    def __init__(self, hosts: Hosts, *, concurrency: int, longest: float = 0.0, clock: Clock | None = None) -> None:
        self._hosts, self.longest = hosts, longest
        self._clock = clock or Clock()
        self._in_all = asyncio.Semaphore(concurrency)
        self._queues: dict[str, asyncio.Semaphore] = {}
        self._resting: dict[str, float] = {}
        self._threads = ThreadPoolExecutor(ASKING, thread_name_prefix="hosts")

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def turn(self, host: str, *, per_host: int, pause: float) -> AsyncIterator[None]:
        """A turn, as long as the block runs; ``pause`` in seconds. Raises StorageError."""
        rest = pause + self._clock.jitter(pause * JITTER)
        async with self._queues.setdefault(host, asyncio.Semaphore(per_host)):
            turn = await self._wait(host, per_host, rest)
            try:
                yield
            finally:
                self._in_all.release()
                await asyncio.shield(self._end(turn, rest))

    async def hold(self, host: str, seconds: float) -> None:
        """No further start to this host for so long, by anybody. Raises StorageError."""
        self._rests(host, seconds)
        await self._run(lambda: self._hosts.hold_host(host, seconds))

    def rest(self, host: str) -> float:
        """The seconds for which a host starts nothing, as far as this process has heard."""
        until = self._resting.get(host, 0.0) - self._clock.monotonic()
        if until <= 0:
            self._resting.pop(host, None)
        return max(0.0, until)

    def _rests(self, host: str, seconds: float) -> None:
        self._resting[host] = max(self._resting.get(host, 0.0), self._clock.monotonic() + seconds)

    async def find_robots(self, origin: str) -> RobotsText | None:
        """What any worker last read of an origin's robots.txt. Raises StorageError."""
        return await self._run(lambda: self._hosts.find_robots(origin))

    async def keep_robots(self, origin: str, text: str) -> None:
        """Keep it for all workers. Raises StorageError."""
        await self._run(lambda: self._hosts.keep_robots(origin, text))

    async def _wait(self, host: str, per_host: int, rest: float) -> Turn:
        while True:
            await self._in_all.acquire()
            try:
                got = await self._run(
                    lambda: self._hosts.take_turn(host, per_host=per_host, pause=rest, lease=self.longest + SLACK)
                )
            except BaseException:
                self._in_all.release()
                raise
            if isinstance(got, Turn):
                return got
            self._in_all.release()
            self._rests(host, got)
            await self._clock.sleep(got)

    async def _end(self, turn: Turn, rest: float) -> None:
        try:
            await self._run(lambda: self._hosts.end_turn(turn, pause=rest))
        except StorageError as error:
            # The turn lapses by itself.
            _LOG.warning("a turn at %s could not be given back: %s", turn.host, error)

    async def _run(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
