"""Reading sources now: fetch side by side, then record one after the other."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.board import Board
from monitor.changes.reading import Reading
from monitor.errors import FetchError
from monitor.model import Check, Quality, QualityOutcome, Source, Validators
from monitor.ports import Fetcher, Store
from monitor.read import failed_reading, read_snapshot
from monitor.recording import record_reading

WAITING = 32
"""Fetched but unrecorded reads held in memory at most."""


async def check_sources(
    sources: Sequence[Source],
    *,
    fetcher: Fetcher,
    store: Store,
    board: Board,
    clock: Callable[[], datetime],
    on_check: Callable[[Check], None] = lambda _: None,
) -> list[Check]:
    """Read each source once; returns the recorded checks in the order they were finished."""
    finished: asyncio.Queue[tuple[Source, Reading]] = asyncio.Queue(maxsize=WAITING)

    async def fetch(source: Source) -> None:
        validators = store.get_known(source.id).validators
        await finished.put((source, await _read(source, fetcher, validators, clock)))

    checks = []
    async with asyncio.TaskGroup() as group:
        for source in sources:
            group.create_task(fetch(source))
        for _ in sources:
            source, reading = await finished.get()
            checks.append(record_reading(source, reading, store, board).check)
            on_check(checks[-1])
    return checks


async def _read(source: Source, fetcher: Fetcher, validators: Validators, clock: Callable[[], datetime]) -> Reading:
    started = time.monotonic()
    try:
        snapshot = await fetcher.fetch(source, validators)
    except FetchError as error:
        reading = failed_reading(error, clock())
    else:
        now = clock()
        if snapshot is None:
            reading = Reading(
                checked_at=now,
                quality=Quality(outcome=QualityOutcome.OK),
                not_modified=True,
                http_status=304,
                validators=validators,
            )
        else:
            reading = read_snapshot(source, replace(snapshot, fetched_at=now))
    return replace(reading, elapsed_ms=round((time.monotonic() - started) * 1000))
