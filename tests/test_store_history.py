"""Listing change events: order, filters, affected assumptions, and which questions an index answers."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine
from sqlalchemy import event as sqlalchemy_event
from storing import affect, at, event, fee, record

from monitor.errors import UsageError
from monitor.model import EventState, VerdictKind
from monitor.ports import EventQuery
from storage.store import SqlStore, open_store

Subjects = Callable[..., list[str]]


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def subjects(store: SqlStore) -> Subjects:
    """Four events of two sources; asks for their subjects."""
    record(store, 0, "first_seen", body=b"0")
    record(store, 0, "first_seen", body=b"0", source="rounds")
    fees = (event(1, slug="fee-1"), event(1, "fee.added", "fee-2"))
    record(store, 1, "changed", body=b"1", events=fees, affects=(affect(fees[0]), affect(fees[0], "C02")))
    draw = event(2, "draw.new", "draw", source="rounds")
    record(store, 2, "changed", body=b"2", source="rounds", events=(draw,), affects=(affect(draw, guide="students"),))
    gone = replace(event(3, "fee.removed", "gone"), state=EventState.RETRACTED)
    record(store, 3, events=(gone, event(3, "page.restamped", "page")))
    return lambda **asked: [stored.event.subject for stored in store.events(EventQuery(**asked))]


def test_events_come_newest_first_and_of_one_moment_in_their_order(subjects: Subjects) -> None:
    assert subjects() == ["page", "draw", "fee-1", "fee-2"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"source": "fees"}, ["page", "fee-1", "fee-2"]),
        ({"kind": "fee"}, ["fee-1", "fee-2"]),
        ({"kind": "fee.added"}, ["fee-2"]),
        ({"kind": "fee_"}, []),
        ({"guide": "it-workers"}, ["fee-1"]),
        ({"guide": "students"}, ["draw"]),
        ({"assumption": "C44"}, ["draw", "fee-1"]),
        ({"guide": "it-workers", "assumption": "C02"}, ["fee-1"]),
        ({"guide": "students", "assumption": "C02"}, []),
        ({"states": ("retracted",)}, ["gone"]),
        ({"states": ("retracted", "confirmed"), "source": "fees"}, ["gone", "page", "fee-1", "fee-2"]),
        ({"since": at(2)}, ["page", "draw"]),
        ({"until": at(1)}, ["fee-1", "fee-2"]),
        ({"since": at(1.5), "until": at(2.5)}, ["draw"]),
        ({"limit": 2}, ["page", "draw"]),
        ({"kind": "fee", "limit": 1}, ["fee-1"]),
    ],
)
def test_events_are_filtered(subjects: Subjects, asked: dict[str, Any], expected: list[str]) -> None:
    assert subjects(**asked) == expected


@pytest.mark.usefixtures("subjects")
def test_an_event_comes_back_whole_with_its_assumptions(store: SqlStore) -> None:
    (stored,) = store.events(EventQuery(kind="fee.changed"))
    expected = event(1, slug="fee-1")
    assert stored.event == expected
    assert stored.affects == (affect(expected), affect(expected, "C02"))


@pytest.mark.usefixtures("subjects")
def test_an_event_is_found_by_the_start_of_its_id(store: SqlStore) -> None:
    wanted = event(2, "draw.new", "draw", source="rounds")
    for prefix in (wanted.id, wanted.id[:8], wanted.id[:8].upper()):
        found = store.find_event(prefix)
        assert found is not None
        assert found.event == wanted
    assert store.find_event("zzz") is None
    assert store.find_event("%") is None
    assert store.find_event("") is None


def test_an_ambiguous_start_names_the_candidates(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0")
    record(store, 1, events=tuple(replace(event(1), id=identity) for identity in ("abc1", "abc2", "abc")))
    with pytest.raises(UsageError, match="abc1, abc2"):
        store.find_event("ab")
    found = store.find_event("abc")
    assert found is not None
    assert found.event.id == "abc"


def test_an_event_recorded_again_is_brought_up_to_date(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0")
    first = replace(event(1), state=EventState.PROVISIONAL)
    record(store, 1, events=(first,), affects=(affect(first),))
    again = replace(first, state=EventState.CONFIRMED, confirmed_at=at(7))
    changed = replace(affect(again), verdict=VerdictKind.UNKNOWN)
    record(store, 7, events=(again,), affects=(changed,))
    (stored,) = store.events(EventQuery())
    assert stored.event == again
    assert stored.affects == (changed,)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}") as opened:
        yield opened


def plan_of(database: Path, ask: Callable[[], object]) -> str:
    """How SQLite answers the statements that ``ask`` runs."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seen.append((statement, parameters))

    sqlalchemy_event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sqlalchemy_event.remove(Engine, "before_cursor_execute", note)
    connection = sqlite3.connect(database)
    explained = [
        connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        for statement, parameters in seen
        if statement.startswith("SELECT")
    ]
    connection.close()
    return "\n".join(step[3] for steps in explained for step in steps)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda store: store.events(EventQuery(limit=10)), "ix_event_time"),
        (lambda store: store.events(EventQuery(source="fees", limit=10)), "ix_event_source_time"),
        (lambda store: store.events(EventQuery(guide="it-workers")), "ix_affect_assumption"),
        (lambda store: store.events(EventQuery(kind="fee.", limit=10)), "ix_event_"),
        (lambda store: store.get_known("fees"), "ix_event_provisional"),
        (lambda store: store.get_known("fees"), "ux_fact_current"),
        (lambda store: store.get_known("fees", sha256="0"), "ix_version_source_sha256"),
        (lambda store: store.facts(), "ux_fact_current"),
        (lambda store: store.facts(sources=["fees"], at=at(1)), "ix_fact_source_time"),
        (lambda store: store.find_version("fees", at=at(1)), "ix_version_source_time"),
        (lambda store: store.read_states(at=at(1)), "ix_check_source_time"),
        (lambda store: store.claim(at(1), timedelta(minutes=1)), "ix_delivery_due"),
    ],
)
def test_an_index_answers(kept: SqlStore, tmp_path: Path, ask: Callable[[SqlStore], object], index: str) -> None:
    record(kept, 0, "first_seen", body=b"0", began=tuple(fee(f"{n}", "1") for n in range(50)))
    record(kept, 1, events=tuple(event(1, slug=str(n)) for n in range(50)))
    plan = plan_of(tmp_path / "kept.db", lambda: ask(kept))
    assert index in plan
    for table in ("event", "fact", "delivery", "version", "check_", "affect"):
        assert f"SCAN {table}\n" not in f"{plan}\n"


@pytest.mark.parametrize("asked", [{}, {"source": "fees"}])
def test_newest_events_need_no_sorting(kept: SqlStore, tmp_path: Path, asked: dict[str, Any]) -> None:
    record(kept, 0, "first_seen", body=b"0")
    plan = plan_of(tmp_path / "kept.db", lambda: kept.events(EventQuery(**asked, limit=10)))
    assert "event" in plan
    assert "TEMP B-TREE" not in plan


def test_what_shares_a_sentence_or_a_notice_with_it_is_found_and_told_together(store: SqlStore) -> None:
    pages = ("fees", "rounds", "times")
    for source in pages:
        record(store, 0, "first_seen", body=b"0", source=source)
    shown = [event(hour, "rule.added", "a", source=source) for hour, source in enumerate(pages, start=1)]
    shown = [replace(one, sentence=words) for one, words in zip(shown, ("s1", "s1", "s2"), strict=True)]
    for hour, (source, one) in enumerate(zip(pages, shown, strict=True), start=1):
        record(store, hour, "changed", body=b"1", source=source, events=(one,), affects=(affect(one),))
    assert [item.event for item in store.kin(["s1"])] == shown[:2]
    assert store.kin(["s1"])[0].affects == (affect(shown[0]),)
    notice = event(3, "notice.posted", "shared", source="times")
    parts = [replace(one, part_of=notice.id) for one in shown]
    store.regroup([notice, *parts], ())
    assert [item.event for item in store.kin(["s1"])] == parts
    assert [item.event.subject for item in store.events(EventQuery())] == ["shared"]
    assert len(store.events(EventQuery(parts=True))) == 4
    store.regroup(shown, [notice.id])
    assert [item.event.id for item in store.events(EventQuery())] == [one.id for one in reversed(shown)]
    assert store.kin([]) == []


def test_turns_of_agreement_and_the_times_of_facts_come_oldest_first(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0", began=(fee("a", "100"),))
    begun = replace(event(1, "source.disagrees"), key="disagreement:codes")
    over = replace(event(3, "source.recovered"), key="disagreement:codes")
    other = replace(event(3, "source.disagrees"), key="disagreement:fees")
    record(store, 1, "changed", body=b"1", began=(fee("b", "5"),), events=(begun,))
    record(store, 3, "changed", body=b"3", ended=("fee:fees/a",), events=(over, other))
    assert store.turns(["disagreement:codes"]) == [begun, over]
    assert store.turns([]) == []
    assert store.fact_times("fees") == [at(0), at(1), at(3)]
    assert store.fact_times("rounds") == []
