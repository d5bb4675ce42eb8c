"""Stored bytes as differences from earlier ones: small, quick to read, never lost with what they rest on."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from program import Program
from running import rounds
from storing import at, make, record

from monitor.model import Snapshot, content_sha256
from storage import blobs, keeping
from storage.database import Database, connect
from storage.examining import examine
from storage.store import SqlStore, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def database(store: SqlStore, path: Path) -> Iterator[Database]:
    del store
    database = connect(f"sqlite:///{path}")
    yield database
    database.engine.dispose()


def page(number: int) -> bytes:
    """A page of some 20 KB that gains a line each time."""
    lines = [content_sha256(str(line)) for line in range(300 - number, 600)]
    return "\n".join(lines).encode()


def fill(store: SqlStore, count: int) -> list[bytes]:
    bodies = [page(number) for number in range(count)]
    for hour, body in enumerate(bodies):
        record(store, hour, "changed" if hour else "first_seen", body=body)
    return bodies


def chains(path: Path) -> dict[str, str | None]:
    with closing(sqlite3.connect(path)) as raw:
        return dict(raw.execute("SELECT sha256, base FROM blob").fetchall())


def length(digest: str, bases: dict[str, str | None]) -> int:
    base = bases[digest]
    return 1 if base is None else 1 + length(base, bases)


def test_successive_pages_are_kept_as_differences_in_chains_that_end(store: SqlStore, path: Path) -> None:
    bodies = fill(store, 130)
    bases = chains(path)
    assert max(length(digest, bases) for digest in bases) == blobs.LONGEST_CHAIN
    assert list(bases.values()).count(None) == 1
    assert [shot.body for shot in store.snapshots("fees")] == bodies
    with closing(sqlite3.connect(path)) as raw:
        ((stored,),) = raw.execute("SELECT sum(length(zstd)) FROM blob").fetchall()
    assert stored < 3 * len(bodies[0])


def test_a_page_that_resembles_nothing_before_it_stands_alone(store: SqlStore, path: Path) -> None:
    record(store, 0, "first_seen", body=page(0))
    other = "\n".join(content_sha256(f"other {line}") for line in range(300)).encode()
    record(store, 1, "changed", body=other)
    record(store, 2, "changed", body=b"")
    record(store, 3, "changed", body=page(3))
    bases = chains(path)
    assert bases[content_sha256(other)] is None
    assert [shot.body for shot in store.snapshots("fees")] == [page(0), other, b"", page(3)]


def test_what_keeps_us_out_does_not_come_between_two_pages(store: SqlStore, path: Path) -> None:
    record(store, 0, "first_seen", body=page(0))
    record(store, 1, "blocked", body=b"<title>Captcha</title>")
    record(store, 2, "changed", body=page(1))
    assert chains(path)[content_sha256(page(1))] == content_sha256(page(0))


def test_bytes_that_others_rest_on_go_only_after_those_rest_elsewhere(
    store: SqlStore, database: Database, path: Path
) -> None:
    bodies = fill(store, 5)
    digests = [content_sha256(body) for body in bodies]
    for gone in (digests[2], digests[0], digests[3]):
        with database.writing() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.exec_driver_sql("UPDATE check_ SET snapshot = NULL")
            connection.exec_driver_sql("DELETE FROM version")
            connection.exec_driver_sql("DELETE FROM snapshot WHERE blob = ?", (gone,))
            assert keeping.sweep(connection, at(-1), limit=0, now=at(9)).bytes != 0
        assert gone not in chains(path)
        left = [shot.body for shot in store.snapshots("fees")]
        assert left == [body for body, digest in zip(bodies, digests, strict=True) if digest in chains(path)]
    assert chains(path) == {digests[1]: None, digests[4]: digests[1]}


def test_a_base_removed_between_packing_and_writing_loses_nothing(store: SqlStore, database: Database) -> None:
    fill(store, 2)
    with database.reading() as connection:
        packed = blobs.pack(page(2), content_sha256(page(2)), blobs.newest_chain(connection, "fees"))
    assert packed.base == content_sha256(page(1))
    with database.writing() as connection:
        blobs.remove(connection, [content_sha256(page(7))])
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in ("check_", "version", "snapshot"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
        blobs.remove(connection, [packed.base])
        blobs.store(connection, [packed])
        assert blobs.read(connection, packed.sha256) == page(2)


def test_damage_is_told_of_all_that_rests_on_it(store: SqlStore, path: Path) -> None:
    bodies = fill(store, 4)
    assert not [flaw for flaw in examine(path) if flaw.serious]
    with closing(sqlite3.connect(path)) as raw:
        damaged = bytearray(raw.execute("SELECT zstd FROM blob WHERE base IS NULL").fetchone()[0])
        damaged[len(damaged) // 2] ^= 0x55
        raw.execute("UPDATE blob SET zstd = ? WHERE base IS NULL", (bytes(damaged),))
        raw.commit()
    hurt = {flaw.subject for flaw in examine(path) if flaw.code == "damaged_bytes"}
    assert content_sha256(bodies[0]) in hurt
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM blob WHERE base IS NULL")
        raw.commit()
    hurt = {flaw.subject for flaw in examine(path) if flaw.code == "damaged_bytes"}
    assert hurt == {content_sha256(body) for body in bodies[1:]}


def damage(path: Path, digest: str) -> None:
    """One wrong byte in the midst of a stored form."""
    with closing(sqlite3.connect(path)) as raw:
        stored = bytearray(raw.execute("SELECT zstd FROM blob WHERE sha256 = ?", (digest,)).fetchone()[0])
        stored[len(stored) // 2] ^= 0x55
        raw.execute("UPDATE blob SET zstd = ? WHERE sha256 = ?", (bytes(stored), digest))
        raw.commit()


def test_a_damaged_page_does_not_stop_the_next_one(
    stilltrue: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save = Saved(tmp_path)
    stilltrue("import", save((1, rounds(1))))
    damage(stilltrue.database, content_sha256(rounds(1)))
    later = stilltrue("import", save((2, rounds(1, 2)), (3, rounds(1, 2, 3))), "--json")
    assert (later.code, [read["outcome"] for read in later.json]) == (0, ["changed", "changed"])
    assert content_sha256(rounds(1)) in caplog.text
    assert "doctor" in caplog.text
    bases = chains(stilltrue.database)
    assert bases[content_sha256(rounds(1, 2))] is None
    assert bases[content_sha256(rounds(1, 2, 3))] == content_sha256(rounds(1, 2))
    told = stilltrue("doctor", "--json")
    assert told.code != 0
    assert content_sha256(rounds(1)) in told.out
    assert content_sha256(rounds(1, 2)) not in told.out


def test_removing_goes_on_past_damage_and_leaves_what_rests_on_it(
    store: SqlStore, database: Database, path: Path
) -> None:
    digests = [content_sha256(body) for body in fill(store, 5)]
    damage(path, digests[3])
    with database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql("UPDATE check_ SET snapshot = NULL")
        connection.exec_driver_sql("DELETE FROM version")
        connection.exec_driver_sql("DELETE FROM snapshot WHERE blob IN (?, ?)", (digests[0], digests[2]))
        keeping.sweep(connection, at(-1), limit=0, now=at(9))
    # What rested on the first stands by itself; nobody can tell what rested on the third, so that stays under it.
    assert chains(path) == {digests[1]: None, **{digests[step]: digests[step - 1] for step in (2, 3, 4)}}
    assert {flaw.subject for flaw in examine(path) if flaw.code == "damaged_bytes"} == set(digests[3:])


def test_an_unchanged_read_adds_one_row_and_its_link(stilltrue: Program, tmp_path: Path) -> None:
    def rows() -> dict[str, int]:
        with closing(sqlite3.connect(stilltrue.database)) as raw:
            tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608

    save = Saved(tmp_path)
    stilltrue("import", save((1, rounds(1))))
    before = rows()
    disguised = rounds(1).replace(b'"classes"', b'\n "classes"')
    (first, second) = stilltrue("import", save((2, rounds(1)), (3, disguised)), "--json").json
    assert [first["outcome"], second["outcome"]] == ["unchanged", "unchanged"]
    assert {name: rows()[name] - count for name, count in before.items() if rows()[name] != count} == {
        "check_": 2,
        "link": 2,
    }
    assert stilltrue("import", save((2, rounds(1)), (3, disguised)), "--json").json == []
    assert rows()["check_"] == before["check_"] + 2


def test_a_late_page_changes_what_an_unchanged_read_after_it_meant(stilltrue: Program, tmp_path: Path) -> None:
    """The read of day 9 said the same as day 1; with day 4 between them it is a return to an earlier page."""
    save = Saved(tmp_path)
    reads = (1, rounds(1)), (4, rounds(1, 2)), (9, rounds(1)), (14, rounds(1)), (19, rounds(1, 2, 3))
    in_order = Program(capsys=stilltrue.capsys, database=tmp_path / "order.db", config=stilltrue.config)
    in_order("import", save(*reads))
    stilltrue("import", save(*(read for read in reads if read[0] != 4)))
    stilltrue("import", save(reads[1]))
    for command in (("facts",), ("versions", "ircc-ee-rounds")):
        shown, expected = stilltrue(*command, "--json").json, in_order(*command, "--json").json
        assert [{**item, "cause": None} for item in shown] == [{**item, "cause": None} for item in expected]
    told = [
        [{**item, "cause": None} for item in program("history", "--json").json] for program in (stilltrue, in_order)
    ]
    assert told[0] == told[1]
    assert stilltrue("import", save(*reads), "--json").json == []


class Saved:
    """Writes made-up reads of the rounds feed as (day of March 2026, body) and gives their manifest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *reads: tuple[int, bytes]) -> Path:
        lines = []
        for day, body in reads:
            (self._folder / f"{day}.json").write_bytes(body)
            moment = f"2026-03-{day:02}T00:00:00Z"
            lines.append({"source": "ircc-ee-rounds", "fetched_at": moment, "file": f"{day}.json"})
        manifest = self._folder / "manifest.jsonl"
        manifest.write_text("\n".join(json.dumps(line) for line in lines))
        return manifest


def test_records_of_one_transaction_may_rest_on_one_another(store: SqlStore, path: Path) -> None:
    record(store, 0, "first_seen", body=page(0))
    store.record([make(hour, "changed", body=page(hour), revision=hour) for hour in (1, 2, 3)])
    shots: list[Snapshot] = list(store.snapshots("fees"))
    assert [shot.body for shot in shots] == [page(hour) for hour in range(4)]
    assert all(one.fetched_at < two.fetched_at for one, two in pairwise(shots))
    assert chains(path)[content_sha256(page(3))] == content_sha256(page(0))
