"""Writing many checks that told nothing: a few statements for all of them together, where others take many for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from monitor.errors import ConflictError
from monitor.model import CheckRecord, LinkKind, read_content
from storage import chaining, schema
from storage.database import chunks
from storage.past import Entry
from storage.rows import check_values, standing_of, standing_values
from storage.sealing import insert_rows, replace_rows
from storage.standing import Standing, advance

_source = schema.source

# Built once: every pass takes it, and building it takes longer than running it.
_LOCK = (
    select(_source)
    .where(_source.c.id.in_(bindparam("sources", expanding=True)))
    .order_by(_source.c.id)
    .with_for_update()
)


def conflict(source: str) -> ConflictError:
    """The error for a record that was decided on what is no longer so."""
    return ConflictError(f"another process recorded {source} meanwhile; read it again")


def are_plain(records: Sequence[CheckRecord]) -> bool:
    """Whether each of these is the only one of its source, which was read before, and brings nothing but its check."""
    sources = {entry.check.source for entry in records}
    return len(records) > 1 and len(sources) == len(records) and all(map(_is_plain, records))


def _is_plain(entry: CheckRecord) -> bool:
    stored = (entry.snapshot, entry.version, entry.check.snapshot, entry.began, entry.ended, entry.events)
    beyond = (entry.settled, entry.regrouped, entry.dropped, entry.affects, entry.rechecks, entry.verdicts)
    return entry.revision > 0 and not (any(stored) or any(beyond) or entry.alerts or entry.late)


def record(connection: Connection, records: Sequence[CheckRecord], now: datetime) -> None:
    """Write plain checks, each with its link in the chain; ConflictError when one was decided on another revision."""
    stored = {}
    for chunk in chunks(sorted(entry.check.source for entry in records)):
        rows = connection.execute(_LOCK, {"sources": chunk})
        stored.update({row.id: row for row in rows})
    befores = [_standing_before(entry, stored) for entry in records]
    afters = [advance(before, entry) for before, entry in zip(befores, records, strict=True)]
    replace_rows(connection, _source, list(stored.values()), [standing_values(after) for after in afters])
    rows_of = zip(records, afters, strict=True)
    insert_rows(connection, schema.check, [check_values(entry.check, after, snapshot=None) for entry, after in rows_of])
    for entry in records:
        chaining.append(connection, entry.check.source, [_link(entry)], now)


def _standing_before(entry: CheckRecord, stored: dict[str, Row[Any]]) -> Standing:
    row = stored.get(entry.check.source)
    if row is None or row.revision != entry.revision:
        raise conflict(entry.check.source)
    return standing_of(row)


def _link(entry: CheckRecord) -> Entry:
    check = entry.check
    content = read_content(checked_at=check.checked_at, sha256=check.body)
    return Entry(kind=LinkKind.CHECK, content=content, checked_at=check.checked_at, outcome=check.outcome.value)
