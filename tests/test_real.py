"""The real official copies, imported as a user would, against what was checked by hand."""

import gzip
import json
import random
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from program import Program

from monitor.cli.program import run

ROUNDS = "ircc-ee-rounds"


@pytest.fixture(scope="module")
def imported(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the whole manifest imported once."""
    database = tmp_path_factory.mktemp("real") / "real.db"
    config = Path(__file__).parents[1] / "sources.toml"
    run(["import", str(real / "manifest.jsonl"), "--db", f"sqlite:///{database}", "--config", str(config), "--json"])
    return database


@pytest.fixture
def board(imported: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    """The program on a copy of that database."""
    copy = tmp_path / "real.db"
    shutil.copy(imported, copy)
    return Program(capsys=capsys, database=copy, config=Path(__file__).parents[1] / "sources.toml")


def expected(real: Path, name: str) -> Any:
    return json.loads((real / "expected" / f"{name}.json").read_text())


def values(program: Program, source: str, kind: str) -> list[dict[str, Any]]:
    return [fact["value"] for fact in program("facts", "--source", source, "--kind", kind, "--json").json]


def rounds_in(path: Path) -> list[str]:
    try:
        return [item["drawNumber"] for item in json.loads(gzip.decompress(path.read_bytes()))["rounds"]]
    except (ValueError, OSError):
        return []


def test_each_express_entry_round_is_added_exactly_once(board: Program, real: Path):
    versions = expected(real, ROUNDS)["versions"]
    seen = [rounds_in(real / item["file"]) for item in versions]
    first, everything = set(seen[0]), set().union(*seen)
    history = board("history", "--source", ROUNDS, "--kind", "draw.new", "--json").json
    numbers = Counter(event["new"]["number"] for event in history)
    assert numbers == Counter(everything - first)
    assert len(history) == 181


def test_the_rounds_feed_raises_nothing_but_rounds_their_patterns_one_fold_and_the_bad_body(board: Program):
    history = board("history", "--source", ROUNDS, "--json").json
    others = Counter(event["kind"] for event in history if event["kind"] != "draw.new")
    patterns = {"draw.category": 10, "draw.silence": 6, "draw.shift": 5}
    assert others == {"draw.amended": 1, "source.failing": 1, "source.recovered": 1, **patterns}
    (folded,) = (event for event in history if event["kind"] == "draw.amended")
    assert (folded["key"], folded["severity"]) == (f"draw:{ROUNDS}/*", "info")
    assert "stream" in folded["new"]["fields"], "the mass rename between the two series"


def test_the_rounds_feed_shows_the_patterns_checked_by_hand(board: Program):
    history = board("history", "--source", ROUNDS, "--json").json
    told = {
        kind: [(event["observed_at"][:10], event["new"]) for event in reversed(history) if event["kind"] == kind]
        for kind in ("draw.silence", "draw.shift", "draw.category")
    }
    assert sorted((day, new["category"], new["last"], new["mark"]) for day, new in told["draw.silence"]) == [
        ("2023-03-23", "pnp", "2023-03-01", "more than 21 days"),
        ("2023-06-08", "pnp", "2023-05-10", "more than 26 days"),
        ("2025-07-10", "french", "2025-03-21", "90 days"),
        ("2025-07-10", "general", "2024-04-23", "365 days"),
        ("2025-07-10", "stem", "2024-04-11", "365 days"),
        ("2026-03-16", "education", "2025-09-17", "180 days"),
    ]
    assert [(new["number"], new["category"], new["change"]) for _, new in told["draw.shift"]] == [
        ("253", "general", 25),
        ("360", "french", 102),
        ("368", "trades", 72),
        ("369", "pnp", 109),
        ("399", "pnp", -79),
    ]
    assert {new["number"] for _, new in told["draw.category"]} == {
        *("240", "252", "254", "256"),  # fsw, healthcare, stem, french
        *("261", "264", "267", "344"),  # trades, transport, agriculture, education: unread until 2025-07
        *("397", "402"),  # physicians, senior managers
    }


def test_rounds_carry_the_feeds_own_values(board: Program, real: Path):
    newest = max((real / ROUNDS).glob("*.gz"))
    records = {item["drawNumber"]: item for item in json.loads(gzip.decompress(newest.read_bytes()))["rounds"]}
    draws = {draw["number"]: draw for draw in values(board, ROUNDS, "draw")}
    assert draws.keys() == records.keys()
    for number, record in records.items():
        draw = draws[number]
        assert draw["invitations"] == int(record["drawSize"].replace(",", ""))
        assert draw["score"] == int(record["drawCRS"].replace(",", ""))
        assert draw["stream"] == " ".join(record["drawName"].split())
        assert (draw["tie_break"] or "") == " ".join(record["drawCutOff"].split())
    assert draws["246"]["date"] == "2023-04-12"


def test_bc_draws_are_those_checked_by_hand(board: Program, real: Path):
    wanted = expected(real, "bcpnp-invitations-2026-05-15")["draws"]
    found = values(board, "bcpnp-invitations", "draw")
    assert len(found) == len(wanted)

    def row(date: str, program: str, invitations: str | None, score: int | None) -> tuple[object, ...]:
        return date, program, invitations, score

    def score_of(text: str | None) -> int | None:
        return int(text) if text and text.isdigit() else None

    assert Counter(row(d["date"], d["program"], d["invitations_text"], d["score"]) for d in found) == Counter(
        row(d["date"], d["program"], d["invitations"], score_of(d["minimum_score"])) for d in wanted
    )


def test_ontario_draws_are_those_checked_by_hand(board: Program, real: Path):
    wanted = expected(real, "oinp-updates-2024")["draws"]
    found = values(board, "oinp-updates-2024", "draw")
    assert Counter(
        (d["date"], d["stream"], d["invitations"], d["score_text"], tuple(sorted(d["occupations"]))) for d in found
    ) == Counter(
        (d["date"], d["stream"], d["invitations"], d["score_text"], tuple(sorted(d["noc_codes"]))) for d in wanted
    )


def test_bc_fees_are_those_checked_by_hand(board: Program, real: Path):
    wanted = expected(real, "bcpnp-for-workers")["fees_cad"]
    found = {fee["label"]: Decimal(fee["amount"]) for fee in values(board, "bcpnp-for-workers", "fee")}
    assert sorted(found.values()) == sorted(Decimal(amount) for amount in wanted.values())
    for name, amount in wanted.items():
        (label,) = (label for label in found if name.replace("_", " ") in label.lower())
        assert found[label] == Decimal(amount)


def test_the_gts_fee_is_the_one_checked_by_hand(board: Program, real: Path):
    wanted = expected(real, "esdc-gts-requirements")["fee_cad_per_position"]
    assert [Decimal(fee["amount"]) for fee in values(board, "esdc-gts-requirements", "fee")] == [Decimal(wanted)]


def test_pages_without_fees_give_none(board: Program):
    for source in ("ircc-crs", "ircc-fsw", "esdc-gts", "oinp-foreign-worker", "oinp-updates-2024", "bcpnp-invitations"):
        assert values(board, source, "fee") == [], source


def test_importing_again_changes_nothing(board: Program, real: Path):
    questions = (("history", "--json"), ("facts", "--json"), ("status", "--json"), ("versions", ROUNDS, "--json"))
    before = [board(*question).out for question in questions]
    again = board("import", real / "manifest.jsonl", "--json")
    assert again.json == []
    assert again.code == 0
    assert [board(*question).out for question in questions] == before


def test_importing_in_another_order_gives_the_same_history(
    board: Program, real: Path, stilltrue: Program, tmp_path: Path
):
    lines = [json.loads(line) for line in (real / "manifest.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["source"] != "ircc-processing-times"]
    for line in lines:
        line["file"] = str(real / line["file"])
    random.Random(7).shuffle(lines)  # noqa: S311 - a repeatable disorder
    half = len(lines) // 2
    for name, part in (("one", lines[:half]), ("two", lines[half:])):
        manifest = tmp_path / f"{name}.jsonl"
        manifest.write_text("\n".join(map(json.dumps, part)))
        stilltrue("import", manifest)

    def story(program: Program) -> list[tuple[object, ...]]:
        events = program("history", "--json").json
        return [
            (e["id"], e["kind"], e["key"], e["new"], e["state"], e["observed_at"])
            for e in events
            if e["source"] != "ircc-processing-times"
        ]

    assert story(stilltrue) == story(board)
