"""What `stilltrue doctor` finds, and that it finds nothing where nothing is wrong."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alerts import AT, fee_alert
from program import Answer, Program
from running import rounds

from monitor.app import App
from monitor.deliver import deliver_due
from monitor.doctor import diagnose
from storage.holding import hold
from storage.store import open_store

CONFIG = """
[[channel]]
name = "editors"
url = "${EDITORS}"

[[source]]
id = "rounds"
publisher = "IRCC"
url = "https://www.example.org/rounds.json"
format = "json"
every = "6h"
extract = ["draws"]
"""


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setenv("EDITORS", "console://")
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG)
    program = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    lines = []
    now = datetime.now(UTC)
    for number, hours in ((1, 2), (2, 1)):
        (tmp_path / f"{number}.json").write_bytes(rounds(*range(1, number + 1)))
        read = (now - timedelta(hours=hours)).isoformat()
        lines.append(json.dumps({"source": "rounds", "fetched_at": read, "file": f"{number}.json"}))
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines))
    assert program("import", tmp_path / "manifest.jsonl").code == 0
    return program


def codes(answer: Answer) -> list[str]:
    assert answer.out, answer.err
    assert all(set(item) == {"code", "subject", "message", "severity"} for item in answer.json)
    return [item["code"] for item in answer.json]


def test_a_sound_installation_has_no_finding(program: Program):
    answer = program("doctor", "--json")
    assert (answer.code, answer.json) == (0, [])
    assert "Nothing is wrong" in program("doctor").err


def test_before_the_first_check_there_is_only_no_database(program: Program):
    program.database.unlink()
    answer = program("doctor", "--json")
    assert (answer.code, codes(answer)) == (0, ["no_database"])
    assert not program.database.exists()


Damage = Callable[[sqlite3.Connection], object]


@pytest.mark.parametrize(
    ("statement", "code", "exit_code"),
    [
        ("UPDATE blob SET zstd = substr(zstd, 1, length(zstd) - 3)", "damaged_bytes", 1),
        ("UPDATE blob SET zstd = (SELECT zstd FROM blob ORDER BY size DESC LIMIT 1)", "damaged_bytes", 1),
        ("UPDATE snapshot SET fetched_at = '2020-01-01 00:00:00.000000'", "renamed_snapshot", 1),
        ("DELETE FROM snapshot", "broken_reference", 1),
        ("UPDATE source SET version = 'nowhere'", "lost_version", 1),
        ("INSERT INTO blob VALUES ('00', 0, x'28b52ffd2000010000', NULL)", "orphan_blob", 1),
        ("UPDATE alembic_version SET version_num = '9999'", "newer_schema", 1),
        ("UPDATE alembic_version SET version_num = '0000'", "older_schema", 0),
        ("ALTER TABLE guide DROP COLUMN first_loaded", "schema_differs", 1),
        ("DROP TABLE alembic_version", "foreign_database", 1),
        ("UPDATE source SET last_check = '2199-01-01 00:00:00.000000'", "clock_behind", 1),
        ("UPDATE source SET next_due = '2020-01-01 00:00:00.000000'", "source_overdue", 1),
    ],
)
def test_each_kind_of_damage_is_found(program: Program, statement: str, code: str, exit_code: int):
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute(statement)
        raw.commit()
    answer = program("doctor", "--json")
    assert code in codes(answer)
    assert answer.code == exit_code


def overdue(program: Program) -> dict[str, str]:
    (found,) = [item for item in program("doctor", "--json").json if item["code"] == "source_overdue"]
    return found


def test_it_says_whether_somebody_is_there_to_read_what_is_overdue(program: Program):
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute("UPDATE source SET next_due = '2020-01-01 00:00:00.000000'")
        raw.commit()
    alone = overdue(program)
    assert "No `stilltrue run`" in alone["message"]
    with hold(f"sqlite:///{program.database}"):
        held = overdue(program)
    assert "No `stilltrue run`" not in held["message"]


def test_a_file_that_is_no_database_or_is_torn_is_found(program: Program):
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = program.database.read_bytes()
    program.database.write_bytes(whole[:4096] + b"\x55" * 8192 + whole[12288:])
    torn = program("doctor", "--json")
    assert torn.code == 1
    assert set(codes(torn)) & {"integrity", "unreadable"}
    program.database.write_text("this is no database, it is a letter to a friend " * 100)
    letter = program("doctor", "--json")
    assert (letter.code, codes(letter)[0]) == (1, "unreadable")


def test_what_others_may_read_is_found(program: Program):
    program.database.chmod(0o644)
    assert codes(program("doctor", "--json")) == ["file_mode"]


def test_what_is_held_for_want_of_a_channel_is_found(program: Program):
    with open_store(f"sqlite:///{program.database}") as store:
        store.raise_alert(fee_alert(channels=("gone",)))
        deliver_due(store, {}, now=lambda: AT, rng=random.Random(1))  # noqa: S311 - tests
    (held,) = [item for item in program("doctor", "--json").json if item["code"] == "held_deliveries"]
    assert "(gone)" in held["message"]


def test_a_missing_variable_and_an_unusable_channel_are_found(program: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EDITORS", "nonsense")
    unusable = program("doctor", "--json")
    assert (unusable.code, codes(unusable)) == (1, ["bad_address"])
    monkeypatch.delenv("EDITORS")
    missing = program("doctor", "--json")
    assert (missing.code, codes(missing)) == (1, ["missing_variable"])
    assert "EDITORS" in missing.json[0]["message"]


def test_a_broken_configuration_is_found_and_the_database_is_looked_at_all_the_same(program: Program):
    assert program.config is not None
    program.config.write_text(CONFIG.replace("every", "evry"))
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute("UPDATE source SET version = 'nowhere'")
        raw.commit()
    answer = program("doctor", "--json")
    assert answer.code == 1
    assert {"unknown_key", "lost_version"} <= set(codes(answer))
    (unknown,) = [item for item in answer.json if item["code"] == "unknown_key"]
    assert unknown["subject"].endswith("sources.toml:11")


def test_a_clock_before_this_program_was_written_is_found(program: Program):
    past = datetime(1970, 1, 1, tzinfo=UTC)
    app = App(
        environ={"EDITORS": "console://"},
        cwd=Path(),
        config_file=program.config,
        database=f"sqlite:///{program.database}",
        clock=lambda: past,
    )
    assert {"clock_wrong", "clock_behind"} <= {item.code for item in diagnose(app)}


def test_the_doctor_changes_nothing(program: Program):
    before = program.database.read_bytes()
    program("doctor")
    assert program.database.read_bytes() == before


def test_what_cannot_be_read_is_told_without_the_statement_that_read_it(program: Program):
    with closing(sqlite3.connect(program.database)) as raw:
        raw.execute("UPDATE fact SET quote = CAST(x'ff' AS TEXT)")
        raw.commit()
    answer = program("doctor")
    assert "Rows of fact cannot be read" in answer.out
    assert "SELECT" not in answer.out
    assert "sqlalche.me" not in answer.out
