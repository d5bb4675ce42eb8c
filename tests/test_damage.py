"""Random damage to a database is always found, and a sound one never called damaged.

``make damage`` runs thousands of cases; `make test` a few dozen of the same.
"""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from storing import fill

from monitor.demo import played
from monitor.model import Snooze
from storage.examining import examine
from storage.store import open_store

PASSING = {"slot", "host", "robots"}
"""Tables of what processes share for the moment: no record of anything."""
TOLERATED = {"file_mode", "orphan_snapshot"}
STEPS = ("flip", "delete", "null", "swap")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of two sources over three days, with something in most tables, closed and whole."""
    path, clock = tmp_path_factory.mktemp("small") / "kept.db", [datetime(2026, 5, 3, 12, tzinfo=UTC)]
    with open_store(f"sqlite:///{path}", now=clock[0], clock=lambda: clock[0]) as store:
        fill(store, clock)
        (delivery,) = store.deliveries()
        store.acknowledge(str(delivery.id), clock[0], by="ana", note=None)
        store.snooze(Snooze(id=0, until=clock[0] + timedelta(days=9), created_at=clock[0], source="fees"))
    return closed(path)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's database, closed and whole."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    with played(folder):
        pass
    return closed(folder / "demo.db")


def closed(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("PRAGMA journal_mode=DELETE")
    return path


def found(path: Path) -> set[str]:
    return {flaw.code for flaw in examine(path)} - TOLERATED


def dump(path: Path) -> list[str]:
    """All that is stored, row by row."""
    with closing(sqlite3.connect(path)) as raw:
        return [line for line in raw.iterdump() if line.startswith("INSERT")]


def tables(path: Path) -> dict[str, list[str]]:
    """The columns of every table that holds rows."""
    with closing(sqlite3.connect(path)) as raw:
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [column[1] for column in raw.execute(f'PRAGMA table_info("{name}")')]
            for name in names
            if name not in PASSING and raw.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
        }


def damage(raw: sqlite3.Connection, table: str, columns: list[str], step: str, rng: random.Random) -> str:
    """Alter or drop one row; says what it did."""
    rows = [row for (row,) in raw.execute(f'SELECT rowid FROM "{table}" ORDER BY rowid')]  # noqa: S608
    row = rng.choice(rows)
    if step == "delete":
        raw.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (row,))  # noqa: S608
        return f"deleted row {row} of {table}"
    column = rng.choice(columns)
    (value,) = raw.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (row,)).fetchone()  # noqa: S608
    if step == "null" and value is not None:
        new: object = None
    elif step == "swap" and len(rows) > 1:
        other = rng.choice([one for one in rows if one != row])
        (new,) = raw.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (other,)).fetchone()  # noqa: S608
    else:
        new = _flipped(value, rng)
    raw.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row))  # noqa: S608
    return f"{table}.{column} of row {row}: {value!r:.60} -> {new!r:.60}"


def _flipped(value: object, rng: random.Random) -> object:
    if isinstance(value, int):
        return value ^ (1 << rng.randrange(8))
    if isinstance(value, bytes) and value:
        place = rng.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << rng.randrange(8))]) + value[place + 1 :]
    if isinstance(value, str) and value:
        place = rng.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ (1 << rng.randrange(5))) + value[place + 1 :]
    return "x"


def cases(path: Path, count: int, seed: int) -> Iterator[tuple[str, list[str], str, random.Random]]:
    """Every table in turn, with a step and its own luck."""
    held = sorted(tables(path).items())
    for number in range(count):
        table, columns = held[number % len(held)]
        yield table, columns, STEPS[number // len(held) % len(STEPS)], random.Random(f"{seed}/{number}")  # noqa: S311


def hurt(path: Path, to: Path, *, count: int, seed: int) -> None:
    before = dump(path)
    for table, columns, step, rng in cases(path, count, seed):
        shutil.copy(path, to)
        with closing(sqlite3.connect(to)) as raw:
            try:
                what = damage(raw, table, columns, step, rng)
                raw.commit()
            except sqlite3.IntegrityError:
                continue  # the database itself refuses that damage
        assert found(to) or dump(to) == before, what


def tear(path: Path, to: Path, *, count: int, seed: int) -> None:
    """Flip single bytes of the file; what changes nothing that is stored need not be found."""
    whole, before = path.read_bytes(), dump(path)
    rng = random.Random(seed)  # noqa: S311 - repeatable
    for _ in range(count):
        place = rng.randrange(len(whole))
        to.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << rng.randrange(8))]) + whole[place + 1 :])
        if found(to):
            continue
        assert dump(to) == before, f"byte {place}"


def test_a_sound_database_is_never_called_damaged(small: Path) -> None:
    assert found(small) == set()


def test_damaged_rows_of_every_table_are_found(small: Path, tmp_path: Path) -> None:
    hurt(small, tmp_path / "hurt.db", count=2 * len(tables(small)), seed=1)


def test_torn_files_are_found(small: Path, tmp_path: Path) -> None:
    tear(small, tmp_path / "torn.db", count=12, seed=1)


@pytest.mark.slow
def test_the_demo_is_not_called_damaged(demo: Path) -> None:
    assert found(demo) == set()


@pytest.mark.slow
def test_thousands_of_damaged_rows_are_found(demo: Path, tmp_path: Path) -> None:
    hurt(demo, tmp_path / "hurt.db", count=3000, seed=2)


@pytest.mark.slow
def test_thousands_of_torn_files_are_found(demo: Path, tmp_path: Path) -> None:
    tear(demo, tmp_path / "torn.db", count=2000, seed=2)
