"""The database file: made, opened, shared, full, read-only, damaged, and left by a killed process."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as sqlalchemy_event
from storing import affect, alert, at, event, fee, make, record

from monitor.config import default_database_url
from monitor.errors import StorageError, UsageError
from monitor.model import RecheckRequest
from monitor.ports import EventQuery
from storage.places import default_folder
from storage.store import open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


def fill(url: str) -> None:
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0", began=(fee("a", "1"),))


def checks(url: str) -> int:
    with open_store(url) as store:
        states = store.read_states()
        return states["fees"].checks if states else 0


def test_what_was_recorded_is_there_when_opened_again(url: str) -> None:
    fill(url)
    assert checks(url) == 1


def test_only_its_owner_may_read_the_file(url: str, path: Path) -> None:
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"kept.db": 0o600, "kept.db-wal": 0o600, "kept.db-shm": 0o600}


def test_readers_do_not_wait_for_a_writer(url: str, path: Path) -> None:
    fill(url)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert checks(f"{url}?timeout=0") == 1
    writer.close()


def test_commits_survive_a_power_cut(url: str) -> None:
    seen: list[Any] = []

    def note(connection: Any, _record: object) -> None:
        seen.append(connection)

    with watching_connections(note), open_store(url):
        pragmas = [seen[0].execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        references = seen[0].execute("PRAGMA foreign_keys").fetchone()[0]
    assert (pragmas, references) == (["wal", 2], 1)


@contextmanager
def watching_connections(react: Any) -> Iterator[None]:
    sqlalchemy_event.listen(Engine, "connect", react)
    try:
        yield
    finally:
        sqlalchemy_event.remove(Engine, "connect", react)


def test_the_default_place_is_made_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "platform", "linux")
    fill(f"sqlite:///{default_folder() / 'stilltrue.db'}")
    folder = tmp_path / "data" / "stilltrue"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "stilltrue.db").is_file()


def test_the_default_place_is_the_one_the_configuration_names() -> None:
    assert default_database_url() == f"sqlite:///{default_folder() / 'stilltrue.db'}"


def test_a_database_in_memory_works_across_threads() -> None:
    with open_store("sqlite://") as store:
        fill_here = make(0, "first_seen", body=b"0", began=(fee("a", "1"),))
        store.record([fill_here])
        with ThreadPoolExecutor(1) as pool:
            assert len(pool.submit(store.facts).result()) == 1
        assert [one.body for one in store.snapshots("fees")] == [b"0"]


def test_reading_snapshots_leaves_the_database_free_to_be_written(url: str) -> None:
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0")
        record(store, 1, "changed", body=b"1")
        for hour, _snapshot in enumerate(store.snapshots("fees"), start=2):
            record(store, hour)
        assert store.read_states()["fees"].checks == 4


def test_several_processes_may_open_a_new_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(checks, [url] * 6)) == [0] * 6


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        ("no such url", UsageError, "not a database URL"),
        ("nosuch://x", UsageError, "not supported"),
        ("sqlite:///{folder}/missing/kept.db", StorageError, r"missing/kept\.db does not exist; create it"),
        ("sqlite:///{folder}", StorageError, "is a folder"),
    ],
)
def test_an_address_that_cannot_be_used(tmp_path: Path, broken: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        open_store(broken.format(folder=tmp_path))


def test_a_file_that_is_no_database_is_named(url: str, path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to have a header" * 100)
    with pytest.raises(StorageError, match=r"kept\.db is not a SQLite database; name another"):
        open_store(url)


def test_a_damaged_file_is_named(url: str, path: Path) -> None:
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0", began=tuple(fee(str(n), "1") for n in range(2000)))
    whole = bytearray(path.read_bytes())
    whole[8192 : len(whole) - 8192] = b"\xff" * (len(whole) - 16384)
    path.write_bytes(whole)
    with pytest.raises(StorageError, match=r"kept\.db is damaged; put a backup"), open_store(url) as store:
        store.facts()


def test_another_program_s_database_is_refused_and_left_alone(url: str, path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (text TEXT)")
    other.close()
    with pytest.raises(StorageError, match=r"kept\.db belongs to another program"):
        open_store(url)
    other = sqlite3.connect(path)
    assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["notes"]
    other.close()


def test_a_locked_database_says_so(url: str, path: Path) -> None:
    fill(url)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with open_store(f"{url}?timeout=0.01") as store, pytest.raises(StorageError, match=r"kept\.db is locked"):
        store.record([make(1, "unchanged", revision=1)])
    writer.close()
    assert checks(url) == 1


def test_a_full_disk_keeps_what_was_there(url: str, path: Path) -> None:
    fill(url)
    pages = path.stat().st_size // 4096 + 4

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}").close()

    noise = os.urandom(500_000)
    with watching_connections(limit), open_store(url) as store:
        with pytest.raises(StorageError, match=r"kept\.db could not grow: the disk or quota is full"):
            store.record([make(1, "changed", body=noise, revision=1, began=(fee("b", "1"),))])
        assert store.read_states()["fees"].checks == 1
        record(store, 2)
    assert checks(url) == 2


def test_a_read_only_database_can_be_read(url: str, path: Path) -> None:
    fill(url)
    with open_store(f"sqlite:///file:{path}?mode=ro&uri=true") as store:
        assert len(store.facts()) == 1
        with pytest.raises(StorageError, match="is read-only"):
            store.record([make(1, "unchanged", revision=1)])


WHOLE = {"checks": 2, "facts": ["2"], "events": 1, "rechecks": 1, "deliveries": 1, "snapshots": 2, "versions": 2}
BEFORE = {"checks": 1, "facts": ["1"], "events": 0, "rechecks": 0, "deliveries": 0, "snapshots": 1, "versions": 1}


def state_of(url: str) -> dict[str, Any]:
    with open_store(url) as store:
        return {
            "checks": store.read_states()["fees"].checks,
            "facts": [str(getattr(one.fact.value, "amount", None)) for one in store.facts()],
            "events": len(store.events(EventQuery())),
            "rechecks": len(store.rechecks()),
            "deliveries": len(store.deliveries()),
            "snapshots": len(list(store.snapshots("fees"))),
            "versions": len(store.versions("fees")),
        }


def record_everything(url: str, *, die_at: int | None = None) -> int:
    """Record one check with everything in it, killed before a statement; returns how many statements it takes."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    news = event(1)
    request = RecheckRequest(guide="it-workers", assumption="C44", event=news.id, reasons=("changed",))
    more: dict[str, Any] = {
        "began": (fee("a", "2"),),
        "ended": ("fee:fees/a",),
        "events": (news,),
        "affects": (affect(news),),
        "rechecks": (request,),
        "alerts": (alert("a", 1, news),),
    }
    with open_store(url) as store:
        sqlalchemy_event.listen(Engine, "before_cursor_execute", note)
        try:
            store.record([make(1, "changed", body=b"1", revision=1, **more)])
        finally:
            sqlalchemy_event.remove(Engine, "before_cursor_execute", note)
    return count


def test_a_process_killed_anywhere_leaves_whole_checks_only(url: str, tmp_path: Path) -> None:
    steps = record_everything_elsewhere(tmp_path)
    assert steps > 12
    fill(url)
    for step in range(1, steps + 1):
        child = os.fork()
        if child == 0:
            record_everything(url, die_at=step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert state_of(url) == BEFORE
    record_everything(url)
    assert state_of(url) == WHOLE


def record_everything_elsewhere(folder: Path) -> int:
    url = f"sqlite:///{folder / 'counted.db'}"
    fill(url)
    return record_everything(url)


def test_nothing_committed_is_lost_by_a_kill(url: str) -> None:
    writer = f"""
from storing import record
from storage.store import open_store
with open_store({url!r}) as store:
    for hour in range(100_000):
        record(store, hour, "unchanged" if hour else "first_seen", body=b"same")
        print(hour + 1, flush=True)
"""
    paths = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parents[1])))
    environment = {**os.environ, "PYTHONPATH": paths}
    process = subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == 25:
            process.kill()
            break
    said = [int(line) for line in process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    with open_store(url) as store:
        kept = store.read_states()["fees"].checks
        assert kept >= max(said, default=25)
        assert len(list(store.snapshots("fees"))) == kept
        assert store.get_known("fees").last_check == at(kept - 1)


def test_importing_the_package_loads_no_database_library() -> None:
    code = "import sys, storage, storage.places; print([name for name in sys.modules if 'alchemy' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_opening_a_current_database_leaves_alembic_alone(url: str) -> None:
    opens = f"from storage.store import open_store; open_store({url!r}).close()"
    code = f"import sys; {opens}; print('alembic' in sys.modules)"
    for _ in ("new", "existing"):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"
