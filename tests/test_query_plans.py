"""The questions people ask most are answered by indexes, as SQLite itself explains; nothing is counted row by row."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from storing import START, at, fee, make
from storing import event as happening

from monitor.model import FactKind
from monitor.ports import EventQuery
from storage.store import SqlStore, open_store

GROWING = ("check_", "event", "version", "snapshot", "link", "affect")
"""Tables that grow with time and must never be read from one end to the other."""

Ask = Callable[[SqlStore], object]
QUESTIONS: dict[str, Ask] = {
    "history": lambda store: store.events(EventQuery(limit=50)),
    "history of a source": lambda store: store.events(EventQuery(source="fees", limit=50)),
    "history of a kind": lambda store: store.events(EventQuery(kind="fee", limit=50)),
    "history of an assumption": lambda store: store.events(EventQuery(guide="g", assumption="a", limit=50)),
    "history since": lambda store: store.events(EventQuery(since=at(1), until=at(2), limit=50)),
    "facts": lambda store: store.facts(kind=FactKind.FEE),
    "facts at": lambda store: store.facts(sources=["fees"], at=at(1)),
    "status": lambda store: store.read_states(),
    "status at": lambda store: store.read_states(at=at(1)),
    "verify": lambda store: (store.facts(sources=["fees"]), store.read_states(), store.rechecks(state="open")),
    "known": lambda store: store.get_known("fees", sha256="x"),
    "last reads": lambda store: store.last_reads(["fees"]),
    "version at": lambda store: store.find_version("fees", at=at(1)),
    "a read": lambda store: store.has_read("fees", at(1), "x"),
    "a check": lambda store: store.record([make(9, "unchanged", revision=2)]),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}", now=START) as opened:
        opened.record([make(0, "first_seen", body=b"0", began=(fee("a", "1"),))])
        news = happening(1)
        opened.record(
            [make(1, "changed", body=b"1", revision=1, began=(fee("a", "2"),), ended=("fee:fees/a",), events=(news,))]
        )
        yield opened


def plans(store: SqlStore, ask: Ask) -> list[str]:
    """Every step of the plans of all statements that a question takes."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask(store)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    steps = []
    with store._database.engine.connect() as connection:  # noqa: SLF001 - the engine is what explains
        for statement, parameters in asked:
            if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
                first = parameters[0] if isinstance(parameters, list) else parameters
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first)
                steps += [row[-1] for row in rows]
    return steps


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_growing_table_is_read_from_end_to_end(store: SqlStore, question: str) -> None:
    steps = plans(store, QUESTIONS[question])
    assert steps
    whole = [step for step in steps if step.startswith("SCAN") and step.split()[1] in GROWING]
    # The newest events are the beginning of an index that stands in their order.
    assert [step for step in whole if "USING INDEX ix_event_time" not in step] == []


def test_the_newest_events_are_the_beginning_of_an_index(store: SqlStore) -> None:
    steps = plans(store, QUESTIONS["history"])
    assert any("event USING INDEX ix_event_time" in step for step in steps)
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps[:1])
