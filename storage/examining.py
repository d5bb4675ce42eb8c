"""Looking a database over without changing it: file, references, orphans, every byte against its digest, the chain."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Select,
    create_engine,
    exists,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import StorageError
from monitor.model import snapshot_id
from storage import blobs, schema, sqlite
from storage.addresses import parse_address
from storage.database import connect
from storage.flaws import MOST_SHOWN, Flaw
from storage.proving import prove

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def find_database(url: str) -> Path | None:
    """The file of a database; None when it is no file. Raises UsageError for a URL that cannot be understood."""
    return sqlite.find_file(parse_address(url))


def examine(path: Path) -> Iterator[Flaw]:
    """Every flaw of the database in this file, found by reading alone; it may be in use meanwhile."""
    yield from _file_flaws(path)
    try:
        with _reading(path) as connection:
            flaws = list(_schema_flaws(connection))
            yield from flaws
            if not any(flaw.code in {"foreign_database", "newer_schema", "empty_database"} for flaw in flaws):
                yield from _content_flaws(connection)
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        words = sqlite.explain(cause, str(path)) if isinstance(cause, sqlite3.Error) else str(cause)
        yield Flaw(code="unreadable", subject=str(path), message=f"{words[:1].upper()}{words[1:]}.")


def examine_server(url: str) -> Iterator[Flaw]:
    """Every flaw of a database on a server that its rows show; its files are the server's own to look after."""
    database = connect(url)
    try:
        with database.reading() as connection:
            flaws = list(_schema_flaws(connection))
            yield from flaws
            if not any(flaw.code in {"foreign_database", "newer_schema", "empty_database"} for flaw in flaws):
                yield from _content_flaws(connection)
    except StorageError as error:
        words = str(error)
        yield Flaw(code="unreadable", subject="database", message=f"{words[:1].upper()}{words[1:]}.")
    finally:
        database.engine.dispose()


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    engine = _engine(path)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _engine(path: Path) -> Engine:
    # Not read-only by mode: a database that a killed process left is repaired from its log by whoever opens it next.
    return create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": sqlite.BUSY_SECONDS})


def _file_flaws(path: Path) -> Iterator[Flaw]:
    mode = path.stat().st_mode
    if mode & _OTHERS:
        message = f"Other users of this machine may read {path}; run: chmod 600 {path}"
        yield Flaw(code="file_mode", subject=str(path), message=message, serious=False)
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        message = f"{path} or its folder cannot be written to; nothing new can be recorded."
        yield Flaw(code="read_only", subject=str(path), message=message)


def _schema_flaws(connection: Connection) -> Iterator[Flaw]:
    found = inspect(connection)
    tables = set(found.get_table_names())
    if not tables:
        yield Flaw(code="empty_database", subject="schema", message="Nothing was recorded yet.", serious=False)
        return
    if schema.alembic_version.name not in tables:
        yield Flaw(code="foreign_database", subject="schema", message="This database belongs to another program.")
        return
    stored = connection.scalar(select(schema.alembic_version.c.version_num)) or ""
    if stored > schema.REVISION:
        message = f"The database has schema {stored}, newer than this program's {schema.REVISION}; update it."
        yield Flaw(code="newer_schema", subject="schema", message=message)
        return
    if stored < schema.REVISION:
        message = f"The database has schema {stored}; the next command brings it to {schema.REVISION}, after a copy."
        yield Flaw(code="older_schema", subject="schema", message=message, serious=False)
        return
    for table in schema.metadata.sorted_tables:
        columns = {column["name"] for column in found.get_columns(table.name)} if table.name in tables else set()
        missing = sorted(column.name for column in table.columns if column.name not in columns)
        if missing:
            message = f"The table {table.name} lacks {', '.join(missing)}; put a backup copy in its place."
            yield Flaw(code="schema_differs", subject=str(table.name), message=message)


def _content_flaws(connection: Connection) -> Iterator[Flaw]:
    if connection.dialect.name == "sqlite":
        yield from _file_integrity(connection)
    for look in (_orphans, _damaged_bytes, prove):
        try:
            yield from look(connection)
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            # A damaged value may be anything; what else is wrong is still looked for.
            message = f"What is stored cannot be read ({error}); put a backup copy in its place."
            yield Flaw(code="unreadable_rows", subject="database", message=message)


def _file_integrity(connection: Connection) -> Iterator[Flaw]:
    for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_SHOWN})"):
        if line != "ok":
            message = f"{line}. Put a backup copy in its place; keep the damaged file for repair."
            yield Flaw(code="integrity", subject="database", message=message)
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_SHOWN):
        message = f"Row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there."
        yield Flaw(code="broken_reference", subject=f"{row[0]}:{row[1]}", message=message)


def _orphans(connection: Connection) -> Iterator[Flaw]:
    """Rows whose counterpart is missing where no foreign key watches, and rows that nothing leads to."""
    source, version = schema.source, schema.version
    for subject, column in (("source", source.c.version), ("check", schema.check.c.version)):
        lost = select(column).where(column.is_not(None), ~exists().where(version.c.id == column)).distinct()
        yield from _each(connection, lost, "lost_version", f"{subject} refers to version {{}}, which is not there.")
    unused = select(schema.blob.c.sha256).where(~exists().where(schema.snapshot.c.blob == schema.blob.c.sha256))
    yield from _each(connection, unused, "orphan_blob", "No snapshot refers to the stored bytes {}.", serious=False)
    unread = select(schema.snapshot.c.id).where(
        ~exists().where(schema.check.c.snapshot == schema.snapshot.c.id),
        ~exists().where(version.c.snapshot == schema.snapshot.c.id),
    )
    yield from _each(connection, unread, "orphan_snapshot", "No check led to the snapshot {}.", serious=False)


def _each(connection: Connection, query: Select[Any], code: str, words: str, *, serious: bool = True) -> Iterator[Flaw]:
    for name in connection.scalars(query.limit(MOST_SHOWN)):
        yield Flaw(code=code, subject=str(name), message=words.format(name), serious=serious)


def _damaged_bytes(connection: Connection) -> Iterator[Flaw]:
    """Unpack every stored body once and compare it with its digest, and the ids that are made from it."""
    for digest, body in _bodies(connection):
        if isinstance(body, StorageError):
            words = str(body)
            yield Flaw(code="damaged_bytes", subject=digest, message=f"{words[:1].upper()}{words[1:]}.")
            continue
        shots = select(schema.snapshot).where(schema.snapshot.c.blob == digest)
        for shot in connection.execute(shots).all():
            if snapshot_id(shot.source, shot.fetched_at, body) != shot.id:
                message = f"The snapshot {shot.id} of {shot.source} is not named by its content; restore a backup copy."
                yield Flaw(code="renamed_snapshot", subject=shot.id, message=message)


def _bodies(connection: Connection) -> Iterator[tuple[str, bytes | StorageError]]:
    """Every stored content by its digest, each after the one it rests on, or what is wrong with it."""
    resting: dict[str | None, list[str]] = {}
    for row in connection.execute(select(schema.blob.c.sha256, schema.blob.c.base)):
        resting.setdefault(row.base, []).append(row.sha256)
    waiting: list[tuple[str, bytes | None]] = [(digest, None) for digest in resting.pop(None, ())]
    while waiting:
        digest, base = waiting.pop()
        (link,) = connection.execute(select(schema.blob).where(schema.blob.c.sha256 == digest)).all()
        body = b""
        try:
            body = blobs.verified(digest, blobs.unpack(link, base))
            other = StorageError(f"the stored bytes {digest} are not as many as is noted; restore a backup copy")
            yield digest, body if len(body) == link.size else other
        except StorageError as error:
            yield digest, error
        waiting += [(one, body) for one in resting.pop(digest, ())]
    lost = (one for digests in resting.values() for one in digests)
    yield from ((one, StorageError(f"the stored bytes {one} rest on others that are not there")) for one in lost)
