"""One open database: its engine, its two kinds of transaction, and its errors turned into StorageError."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    StaticPool,
    create_engine,
)
from sqlalchemy.exc import DBAPIError

from monitor.errors import StorageError
from storage import chaining, postgres, sqlite
from storage.addresses import parse_address, shown

T = TypeVar("T")

_CHUNK = 500


class Database(Struct, frozen=True, kw_only=True):
    """An engine and the name people know its database by."""

    engine: Engine
    place: str

    @property
    def is_postgres(self) -> bool:
        """Whether it is a PostgreSQL server, else a SQLite file."""
        return self.engine.dialect.name == "postgresql"

    @property
    def is_fleeting(self) -> bool:
        """Whether it lives in memory, in the one connection that there is."""
        return isinstance(self.engine.pool, StaticPool)

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
                chaining.begin(locked)
                yield locked
                chaining.settle(locked)


def connect(url: str) -> Database:
    """The database at an SQLAlchemy URL, its file prepared but nothing read yet.

    Raises UsageError for a URL that cannot be understood, StorageError for a file or driver that cannot be used.
    """
    parsed = parse_address(url)
    if parsed.get_backend_name() == "postgresql":
        return Database(engine=_engine(parsed, postgres.options(parsed)), place=shown(parsed))
    path = sqlite.find_file(parsed)
    if path is not None:
        sqlite.prepare_file(path)
    options: dict[str, Any] = {} if "timeout" in parsed.query else {"connect_args": {"timeout": sqlite.BUSY_SECONDS}}
    if not parsed.database or parsed.database == ":memory:":
        # One connection is the database; whoever uses it, one after the other.
        options["poolclass"] = StaticPool
        options["connect_args"] = {"check_same_thread": False}
    engine = _engine(parsed, options)
    sqlite.tune(engine)
    return Database(engine=engine, place=shown(parsed))


def _engine(url: URL, options: Mapping[str, Any]) -> Engine:
    try:
        return create_engine(url, **options)
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
        if isinstance(cause, sqlite3.Error):
            raise StorageError(_explain(cause, place), transient=sqlite.is_busy(cause)) from error
        transient, refused = postgres.is_transient(cause), postgres.is_refused(cause)
        raise StorageError(_explain(cause, place), transient=transient, refused=refused) from error
    except sqlite3.Error as error:
        raise StorageError(_explain(error, place), transient=sqlite.is_busy(error)) from error


def _explain(error: BaseException, place: str) -> str:
    if isinstance(error, sqlite3.Error):
        return sqlite.explain(error, place)
    return postgres.explain(error, place)


def chunks(keys: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """The keys in lists short enough for the parameters of one statement on any database."""
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk
