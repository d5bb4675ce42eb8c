"""The same sentence on several pages of a publisher: two stand, the third opens one notice, nobody is told again."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from program import Answer, Program
from reading import a_source

from monitor.board import Board
from monitor.extractors.rules import Rules
from monitor.model import Alert, AlertItem, Event, Severity, Snapshot, from_plain
from monitor.ports import EventQuery, StoredEvent
from monitor.read import read_snapshot
from monitor.recording import record_reading
from notifiers.message import render
from notifiers.view import Limits, view_of
from storage.store import SqlStore, open_store

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
BANNER = "The online portal will be closed for maintenance and nobody can submit an application during that time."
MORE = "Applications that were begun before the closure stay in the portal as drafts for thirty days."
CONFIG = """
[monitor]
database = "sqlite:///kept.db"

[[channel]]
name = "editors"
url = "console://"
"""
SOURCE = """
[[source]]
id = "{name}"
publisher = "{publisher}"
title = "Page {name}"
url = "https://example.org/{name}"
format = "html"
extract = ["rules"]
"""
GUIDE = """
id = "g"
title = "A guide"

[[assumption]]
id = "A1"
claim = "The first page says nothing of closures."
sources = ["p1", "p2", "p3"]
watch = {{ words = ["portal"] }}

[[assumption]]
id = "A5"
claim = "The fifth page says nothing of closures."
sources = ["p5"]
watch = {{ words = ["portal"] }}
"""


def page(name: str, *banner: str) -> str:
    words = "".join(f"<p>{text}</p>" for text in banner)
    own = f"<p>Page {name} is about the {name} stream.</p><p>You must read all of page {name} before you apply.</p>"
    head = f'<html lang="en"><head><title>{name}</title></head>'
    return f"{head}<body><main><h1>{name}</h1>{words}{own}</main></body></html>"


class Pages:
    """Saved pages of made-up sources, imported as a user would."""

    def __init__(self, folder: Path, program: Program, sources: dict[str, str]) -> None:
        self.folder, self.program = folder, program
        (folder / "sources.toml").write_text(
            CONFIG + "".join(SOURCE.format(name=name, publisher=by) for name, by in sources.items())
        )
        self.lines: list[dict[str, str]] = []
        for name in sources:
            self.add(name, 0)

    def add(self, name: str, hours: float, *banner: str) -> None:
        when = START + timedelta(hours=hours)
        file = f"{name}-{len(self.lines)}.html"
        (self.folder / file).write_text(page(name, *banner))
        self.lines.append({"source": name, "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}", "file": file})

    def load(self, lines: Sequence[dict[str, str]] | None = None, *options: str) -> Answer:
        manifest = self.folder / "manifest.jsonl"
        manifest.write_text("\n".join(json.dumps(line) for line in (self.lines if lines is None else lines)))
        return self.program("import", manifest, "--json", *options)

    def history(self, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.program("history", "--json", *options).json
        return found

    def notices(self) -> list[dict[str, Any]]:
        return self.history("--kind", "notice.posted")


SIX = {f"p{number}": "OINP" for number in range(1, 7)}


@pytest.fixture
def pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pages:
    return Pages(tmp_path, Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml"), SIX)


def test_two_stand_and_the_third_page_opens_one_notice_that_lists_them_all(pages: Pages):
    for number in range(1, 7):
        pages.add(f"p{number}", 24 + number, BANNER, MORE)
    checks = pages.load().json
    assert [(event["source"], event["kind"]) for event in pages.history("--kind", "rule")] == [
        ("p2", "rule.added"),
        ("p2", "rule.added"),
        ("p1", "rule.added"),
        ("p1", "rule.added"),
    ]
    (notice,) = pages.notices()
    assert (notice["source"], notice["state"], notice["cause"]) == ("p3", "confirmed", "content")
    assert notice["new"]["text"] == f"{BANNER}\n{MORE}"
    assert [one["source"] for one in notice["new"]["pages"]] == [f"p{number}" for number in range(1, 7)]
    assert all(one["url"].startswith(f"https://example.org/{one['source']}") for one in notice["new"]["pages"])
    told = {check["source"]: check["events"] for check in checks if check["checked_at"] > "2026-05-05"}
    assert [told[f"p{number}"] for number in range(3, 7)] == [[notice["id"]]] * 4
    assert len(pages.history("--parts")) == len(pages.history()) + 8
    own = pages.program("show", notice["new"]["pages"][4]["event"], "--json").json
    assert (own["source"], own["kind"], own["part_of"]) == ("p5", "rule.added", notice["id"])


def test_repeat_alerts_are_suppressed_but_an_assumption_not_yet_told_of_is_told(pages: Pages):
    (pages.folder / "guides").mkdir()
    (pages.folder / "guides" / "g.toml").write_text(GUIDE.replace("{{", "{").replace("}}", "}"))
    for number in range(1, 7):
        pages.add(f"p{number}", 24 + number, BANNER)
    pages.load(None, "--alerts")
    told = pages.program("alerts", "--json").json
    assert len(told) == 4  # the pages of A1, the third of them as the notice; then page 5 for A5
    (notice,) = pages.notices()
    assert {(one["guide"], one["assumption"]) for one in notice["affects"]} == {("g", "A1"), ("g", "A5")}
    rechecks = {one["assumption"]: one for one in pages.program("rechecks", "--json").json}
    assert rechecks["A5"]["event"] == notice["id"]


def test_words_taken_down_from_many_pages_are_one_notice_too(pages: Pages):
    (pages.folder / "guides").mkdir()
    (pages.folder / "guides" / "g.toml").write_text(GUIDE.replace("{{", "{").replace("}}", "}"))
    for number in range(1, 7):
        pages.add(f"p{number}", 24 + number, BANNER, MORE)
        for hours in (100, 104, 108):
            pages.add(f"p{number}", hours + number)
    checks = pages.load(None, "--alerts").json
    gone = pages.history("--kind", "rule.removed")
    assert [event["source"] for event in gone] == ["p2", "p2", "p1", "p1"]
    notice, _ = pages.notices()
    assert (notice["source"], notice["state"], notice["observed_at"]) == ("p3", "confirmed", "2026-05-09T00:00:00Z")
    assert notice["subject"].startswith("Gone from 6 pages: ")
    assert notice["new"]["title"].startswith("No longer shown: ")  # a message must not read as if it came
    assert [one["source"] for one in notice["new"]["pages"]] == [f"p{number}" for number in range(1, 7)]
    last = [check["events"] for check in checks if check["checked_at"] >= "2026-05-09"]
    assert last == [[notice["id"]]] * 4
    assert len(pages.program("alerts", "--json").json) == 8  # four of the coming, four of the going
    before = sorted(pages.history("--parts"), key=itemgetter("id"))
    pages.program("reextract")
    assert sorted(pages.history("--parts"), key=itemgetter("id")) == before


@pytest.mark.parametrize(
    ("hours", "notices"),
    [((1, 2, 24.5), 1), ((1, 2, 30), 0), ((1, 20, 26), 0), ((1, 2, 3, 26), 1)],
)
def test_it_takes_three_pages_within_a_day(pages: Pages, hours: tuple[float, ...], notices: int):
    for number, hour in enumerate(hours, start=1):
        pages.add(f"p{number}", 24 + hour, BANNER)
    pages.load()
    assert len(pages.notices()) == notices
    stand = len(pages.history("--kind", "rule.added"))
    assert stand == (2 if notices else len(hours))


def test_other_publishers_and_short_labels_are_not_grouped(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    program = Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml")
    pages = Pages(tmp_path, program, {"p1": "A", "p2": "A", "p3": "B", "p4": "A"})
    for name in ("p1", "p2", "p3"):
        pages.add(name, 24, BANNER)
    for name in ("p1", "p2", "p4"):
        pages.add(name, 30, *([BANNER] if name != "p4" else []), "Apply online now.")
    pages.load()
    assert pages.notices() == []
    assert len(pages.history("--kind", "rule.added")) == 6


def test_any_order_and_any_split_of_an_import_group_alike(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for number in range(1, 7):
        pages.add(f"p{number}", 24 + number, BANNER, MORE)
        pages.add(f"p{number}", 50 + number, MORE)
    pages.load()
    whole = [_said(event) for event in pages.history()]
    for seed in range(3):
        lines = Random(seed).sample(pages.lines, len(pages.lines))  # noqa: S311 - an order, no secret
        other = Program(capsys, tmp_path / f"kept{seed}.db", tmp_path / "sources.toml")
        again = Pages.__new__(Pages)
        again.folder, again.program, again.lines = tmp_path, other, lines
        for part in (lines[:7], lines[7:]):
            again.load(part)
        assert [_said(event) for event in again.history()] == whole


def _said(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "cause"}


def test_reading_again_changes_nothing_of_a_group(pages: Pages):
    for number in range(1, 7):
        pages.add(f"p{number}", 24 + number, BANNER)
    pages.load()
    before = pages.history()
    (result, *_) = pages.program("reextract", "p3", "--dry-run", "--json").json
    assert (result["appear"], result["vanish"], result["differ"]) == ([], [], [])
    pages.program("reextract")
    assert pages.history() == before


def test_the_message_of_a_notice_links_every_page(pages: Pages):
    for number in range(1, 4):
        pages.add(f"p{number}", 24 + number, BANNER)
    pages.load()
    (notice,) = pages.notices()
    event = from_plain(notice, Event)
    alert = Alert(
        id="a",
        created_at=START,
        severity=Severity.NOTICE,
        publisher="OINP",
        guide=None,
        items=(AlertItem(event=event),),
    )
    (change,) = view_of(alert, None, Limits()).changes
    assert [name for name, _ in change.links] == ["p1", "p2", "p3"]
    message = render(alert)
    assert "p2: https://example.org/p2" in message.plain
    assert message.html.count("https://example.org/p") == 3


class Meanwhile:
    """A store in which another process records something just after this one asked what other pages show."""

    def __init__(self, store: SqlStore, then: Callable[[], object]) -> None:
        self._store, self._then = store, then

    def kin(self, sentences: Sequence[str]) -> list[StoredEvent]:
        found = self._store.kin(sentences)
        then, self._then = self._then, lambda: None
        then()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("before", [2, 1])
def test_two_pages_recorded_at_once_open_one_notice(database_url: str, before: int):
    sources = {
        name: replace(a_source(name, rules=Rules()), publisher="OINP", url=f"https://example.org/{name}")
        for name in ("p1", "p2", "p3", "p4")
    }
    with open_store(database_url) as store:
        board = Board(sources=sources)

        def record(name: str, hours: float, *banner: str, into: Any = store) -> None:
            source = sources[name]
            snapshot = Snapshot(
                source=name,
                fetched_at=START + timedelta(hours=hours),
                status=200,
                final_url=source.url,
                headers={"content-type": "text/html; charset=utf-8"},
                body=page(name, *banner).encode(),
            )
            record_reading(source, read_snapshot(source, snapshot), into, board)

        for name in sources:
            record(name, 0)
        pages = sorted(sources)[: before + 2]
        for name in pages[:before]:
            record(name, 24, BANNER)
        one, other = pages[before:]
        record(one, 26, BANNER, into=Meanwhile(store, lambda: record(other, 26.5, BANNER)))
        (notice,) = [item.event for item in store.events(EventQuery(kind="notice.posted"))]
        assert notice.source == pages[2]
        assert [one["source"] for one in notice.new["pages"]] == pages
