"""A whole database into another, empty one, of the same kind or the other: every row with its id, or nothing at all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from monitor.errors import StorageError, UsageError
from monitor.model import bounded
from storage import postgres, schema
from storage.database import Database, chunks, connect
from storage.holding import is_held
from storage.sealing import PASSING, row_digest, track
from storage.store import open_store

ROWS = 500
"""Rows in hand at a time."""
BLOBS = 50

_BEGUN = (schema.meta, schema.seal, schema.link, schema.root)
"""What a new database has rows in before anything was recorded."""
_KEYED = (schema.fact, schema.event)
_MODULUS = 2**256


class Copied(Struct, frozen=True, kw_only=True):
    """How many rows of a table were copied, and a digest over all of them that both sides agree on."""

    table: str
    rows: int
    digest: str


def copy_database(source: str, target: str, now: datetime) -> list[Copied]:
    """Copy everything but what processes share for the moment, in one transaction; each table as it is on both sides.

    Only what PostgreSQL does not take is left out on the way to it: NUL in texts, the ends of very long keys.

    Both are brought to this program's schema first. Raises UsageError when the target has rows or a daemon runs on
    either, StorageError when a side cannot be used or the copy does not come out the same.
    """
    _refuse_held(source, target)
    for url in (source, target):
        open_store(url, now=now).close()
    origin, copy = connect(source), connect(target)
    try:
        if copy.is_fleeting:
            raise UsageError("A copy in memory is gone when it is made; name a file or a server.")
        with origin.reading() as reading, copy.writing() as writing:
            if copy.is_postgres:
                postgres.take_time(writing)
            _refuse_filled(writing, copy)
            for table in _BEGUN:
                writing.execute(delete(table))
            copied = [_copy_table(table, reading, writing) for table in _tables()]
            _check(copied, writing, copy)
            _wind_on(writing)
            return copied
    finally:
        origin.engine.dispose()
        copy.engine.dispose()


def _refuse_held(source: str, target: str) -> None:
    if source == target:
        raise UsageError("That is the same database; name another one to copy to.")
    for url in (source, target):
        if is_held(url):
            raise UsageError(
                "A `stilltrue run` or `worker` works on one of the two databases; "
                "stop it, copy, then go on with the copy."
            )


def _tables() -> list[Table]:
    return [table for table in schema.metadata.sorted_tables if table.name not in PASSING]


def _refuse_filled(connection: Connection, database: Database) -> None:
    for table in schema.metadata.sorted_tables:
        if table not in _BEGUN and connection.execute(select(table).limit(1)).first() is not None:
            raise UsageError(f"The database {database.place} is not empty ({table.name}); a copy never overwrites.")


def _copy_table(table: Table, reading: Connection, writing: Connection) -> Copied:
    rows, total = 0, 0
    for stored in _parts(table, reading):
        part = [_fitting(table, row, writing) for row in stored] if writing.dialect.name == "postgresql" else stored
        try:
            writing.execute(insert(table), part)
        except DBAPIError as error:
            if not postgres.is_refused(error.orig or error):
                raise
            raise StorageError(_refusal(table, part, error)) from error
        rows += len(part)
        total += sum(row_digest(table.name, row) for row in part)
    return Copied(table=str(table.name), rows=rows, digest=f"{total % _MODULUS:064x}")


def _fitting(table: Table, row: Mapping[str, Any], writing: Connection) -> Mapping[str, Any]:
    """The row as PostgreSQL takes it: without NUL in its texts, its key no longer than an index takes.

    The sums that seal the copy's rows move along.
    """
    fitting = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
    if table in _KEYED and fitting["key"] is not None:
        fitting["key"] = bounded(fitting["key"])
    if fitting != row:
        track(writing, table, [row], -1)
        track(writing, table, [fitting], 1)
    return fitting


def _refusal(table: Table, part: Sequence[Mapping[str, Any]], error: DBAPIError) -> str:
    keys = [column.name for column in table.primary_key]
    first, last = (" ".join(str(row[name]) for name in keys) for row in (part[0], part[-1]))
    rows = f"a row of the table {table.name} ({', '.join(keys)} from {first} to {last})"
    words = " ".join(str(error.orig).split())
    return f"the new database refuses {rows}: {words}; nothing was copied, please report this"


def _parts(table: Table, connection: Connection) -> Iterator[Sequence[Mapping[str, Any]]]:
    if table is schema.blob:
        yield from _blobs(connection)
        return
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=ROWS)
    for part in connection.execute(query).partitions():
        yield [row._asdict() for row in part]


def _blobs(connection: Connection) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Each after the one it is a difference from."""
    blob = schema.blob
    bases: dict[str, str | None] = {
        row.sha256: row.base for row in connection.execute(select(blob.c.sha256, blob.c.base))
    }
    for digests in chunks(_bases_first(bases), BLOBS):
        found = connection.execute(select(blob).where(blob.c.sha256.in_(digests)))
        whole = {row.sha256: row._asdict() for row in found}
        yield [whole[digest] for digest in digests]


def _bases_first(bases: Mapping[str, str | None]) -> Iterator[str]:
    done: set[str] = set()
    for digest in sorted(bases):
        chain: list[str] = []
        wanted: str | None = digest
        while wanted is not None and wanted in bases and wanted not in done:
            done.add(wanted)
            chain.append(wanted)
            wanted = bases[wanted]
        yield from reversed(chain)


def _check(copied: Sequence[Copied], connection: Connection, database: Database) -> None:
    """Read the copy back, before it counts, and compare."""
    for one in copied:
        table = schema.metadata.tables[one.table]
        found, total = 0, 0
        for row in connection.execute(select(table).execution_options(yield_per=ROWS)):
            found += 1
            total += row_digest(table.name, row._asdict())
        if (found, f"{total % _MODULUS:064x}") != (one.rows, one.digest):
            raise StorageError(
                f"the table {one.table} came out differently in {database.place} ({found} of {one.rows} rows); "
                "nothing was kept, please report this"
            )


def _wind_on(connection: Connection) -> None:
    """Let new ids follow the copied ones where the database counts them by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in _tables():
        keys = list(table.primary_key)
        if len(keys) == 1 and isinstance(keys[0].type, Integer):
            last = connection.scalar(select(func.max(keys[0])))
            if last is not None:
                sequence = {"table": f'"{table.name}"', "key": keys[0].name, "last": last}
                connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :key), :last)"), sequence)
