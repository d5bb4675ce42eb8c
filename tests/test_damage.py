"""Random damage to a database or a pack is always found and named, and a sound one never called damaged.

``make damage`` hurts every column of the demo's database in every way; `make test` does a few dozen of the same.
"""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import Struct
from program import Program
from storing import fill

from monitor.demo import played
from monitor.model import Snooze
from storage.examining import examine
from storage.flaws import Flaw
from storage.store import open_store

PASSING = {"slot", "host", "robots"}
"""Tables of what processes share for the moment: no record of anything."""
TOLERATED = {"file_mode", "orphan_snapshot"}
STEPS = ("flip", "null", "swap")
OF_SOURCES = {"source", "check_", "snapshot", "version", "fact", "event", "link"}
"""Tables whose rows belong to a source each."""
SAID_AS = {
    "check_": ("check",),
    "link": ("chain",),
    "blob": ("bytes",),
    "seal": ("seal", "chain", "Rows of", "daily roots"),
    "alembic_version": ("schema", "program"),
}
"""What a table is called to people, where it is not its own name."""


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


def flaws(path: Path) -> list[Flaw]:
    return [flaw for flaw in examine(path) if flaw.code not in TOLERATED]


def found(path: Path) -> set[str]:
    return {flaw.code for flaw in flaws(path)}


def dump(path: Path) -> list[str]:
    """All that is stored, row by row; which of the shared seals a sum stands in says nothing."""
    with closing(sqlite3.connect(path)) as raw:
        lines = [line for line in raw.iterdump() if line.startswith("INSERT")]
    return sorted(re.sub(r"^(INSERT INTO \"seal\" VALUES\('/)\d*'", r"\1'", line) for line in lines)


def tables(path: Path) -> dict[str, list[str]]:
    """The columns of every table that holds rows."""
    with closing(sqlite3.connect(path)) as raw:
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [column[1] for column in raw.execute(f'PRAGMA table_info("{name}")')]
            for name in names
            if name not in PASSING and raw.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
        }


class Hurt(Struct, frozen=True):
    """One row to alter or drop: which step, of what table, in which column (None: the whole row)."""

    step: str
    table: str
    column: str | None

    def damage(self, raw: sqlite3.Connection, rng: random.Random) -> tuple[str, str | None]:
        """Do it to a row by chance; says what was done, and whose row it was."""
        named = f'"{self.table}"'
        rows = [row for (row,) in raw.execute(f"SELECT rowid FROM {named} ORDER BY rowid")]  # noqa: S608
        row = rng.choice(rows)
        whose = self._whose(raw, row)
        if self.column is None:
            raw.execute(f"DELETE FROM {named} WHERE rowid = ?", (row,))  # noqa: S608
            return f"deleted row {row} of {self.table}", whose
        (value,) = raw.execute(f'SELECT "{self.column}" FROM {named} WHERE rowid = ?', (row,)).fetchone()  # noqa: S608
        new: object = None
        if self.step == "swap" and len(rows) > 1:
            other = rng.choice([one for one in rows if one != row])
            (new,) = raw.execute(f'SELECT "{self.column}" FROM {named} WHERE rowid = ?', (other,)).fetchone()  # noqa: S608
        elif self.step != "null" or value is None:
            new = _flipped(value, rng)
        raw.execute(f'UPDATE {named} SET "{self.column}" = ? WHERE rowid = ?', (new, row))  # noqa: S608
        return f"{self.table}.{self.column} of row {row}: {value!r:.60} -> {new!r:.60}", whose

    def _whose(self, raw: sqlite3.Connection, row: int) -> str | None:
        column = {"source": "id"}.get(self.table, "source")
        if self.table not in OF_SOURCES or self.column == column:
            return None
        (name,) = raw.execute(f'SELECT "{column}" FROM "{self.table}" WHERE rowid = ?', (row,)).fetchone()  # noqa: S608
        return str(name)

    def is_named(self, told: list[Flaw], whose: str | None) -> bool:
        """Whether one of the flaws says which table it is in, and of which source."""
        words = (self.table, *SAID_AS.get(self.table, ()))
        texts = [f"{flaw.code} {flaw.subject} {flaw.message}" for flaw in told]
        return any(word in text and (whose or "") in text for text in texts for word in words)


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


def hurts(path: Path) -> list[Hurt]:
    """Every way to hurt a row of every table that holds some."""
    return [
        hurt
        for table, columns in sorted(tables(path).items())
        for hurt in (Hurt("delete", table, None), *(Hurt(step, table, name) for name in columns for step in STEPS))
    ]


def hurt(path: Path, to: Path, *, seed: int, chosen: Sequence[Hurt]) -> None:
    before = dump(path)
    for one in chosen:
        shutil.copy(path, to)
        with closing(sqlite3.connect(to)) as raw:
            try:
                what, whose = one.damage(raw, random.Random(f"{seed}/{one}"))  # noqa: S311 - repeatable
                raw.commit()
            except sqlite3.IntegrityError:
                continue  # the database itself refuses that damage
        told = flaws(to)
        assert told or dump(to) == before, what
        assert not told or one.is_named(told, whose), (what, told)


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
    every, rng = hurts(small), random.Random(1)  # noqa: S311 - repeatable
    each = [next(one for one in every if one.table == table) for table in tables(small)]
    hurt(small, tmp_path / "hurt.db", seed=1, chosen=[*each, *rng.sample(every, 20)])


def test_torn_files_are_found(small: Path, tmp_path: Path) -> None:
    tear(small, tmp_path / "torn.db", count=12, seed=1)


@pytest.mark.slow
def test_every_column_of_the_demo_is_watched(demo: Path, tmp_path: Path) -> None:
    hurt(demo, tmp_path / "hurt.db", seed=2, chosen=hurts(demo))


@pytest.mark.slow
def test_hundreds_of_torn_files_are_found(demo: Path, tmp_path: Path) -> None:
    tear(demo, tmp_path / "torn.db", count=300, seed=2)


Way = Callable[[Program], Path]


def as_it_is(program: Program) -> Path:
    return program.database


def swept(program: Program) -> Path:
    with open_store(f"sqlite:///{program.database}") as store:
        assert store.sweep(datetime(2030, 1, 1, tzinfo=UTC), limit=1000).snapshots
    return program.database


def read_again(program: Program) -> Path:
    assert program.config is not None
    settings = program.config.read_text(encoding="utf-8")
    program.config.write_text(settings.replace('keep = ["main"]', 'keep = ["body"]'))
    assert program("reextract").code == 0
    program.config.write_text(settings)
    assert program("reextract").code == 0
    return program.database


def copied(program: Program) -> Path:
    moved = program.database.with_name("moved.db")
    assert program("copy", f"sqlite:///{moved}").code == 0
    return moved


def backed_up(program: Program) -> Path:
    backup = program.database.with_name("backup.db")
    assert program("backup", backup).code == 0
    return backup


def carried(program: Program) -> Path:
    warc, other = (program.database.with_name(name) for name in ("all.warc.gz", "carried.db"))
    assert program("export", "--warc", "-o", warc).code == 0
    assert Program(capsys=program.capsys, database=other, config=program.config)("import", warc).code in {0, 1}
    return other


def vacuumed(program: Program) -> Path:
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute("VACUUM")
    return program.database


def dumped(program: Program) -> Path:
    restored = program.database.with_name("restored.db")
    with closing(sqlite3.connect(program.database)) as raw, closing(sqlite3.connect(restored)) as new:
        new.executescript("\n".join(raw.iterdump()))
    return restored


WAYS: list[Way] = [as_it_is, swept, read_again, copied, backed_up, carried, vacuumed, dumped]


@pytest.fixture
def program(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """The demo's own copy for a test, with its settings."""
    shutil.copytree(demo.parent, tmp_path / "kept")
    return Program(capsys=capsys, database=tmp_path / "kept" / demo.name, config=tmp_path / "kept" / "sources.toml")


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_whatever_we_do_with_a_database_it_stays_sound(program: Program, way: Way) -> None:
    there = Program(capsys=program.capsys, database=way(program), config=program.config)
    assert found(there.database) == set()
    event, *_ = there("history", "--kind", "fee", "--json").json
    pack = there.database.with_suffix(".zip")
    assert there("evidence", "--event", event["id"], "--no-pictures", "-o", pack).code == 0
    assert there("evidence", "check", pack, "--json").json == []


SCHEMAS = sorted((Path(__file__).parent / "data" / "schemas").glob("*.sql"))


@pytest.mark.parametrize("schema", SCHEMAS, ids=[path.stem for path in SCHEMAS])
def test_a_database_of_an_older_schema_is_sound_once_upgraded(tmp_path: Path, schema: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(schema.read_text(encoding="utf-8"))
    open_store(f"sqlite:///{path}").close()
    assert found(path) == set()
