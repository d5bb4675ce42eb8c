"""One reading into the store: decided, assessed and written in one transaction."""

from dataclasses import replace

from monitor.board import Board, assessed
from monitor.changes.decide import decide
from monitor.changes.reading import Reading
from monitor.errors import ConflictError
from monitor.extractors import REVISION
from monitor.model import (
    CheckRecord,
    Source,
)
from monitor.ports import Store
from monitor.rederive import rederive
from monitor.schedule import next_due

TRIES = 5
"""How often a decision is made anew when another process has recorded the source in between."""


def record_reading(source: Source, reading: Reading, store: Store, board: Board) -> CheckRecord:
    """Decide, assess and store one reading in one transaction; decides anew when another writer came first."""
    sha256 = reading.page.sha256 if reading.page else None
    for attempt in range(1, TRIES + 1):
        known = store.get_known(source.id, sha256=sha256)
        if known.version is not None and known.settings_hash != source.settings_hash:
            rederive(source, store, board)
            known = store.get_known(source.id, sha256=sha256)
        record = decide(source, known, reading, revision=REVISION)
        record = replace(record, next_due=next_due(source.schedule, reading.checked_at, source_id=source.id))
        record = assessed(source, known, record, reading, store, board)
        try:
            store.record([record])
        except ConflictError:
            if attempt == TRIES:
                raise
        else:
            return record
    raise AssertionError  # pragma: no cover - the loop returns or raises
