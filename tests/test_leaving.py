"""Pages that go, for good or only for now, and pages of a year that has not begun."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from program import Answer, Program

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
CONFIG = """
[monitor]
database = "sqlite:///kept.db"

[[channel]]
name = "editors"
url = "console://"

[[source]]
id = "tech"
publisher = "OINP"
title = "Tech draws"
url = "https://example.org/page/tech"
format = "html"
extract = ["rules"]
guards = { must_contain = ["Tech"] }

[[source]]
id = "updates-{year}"
publisher = "OINP"
title = "Updates of {year}"
url = "https://example.org/page/{year}-updates"
format = "html"
extract = ["rules"]
years = [2026]
"""
PAGE = (
    '<html lang="en"><head><title>{title}</title></head><body><main><h1>{title}</h1><p>You must read it all first.</p>'
    "<p>{words}</p></main></body></html>"
)
TECH = PAGE.format(title="Tech draws", words="Candidates with work in Ontario may register.")
OVERVIEW = PAGE.format(title="All programs", words="Find the program that fits your plans for Ontario.")
NOT_FOUND = PAGE.format(title="Page not found", words="Try the search.")


class Site:
    """A source's answers over time, imported as a user would."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.folder, self.program = folder, program
        (folder / "sources.toml").write_text(CONFIG)
        self.lines: list[dict[str, Any]] = []

    def answer(self, hours: float, body: str, *, source: str = "tech", at: datetime = START, **more: Any) -> None:
        file = f"{len(self.lines)}.html"
        (self.folder / file).write_text(body)
        when = at + timedelta(hours=hours)
        self.lines.append({"source": source, "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}", "file": file, **more})

    def load(self, *options: str) -> Answer:
        manifest = self.folder / "manifest.jsonl"
        manifest.write_text("\n".join(map(json.dumps, self.lines)))
        return self.program("import", manifest, "--json", *options)

    def kinds(self, *options: str) -> list[tuple[str, str]]:
        found = self.program("history", "--json", *options).json
        return [(event["kind"], event["state"]) for event in reversed(found)]


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path, Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml"))


GONE: list[tuple[str, dict[str, Any]]] = [
    ("<html><body>Not Found</body></html>", {"status": 404}),
    ("<html><body>Gone</body></html>", {"status": 410}),
    (OVERVIEW, {"url": "https://example.org/page/programs?redirect_id=7&redirect_year=2026"}),
    (OVERVIEW, {"url": "https://example.org/page/programs"}),
    (NOT_FOUND, {}),
]


@pytest.mark.parametrize(("body", "more"), GONE)
def test_a_page_that_stays_away_is_removed_once_it_lasted(site: Site, body: str, more: dict[str, Any]):
    site.answer(0, TECH)
    for hours in (24, 26, 31, 60):
        site.answer(hours, body, **more)
    site.load()
    assert sorted(site.kinds()) == [("page.removed", "confirmed"), ("source.failing", "confirmed")]
    (event,) = site.program("history", "--kind", "page.removed", "--json").json
    assert (event["observed_at"], event["confirmed_at"]) == ("2026-05-05T09:00:00Z", "2026-05-05T16:00:00Z")
    assert event["old"]["url"] == "https://example.org/page/tech"
    assert event["new"]["code"] in {"http_404", "http_410", "retired_page", "redirected", "soft_404"}
    assert len(site.program("facts", "--source", "tech", "--json").json) == 2  # the last good facts stand


@pytest.mark.parametrize(("body", "more"), GONE)
def test_a_page_that_comes_back_in_time_was_never_removed(site: Site, body: str, more: dict[str, Any]):
    site.answer(0, TECH)
    for hours in (24, 25, 29):
        site.answer(hours, body, **more)
    site.answer(48, TECH)
    site.load()
    assert site.kinds() == [("source.failing", "confirmed"), ("source.recovered", "confirmed")]
    assert site.kinds("--state", "retracted") == [("page.removed", "retracted")]


@pytest.mark.parametrize("status", [500, 403])
def test_faults_and_walls_say_nothing_of_the_page(site: Site, status: int):
    site.answer(0, TECH)
    for hours in (24, 48, 72, 96):
        site.answer(hours, "<html><body>Sorry</body></html>", status=status)
    site.load()
    assert "page.removed" not in dict(site.kinds())


def test_faults_between_neither_count_nor_take_back(site: Site):
    site.answer(0, TECH)
    for hours, status in ((24, 404), (30, 500), (36, 404), (40, 503), (44, 404)):
        site.answer(hours, "<html><body>Sorry</body></html>", status=status)
    site.load()
    (event,) = site.program("history", "--kind", "page.removed", "--json").json
    assert event["confirmed_at"] == "2026-05-06T05:00:00Z"


def test_a_page_that_returns_after_it_was_removed_has_recovered(site: Site):
    site.answer(0, TECH)
    for hours in (24, 27, 31):
        site.answer(hours, "<html><body>Gone</body></html>", status=404)
    site.answer(48, TECH)
    for hours in (72, 75, 80):
        site.answer(hours, "<html><body>Gone</body></html>", status=404)
    site.load()
    kinds = [kind for kind, _ in site.kinds()]
    assert [sorted(kinds[:2]), kinds[2], sorted(kinds[3:])] == [
        ["page.removed", "source.failing"],
        "source.recovered",
        ["page.removed", "source.failing"],
    ]
    before = site.program("history", "--json").json
    site.program("reextract")
    assert site.program("history", "--json").json == before


DECEMBER = datetime(2026, 12, 1, 9, tzinfo=UTC)
UPDATES = PAGE.format(title="Updates", words="The stream opens on the first day of work.")


@pytest.mark.parametrize(("body", "more"), GONE)
def test_the_page_of_the_coming_year_may_be_missing(site: Site, body: str, more: dict[str, Any]):
    for days in range(0, 45, 5):
        site.answer(24 * days, body, source="updates-2027", at=DECEMBER, **more)
        site.answer(24 * days, UPDATES, source="updates-2026", at=DECEMBER)
    answer = site.load("--alerts")
    assert site.kinds() == []
    assert answer.code == 0
    problems = {check["problem"]["code"] for check in answer.json if check["source"] == "updates-2027"}
    assert problems == {"not_yet"}
    (state,) = [one for one in site.program("status", "--json").json if one["id"] == "updates-2027"]
    assert state["health"] == "never"
    site.answer(24 * 46, UPDATES, source="updates-2027", at=DECEMBER)
    assert site.load().json[0]["outcome"] == "first_seen"
    assert site.kinds() == []


def test_a_year_that_has_begun_without_its_page_is_told(site: Site):
    for days in (20, 40, 65, 70):
        site.answer(24 * days, "<html><body>Not Found</body></html>", source="updates-2027", at=DECEMBER, status=404)
    site.load()
    assert site.kinds() == [("source.failing", "confirmed")]


def test_a_wall_before_the_coming_year_s_page_is_told_all_the_same(site: Site):
    site.answer(0, "<html><body>Sorry</body></html>", source="updates-2027", at=DECEMBER, status=403)
    site.load()
    assert site.kinds() == [("source.blocked", "confirmed")]
