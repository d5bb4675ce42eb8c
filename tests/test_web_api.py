"""The API keeps to its own description, and says what the command line says."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from browsing import served
from icalendar import Calendar

from monitor.app import App

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def home(demo: App) -> Iterator[str]:
    with served(demo) as address:
        yield address


def test_schemathesis_finds_no_fault(home: str, tmp_path: Path):
    program = Path(sys.executable).with_name("schemathesis")
    limits = ["--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "8", "--no-color"]
    run = subprocess.run(
        [program, "run", f"{home}/api/openapi.json", *limits], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "Tested: 11" in run.stdout


def test_a_slice_goes_on_where_the_one_before_ended(home: str):
    seen: list[str] = []
    after = None
    while True:
        part = httpx.get(f"{home}/api/events", params={"limit": 7, **({"after": after} if after else {})}).json()
        seen += [event["id"] for event in part["events"]]
        after = part["next"]
        if after is None:
            break
    whole = httpx.get(f"{home}/api/events", params={"limit": 200}).json()["events"]
    assert seen == [event["id"] for event in whole]
    assert len(set(seen)) == len(seen) > 20


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"kind": "fee"}, {"fee.changed"}),
        ({"publisher": "BC PNP", "kind": "stream"}, {"stream.closed"}),
        ({"q": "1,750"}, {"fee.changed"}),
        ({"guide": "it-workers", "assumption": "C44"}, {"fee.changed"}),
        ({"since": "2026-01-01", "until": "2026-01-31"}, {"fee.changed"}),
    ],
)
def test_events_are_filtered(home: str, wanted: dict[str, str], kinds: set[str]):
    found = httpx.get(f"{home}/api/events", params=wanted).json()["events"]
    assert {event["kind"] for event in found} == kinds


def test_feeds_hold_what_touches_a_guide(home: str):
    feed = ET.fromstring(httpx.get(f"{home}/feeds/guide/it-workers.atom").text)  # noqa: S314 - our own feed
    titles = [entry.findtext(f"{ATOM}title", "") for entry in feed.iter(f"{ATOM}entry")]
    assert "BC PNP: Fee changed: application" in titles
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == len(titles)
    publisher = ET.fromstring(httpx.get(f"{home}/feeds/publisher/bc-pnp.atom").text)  # noqa: S314 - our own feed
    assert {entry.findtext(f"{ATOM}title", "")[:6] for entry in publisher.iter(f"{ATOM}entry")} == {"BC PNP"}


@pytest.mark.parametrize("name", ["all", "publisher/oinp", "publisher/esdc", "guide/it-workers"])
def test_feeds_have_what_the_standard_requires_and_keep_their_ids(home: str, name: str):
    texts = [httpx.get(f"{home}/feeds/{name}.atom").text for _ in range(2)]
    assert texts[0] == texts[1]
    feed = ET.fromstring(texts[0])  # noqa: S314 - our own feed
    entries = feed.findall(f"{ATOM}entry")
    for part in (feed, *entries):
        assert [len(part.findall(ATOM + one)) for one in ("id", "title", "updated")] == [1, 1, 1]
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated", "")).utcoffset() is not None
        assert part.findtext(f"{ATOM}id", "").startswith("urn:stilltrue:")
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    stamps = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert not stamps or feed.findtext(f"{ATOM}updated") == max(stamps)
    assert all(entry.find(f"{ATOM}link") is not None for entry in entries)


def test_the_calendar_holds_reviews_and_official_dates(home: str):
    calendar = Calendar.from_ical(httpx.get(f"{home}/calendar.ics").text)
    said = [str(entry["summary"]) for entry in calendar.walk("VEVENT")]
    assert any(line.startswith("OINP:") for line in said)
    assert all(entry["dtstart"].dt < entry["dtend"].dt for entry in calendar.walk("VEVENT"))


def test_draws_are_taken_away_as_csv_and_json(home: str):
    rows = httpx.get(f"{home}/draws/bcpnp-invitations/draws.csv").text.splitlines()
    facts = httpx.get(f"{home}/draws/bcpnp-invitations/draws.json").json()
    assert len(rows) == len(facts) + 1
    assert rows[1].startswith("2026-06-18,,Skills Immigration,Skilled Worker,innovate-high-economic-impact")
    assert {fact["kind"] for fact in facts} == {"draw"}
