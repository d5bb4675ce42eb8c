"""alerts, its subcommands and canary as a user calls them; channels, addresses and secrets on the command line."""

import json
from pathlib import Path

import pytest
from alerts import AT, fee_alert, first_sight_alert
from program import Answer, Program

from storage.store import open_store

CONFIG = """
[[channel]]
name = "editors"
url = "console://"

[[channel]]
name = "journal"
url = "journal://told.jsonl"

[[source]]
id = "bcpnp-for-workers"
publisher = "BC PNP"
url = "https://example.org/one"
format = "html"
extract = ["rules"]
"""
GUIDE = """
id = "it-workers"
title = "IT"

[[assumption]]
id = "C44"
claim = "It costs 1,475."
sources = ["bcpnp-for-workers"]
"""


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "it-workers.toml").write_text(GUIDE)
    (tmp_path / "sources.toml").write_text(CONFIG)
    database = tmp_path / "kept.db"
    with open_store(f"sqlite:///{database}", now=AT) as store:
        store.raise_alert(fee_alert(channels=("editors", "journal")))
        store.raise_alert(first_sight_alert())
    return Program(capsys=capsys, database=database, config=tmp_path / "sources.toml")


def held(answer: Answer) -> list[tuple[int, str]]:
    return [(row["id"], row["last_error"]) for row in answer.json]


def test_what_is_acknowledged_is_listed_so(program: Program) -> None:
    assert program("alerts", "ack", "1", "--by", "ann", "--json").code == 0
    assert held(program("alerts", "--state", "acknowledged", "--json")) == [
        (2, "acknowledged by ann"),
        (1, "acknowledged by ann"),
    ]
    assert held(program("alerts", "--state", "snoozed", "--json")) == []
    assert program("alerts", "ack", "999").code == 2
    assert program("alerts", "--state", "lost").code == 2


def test_snoozes_are_made_listed_and_ended(program: Program) -> None:
    made = program("alerts", "snooze", "--source", "bcpnp-for-workers", "--until", "7d", "--by", "ann", "--json")
    assert [(row["source"], row["by"]) for row in made.json] == [("bcpnp-for-workers", "ann")]
    place = program("alerts", "snooze", "--assumption", "it-workers/C44", "--until", "2100-01-01", "--json")
    assert [(row["guide"], row["assumption"], row["until"]) for row in place.json] == [
        ("it-workers", "C44", "2100-01-01T00:00:00Z")
    ]
    assert len(program("alerts", "snooze", "--json").json) == 2
    program("alerts", "snooze", "--source", "bcpnp-for-workers", "--until", "now")
    assert [row["assumption"] for row in program("alerts", "snooze", "--json").json] == ["C44"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--source", "nowhere", "--until", "7d"),
        ("--assumption", "it-workers/C99", "--until", "7d"),
        ("--assumption", "C99", "--until", "7d"),
        ("--source", "bcpnp-for-workers"),
        ("--source", "bcpnp-for-workers", "--assumption", "it-workers/C44", "--until", "7d"),
        ("--source", "bcpnp-for-workers", "--until", "2020-01-01"),
        ("--source", "bcpnp-for-workers", "--until", "soon"),
        ("--until", "7d"),
    ],
)
def test_a_snooze_that_cannot_be_meant_is_refused(program: Program, wrong: tuple[str, ...]) -> None:
    assert program("alerts", "snooze", *wrong).code == 2


def test_the_console_stays_out_of_the_json_document(program: Program, tmp_path: Path) -> None:
    answer = program("alerts", "test", "editors", "--json")
    (sent,) = answer.json
    assert (sent["channel"], sent["state"], sent["last_error"]) == ("editors", "sent", None)
    assert "this is a test" in answer.err
    assert "this is a test" in program("alerts", "test", "editors").out
    assert program("alerts", "test", "journal", "--json").code == 0
    assert json.loads((tmp_path / "told.jsonl").read_text())["alert"] == "test"


def test_the_canary_flies_from_the_command_line(program: Program) -> None:
    answer = program("canary", "journal", "--json")
    assert (answer.code, answer.json["arrived"], answer.json["alarmed"]) == (0, True, [])
    assert [step["step"] for step in answer.json["steps"]][-1] == "delivery"
    assert program("canary", "nobody").code == 2
    assert program("history", "--json").json == []


def test_an_address_that_cannot_be_used_is_named_with_its_line_and_without_its_secrets(program: Program) -> None:
    assert program.config is not None
    program.config.write_text(CONFIG.replace("console://", "slack://t0ken-of-mine"))
    answer = program("alerts", "test", "editors")
    assert answer.code == 2
    assert 'sources.toml:2: channel "editors": its address cannot be used' in answer.err
    assert "t0ken" not in answer.err
    lint = program("lint", "--json")
    [problem] = [problem for problem in lint.json if problem["code"] == "bad_address"]
    assert (lint.code, problem["line"]) == (1, 2)
    assert "t0ken" not in lint.out
