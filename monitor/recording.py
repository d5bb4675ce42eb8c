"""One reading into the store: decided, assessed and written in one transaction."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from monitor.agreeing import compare_again, compared, is_out_of_order
from monitor.board import Board, assessed
from monitor.changes.advance import advance
from monitor.changes.decide import decide
from monitor.changes.reading import Reading, checked_against
from monitor.errors import ConflictError, ServedError
from monitor.extractors import REVISION
from monitor.model import (
    CheckRecord,
    Known,
    Source,
    Version,
)
from monitor.neighbours import grouped, joined
from monitor.ports import Store
from monitor.read import read_snapshot
from monitor.rederive import rederive
from monitor.schedule import SLOWED, next_due, slowed_due

TRIES = 5
"""How often a decision is made anew when another process has recorded the source in between."""


SLOWEST = timedelta(minutes=10)
"""No read takes so long; a check later than this was dated by a clock that ran ahead."""


def due_again(source: Source, record: CheckRecord, reading: Reading) -> datetime | None:
    """When to read again: on schedule, or slowed down while the server fails or keeps us out."""
    now, incident = record.check.checked_at, record.memory.incident
    if record.check.outcome not in SLOWED or incident is None:
        return next_due(source.schedule, now, source_id=source.id)
    rest = timedelta(seconds=reading.retry_after or 0)
    return slowed_due(source.schedule, now, source_id=source.id, failures=incident.reads, rest=rest)


def _read_otherwise(version: Version, settings_hash: str, source: Source) -> bool:
    """Whether what is stored was read with other settings or other extractors than today's."""
    return settings_hash != source.settings_hash or version.revision != REVISION


def is_served(due: datetime, last_check: datetime | None, now: datetime) -> bool:
    """Whether a check made meanwhile answers to what was due then; one from a clock that ran ahead does not.

    ``now`` may be the time of a read that took long: another worker's check may be later than it.
    """
    return last_check is not None and due <= last_check <= now + SLOWEST


def _read_after_all(source: Source, reading: Reading, known: Known) -> Reading:
    """The reading; of a page that was only glanced at, in full when by now it is compared with another one."""
    if reading.imprint is None or not reading.not_modified or reading.snapshot is None:
        return reading
    if reading.imprint.is_like(known.memory.imprint):
        return reading
    return replace(read_snapshot(source, reading.snapshot), elapsed_ms=reading.elapsed_ms)


def record_reading(
    source: Source, reading: Reading, store: Store, board: Board, *, due: datetime | None = None
) -> CheckRecord:
    """Decide, assess and store one reading in one transaction; decides anew when another writer came first.

    ``due`` is when it was due, where several workers share the checks: raises ServedError when another one has made it.
    """
    sha256 = reading.page.sha256 if reading.page else None
    for attempt in range(1, TRIES + 1):
        known = store.get_known(source.id, sha256=sha256)
        if due is not None and is_served(due, known.last_check, reading.checked_at):
            raise ServedError(f"{source.id} was read by another worker meanwhile")
        # Before it is derived again, which may leave fewer validators than the last read did.
        reading = checked_against(reading, known.validators)
        if known.version is not None and _read_otherwise(known.version, known.settings_hash, source):
            rederive(source, store, board)
            known = store.get_known(source.id, sha256=sha256)
        reading = _read_after_all(source, reading, known)
        record = decide(source, known, reading, revision=REVISION)
        record = grouped(replace(record, next_due=due_again(source, record, reading)), store)
        pairs = board.pairs_of.get(source.id, ())
        if pairs:
            record = compared(record, advance(known, record), pairs, source=source, sources=board.sources, store=store)
        record = assessed(source, known, record, reading, store, board)
        try:
            store.record([record])
        except ConflictError:
            if attempt == TRIES:
                raise
        else:
            joined(record, store)
            if is_out_of_order(record, pairs, store):
                compare_again(pairs, sources=board.sources, store=store)
            return record
    raise AssertionError  # pragma: no cover - the loop returns or raises
