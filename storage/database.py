"""One open database: its engine, its two kinds of transaction, and its errors turned into StorageError."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    StaticPool,
    Table,
    create_engine,
    make_url,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from monitor.errors import StorageError, UsageError
from storage import postgres, sqlite

Row = Mapping[str, Any]
T = TypeVar("T")

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An engine and the name people know its database by."""

    engine: Engine
    place: str

    @property
    def is_postgres(self) -> bool:
        """Whether it is a PostgreSQL server, else a SQLite file."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state and writes nothing."""
        with translated(self.place), self.engine.connect() as connection:
            if self.is_postgres:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, alone: bool = True) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start; committed as a whole or not at all.

        On PostgreSQL those who do not ask to be ``alone`` write side by side, each guarded by what it updates.
        """
        with translated(self.place), self.engine.connect() as connection:
            locked = connection.execution_options(**{sqlite.WRITE: True})
            with locked.begin():
                if self.is_postgres:
                    postgres.lock_writing(locked, alone=alone)
                yield locked


def connect(url: str) -> Database:
    """The database at an SQLAlchemy URL, its file prepared but nothing read yet.

    Raises UsageError for a URL that cannot be understood, StorageError for a file or driver that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(f"not a database URL: {url!r}; expected for example sqlite:///stilltrue.db") from error
    if parsed.get_backend_name() == "postgresql":
        engine = _engine(postgres.with_driver(parsed), postgres.options(parsed))
        return Database(engine=engine, place=parsed.render_as_string(hide_password=True))
    if parsed.get_backend_name() != "sqlite":
        return Database(engine=_engine(url, {}), place=parsed.render_as_string(hide_password=True))
    path = sqlite.find_file(parsed)
    if path is not None:
        sqlite.prepare_file(path)
    options: dict[str, Any] = {} if "timeout" in parsed.query else {"connect_args": {"timeout": sqlite.BUSY_SECONDS}}
    if not parsed.database or parsed.database == ":memory:":
        # One connection is the database; whoever uses it, one after the other.
        options["poolclass"] = StaticPool
        options["connect_args"] = {"check_same_thread": False}
    engine = _engine(url, options)
    sqlite.tune(engine)
    return Database(engine=engine, place=str(path or parsed.database or "in memory"))


def _engine(url: str | URL, options: Mapping[str, Any]) -> Engine:
    try:
        return create_engine(url, **options)
    except NoSuchModuleError as error:
        raise UsageError("that kind of database is not supported; use sqlite:/// or postgresql+psycopg://") from error
    except ImportError as error:
        raise StorageError(
            f"the driver for this database is not installed ({error.name}); run: pip install 'stilltrue[cluster]'"
        ) from error


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Let what the driver raises out as StorageError that names the database and the way out."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig or error
        transient = sqlite.is_busy(cause) or postgres.is_transient(cause)
        raise StorageError(_explain(cause, place), transient=transient) from error
    except sqlite3.Error as error:
        raise StorageError(_explain(error, place), transient=sqlite.is_busy(error)) from error


def _explain(error: BaseException, place: str) -> str:
    if isinstance(error, sqlite3.Error):
        return sqlite.explain(error, place)
    return postgres.explain(error, place)


def insert_or_skip(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows that break no unique index; returns how many went in."""
    if not rows:
        return 0
    statement = _insert(connection)(table).on_conflict_do_nothing()
    if connection.dialect.name == "postgresql":
        # Its driver does not count what several rows at a time came to.
        return len(connection.execute(statement.returning(*table.primary_key), rows).all())
    return connection.execute(statement, rows).rowcount


def insert_or_update(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    keep: Sequence[str] = (),
    unless_older: str | None = None,
) -> None:
    """Insert rows; where the primary key exists, replace every column but those to ``keep``.

    ``unless_older`` names a time column: a row older than the stored one changes nothing.
    """
    if not rows:
        return
    statement = _insert(connection)(table)
    new = {name: column for name, column in statement.excluded.items() if name not in keep}
    changes = {name: column for name, column in new.items() if not table.c[name].primary_key}
    guard = statement.excluded[unless_older] >= table.c[unless_older] if unless_older else None
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes, where=guard), rows)


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite_dialect.insert


def chunks(keys: Iterable[T]) -> Iterator[list[T]]:
    """The keys in lists short enough for the parameters of one statement on any database."""
    rest = iter(keys)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
