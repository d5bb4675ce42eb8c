"""The one daemon of a database: a lock that is gone when its process is.

Of a file it is the operating system's lock on a file beside it, of a server one of the server's own (advisory) locks.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from monitor.errors import StorageError, UsageError
from storage import postgres, sqlite
from storage.addresses import parse_address
from storage.database import Database, connect, translated

AUTOCOMMIT = "AUTOCOMMIT"
LOOK_SECONDS = 5.0
"""So often the connection that has a server's lock is looked at."""
END_SECONDS = 1.0
_LONGEST_ID = 20


@contextmanager
def hold(url: str, *, shared: bool = False) -> Iterator[None]:
    """Be the only daemon on this database while the block runs; raises UsageError when another one is.

    ``shared``: beside others who say so too, on a server. A database in memory is held by whoever has it. The lock
    file stays: removing it while another process waits for it would let two in.
    """
    path = _find_file(url)
    if path is None:
        with _hold_server(url, shared=shared):
            yield
        return
    sqlite.prepare_file(path)
    handle = _open(lock_file(path))
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(_refusal(path, handle)) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(url: str) -> bool:
    """Whether a daemon, or a worker of a cluster, runs on this database."""
    path = _find_file(url)
    if path is None:
        return _is_server_held(url)
    if not lock_file(path).exists():
        return False
    handle = os.open(lock_file(path), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def _hold_server(url: str, *, shared: bool) -> Iterator[None]:
    database = connect(url)
    try:
        if not database.is_postgres:
            yield
            return
        keeper = _Keeper(database, shared=shared)
        if not keeper.take():
            raise UsageError(_in_the_way(database.place, shared=shared))
        with keeper:
            yield
    finally:
        database.engine.dispose()


class _Keeper:
    """Keeps one connection with the lock; when it breaks the lock is gone, and is taken again as soon as may be.

    What guards each write holds meanwhile.
    """

    def __init__(self, database: Database, *, shared: bool) -> None:
        self._database, self._shared = database, shared
        self._connection: Connection | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="holding", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(END_SECONDS)
        self._let_go()

    def take(self) -> bool:
        """Connect and take the lock; whether it could be had. Raises StorageError."""
        with translated(self._database.place), ExitStack() as opened:
            connection = opened.enter_context(self._database.engine.connect())
            connection.execution_options(isolation_level=AUTOCOMMIT)
            if not postgres.try_hold(connection, shared=self._shared):
                return False
            opened.pop_all()
            self._connection = connection
            return True

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                if self._connection is None:
                    self.take()
                else:
                    with translated(self._database.place):
                        self._connection.execute(select(1))
            except StorageError:
                self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _is_server_held(url: str) -> bool:
    database = connect(url)
    try:
        with database.reading() as connection:
            return database.is_postgres and postgres.is_held(connection)
    finally:
        database.engine.dispose()


def _in_the_way(place: str, *, shared: bool) -> str:
    if shared:
        return f"A `stilltrue run` without `cluster = true` works on the database {place}; stop it first."
    return (
        f"Another `stilltrue run` works on the database {place}; stop it first, "
        "or set `cluster = true` under [monitor] for all of them."
    )


def lock_file(path: Path) -> Path:
    """The lock's place: beside the database itself, however it is reached."""
    whole = path.resolve()
    return whole.with_name(f"{whole.name}.lock")


def _find_file(url: str) -> Path | None:
    return sqlite.find_file(parse_address(url))


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"the lock {path} cannot be opened: {error.strerror}") from error


def _refusal(path: Path, handle: int) -> str:
    owner = os.pread(handle, _LONGEST_ID, 0).decode("ascii", "replace").strip()
    who = f" (process {owner})" if owner.isdigit() else ""
    return f"Another `stilltrue run`{who} works on the database {path}; stop it first, or name another one with --db."
