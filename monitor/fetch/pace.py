"""When a request may start: so many at a time per host and in all, with a pause between two to one host."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from msgspec import Struct, field

from monitor.fetch.clock import Clock

JITTER = 0.25
"""The part of a pause added at random at most, so that many monitors do not march in step."""


class _Lane(Struct):
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    last: float | None = None
    held_until: float = 0.0


class Pace(Protocol):
    """Whoever hands out turns."""

    def turn(self, host: str, *, per_host: int, pause: float) -> AbstractAsyncContextManager[None]:
        """A turn, as long as the block runs; ``pause`` in seconds."""
        ...

    async def hold(self, host: str, seconds: float) -> None:
        """No further start to this host for so long: it asked for rest."""
        ...


class Pacer(Pace):
    """Hands out turns. Each source brings its own limits; they are met against all turns of the host.

    The pause runs from the last start or end of a request to that host, whichever came later.
    """

    def __init__(self, concurrency: int, clock: Clock) -> None:
        self._clock = clock
        self._in_all = asyncio.Semaphore(concurrency)
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, per_host: int, pause: float) -> AsyncIterator[None]:
        """A turn, as long as the block runs; waits for it in the order of asking. ``pause`` in seconds."""
        lane = self._lane(host)
        async with lane.queue:
            await self._wait(lane, per_host, pause)
            await self._in_all.acquire()
            lane.under_way += 1
            lane.last = self._clock.monotonic()
        try:
            yield
        finally:
            lane.under_way -= 1
            lane.last = self._clock.monotonic()
            lane.freed.set()
            self._in_all.release()

    async def hold(self, host: str, seconds: float) -> None:
        """No further start to this host for so long: it asked for rest."""
        lane = self._lane(host)
        lane.held_until = max(lane.held_until, self._clock.monotonic() + seconds)

    def _lane(self, host: str) -> _Lane:
        return self._lanes.setdefault(host, _Lane())

    async def _wait(self, lane: _Lane, per_host: int, pause: float) -> None:
        rest = pause + self._clock.jitter(pause * JITTER)
        while True:
            while lane.under_way >= per_host:
                lane.freed.clear()
                await lane.freed.wait()
            start = lane.held_until if lane.last is None else max(lane.held_until, lane.last + rest)
            wait = start - self._clock.monotonic()
            if wait <= 0:
                return
            await self._clock.sleep(wait)
