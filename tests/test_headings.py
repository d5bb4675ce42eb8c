"""A number edited in a heading alone is told once; stamps, days and entries that come and go are not."""

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
