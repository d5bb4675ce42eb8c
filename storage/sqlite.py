"""All that is particular to SQLite: its file, its settings for a connection, its errors and its online copy."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from monitor.errors import StorageError
from storage.places import default_folder

BUSY_SECONDS = 15.0
"""How long to wait for another writer; ``?timeout=`` in the URL says otherwise."""
SOON = 250
"""Milliseconds in which it is looked for often."""
WRITE = "stilltrue_write"
"""The execution option that asks for the write lock when the transaction begins."""

_PRIMARY_CODE = 0xFF
_ADVICE = {
    sqlite3.SQLITE_BUSY: "is locked: another process keeps writing to it; wait for it or stop it, then try again",
    sqlite3.SQLITE_LOCKED: "is locked by this process; try again",
    sqlite3.SQLITE_FULL: "could not grow: the disk or quota is full; free some space, nothing of this write was kept",
    sqlite3.SQLITE_READONLY: "is read-only: allow writing to the file and its folder, or open another with --db",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; name another file with --db, or restore a backup copy",
    sqlite3.SQLITE_CORRUPT: "is damaged; put a backup copy in its place (keep the damaged file for repair)",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and that you may read and write there",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    sqlite3.SQLITE_PERM: "may not be used by this user: check the permissions of the file",
}


def find_file(url: URL) -> Path | None:
    """The file a URL names; None for a database in memory, a ``file:`` address (SQLite's own), or a server."""
    if url.get_backend_name() != "sqlite":
        return None
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def prepare_file(path: Path) -> None:
    """Create the file readable by its owner only; make its folder only when it is the user's data directory.

    Raises StorageError when the folder is missing or not ours to write to.
    """
    try:
        if path.parent.absolute() == default_folder():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_dir():
            raise StorageError(f"the database {path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise StorageError(f"the folder of the database {path} does not exist; create it or name another with --db")
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError(f"the database {path} cannot be created: {error.strerror}") from error


def tune(engine: Engine) -> None:
    """Set up every connection, and let each transaction begin as it says.

    The driver's own implicit BEGIN is switched off, as SQLAlchemy's documentation of pysqlite asks, so that reads see
    one consistent state and writers take the lock before they look. ``synchronous=FULL`` because the outbox must
    survive a power cut: with NORMAL the last commits may vanish, and with them the note that an alert was sent.
    """

    def connect(connection: DBAPIConnection, _record: Any) -> None:
        raw: Any = connection
        raw.isolation_level = None
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITE, False):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def _begin_writing(connection: Connection) -> None:
    """Take the write lock, looking every millisecond at first.

    SQLite's own waiting soon sleeps a tenth of a second at a time, ten times as long as most writers take.
    """
    raw: Any = connection.connection.dbapi_connection
    (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        for _ in range(min(SOON, patience)):
            try:
                raw.execute("BEGIN IMMEDIATE").close()
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    break  # told by SQLAlchemy in its own way
                time.sleep(0.001)
            else:
                return
    finally:
        raw.execute(f"PRAGMA busy_timeout={patience}").close()
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def use_wal(connection: Connection) -> None:
    """Turn on write-ahead logging, so that readers never wait; outside a transaction. It stays on in the file."""
    raw: Any = connection.connection.dbapi_connection
    (mode,) = raw.execute("PRAGMA journal_mode").fetchone()
    if mode not in {"wal", "memory"}:
        try:
            raw.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if _primary(error) not in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY}:
                raise


def set_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Switch the checking of references; only possible outside a transaction."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}").close()


def copy_file(path: Path, to: Path) -> None:
    """Make a consistent copy of a database in use, for its owner only; raises StorageError when that fails."""
    try:
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        source, target = sqlite3.connect(path), sqlite3.connect(to)
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the database {path} could not be copied to {to} before its upgrade: {error}") from error


def explain(error: sqlite3.Error, place: str) -> str:
    """What went wrong with the database at ``place``, and the way out."""
    advice = _ADVICE.get(_primary(error))
    return f"the database {place} {advice}" if advice else f"the database {place} failed: {error}"


def is_busy(error: BaseException) -> bool:
    """Whether the same may work in a moment, when another process has finished writing."""
    return isinstance(error, sqlite3.Error) and _primary(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
