"""A source that fails is told once, told again while it lasts, and its end is told to those who heard of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.board import Board
from monitor.errors import FetchError
from monitor.extractors import EXTRACTORS
from monitor.lasting import remind_of_failures, which_reminder
from monitor.model import Alert, Format, Purpose, Snapshot, Snooze, Source
from monitor.read import failed_reading, read_snapshot
from monitor.recording import record_reading
from storage.store import SqlStore, open_store

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
PAGE = b"<html lang=en><title>Fees</title><main><h1>Fees</h1><p>What workers pay is said on our page.</p></main></html>"
WALL = (
    b"<html lang=en><title>Just a moment...</title><body><h1>Checking your browser</h1>Enable JavaScript.</body></html>"
)
SOURCE = Source(
    id="fees",
    publisher="BC PNP",
    url="https://example.org/fees",
    format=Format.HTML,
    title="Fees for workers",
    declarations={"rules": EXTRACTORS["rules"].declaration()},
)


def to_editors(alert: Alert) -> list[Alert]:
    return [replace(alert, channels=("editors",))] if alert.severity != "info" else []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}", now=AT) as opened:
        yield opened


def read(store: SqlStore, days: float, *, fails: bool = False, body: bytes = PAGE) -> None:
    now = AT + timedelta(days=days)
    board = Board(sources={"fees": SOURCE}, route=to_editors)
    if fails:
        reading = failed_reading(FetchError("The server did not answer.", code="timeout"), now)
    else:
        shot = Snapshot(source="fees", fetched_at=now, status=200, final_url=SOURCE.url, headers={}, body=body)
        reading = read_snapshot(SOURCE, shot)
    record_reading(SOURCE, reading, store, board)


def told(store: SqlStore) -> list[tuple[Purpose, str]]:
    rows = reversed(store.deliveries())
    return [(store.get_alert(row.alert).purpose, row.channel) for row in rows]


def remind(store: SqlStore, days: float) -> int:
    return remind_of_failures(store, [SOURCE], AT + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "name"),
    [(0.99, None), (1, "day 1"), (1.9, "day 1"), (6.5, "day 6"), (7, "week 1"), (13.9, "week 1"), (70, "week 10")],
)
def test_reminders_come_daily_then_weekly(days: float, name: str | None) -> None:
    assert which_reminder(timedelta(days=days)) == name


def test_a_failing_source_alerts_on_the_transition_reminds_and_says_when_it_is_over(store: SqlStore) -> None:
    read(store, 0)
    read(store, 1, fails=True)
    read(store, 1.5, fails=True)
    assert told(store) == [(Purpose.NEWS, "editors")]
    counts = [remind(store, 1 + hours / 24) for hours in range(0, 30 * 24, 6)]
    assert sum(counts) == 6 + 4
    read(store, 32)
    assert told(store)[-1] == (Purpose.RECOVERY, "editors")
    assert remind(store, 33) == 0
    assert len(told(store)) == 12


def test_a_reminder_says_since_when_and_how_to_hear_no_more(store: SqlStore) -> None:
    read(store, 0)
    read(store, 1, fails=True)
    assert remind(store, 4.2) == 1
    alert = store.get_alert(store.deliveries()[0].alert)
    assert alert.headline == "Fees for workers cannot be read for 3 days now"
    assert "01 May 2026" in alert.lines[0]
    assert "--source fees" in alert.lines[1]
    assert [item.event.kind for item in alert.items if item.event] == ["source.failing"]


def test_a_failure_nobody_was_told_of_ends_untold(store: SqlStore) -> None:
    read(store, 0)
    board = Board(sources={"fees": SOURCE}, route=lambda _: [])
    record_reading(SOURCE, failed_reading(FetchError("", code="timeout"), AT + timedelta(days=1)), store, board)
    assert remind(store, 3) == 0
    read(store, 4)
    assert told(store) == []


def test_a_second_failure_is_told_and_ended_again(store: SqlStore) -> None:
    for day, fails in enumerate((False, True, False, True, False)):
        read(store, day, fails=fails)
    assert [purpose for purpose, _ in told(store)] == [
        Purpose.NEWS,
        Purpose.RECOVERY,
        Purpose.NEWS,
        Purpose.RECOVERY,
    ]


def test_nobody_is_reminded_of_what_is_acknowledged_snoozed_or_switched_off(store: SqlStore) -> None:
    read(store, 0)
    read(store, 1, fails=True)
    now = AT + timedelta(days=3)
    assert remind_of_failures(store, [replace(SOURCE, enabled=False)], now) == 0
    store.snooze(Snooze(id=0, source="fees", until=AT + timedelta(days=4), created_at=AT))
    assert remind_of_failures(store, [SOURCE], now) == 0
    assert remind(store, 5) == 1
    store.acknowledge(store.deliveries()[-1].alert, now, by="ann", note=None)
    assert remind(store, 6) == 0


def test_acknowledging_a_reminder_ends_them_too(store: SqlStore) -> None:
    read(store, 0)
    read(store, 1, fails=True)
    assert remind(store, 3) == 1
    store.acknowledge(store.deliveries()[0].alert, AT, by="ann", note=None)
    assert remind(store, 4) == 0


def test_troubles_that_take_turns_are_told_once_each_and_last_since_the_first(store: SqlStore) -> None:
    read(store, 0)
    for number, body in enumerate([None, WALL, None, WALL, None, WALL, None]):
        read(store, 1 + number / 2, fails=body is None, body=body or PAGE)
    kinds = [
        item.event.kind
        for row in reversed(store.deliveries())
        for item in store.get_alert(row.alert).items
        if item.event
    ]
    assert kinds == ["source.failing", "source.blocked"]
    assert remind(store, 4.4) == 1
    store.acknowledge(store.deliveries()[-1].alert, AT, by="ann", note=None)
    assert remind(store, 5.4) == 0
    assert store.get_alert(store.deliveries()[0].alert).headline == "Fees for workers cannot be read for 3 days now"
