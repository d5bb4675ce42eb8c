"""Deadlines and reviews: asked once each, again for the next reminder, told where the guide's alerts go."""

import datetime as dt
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.board import Board
from monitor.model import Assumption, Guide
from monitor.reminding import remind
from storage.store import SqlStore, open_store

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
DEADLINE = Assumption(
    id="mine",
    claim="My permit ends.",
    date=dt.date(2026, 8, 1),
    remind=(timedelta(days=90), timedelta(days=30), timedelta(days=7)),
)
REVIEWED = Assumption(id="C1", claim="The fee is 100.")
GUIDE = Guide(id="work", title="Work", assumptions=(DEADLINE, REVIEWED), review_every=timedelta(days=90))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path}/kept.db", now=START) as opened:
        yield opened


def board(guide: Guide = GUIDE, *, telling: bool = True) -> Board:
    route = (lambda alert: [replace(alert, channels=("editors",))]) if telling else None
    return Board(guides=(guide,), sources={}, route=route)


def days_asked(store: SqlStore, guide: Guide = GUIDE, *, days: int = 130, step: float = 0.5) -> dict[int, int]:
    """How many rechecks were asked for on which day, when looked twice a day."""
    store.load_guides([guide], START)
    asked: dict[int, int] = {}
    for number in range(round(days / step)):
        count = remind(store, board(guide), START + timedelta(days=number * step))
        if count:
            asked[round(number * step)] = asked.get(round(number * step), 0) + count
    return asked


def test_each_reminder_is_asked_once_and_the_review_once(store: SqlStore):
    found = days_asked(store)
    # 90 days before 1 August is 3 May; 30 days: 2 July; 7 days: 25 July; the day itself; the review after 90 days.
    assert found == {2: 1, 62: 1, 85: 1, 92: 1, 90: 1}
    tasks = {task.assumption: task for task in store.rechecks()}
    assert set(tasks) == {"mine", "C1"}
    assert all(task.event is None for task in tasks.values())
    assert len(tasks["mine"].reasons) == 4
    assert tasks["mine"].due == dt.date(2026, 8, 1)
    assert tasks["C1"].due == dt.date(2026, 7, 30)
    assert len(store.deliveries()) == 5


def test_a_closed_review_comes_again_after_its_time(store: SqlStore):
    store.load_guides([GUIDE], START)
    assert remind(store, board(), START + timedelta(days=91)) == 2
    (task,) = [task for task in store.rechecks() if task.assumption == "C1"]
    closed = START + timedelta(days=95)
    store.close_recheck(task.id, outcome="holds", note=None, by="ana", now=closed)
    assert remind(store, board(), closed + timedelta(days=89)) == 1  # the deadline itself
    assert remind(store, board(), closed + timedelta(days=91)) == 1
    assert remind(store, board(), closed + timedelta(days=92)) == 0


def test_what_was_missed_while_nothing_ran_is_one_request(store: SqlStore):
    store.load_guides([GUIDE], START)
    assert remind(store, board(), START + timedelta(days=88)) == 1
    (task,) = store.rechecks()
    assert len(task.reasons) == 1


def test_a_deadline_moved_to_another_day_is_asked_about_anew(store: SqlStore):
    days_asked(store, days=91)
    moved = replace(GUIDE, assumptions=(replace(DEADLINE, date=dt.date(2026, 10, 20)),), review_every=None)
    assert remind(store, board(moved), START + timedelta(days=92)) == 1


def test_an_assumption_added_later_is_not_forgotten(store: SqlStore):
    alone = replace(GUIDE, assumptions=(REVIEWED,), review_every=None)
    store.load_guides([alone], START)
    assert remind(store, board(alone), START + timedelta(days=50)) == 0
    assert remind(store, board(replace(GUIDE, review_every=None)), START + timedelta(days=51)) == 1


def test_without_channels_the_task_opens_and_nobody_is_told(store: SqlStore):
    store.load_guides([GUIDE], START)
    assert remind(store, board(telling=False), START + timedelta(days=91)) == 2
    assert store.deliveries() == []


def test_the_message_says_what_to_look_at_again(store: SqlStore):
    store.load_guides([GUIDE], START)
    remind(store, board(), START + timedelta(days=91))
    alert = store.get_alert(store.deliveries()[0].alert)
    assert [item.event for item in alert.items] == [None, None]
    reasons = [affect.reason for item in alert.items for affect in item.affects]
    assert "My permit ends. Due 2026-08-01: in 1 days." in reasons
    assert any(reason.startswith("Review overdue since 2026-07-30") for reason in reasons)
