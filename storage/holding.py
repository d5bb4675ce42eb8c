"""The one daemon of a database: a lock that is gone when its process is.

Of a file it is the operating system's lock on a file beside it, of a server one of the server's own (advisory) locks.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from monitor.errors import StorageError, UsageError
from storage import postgres, sqlite
from storage.addresses import parse_address
from storage.database import connect, translated

AUTOCOMMIT = "AUTOCOMMIT"
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
    """Whether a daemon runs on this database."""
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
    """Keep one connection for as long; when it breaks the lock is gone, and what guards each write still holds."""
    database = connect(url)
    try:
        if not database.is_postgres:
            yield
            return
        with ExitStack() as kept:
            with translated(database.place):
                connection = kept.enter_context(database.engine.connect().execution_options(isolation_level=AUTOCOMMIT))
                taken = postgres.try_hold(connection, shared=shared)
            if not taken:
                raise UsageError(_in_the_way(database.place, shared=shared))
            yield
    finally:
        database.engine.dispose()


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
