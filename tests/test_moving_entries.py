"""Draws that move from a table to prose to an archive page: nothing is withdrawn, amended or told again."""

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
id = "invitations"
publisher = "BC PNP"
url = "https://example.org/invitations"
format = "html"
extract = ["draws", "rules"]
draws = { program = "Skills Immigration" }

[[source]]
id = "archive"
publisher = "BC PNP"
url = "https://example.org/archive"
format = "html"
extract = ["draws", "rules"]
draws = { program = "Skills Immigration" }
"""
Entry = tuple[str, str, int, int]
MAY, APRIL_30, APRIL_16, APRIL_2, MARCH_19, MARCH_5 = (
    ("May 14, 2026", "Innovate", 138, 252),
    ("April 30, 2026", "Care: Health", 120, 85),
    ("April 16, 2026", "Innovate", 140, 200),
    ("April 2, 2026", "Build", 110, 60),
    ("March 19, 2026", "Innovate", 141, 190),
    ("March 5, 2026", "Build", 111, 66),
)


def page(table: list[Entry], prose: list[Entry]) -> str:
    rows = "".join(
        f"<tr><td>{day}</td><td>{kind}</td><td>Minimum score of {score} points</td><td>{score}</td>"
        f"<td>{count}</td></tr>"
        for day, kind, score, count in table
    )
    told = "".join(
        f"<h3>{day}</h3><p>On {day}, the BC PNP issued invitations to apply to {count} candidates with "
        f"{score} points or more in {kind}.</p>"
        for day, kind, score, count in prose
    )
    return (
        '<html lang="en"><head><title>Invitations</title></head><body><main><h1>Invitations to apply</h1>'
        "<p>You must apply within 30 calendar days of the invitation.</p><h2>Skills Immigration</h2><table>"
        "<tr><th>Date</th>"
        "<th>ITA type</th><th>Selection factors</th><th>Minimum score</th><th>Number of invitations</th></tr>"
        f"{rows}</table><h2>Earlier</h2>{told}</main></body></html>"
    )


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    (tmp_path / "sources.toml").write_text(CONFIG)
    program = Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml")

    def read(*reads: tuple[str, float, str]) -> list[tuple[str, str]]:
        lines = []
        for number, (source, hours, body) in enumerate(reads):
            (tmp_path / f"{number}.html").write_text(body)
            when = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hours)
            lines.append({"source": source, "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}", "file": f"{number}.html"})
        (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)))
        program("import", tmp_path / "m.jsonl")
        (again,) = program("reextract", "invitations", "--dry-run", "--json").json
        assert (again["appear"], again["vanish"], again["differ"]) == ([], [], [])
        return [(event["kind"], event["occurred_on"]) for event in program("history", "--json").json]

    return read


def test_a_draw_that_moves_on_within_the_page_is_no_news(told: Any):
    first = page([APRIL_30, APRIL_16, APRIL_2], [MARCH_19, MARCH_5])
    moved = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_19, MARCH_5])
    later = page([MAY], [APRIL_30, APRIL_16, APRIL_2, MARCH_19])
    reads = [("invitations", hours, body) for hours, body in ((0, first), (24, moved), (48, moved), (72, later))]
    reads += [("invitations", hours, later) for hours in (80, 90, 120)]
    assert told(*reads) == [("draw.new", "2026-05-14")]


def test_a_draw_that_moves_to_the_archive_page_is_no_news_on_either(told: Any):
    first = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_19, MARCH_5])
    later = page([MAY, APRIL_30, APRIL_16], [APRIL_2])
    reads = [("invitations", 0, first), ("archive", 0, page([], [MARCH_19]))]
    reads += [("invitations", hours, later) for hours in (24, 48, 60)]
    assert told(*reads) == []


def test_a_draw_taken_out_of_the_middle_is_withdrawn(told: Any):
    first = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_19, MARCH_5])
    later = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_5])
    reads = [("invitations", hours, body) for hours, body in ((0, first), (24, later), (28, later), (31, later))]
    assert told(*reads) == [("draw.withdrawn", "2026-03-19")]


def test_the_oldest_draw_that_goes_alone_while_nothing_else_moves_is_believed_slowly(told: Any):
    first = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_19, MARCH_5])
    later = page([MAY, APRIL_30, APRIL_16], [APRIL_2, MARCH_19])
    gone = [("invitations", hours, body) for hours, body in ((0, first), (24, later), (28, later), (31, later))]
    assert told(*gone[:3], ("invitations", 29, first)) == []  # it came back before it was believed
    assert told(*gone[:1], *(("invitations", hours + 100, body) for _, hours, body in gone[1:])) == [
        ("draw.withdrawn", "2026-03-05")
    ]
