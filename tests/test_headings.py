"""What is edited in a heading alone is told once; stamps, days and entries that come and go are not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from program import Program

CONFIG = """
[monitor]
database = "sqlite:///kept.db"

[[source]]
id = "p"
publisher = "A"
url = "https://example.org/p"
format = "html"
extract = ["fees", "deadlines", "rules"]
"""
BELOW = "<p>You must meet every condition.</p><ul><li>Work in the province.</li><li>Speak English or French.</li></ul>"


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    program = Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml")
    (tmp_path / "sources.toml").write_text(CONFIG)

    def read(*bodies: str) -> list[dict[str, Any]]:
        lines = []
        for number, body in enumerate(bodies):
            (tmp_path / f"{number}.html").write_text(
                f'<html lang="en"><head><title>T</title></head><body><main><h1>Rules</h1>{body}</main></body></html>'
            )
            when = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=number)
            lines.append({"source": "p", "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}", "file": f"{number}.html"})
        (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)))
        program("import", tmp_path / "m.jsonl")
        found: list[dict[str, Any]] = program("history", "--json").json
        return found

    return read


def test_a_number_in_a_heading_alone_is_told_once(told: Any):
    (event,) = told(f"<h2>Minimum score of 60</h2>{BELOW}", f"<h2>Minimum score of 67</h2>{BELOW}")
    assert (event["kind"], event["old"]["text"], event["new"]["text"]) == (
        "rule.changed",
        "Minimum score of 60",
        "Minimum score of 67",
    )
    assert event["strictness"] == "stricter"
    assert event["new"]["section"] == "Rules"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Occupations (updated December 2022)", "Occupations (updated November 2025)"),
        ("May 14, 2026", "May 28, 2026"),
        ("Conditions", "Conditions"),
        ("Step  1: register", "Step 1 : register"),
    ],
)
def test_stamps_and_bare_days_are_not(told: Any, old: str, new: str):
    assert told(f"<h2>{old}</h2>{BELOW}", f"<h2>{new}</h2>{BELOW}") == []


def test_a_heading_that_counts_on_with_new_content_is_not_told_beside_it(told: Any):
    events = told(f"<h2>Targets of 2025</h2>{BELOW}<p>We expect 500 workers.</p>", f"<h2>Targets of 2026</h2>{BELOW}")
    assert [event["kind"] for event in events] == ["rule.removed"]


SECTION = f"<h2>Conditions</h2>{BELOW}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Minimum score: 65", "Minimum score: 70"),
        ("Step 2: earn 12 points", "Step 2: earn 14 points"),
        ("You must have an invitation", "You may have an invitation"),
    ],
)
@pytest.mark.parametrize("below", ["", "<img src='a.png' alt=''>", BELOW])
def test_a_heading_that_states_something_is_told_whatever_stands_below(told: Any, old: str, new: str, below: str):
    (event,) = told(f"{SECTION}<h2>{old}</h2>{below}", f"{SECTION}<h2>{new}</h2>{below}")
    assert (event["kind"], event["old"]["text"], event["new"]["text"]) == ("rule.changed", old, new)


@pytest.mark.parametrize("below", ["", BELOW])
def test_the_day_in_a_heading_is_a_deadline_where_one_is_read(told: Any, below: str):
    old, new = (f"{SECTION}<h2>Fees from {day}, 2026</h2>{below}" for day in ("April 1", "June 1"))
    (event,) = told(old, new)
    assert (event["kind"], event["old"]["date"], event["new"]["date"]) == (
        "deadline.changed",
        "2026-04-01",
        "2026-06-01",
    )


def test_one_that_comes_is_a_rule_that_came(told: Any):
    (event,) = told(SECTION, f"{SECTION}<h2>Minimum score: 65</h2>")
    assert (event["kind"], event["new"]["text"]) == ("rule.added", "Minimum score: 65")


def test_a_heading_in_other_words_is_told_once(told: Any):
    (event,) = told(f"<h2>Eligible employers</h2>{BELOW}", f"<h2>Ineligible employers</h2>{BELOW}")
    assert (event["kind"], event["new"]["text"]) == ("rule.changed", "Ineligible employers")


@pytest.mark.parametrize(
    "now",
    [
        f"<h2>Conditions:</h2>{BELOW}<h2>Contact</h2>",
        f"<h3>Conditions</h3>{BELOW}",
        f"<h2>What applies</h2>{BELOW}",
        f"<h2>Conditions that apply</h2>{BELOW}",
        f"<h2>Conditions</h2>{BELOW}<h2>Who may apply for it</h2>",
        f"<h2>Conditions</h2><h3>In general</h3>{BELOW}",
        f"<h2>Step 1: conditions (as of May 2026)</h2>{BELOW}",
        f"<h2>May 14, 2026</h2><h2>Conditions</h2>{BELOW}",
    ],
)
def test_headings_put_in_another_order_or_named_anew_are_not(told: Any, now: str):
    assert told(SECTION, now) == []
