"""Keeping the database itself: a consistent copy while it is in use, and removing bytes that nothing rests on."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, exists, or_, select

from monitor.errors import StorageError, UsageError
from monitor.model import CheckOutcome
from monitor.ports import Swept
from storage import blobs, chaining, schema, sqlite
from storage.database import Database, chunks
from storage.sealing import delete_rows, update_rows

_blob = schema.blob
_check = schema.check
_snapshot = schema.snapshot
_version = schema.version

_REPEATED = tuple(
    outcome.value
    for outcome in (CheckOutcome.UNCHANGED, CheckOutcome.RESTAMPED, CheckOutcome.FAILED, CheckOutcome.BLOCKED)
)
"""Outcomes that say all a later derivation needs to know of a read without its bytes. A reduced page or an older copy
is not among them: whether it is believed depends on what stood in it."""


def sweep(connection: Connection, before: datetime, limit: int, now: datetime) -> Swept:
    """Remove the oldest snapshots that no version was made from; their checks stay, with what they found.

    Facts, events and rechecks cite versions, so whatever they rest on stays. Then bytes nobody refers to go. The chain
    keeps their digests.
    """
    kept = or_(
        exists().where(_version.c.snapshot == _snapshot.c.id),
        exists().where(_check.c.snapshot == _snapshot.c.id, _check.c.outcome.not_in(_REPEATED)),
    )
    old = select(_snapshot.c.id).where(_snapshot.c.fetched_at < before, ~kept)
    ids = connection.scalars(old.order_by(_snapshot.c.fetched_at).limit(limit)).all()
    for chunk in chunks(ids):
        for one, digest in chaining.append_swept(connection, chunk, now).items():
            update_rows(connection, _check, _check.c.snapshot == one, {"snapshot": None, "body": digest})
        delete_rows(connection, _snapshot, _snapshot.c.id.in_(chunk))
    return Swept(snapshots=len(ids), bytes=_drop_blobs(connection))


def _drop_blobs(connection: Connection) -> int:
    unused = select(_blob.c.sha256).where(~exists().where(_snapshot.c.blob == _blob.c.sha256))
    return blobs.remove(connection, connection.scalars(unused).all())


def backup(database: Database, path: Path) -> int:
    """Copy through SQLite's own backup, check the copy, and only then give it its name; returns its size in bytes.

    Raises UsageError for a file that exists, StorageError when the copy cannot be made or is not sound.
    """
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists already; a backup never overwrites, so name another file.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"The folder of {path} does not exist; create it or name another.")
    source = sqlite.find_file(database.engine.url)
    if source is None:
        raise UsageError("Only a database that is a file can be copied so; use the database's own tools (pg_dump).")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        _copy(source, partial)
        _name(partial, path)
        _flush_folder(path.absolute().parent)
        return path.stat().st_size
    except FileExistsError:
        raise UsageError(f"{path} exists already; a backup never overwrites, so name another file.") from None
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the database {source} could not be copied to {path}: {error}") from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _copy(source: Path, partial: Path) -> None:
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(partial)) as copy:
        original.backup(copy)
        # One file is what people move about; the program switches back when it opens it.
        copy.execute("PRAGMA journal_mode=DELETE").close()
        (answer,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise StorageError(f"the copy of {source} is not sound ({answer}); run `stilltrue doctor`")
    handle = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(partial: Path, path: Path) -> None:
    """Give the copy its name unless that is taken meanwhile, which a plain rename would not notice."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links on this file system (FAT, some network shares): take the name, then fill it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        partial.replace(path)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
