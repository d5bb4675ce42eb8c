"""The one daemon of a database: a lock of the operating system on a file beside it, gone when its process is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import StorageError, UsageError
from storage import sqlite

_LONGEST_ID = 20


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Be the only daemon on this database while the block runs; raises UsageError when another one is.

    Only a database that is a file can be held; for others this does nothing. The lock file stays: removing it while
    another process waits for it would let two in.
    """
    path = _find_file(url)
    if path is None:
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
    if path is None or not lock_file(path).exists():
        return False
    handle = os.open(lock_file(path), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def lock_file(path: Path) -> Path:
    """The lock's place: beside the database itself, however it is reached."""
    whole = path.resolve()
    return whole.with_name(f"{whole.name}.lock")


def _find_file(url: str) -> Path | None:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    return sqlite.find_file(parsed) if parsed.get_backend_name() == "sqlite" else None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"the lock {path} cannot be opened: {error.strerror}") from error


def _refusal(path: Path, handle: int) -> str:
    owner = os.pread(handle, _LONGEST_ID, 0).decode("ascii", "replace").strip()
    who = f" (process {owner})" if owner.isdigit() else ""
    return f"Another `stilltrue run`{who} works on the database {path}; stop it first, or name another one with --db."
