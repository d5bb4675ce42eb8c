"""Brings an opened database to this program's schema, or refuses it."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, insert, inspect, select

from monitor.errors import StorageError
from monitor.model import stamp
from storage import postgres, resealing, schema, sealing, sqlite
from storage.database import Database, translated

_MIGRATIONS = "storage:migrations"


class Migrations(Struct, frozen=True, kw_only=True):
    """Where the steps between schemas are (a folder, or ``package:folder``) and the newest one."""

    location: str = _MIGRATIONS
    head: str = schema.REVISION


CURRENT = Migrations()


def bring_up_to_date(database: Database, now: datetime, migrations: Migrations = CURRENT) -> Path | None:
    """Make the tables of an empty database, or upgrade an older one; returns the copy made before an upgrade.

    Raises StorageError when the database is another program's, or newer than this one.
    """
    with database.reading() as connection:
        stored = _stored_revision(connection, database.place)
    if stored == migrations.head:
        return None
    if stored is None and migrations == CURRENT:
        _create(database, now)
        return None
    return _upgrade(database, now, migrations)


def _stored_revision(connection: Connection, place: str) -> str | None:
    """The schema a database has; None for an empty one."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if schema.alembic_version.name not in tables:
        raise StorageError(f"the database {place} belongs to another program; name another file with --db")
    return connection.scalar(select(schema.alembic_version.c.version_num)) or ""


def _create(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        # Another process may have been quicker while we waited for the lock.
        if _stored_revision(connection, database.place) is not None:
            return
        schema.metadata.create_all(connection, checkfirst=False)
        schema.stamps.create_all(connection, checkfirst=False)
        connection.execute(insert(schema.alembic_version), {"version_num": schema.REVISION})
        sealing.insert_rows(connection, schema.meta, [{"key": "created_at", "value": stamp(now)}])


def _upgrade(database: Database, now: datetime, migrations: Migrations) -> Path | None:
    """Copy the file, then take all steps in one transaction that holds the write lock."""
    with translated(database.place), database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            sqlite.set_foreign_keys(connection, on=False)
        try:
            locked = connection.execution_options(**{sqlite.WRITE: True})
            with locked.begin():
                if database.is_postgres:
                    postgres.lock_writing(locked, alone=True)
                    postgres.take_time(locked)
                return _upgrade_locked(locked, database, now, migrations)
        finally:
            # The setting is the connection's own; the next user of it must not inherit it.
            connection.invalidate()


def _upgrade_locked(connection: Connection, database: Database, now: datetime, migrations: Migrations) -> Path | None:
    stored = _stored_revision(connection, database.place)
    if stored == migrations.head:
        return None
    # Alembic is heavy, and needed only when a schema really changes.
    from storage import migrate  # noqa: PLC0415 - see above

    if stored and stored not in migrate.revisions(migrations.location):
        raise StorageError(
            f"the database {database.place} has schema {stored}, newer than this program's {migrations.head}; "
            "install the newer stilltrue, or open the copy that was made beside it before its upgrade"
        )
    copy = _copy(database, stored, now) if stored else None
    before = resealing.discrepancies(connection)
    migrate.run(connection, location=migrations.location, head=migrations.head)
    if before is None:
        resealing.start(connection, now)
    else:
        resealing.seal_again(connection, before)
    _check_references(connection, database.place)
    return copy


def _copy(database: Database, stored: str, now: datetime) -> Path | None:
    path = sqlite.find_file(database.engine.url)
    if path is None:
        return None
    copy = path.with_name(f"{path.stem}.{stored}.{now:%Y%m%dT%H%M%SZ}{path.suffix}")
    sqlite.copy_file(path, copy)
    return copy


def _check_references(connection: Connection, place: str) -> None:
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StorageError(f"the upgrade of {place} would lose references; nothing was changed, please report this")
