"""Upgrading a database: the same schema on both ways, a copy first, whole or not at all, newer ones refused."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from storing import at, fee, record

import storage
from monitor.errors import StorageError
from storage import schema
from storage.database import Database, connect
from storage.store import open_store
from storage.upgrade import Migrations, bring_up_to_date

NOW = datetime(2026, 11, 23, 4, 54, 40, tzinfo=UTC)
SCHEMAS = sorted((Path(__file__).parent / "data" / "schemas").glob("*.sql"))


def schema_of(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    # A table that a migration built anew has its name in quotes.
    return {" ".join(sql.replace('"', "").split()).replace("( ", "(").replace(" )", ")") for (sql,) in rows}


def test_a_new_database_has_the_schema_the_migrations_lead_to(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    open_store(f"sqlite:///{made}").close()
    connection = sqlite3.connect(migrated)
    connection.execute(
        "CREATE TABLE alembic_version "
        "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.close()
    open_store(f"sqlite:///{migrated}").close()
    assert len(schema_of(made)) > 30
    assert schema_of(migrated) == schema_of(made)
    assert stamped(migrated) == stamped(made) == schema.REVISION


def stamped(path: Path) -> str:
    connection = sqlite3.connect(path)
    ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    return str(revision)


def load(sql: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.executescript(sql.read_text(encoding="utf-8"))
    connection.close()


def test_there_is_a_kept_database_of_every_schema() -> None:
    folder = Path(storage.__file__).parent / "migrations" / "versions"
    assert [one.stem for one in SCHEMAS] == sorted(one.name.split("_")[0] for one in folder.glob("0*.py"))


@pytest.mark.parametrize("sql", SCHEMAS, ids=lambda sql: sql.stem)
def test_a_database_of_every_schema_opens_with_its_content(tmp_path: Path, sql: Path) -> None:
    path, new = tmp_path / "old.db", tmp_path / "new.db"
    load(sql, path)
    open_store(f"sqlite:///{new}").close()
    with open_store(f"sqlite:///{path}", now=NOW) as store:
        assert [one.fact for one in store.facts(at=at(0))] == [fee("a", "1475")]
        assert [one.fact for one in store.facts()] == [fee("a", "1750")]
        assert [one.body for one in store.snapshots("fees")] == [b"old", b"new"]
        assert [one.reasons for one in store.rechecks()] == [("the fee changed",)]
        assert [one.channel for one in store.deliveries()] == ["editors"]
        record(store, 9)
    assert schema_of(path) == schema_of(new)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StorageError, match=r"newer\.db has schema 9999, newer than this program's"):
        open_store(f"sqlite:///{path}")
    assert stamped(path) == "9999"
    assert [one.name for one in tmp_path.glob("*.db")] == ["newer.db"]


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade():
    op.add_column("source", sa.Column("remark", sa.Text()))
    with op.batch_alter_table("version") as version:
        version.alter_column("update_marker", new_column_name="marker")
    {more}
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0", began=(fee("a", "1"),))
    database = connect(url)
    yield database
    database.engine.dispose()


def next_schema(folder: Path, more: str = "pass") -> Migrations:
    """The real migrations and one more."""
    shutil.copytree(Path(storage.__file__).parent / "migrations", folder / "migrations")
    step = NEXT.format(head=schema.REVISION, more=more)
    (folder / "migrations" / "versions" / "9000_next.py").write_text(step, encoding="utf-8")
    return Migrations(location=str(folder / "migrations"), head="9000")


def test_an_older_database_is_copied_and_upgraded(database: Database, tmp_path: Path) -> None:
    copy = bring_up_to_date(database, NOW, next_schema(tmp_path))
    assert copy == tmp_path / f"kept.{schema.REVISION}.20261123T045440Z.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert stamped(tmp_path / "kept.db") == "9000"
    assert any("remark" in sql for sql in schema_of(tmp_path / "kept.db"))
    assert not any("remark" in sql for sql in schema_of(copy))
    with open_store(f"sqlite:///{copy}") as store:
        assert [one.fact for one in store.facts()] == [fee("a", "1")]


def test_an_upgraded_database_is_not_upgraded_again(database: Database, tmp_path: Path) -> None:
    migrations = next_schema(tmp_path)
    assert bring_up_to_date(database, NOW, migrations) is not None
    assert bring_up_to_date(database, NOW, migrations) is None
    assert len(list(tmp_path.glob("*.db"))) == 2


@pytest.mark.parametrize("more", ["op.execute('no such statement')", "op.execute('DELETE FROM snapshot')"])
def test_an_upgrade_that_fails_changes_nothing(database: Database, tmp_path: Path, more: str) -> None:
    before = schema_of(tmp_path / "kept.db")
    with pytest.raises(StorageError, match=r"kept\.db"):
        bring_up_to_date(database, NOW, next_schema(tmp_path, more))
    assert schema_of(tmp_path / "kept.db") == before
    assert stamped(tmp_path / "kept.db") == schema.REVISION
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}") as store:
        assert [one.fact for one in store.facts()] == [fee("a", "1")]
        assert len(list(store.snapshots("fees"))) == 1
