"""What is particular to a PostgreSQL database: made and upgraded like a file, shared, held, lost and found again."""

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from postgres import find_programs, serving
from sqlalchemy import create_engine, create_mock_engine, inspect, text
from storing import alert, event, fee, make, record

import storage
from monitor.cli.program import run
from monitor.errors import StorageError, UsageError
from monitor.ports import EventQuery
from storage import schema
from storage.database import connect
from storage.holding import hold, is_held
from storage.store import SqlStore, open_store
from storage.upgrade import Migrations, bring_up_to_date

NOW = datetime(2026, 11, 23, 4, 54, 40, tzinfo=UTC)


@pytest.fixture
def store(postgres: str) -> Iterator[SqlStore]:
    with open_store(postgres, now=NOW) as opened:
        yield opened


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def shape_of(url: str) -> dict[str, Any]:
    """Every table with its columns, keys and indexes."""
    engine = create_engine(url)
    found = inspect(engine)
    shape = {
        table: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(table)],
            found.get_pk_constraint(table),
            sorted(found.get_foreign_keys(table), key=str),
            sorted(found.get_indexes(table), key=str),
        )
        for table in found.get_table_names()
    }
    engine.dispose()
    return shape


def test_a_new_database_has_the_schema_the_migrations_lead_to(postgres: str):
    open_store(postgres).close()
    made = shape_of(postgres)
    execute(
        postgres,
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)",
    )
    open_store(postgres).close()
    assert len(made) > 15
    assert shape_of(postgres) == made


def test_an_upgrade_is_whole_or_not_at_all(store: SqlStore, postgres: str, tmp_path: Path):
    record(store, 0, "first_seen", body=b"0", began=(fee("a", "1"),))
    before = shape_of(postgres)
    database = connect(postgres)
    with pytest.raises(StorageError, match=r"no such statement|syntax error"):
        bring_up_to_date(database, NOW, next_schema(tmp_path / "broken", "op.execute('no such statement')"))
    assert shape_of(postgres) == before
    assert bring_up_to_date(database, NOW, next_schema(tmp_path / "whole", "pass")) is None
    assert "remark" in str(shape_of(postgres)["source"])
    database.engine.dispose()
    with pytest.raises(StorageError, match=f"has schema 9000, newer than this program's {schema.REVISION}"):
        open_store(postgres)


def next_schema(folder: Path, more: str) -> Migrations:
    """The real migrations and one more."""
    shutil.copytree(Path(storage.__file__).parent / "migrations", folder / "migrations")
    step = (
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9000'\ndown_revision = '{schema.REVISION}'\n\n"
        f"def upgrade():\n    op.add_column('source', sa.Column('remark', sa.Text()))\n    {more}\n"
    )
    (folder / "migrations" / "versions" / "9000_next.py").write_text(step, encoding="utf-8")
    return Migrations(location=str(folder / "migrations"), head="9000")


def test_several_may_make_the_same_database_at_once(postgres: str):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: open_store(postgres).close(), range(4)))
    assert "source" in shape_of(postgres)


def test_another_programs_database_is_refused(postgres: str):
    execute(postgres, "CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StorageError, match="belongs to another program"):
        open_store(postgres)


def test_the_password_is_never_shown(postgres: str):
    wrong = postgres.replace(postgres.split(":")[2].split("@", maxsplit=1)[0], "hunter2hunter2")
    with pytest.raises(StorageError, match=r"refused the password|password authentication failed") as refused:
        open_store(wrong)
    assert "hunter2" not in str(refused.value)


def test_writers_of_different_sources_do_not_wait_for_each_other_but_tellers_do(store: SqlStore, postgres: str):
    database, other = connect(postgres), connect(f"{postgres}?options=-clock_timeout%3D50ms")
    with open_store(f"{postgres}?options=-clock_timeout%3D50ms") as hurried:
        with database.writing(alone=False):
            record(hurried, 0, "first_seen", body=b"0", source="quiet")
            news = event(1, source="told")
            with pytest.raises(StorageError) as locked:
                record(hurried, 1, "changed", body=b"1", source="told", alerts=(alert("a", 1, news),), events=(news,))
            assert locked.value.transient
        record(hurried, 1, "changed", body=b"1", source="told", alerts=(alert("a", 1, news),), events=(news,))
    assert set(store.read_states()) == {"quiet", "told"}
    for one in (database, other):
        one.engine.dispose()


def test_the_same_news_raised_by_two_at_once_is_told_once(store: SqlStore, postgres: str):
    news = event(1)
    record(store, 0, "first_seen", body=b"0", events=(news,))

    def tell(number: int) -> None:
        with open_store(postgres) as own:
            own.record([make(1, "first_seen", source=f"s{number}", alerts=(alert(f"a{number}", 1, news),))])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tell, range(6)))
    assert len(store.deliveries()) == 1


def test_one_daemon_holds_it_or_several_that_share(postgres: str):
    assert not is_held(postgres)
    with hold(postgres):
        assert is_held(postgres)
        with pytest.raises(UsageError, match=r"Another `stilltrue run`.*cluster = true"), hold(postgres):
            pass
        with pytest.raises(UsageError, match="without `cluster = true`"), hold(postgres, shared=True):
            pass
    with hold(postgres, shared=True), hold(postgres, shared=True):
        assert is_held(postgres)
        with pytest.raises(UsageError, match="Another"), hold(postgres):
            pass
    assert not is_held(postgres)


def test_the_commands_that_look_after_it(postgres: str, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    config = Path(__file__).parents[1] / "sources.toml"

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run([*arguments, "--db", postgres, "--config", str(config)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    assert call("status")[0] == 0
    assert call("doctor")[0] == 0
    code, _, told = call("backup", str(tmp_path / "copy"))
    assert code == 2
    assert "pg_dump" in told
    with open_store(postgres) as store:
        record(store, 0, "first_seen", body=b"0")
    execute(postgres, "UPDATE blob SET zstd = '\\x00'")
    code, found, _ = call("doctor", "--json")
    assert code == 1
    assert "damaged_bytes" in {one["code"] for one in json.loads(found)}


@pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed")
def test_a_server_that_goes_away_is_a_passing_trouble():
    with serving(fsync="off") as server, open_store(server.url) as store:
        record(store, 0, "first_seen", body=b"0")
        server.stop()
        with pytest.raises(StorageError) as gone:
            record(store, 1)
        assert gone.value.transient
        assert server.password not in str(gone.value)
        server.start()
        record(store, 2, events=(event(2),))
        assert len(store.events(EventQuery())) == 1


def test_indexes_are_partial_there_as_they_are_in_a_file() -> None:
    said: list[str] = []
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda made, *_: said.append(str(made.compile(dialect=engine.dialect)))
    )
    schema.metadata.create_all(engine, checkfirst=False)
    partial = [" ".join(line.split()) for line in said if "WHERE" in line]
    assert "CREATE UNIQUE INDEX ux_fact_current ON fact (source, key) WHERE ended_at IS NULL" in partial
    assert "CREATE UNIQUE INDEX ux_recheck_open ON recheck (guide, assumption) WHERE state = 'open'" in partial
    assert len(partial) == 5


def test_a_lock_that_is_gone_with_its_connection_is_taken_again(postgres: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.holding, "LOOK_SECONDS", 0.05)
    with hold(postgres, shared=True):
        execute(postgres, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        end = time.monotonic() + 20
        while not is_held(postgres):
            assert time.monotonic() < end, "nobody holds the database"
    assert not is_held(postgres)


def test_a_writer_whose_machine_froze_holds_nobody_up(postgres: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage.postgres, "IDLE_SECONDS", 1)
    frozen = connect(postgres)

    def write_after_all() -> None:
        with frozen.writing() as connection:
            connection.execute(schema.meta.insert(), {"key": "frozen", "value": "half-done"})
            store.note("other", "written")
            connection.execute(text("SELECT 1"))

    with pytest.raises(StorageError, match="said nothing for too long") as ended:
        write_after_all()
    assert ended.value.transient
    frozen.engine.dispose()
    assert (store.notes("frozen"), store.notes("other")) == ({}, {"other": "written"})


def test_what_is_too_long_for_an_index_is_refused_and_no_fault_of_the_database(store: SqlStore):
    with pytest.raises(StorageError, match="index row") as refused:
        store.note("".join(map(str, range(4000))), "too long")
    assert refused.value.refused
    assert not refused.value.transient
