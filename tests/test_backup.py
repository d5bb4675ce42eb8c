"""Copies of a database in use, and what retention may remove."""

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from program import Program
from running import rounds
from storing import at, event, fee, record

from monitor.config import load_config
from monitor.errors import StorageError, UsageError
from monitor.model import CheckOutcome, EventState, Problem, RecheckRequest
from monitor.ports import EventQuery
from storage.store import SqlStore, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{path}") as opened:
        yield opened


def test_a_copy_is_a_database_with_everything_in_it(store: SqlStore, tmp_path: Path):
    record(store, 0, "first_seen", body=b"0", began=(fee("a", "1475"),))
    record(store, 1, "changed", body=b"1", began=(fee("a", "1750"),), ended=("fee:fees/a",), events=(event(1),))
    copy = tmp_path / "copy.db"
    assert store.backup(copy) == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with open_store(f"sqlite:///{copy}") as copied:
        assert copied.facts() == store.facts()
        assert copied.events(EventQuery()) == store.events(EventQuery())
        assert [shot.body for shot in copied.snapshots("fees")] == [b"0", b"1"]
    assert not [left for left in tmp_path.iterdir() if "partial" in left.name]


def test_a_copy_made_while_others_write_is_whole(store: SqlStore, path: Path, tmp_path: Path):
    record(store, 0, "first_seen", body=b"0")
    done = threading.Event()

    def write() -> None:
        with open_store(f"sqlite:///{path}") as other:
            hour = 1
            while not done.is_set():
                record(other, hour, body=b"%d" % hour * 5000)
                hour += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"copy{number}.db" for number in range(5)]
        sizes = [store.backup(copy) for copy in copies]
    finally:
        done.set()
        writer.join()
    assert all(sizes)
    for copy in copies:
        with closing(sqlite3.connect(copy)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (checks, counted) = raw.execute("SELECT (SELECT count(*) FROM check_), checks FROM source").fetchone()
            assert checks == counted


def test_a_disk_without_hard_links_gets_its_copy_too(store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("os.link", refuse)
    assert store.backup(tmp_path / "copy.db") > 0
    with pytest.raises(UsageError, match="never overwrites"):
        store.backup(tmp_path / "copy.db")


def test_nothing_is_ever_overwritten(store: SqlStore, tmp_path: Path):
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(UsageError, match="never overwrites"):
        store.backup(there)
    assert there.read_text() == "mine"
    with pytest.raises(UsageError, match="folder"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_damaged_database_gives_no_copy(store: SqlStore, path: Path, tmp_path: Path):
    for hour in range(30):
        record(store, hour, body=b"%d" % hour * 3000)
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 9] = b"\x55" * (4096 * 6)
    path.write_bytes(data)
    copy = tmp_path / "copy.db"
    with pytest.raises(StorageError):
        store.backup(copy)
    assert not copy.exists()


def test_the_command_copies_and_refuses(stilltrue: Program, tmp_path: Path):
    copy = tmp_path / "copy.db"
    assert stilltrue("backup", copy).code == 0
    answer = stilltrue("backup", copy)
    assert answer.code == 2
    assert "never overwrites" in answer.err
    (finding,) = stilltrue("backup", tmp_path / "other.db", "--json").json
    assert set(finding) == {"code", "subject", "message", "severity"}
    assert Program(capsys=stilltrue.capsys, database=copy)("doctor").code == 0


def bodies(store: SqlStore) -> list[bytes]:
    return [shot.body for shot in store.snapshots("fees")]


def test_retention_keeps_whatever_a_version_was_made_from(store: SqlStore):
    record(store, 0, "first_seen", body=b"first", began=(fee("a", "1475"),))
    record(store, 1, body=b"first again")
    record(store, 2, "failed", body=b"captcha", problem=Problem(code="x", message="x"))
    told = event(3)
    request = RecheckRequest(guide="g", assumption="C1", event=told.id, reasons=("changed",))
    record(store, 3, "changed", body=b"second", events=(told,), rechecks=(request,))
    record(store, 4, "layout_changed", body=b"reduced", problem=Problem(code="y", message="y"))
    record(store, 5, body=b"second again")
    record(store, 900, body=b"young")
    before = at(800)
    swept = store.sweep(before, limit=100)
    assert swept.snapshots == 3
    assert swept.bytes > 0
    assert bodies(store) == [b"first", b"second", b"reduced", b"young"]
    assert store.sweep(before, limit=100).snapshots == 0
    assert [item.event.id for item in store.events(EventQuery(states=tuple(EventState)))] == [told.id]
    assert [task.event for task in store.rechecks()] == [told.id]
    assert store.read_states()["fees"].checks == 7
    swept_checks = [(check.outcome, check.checked_at) for check in store.failed_checks("fees")]
    assert swept_checks == [
        (CheckOutcome.UNCHANGED, at(1)),
        (CheckOutcome.FAILED, at(2)),
        (CheckOutcome.UNCHANGED, at(5)),
    ]


def test_retention_keeps_bytes_that_a_young_read_shares_with_an_old_one(store: SqlStore):
    record(store, 0, "first_seen", body=b"first")
    record(store, 1, body=b"same")
    record(store, 900, body=b"same")
    assert store.sweep(at(800), limit=100).snapshots == 1
    assert bodies(store) == [b"first", b"same"]


def test_retention_goes_on_in_small_steps(store: SqlStore):
    record(store, 0, "first_seen", body=b"first")
    for hour in range(1, 8):
        record(store, hour, body=b"%d" % hour)
    assert [store.sweep(at(100), limit=3).snapshots for _ in range(4)] == [3, 3, 1, 0]


def test_retention_is_off_unless_asked_for(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text('[keep]\nsnapshots = "2y"\n')
    assert load_config(config, now=at(0).date()).keep_snapshots == timedelta(days=730)
    config.write_text("")
    assert load_config(config, now=at(0).date()).keep_snapshots is None
    config.write_text('[keep]\nsnapshots = "forever"\n')
    refused = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)("status")
    assert refused.code == 2
    assert "sources.toml:2" in refused.err


def test_a_source_derived_again_after_retention_says_the_same(stilltrue: Program, tmp_path: Path):
    def save(*reads: tuple[int, bytes]) -> Path:
        lines = []
        for day, body in reads:
            (tmp_path / f"{day}.json").write_bytes(body)
            page = {"source": "ircc-ee-rounds", "fetched_at": f"2026-02-{day:02}T00:00:00Z", "file": f"{day}.json"}
            lines.append(json.dumps(page))
        (tmp_path / "manifest.jsonl").write_text("\n".join(lines))
        return tmp_path / "manifest.jsonl"

    same = rounds(1, 2).replace(b'"classes"', b' "classes"')
    stilltrue("import", save((1, rounds(1)), (2, rounds(1, 2)), (4, same), (5, b"<p>"), (6, rounds(1, 2, 3))))
    history, status = stilltrue("history", "--json").json, stilltrue("status", "--json").json
    with open_store(f"sqlite:///{stilltrue.database}") as store:
        assert store.sweep(datetime(2027, 1, 1, tzinfo=UTC), limit=10).snapshots == 1
    late = stilltrue("import", save((3, rounds(1, 2).replace(b'"classes"', b'  "classes"'))), "--json")
    assert [check["outcome"] for check in late.json] == ["unchanged"]
    assert stilltrue("history", "--json").json == history
    again = stilltrue("status", "--json").json
    counted = [(item["id"], item["checks"], item["health"], item["last_change"]) for item in again]
    assert counted == [
        (item["id"], item["checks"] + (item["checks"] > 0), item["health"], item["last_change"]) for item in status
    ]
