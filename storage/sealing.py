"""Seals: for each source, and for all that belongs to no source, a sum over the digests of the rows that must be there.

Every write of ours goes through these functions, which bring the sums along in the same transaction; so a row that was
altered, dropped or slipped in by anything else shows when the rows are summed again. The sum of two sets of rows does
not depend on the order of writing, so writers side by side need no common line.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import sqlite as sqlite_dialect

from storage import schema

Values = Mapping[str, Any]
Sums = dict[str, int]
"""A sum by table name."""

SOURCES = {
    schema.source.name: "id",
    schema.check.name: "source",
    schema.snapshot.name: "source",
    schema.version.name: "source",
    schema.fact.name: "source",
    schema.event.name: "source",
}
"""The column that says to which source a row belongs, by table."""
PASSING = frozenset({schema.slot.name, schema.host.name, schema.robots.name})
"""What processes share for the moment: it is no record of anything."""
UNSEALED = PASSING | {schema.blob.name, schema.seal.name, schema.link.name, schema.root.name}
"""Bodies are named by their content, links and roots hold each other."""
SHARED = "/"
"""How the scopes begin that hold what belongs to no source; several, so that writers side by side seldom meet."""

_MODULUS = 2**256
_SHARDS = 16
_SHARD = f"{SHARED}{random.SystemRandom().randrange(_SHARDS)}"
SHARDS = frozenset({SHARED, *(f"{SHARED}{number}" for number in range(_SHARDS))})
"""All of those scopes; which of them a row is counted in does not matter."""
_DELTAS = "stilltrue_seal_deltas"
_CHUNK = 400


def row_digest(table: str, values: Values) -> int:
    """The SHA-256 over a row's columns that hold something, as a number; the same on every database."""
    held = {
        str(name): _in_utc(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
    return int.from_bytes(hashlib.sha256(msgspec.json.encode([str(table), held], order="deterministic")).digest())


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def scope_of(table: str, values: Values) -> str:
    """The source a row belongs to, else this process's share of all the rest."""
    column = SOURCES.get(table)
    return values[column] if column else _SHARD


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction left on this connection."""
    connection.info[_DELTAS] = defaultdict(lambda: defaultdict(int))


def moved(connection: Connection) -> dict[str, Sums]:
    """By how much what was written since ``begin`` moves the stored sums, by scope; forgets it."""
    deltas: Mapping[str, Mapping[str, int]] = connection.info.pop(_DELTAS, {})
    whole = {scope: {table: delta % _MODULUS for table, delta in deltas[scope].items()} for scope in deltas}
    return {scope: sums for scope, sums in whole.items() if any(sums.values())}


def add(sums: Mapping[str, int], more: Mapping[str, int]) -> Sums:
    """The sums of both together; tables whose sum is nought are left out."""
    both = {name: (sums.get(name, 0) + more.get(name, 0)) % _MODULUS for name in {*sums, *more}}
    return {name: total for name, total in both.items() if total}


def subtract(sums: Mapping[str, int], less: Mapping[str, int]) -> Sums:
    """What is left of the sums without those of ``less``."""
    return add(sums, {name: -total for name, total in less.items()})


def read_sums(text: str) -> Sums:
    """Sums as stored; raises ValueError for anything else."""
    return {name: int(total, 16) for name, total in msgspec.json.decode(text, type=dict[str, str]).items()}


def write_sums(sums: Mapping[str, int]) -> str:
    """Sums in their stored form: JSON, 64 hex digits each."""
    return msgspec.json.encode({name: f"{sums[name]:064x}" for name in sorted(sums)}).decode()


def sum_rows(
    connection: Connection, tables: Iterable[Table], scope: Callable[[str, Values], str] = scope_of
) -> dict[str, Sums]:
    """The sums over all rows that are really there, by scope."""
    found: dict[str, Sums] = defaultdict(lambda: defaultdict(int))
    for table in tables:
        rows = connection.execute(select(table).execution_options(yield_per=1000))
        for row in rows:
            values = row._asdict()
            sums = found[scope(table.name, values)]
            sums[table.name] = (sums[table.name] + row_digest(table.name, values)) % _MODULUS
    return found


def track(connection: Connection, table: Table, rows: Iterable[Values], sign: int) -> None:
    """Count whole rows in (1) or out (-1) of what this transaction changes."""
    if table.name in UNSEALED:
        return
    deltas = connection.info.get(_DELTAS)
    if deltas is None:
        raise AssertionError(f"{table.name} is written outside Database.writing")
    for values in rows:
        deltas[scope_of(table.name, values)][table.name] += sign * row_digest(table.name, values)


def _track(connection: Connection, table: Table, rows: Iterable[Row[Any]], sign: int) -> None:
    # Not Row._asdict, which looks the names up for each row: that takes longer than all the rest.
    stored = list(rows)
    names = [str(name) for name in stored[0]._fields] if stored else []
    track(connection, table, (dict(zip(names, row, strict=True)) for row in stored), sign)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> list[Row[Any]]:
    """Insert rows and return them as stored, their ids given."""
    if not rows:
        return []
    stored = list(connection.execute(_inserting(table), list(rows)))
    _track(connection, table, stored, 1)
    return stored


def insert_or_skip(connection: Connection, table: Table, rows: Sequence[Values]) -> int:
    """Insert the rows that break no unique index; returns how many went in."""
    if not rows:
        return 0
    # Returned to be counted too: the driver of PostgreSQL does not count what several rows at a time came to.
    stored = connection.execute(_skipping(connection.dialect.name, table), list(rows)).all()
    _track(connection, table, stored, 1)
    return len(stored)


def insert_or_update(
    connection: Connection,
    table: Table,
    rows: Sequence[Values],
    *,
    keep: Sequence[str] = (),
    unless_older: str | None = None,
) -> None:
    """Insert rows; where the primary key exists, replace every column but those to ``keep``.

    ``unless_older`` names a time column: a row older than the stored one changes nothing.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    new = list(connection.execute(_skipping(connection.dialect.name, table), list(rows)))
    _track(connection, table, new, 1)
    there = {_key(row._asdict(), keys) for row in new}
    rest = {_key(row, keys): row for row in rows if _key(row, keys) not in there}
    if not rest:
        return
    before = {_key(row._asdict(), keys): row for row in _locked(connection, table, list(rest))}
    statement = _insert(connection.dialect.name)(table)
    excluded = {name: column for name, column in statement.excluded.items() if name not in keep}
    changes = {name: column for name, column in excluded.items() if not table.c[name].primary_key}
    guard = statement.excluded[unless_older] >= table.c[unless_older] if unless_older else None
    replacing = statement.on_conflict_do_update(index_elements=keys, set_=changes, where=guard).returning(table)
    for row in rest.values():
        # One by one: rows that the guard leaves alone are not returned, which many at a time could not tell apart.
        for after in connection.execute(replacing, row):
            _track(connection, table, [before[_key(row, keys)]], -1)
            _track(connection, table, [after], 1)


def update_rows(connection: Connection, table: Table, where: ColumnElement[bool], values: Values) -> int:
    """Change the rows that fit; returns how many."""
    if table.name in UNSEALED:
        return connection.execute(update(table).where(where).values(dict(values))).rowcount
    keys = [column.name for column in table.primary_key]
    before = {
        _key(row._asdict(), keys): row for row in connection.execute(select(table).where(where).with_for_update())
    }
    if not before:
        return 0
    after = list(connection.execute(update(table).where(where).values(dict(values)).returning(table)))
    _track(connection, table, (before[_key(row._asdict(), keys)] for row in after), -1)
    _track(connection, table, after, 1)
    return len(after)


def replace_rows(connection: Connection, table: Table, before: Sequence[Row[Any]], after: Sequence[Values]) -> None:
    """Write these whole rows of a table with one key column over the locked ones ``before``, all in one statement."""
    if not after:
        return
    (key,) = table.primary_key.columns
    names = [column.name for column in table.columns if not column.primary_key]
    rows = [{"this": one[key.name], **{f"new_{name}": one[name] for name in names}} for one in after]
    connection.execute(_replacing(table), rows)
    _track(connection, table, before, -1)
    track(connection, table, after, 1)


def delete_rows(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    """Delete the rows that fit; returns how many."""
    if table.name in UNSEALED:
        return connection.execute(delete(table).where(where)).rowcount
    gone = list(connection.execute(delete(table).where(where).returning(table)))
    _track(connection, table, gone, -1)
    return len(gone)


def _locked(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> list[Row[Any]]:
    columns = list(table.primary_key)
    found: list[Row[Any]] = []
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        if len(columns) == 1:
            these: ColumnElement[bool] = columns[0].in_([key[0] for key in chunk])
        else:
            these = or_(*(and_(*(c == part for c, part in zip(columns, key, strict=True))) for key in chunk))
        found += connection.execute(select(table).where(these).with_for_update())
    return found


def _key(values: Values, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(values[name] for name in names)


# Statements are built once for each table: building one takes longer than running it.


@cache
def _inserting(table: Table) -> Any:
    return insert(table).returning(table)


@cache
def _skipping(dialect: str, table: Table) -> Any:
    returned = table.primary_key.columns if table.name in UNSEALED else table.columns
    return _insert(dialect)(table).on_conflict_do_nothing().returning(*returned)


@cache
def _replacing(table: Table) -> Any:
    (key,) = table.primary_key.columns
    changes = {
        column.name: bindparam(f"new_{column.name}", type_=column.type)
        for column in table.columns
        if not column.primary_key
    }
    return update(table).where(key == bindparam("this")).values(changes)


def _insert(dialect: str) -> Any:
    if dialect != "postgresql":
        return sqlite_dialect.insert
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - large, and of no use where the database is a file

    return postgresql.insert
