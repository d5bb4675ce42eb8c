"""The hash chain and the seals: what is altered, dropped or slipped in is found, and nothing else is."""

import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from program import Program
from storing import at, fee, fill, make, record

import storage
from monitor.model import GENESIS, READS, LinkKind, Problem, content_sha256, find_break
from storage.examining import examine
from storage.store import SqlStore, open_store

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def store(path: Path, clock: list[datetime]) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{path}", now=NOW, clock=lambda: clock[0]) as opened:
        yield opened


def codes(path: Path) -> set[str]:
    return {flaw.code for flaw in examine(path)} - {"file_mode", "orphan_snapshot"}


def test_each_check_is_linked_and_each_day_has_a_root(store: SqlStore, path: Path, clock: list[datetime]) -> None:
    fill(store, clock)
    links = store.links("fees")
    assert [link.position for link in links] == [1, 2, 3, 4]
    assert {link.kind for link in links} == {LinkKind.CHECK}
    assert [link.outcome for link in links] == ["first_seen", "changed", "failed", "unchanged"]
    assert [link.recorded_at for link in links] == [NOW, *[NOW + timedelta(days=1)] * 2, NOW + timedelta(days=2)]
    assert find_break(links, GENESIS) is None
    assert [(root.day.day, root.sources, root.links) for root in store.roots()] == [(3, 2, 2), (4, 1, 2)]
    assert codes(path) == set()


def test_a_fresh_database_and_an_opened_one_are_sound(store: SqlStore, path: Path) -> None:
    assert codes(path) <= {"orphan_blob"}
    assert store.roots() == []


TAMPERING = [
    ("UPDATE check_ SET outcome = 'unchanged' WHERE outcome = 'failed'", "altered_rows"),
    ("UPDATE check_ SET checked_at = '2026-05-01 09:00:01.250000' WHERE id = 1", "lost_check"),
    ("UPDATE check_ SET http_status = 200 WHERE outcome = 'failed'", "altered_rows"),
    ("DELETE FROM check_ WHERE id = (SELECT max(id) FROM check_)", "lost_check"),
    ("UPDATE snapshot SET headers = '{}' WHERE source = 'fees'", "altered_snapshot"),
    ("UPDATE snapshot SET final_url = 'https://example.org/other'", "altered_snapshot"),
    ("UPDATE fact SET value = replace(value, '1750', '1475')", "altered_rows"),
    ("UPDATE fact SET quote = 'other words'", "altered_rows"),
    ("DELETE FROM fact WHERE ended_at IS NOT NULL", "altered_rows"),
    ("UPDATE event SET new = replace(new, '1750', '17500')", "altered_rows"),
    ("UPDATE event SET state = 'retracted'", "altered_rows"),
    ("DELETE FROM affect", "altered_rows"),
    ("UPDATE version SET update_marker = 'May 2, 2026'", "altered_rows"),
    ("UPDATE source SET last_good_read = '2026-05-09 09:00:00.250000'", "altered_rows"),
    ("UPDATE delivery SET state = 'sent'", "altered_rows"),
    ("UPDATE recheck SET state = 'closed'", "altered_rows"),
    ("DELETE FROM recheck_reason", "altered_rows"),
    ("DELETE FROM meta", "altered_rows"),
    ("UPDATE link SET outcome = 'changed' WHERE position = 1", "chain_broken"),
    ("UPDATE link SET recorded_at = '2020-05-01 09:00:00.000000' WHERE position = 4", "chain_broken"),
    ("DELETE FROM link WHERE position = 2", "chain_gap"),
    ("DELETE FROM link WHERE position = 4", "chain_end"),
    ("DELETE FROM link WHERE source = 'other'", "chain_end"),
    ("DELETE FROM root WHERE day = '2026-05-03'", "root_broken"),
    ("DELETE FROM root WHERE day = '2026-05-04'", "root_end"),
    ("UPDATE root SET links = 3 WHERE day = '2026-05-04'", "root_broken"),
    ("UPDATE root SET made_at = '2026-05-05 12:00:02.000000' WHERE day = '2026-05-04'", "altered_rows"),
    ("UPDATE seal SET sums = '{}' WHERE scope = '/roots'", "altered_rows"),
    ("UPDATE seal SET scope = '/!0' WHERE scope LIKE '/_%' AND scope != '/roots'", "altered_rows"),
    ("DELETE FROM seal WHERE scope = 'fees'", "chain_end"),
    ("UPDATE seal SET sums = '{}' WHERE scope = 'fees'", "altered_rows"),
    ("UPDATE seal SET sums = 'x' WHERE scope = 'fees'", "altered_rows"),
    ("UPDATE event SET observed_at = replace(observed_at, ' ', 'T')", "altered_rows"),
    ("UPDATE delivery SET maybe_duplicate = 0.0 + 2 WHERE maybe_duplicate = 1 OR 1", "altered_rows"),
    ("UPDATE fact SET first_seen = 'yesterday'", "unreadable_rows"),
    ("UPDATE link SET kind = 'other' WHERE position = 2", "unreadable_rows"),
    (
        """INSERT INTO check_ (source, checked_at, outcome, elapsed_ms, checks, reads_since_change)
        VALUES ('fees', '2026-05-02 00:00:00.000000', 'unchanged', 0, 1, 1)""",
        "unlinked_check",
    ),
]


@pytest.mark.parametrize(("statement", "code"), TAMPERING, ids=[statement[:60] for statement, _ in TAMPERING])
def test_tampering_is_found(store: SqlStore, path: Path, clock: list[datetime], statement: str, code: str) -> None:
    fill(store, clock)
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute(statement).rowcount > 0
        raw.commit()
    assert code in codes(path)


def test_what_the_program_itself_does_afterwards_is_no_flaw(store: SqlStore, path: Path, clock: list[datetime]) -> None:
    fill(store, clock)
    delivery, _ = store.claim(at(40), timedelta(minutes=5)) or pytest.fail("nothing was due")
    (task,) = store.rechecks()
    store.close_recheck(task.id, outcome="updated", note=None, by="ana", now=at(60))
    store.acknowledge(str(delivery.id), at(60), by="ana", note=None)
    store.note("key", "one")
    store.note("key", "two")
    assert codes(path) == set()


def test_a_source_derived_again_goes_on_with_its_chain(store: SqlStore, path: Path, clock: list[datetime]) -> None:
    fill(store, clock)
    before = store.links("fees")
    store.rebuild(
        "fees",
        [
            make(0, "first_seen", body=b"0", began=(fee("a", "1475"),)),
            make(12, "unchanged", body=b"12", late=True),
            make(30, "changed", body=b"30", began=(fee("a", "1750"),), ended=("fee:fees/a",)),
            make(31, "failed", problem=Problem(code="timeout", message="No answer.")),
            make(50, "unchanged", body=b"50"),
        ],
    )
    links = store.links("fees")
    assert links[:4] == before
    assert [link.kind for link in links[4:]] == ["late", "rederived"]
    assert (links[4].checked_at, links[4].recorded_at) == (at(12), clock[0])
    assert codes(path) == set()


def test_bytes_whose_time_is_over_stay_provable(store: SqlStore, path: Path, clock: list[datetime]) -> None:
    fill(store, clock)
    (gone,) = [shot for shot in store.snapshots("fees") if shot.body == b"50"]
    assert store.sweep(at(100), limit=10).snapshots == 1
    last = store.links("fees")[-1]
    assert (last.kind, last.outcome) == (LinkKind.SWEPT, None)
    assert content_sha256(gone.body) in (last.detail or "")
    assert codes(path) == set()


def test_a_database_without_a_chain_gets_one_marked_as_back_filled(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript((Path(__file__).parent / "data" / "schemas" / "0002.sql").read_text(encoding="utf-8"))
    path.chmod(0o600)
    with open_store(f"sqlite:///{path}", now=NOW, clock=lambda: NOW) as store:
        assert [(link.kind, link.recorded_at) for link in store.links("fees")] == [(LinkKind.BACKFILLED, NOW)] * 2
        record(store, 9)
        assert [link.kind for link in store.links("fees")][2:] == [LinkKind.CHECK]
    assert codes(path) == set()


def test_daily_roots_of_before_they_were_sealed_are_sealed(store: SqlStore, path: Path, clock: list[datetime]) -> None:
    fill(store, clock)
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE seal SET sums = '{}' WHERE scope = '/roots'")
        raw.execute("UPDATE alembic_version SET version_num = '0006'")
        raw.commit()
    open_store(f"sqlite:///{path}", now=NOW).close()
    assert codes(path) == set()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE root SET made_at = '2026-05-05 12:00:02.000000' WHERE day = '2026-05-04'")
        raw.commit()
    assert codes(path) == {"altered_rows"}


def test_several_writers_at_once_keep_one_chain(path: Path) -> None:
    def write(source: str) -> None:
        with open_store(f"sqlite:///{path}") as store:
            for hour in range(10):
                record(store, hour, "first_seen" if hour == 0 else "unchanged", body=b"same", source=source)
                store.note(source, str(hour))

    open_store(f"sqlite:///{path}").close()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, ("a", "b", "c")))
    assert codes(path) == set()


WRITES = re.compile(r"(?<![.\w])(insert|update|delete)\((?!_?\w*seal\b)|\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b")


def test_nothing_is_written_past_the_seals() -> None:
    """Whoever writes a table writes through storage.sealing; otherwise doctor would call our own rows altered."""
    folder = Path(storage.__file__).parent
    # sharing writes only what is no record, copying the seals along with the rows.
    exempt = {"sealing.py", "chaining.py", "resealing.py", "upgrade.py", "sharing.py", "copying.py"}
    past = [
        f"{path.name}: {line.strip()}"
        for path in folder.glob("*.py")
        if path.name not in exempt
        for line in path.read_text(encoding="utf-8").splitlines()
        if WRITES.search(line) and not line.lstrip().startswith("def ")
    ]
    assert past == []


CONFIG = """
[[source]]
id = "p"
publisher = "P"
url = "https://www.example.org/p"
format = "html"
every = "6h"
extract = ["fees"]
"""
PAGE = "<body><div id=a><h1>Fees</h1><p>Application fee: ${} CAD</p></div><div id=b><p>Note {}.</p></div></body>"


def test_settings_to_and_fro_and_pages_filed_late_leave_the_records_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "sources.toml"
    program = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    config.write_text(CONFIG)
    pages = [(100, "one"), (100, "two"), (200, "three"), (200, "four"), (200, "four"), (300, "five")]
    lines = []
    for day, (fee_asked, note) in enumerate(pages, start=1):
        (tmp_path / f"{day}.html").write_text(PAGE.format(fee_asked, note))
        lines.append(json.dumps({"source": "p", "fetched_at": f"2026-01-0{day}T00:00:00Z", "file": f"{day}.html"}))
    for name, part in (("first", [lines[1], lines[3], lines[4]]), ("late", [lines[2], lines[0]]), ("last", lines[5:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(part))
        assert program("import", tmp_path / f"{name}.jsonl").code == 0
        assert codes(tmp_path / "kept.db") == set()
    for settings in ('scope = { keep = ["#a"] }', 'scope = { keep = ["#b"] }', ""):
        config.write_text(CONFIG + settings)
        answer = program("reextract")
        assert answer.code == 0, answer.err
        assert codes(tmp_path / "kept.db") == set(), settings
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}", clock=lambda: NOW) as store:
        store.sweep(datetime(2027, 1, 1, tzinfo=UTC), limit=100)
        assert len([link for link in store.links("p") if link.kind in READS]) == len(pages)
    assert codes(tmp_path / "kept.db") == set()


def test_a_digest_noted_elsewhere_is_known_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG)
    program = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}", clock=lambda: NOW) as store:
        record(store, 0, "first_seen", body=b"0", source="p")
        (link,) = store.links("p")
    for digest, code in ((link.digest, None), (link.digest[:16].upper(), None), ("0" * 64, "unknown_root")):
        found = {item["code"] for item in program("doctor", "--root", digest, "--json").json}
        assert found & {"unknown_root", "bad_root"} == ({code} if code else set()), digest
    for wrong in (link.digest[:15], "%" * 16):
        assert "bad_root" in {item["code"] for item in program("doctor", "--root", wrong, "--json").json}
