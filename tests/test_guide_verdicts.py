"""The sample guide, and other claims about the same pages, against the real copies at the time each was last seen."""

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from other_claims import CLAIMS, MORE

from monitor.cli.program import run
from monitor.model import Operator

Row = dict[str, Any]
Boards = dict[str, dict[str, Row]]

ROOT = Path(__file__).parents[1]

EE = "ircc-ee-rounds"
BC_DRAWS, BC_WORKERS = "bcpnp-invitations", "bcpnp-for-workers"
GTS, GTS_RULES = "esdc-gts", "esdc-gts-requirements"
ONTARIO = "oinp-updates-2024"

WANTED: dict[str, tuple[str, str | None]] = {
    "C01": ("contradicted", EE),
    "C02": ("contradicted", ONTARIO),
    "C03": ("holds", GTS),
    "C06": ("contradicted", ONTARIO),
    "C07": ("contradicted", EE),
    **{f"C{number:02}": ("holds", GTS_RULES) for number in range(9, 20)},
    "C20": ("contradicted", "ircc-fsw"),
    "C21": ("contradicted", GTS_RULES),
    "C22": ("contradicted", GTS_RULES),
    "C23": ("holds", GTS_RULES),
    "C24": ("contradicted", GTS_RULES),
    "C25": ("holds", GTS_RULES),
    "C26": ("holds", GTS_RULES),
    "C27": ("holds", GTS),
    "C28": ("unknown", None),  # stated: misleading; its page, esdc-lmia-times, is not among the copies
    "C29": ("holds", "ircc-crs"),
    "C30": ("contradicted", BC_DRAWS),
    "C31": ("contradicted", BC_WORKERS),
    "C32": ("contradicted", BC_DRAWS),
    "C33": ("contradicted", BC_WORKERS),
    "C34": ("contradicted", BC_DRAWS),
    "C35": ("holds", "ircc-crs"),
    "C36": ("contradicted", EE),
    "C37": ("contradicted", ONTARIO),
    "C38": ("contradicted", ONTARIO),
    "C39": ("contradicted", EE),
    "C40": ("holds", ONTARIO),
    "C41": ("contradicted", ONTARIO),
    "C42": ("holds", GTS),
    **{f"C{number}": ("manual", None) for number in range(43, 50)},  # tasks for a reader
    "C50": ("contradicted", ONTARIO),
}
"""What official pages say of each claim, and the page that says it; misleading claims count as contradicted."""

OTHERS: list[tuple[str, str, str, str]] = [
    # source, fact, comparison, verdict
    (BC_WORKERS, 'fact = "fee:*application*"', "equals = 1750", "holds"),
    (BC_WORKERS, 'fact = "fee:*application*"', "equals = 1475", "contradicted"),
    (BC_WORKERS, 'fact = "fee:*review*"', 'equals = "$500"', "holds"),
    (BC_WORKERS, 'fact = "fee:registration"', "at_most = 0", "holds"),
    (BC_WORKERS, 'fact = "fee:*renewal*"', "equals = 100", "unknown"),
    (BC_WORKERS, 'fact = "processing_time:*application*"', 'between = ["2 months", "3 months"]', "holds"),
    (BC_WORKERS, 'fact = "processing_time:*review*"', 'at_most = "3 months"', "contradicted"),
    (BC_WORKERS, 'fact = "threshold:*after-invitation*"', 'equals = "30 days"', "holds"),
    (BC_WORKERS, 'fact = "threshold:*after-invitation*"', 'at_least = "60 days"', "contradicted"),
    (BC_WORKERS, 'fact = "stream:skilled-worker"', 'status = "open"', "holds"),
    (BC_WORKERS, 'fact = "stream:*"', 'contains = ["Skilled Worker", "International Graduate"]', "contradicted"),
    (BC_WORKERS, 'fact = "occupation:*"', 'excludes = ["21231"]', "unknown"),
    (BC_DRAWS, 'fact = "draw:*", where = { category = "*high-economic-impact*" }', 'newest_within = "30d"', "holds"),
    (BC_DRAWS, 'fact = "draw:*", where = { category = "*agri*" }', 'newest_within = "60d"', "contradicted"),
    (BC_DRAWS, 'fact = "draw:*", where = { selection = "*NOC 42202*" }', "present = true", "holds"),
    ("oinp-foreign-worker", 'fact = "threshold:applicant-apply-after-invitation"', 'equals = "17 days"', "holds"),
    ("oinp-foreign-worker", 'fact = "threshold:employer-apply-after-invitation"', 'equals = "17 days"', "contradicted"),
    (ONTARIO, 'fact = "stream:*entrepreneur*"', 'status = "open"', "contradicted"),
    (ONTARIO, 'fact = "draw:*", where = { category = "healthcare" }', 'newest_within = "300d"', "contradicted"),
    (ONTARIO, 'fact = "draw:*", where = { stream = "Masters Graduate" }', "at_least = 50", "holds"),
    (GTS_RULES, 'fact = "occupation:*"', 'contains = ["21211", "Computer engineers*"]', "holds"),
    (GTS_RULES, 'fact = "occupation:*"', 'contains = ["21399"]', "contradicted"),
    (GTS_RULES, 'fact = "occupation:*"', 'excludes = ["Data scientists"]', "contradicted"),
    (GTS_RULES, 'fact = "occupation:*", where = { teer = 1 }', "count = 22", "contradicted"),
    (GTS_RULES, 'fact = "threshold:22310*per-hour"', "equals = 41.35", "holds"),
    (GTS_RULES, 'fact = "threshold:22310*per-hour"', "at_most = 40", "contradicted"),
    (GTS_RULES, 'fact = "threshold:wage-floor-first*per-year"', 'equals = "$80,000"', "holds"),
    (GTS_RULES, 'fact = "threshold:wage-floor*per-year"', "equals = 80000", "unknown"),
    (GTS, 'fact = "processing_time:*lmia*"', 'at_most = "1 week"', "contradicted"),
    ("ircc-crs", 'fact = "threshold:*provincial*nomination*"', "equals = 50", "contradicted"),
    ("ircc-crs", 'phrase = "We no longer give points for job offers"', "present = true", "holds"),
    ("ircc-crs", 'phrase = "points for job offers"', "present = false", "contradicted"),
    ("ircc-fsw", 'fact = "threshold:pass-mark*"', "equals = 67", "holds"),
    (EE, 'fact = "draw:*", where = { category = "cec" }', 'newest_within = "60d"', "holds"),
    (EE, 'fact = "draw:*", where = { category = "transport" }', 'newest_within = "365d"', "contradicted"),
    (EE, 'fact = "draw:*", where = { category = "stem" }', "count = 3", "holds"),
    (EE, 'fact = "draw:293"', "equals = 491", "holds"),
    (EE, 'fact = "draw:293"', "equals = 481", "contradicted"),
    (EE, 'fact = "draw:*", where = { category = "stem" }', "at_least = 485", "unknown"),
    ("ircc-proof-of-funds", 'fact = "threshold:*"', "at_least = 14690", "unknown"),
]
"""Other claims an author might make about the same pages, true, false, and such that the pages do not say."""
ALL = [*OTHERS, *CLAIMS, *MORE]


@pytest.fixture(scope="module")
def last_copies(real: Path) -> dict[str, Row]:
    """The manifest line of the newest readable copy of each source."""
    lines = [json.loads(line) for line in (real / "manifest.jsonl").read_text().splitlines()]
    return {line["source"]: line for line in sorted(lines, key=lambda line: line["fetched_at"])}


def other_guide() -> str:
    rows = [
        f'[[assumption]]\nid = "H{number:03}"\nclaim = "x"\nsources = {json.dumps(source.split(", "))}\n'
        f"expect = {{ {fact}, {comparison} }}"
        for number, (source, fact, comparison, _) in enumerate(ALL)
    ]
    return "\n\n".join(['id = "others"\ntitle = "Other claims"', *rows]) + "\n"


@pytest.fixture(scope="module")
def place(real: Path, last_copies: dict[str, Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter's configuration, both guides, and a database of the last copies."""
    folder = tmp_path_factory.mktemp("verdicts")
    (folder / "guides").mkdir()
    (folder / "sources.toml").write_bytes((ROOT / "sources.toml").read_bytes())
    for name in ("it-workers.toml", "it-workers.md"):
        (folder / "guides" / name).write_bytes((ROOT / "guides" / name).read_bytes())
    (folder / "guides" / "others.toml").write_text(other_guide(), encoding="utf-8")
    manifest = folder / "manifest.jsonl"
    moved = [{**line, "file": os.path.relpath(real / line["file"], folder)} for line in last_copies.values()]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in moved), encoding="utf-8")
    call(folder, "import", str(manifest))
    return folder


def call(folder: Path, *arguments: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run([*arguments, "--json", "--db", f"sqlite:///{folder / 'v.db'}", "--config", str(folder / "sources.toml")])
    return printed.getvalue()


@pytest.fixture(scope="module")
def boards(place: Path, last_copies: dict[str, Row]) -> Boards:
    """The verdicts on both guides at the last copy of each source, and under "" after them all."""
    at = {source: line["fetched_at"] for source, line in last_copies.items()}
    moments = {**at, "": max(at.values())}
    rows = {source: json.loads(call(place, "verify", "--at", moment)) for source, moment in moments.items()}
    return {source: {row["assumption"]: row for row in board} for source, board in rows.items()}


def test_each_claim_of_the_sample_guide_is_judged_as_the_official_pages_do(boards: Boards) -> None:
    assert {name for name in boards[""] if name.startswith("C")} == set(WANTED)
    assert len(WANTED) == 47
    found = {name: boards[source or ""][name] for name, (_, source) in WANTED.items()}
    wrong = {name: (row["verdict"], row["reasons"]) for name, row in found.items() if row["verdict"] != WANTED[name][0]}
    assert wrong == {}


def test_a_verdict_shows_the_official_words_it_rests_on(boards: Boards) -> None:
    decided = {name: boards[source][name] for name, (_, source) in WANTED.items() if source}
    by_absence = {"C30", "C32", "C34"}
    assert {name for name, row in decided.items() if row["evidence"] is None} == by_absence
    words = {name: row["evidence"]["quote"] for name, row in decided.items() if name not in by_absence}
    assert "employers must be referred" in words["C24"]
    assert "NOC TEER 0, 1, 2, or 3" in words["C33"]
    assert "nomination 600" in words["C35"]
    assert all(row["source"] == WANTED[name][1] for name, row in decided.items())


def test_what_is_absent_is_told_with_what_the_page_has_instead(boards: Boards) -> None:
    (reason,) = boards[BC_DRAWS]["C30"]["reasons"]
    assert "has no draw with category tech" in reason
    assert "The newest of its 20: 2026-05-14 innovate-high-economic-impact" in reason


def test_no_later_moment_turns_a_claim_to_holds(boards: Boards) -> None:
    holding = {name for name, (verdict, _) in WANTED.items() if verdict == "holds"}
    seen = {name for board in boards.values() for name, row in board.items() if row["verdict"] == "holds"}
    assert {name for name in seen if name.startswith("C")} <= holding


def test_other_claims_about_the_same_pages(boards: Boards) -> None:
    wrong = {}
    for number, (source, fact, comparison, verdict) in enumerate(ALL):
        row = boards.get(source.split(", ")[0], boards[""])[f"H{number:03}"]
        if row["verdict"] != verdict:
            wrong[f"{source}: {fact}, {comparison}"] = (row["verdict"], row["reasons"])
    assert wrong == {}


def test_the_other_claims_try_every_outcome() -> None:
    assert {verdict for *_, verdict in ALL} == {"holds", "contradicted", "unknown", "stale"}
    assert all(f" {operator} = " in " ".join(f" {row[2]}" for row in ALL) for operator in Operator)
