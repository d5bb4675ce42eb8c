"""Slices of the timeline: complete, in order, and bounded in work whatever is filtered."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from storing import affect, event, record

from monitor.browsing import Sift
from monitor.errors import UsageError
from monitor.model import Evidence
from storage import browsing
from storage.store import SqlStore, open_store

MANY = ("fees", *(f"source-{number}" for number in range(40)))
"""More sources than are walked side by side; only the first has events."""
KINDS = ("fee.changed", "fee.added", "draw.new")


@pytest.fixture
def filled() -> Iterator[SqlStore]:
    """Sixty events of three kinds, three a check, of which each fifth touches a guide."""
    with open_store("sqlite://") as store:
        for hour in range(20):
            events = [event(hour, kind, f"k{hour}-{place}") for place, kind in enumerate(KINDS)]
            touched = [affect(item) for item in events[:1] if hour % 5 == 0]
            record(store, hour, "changed", events=tuple(events), affects=tuple(touched))
        yield store


def walk(store: SqlStore, wanted: dict[str, object]) -> tuple[list[str], int]:
    """The ids of all slices in order, and how many slices it took."""
    ids: list[str] = []
    slices, after = 0, None
    while True:
        found = store.sift(Sift(**{"limit": 7, **wanted, "after": after}))  # type: ignore[arg-type]
        ids += [item.event.id for item in found.events]
        slices, after = slices + 1, found.next
        if after is None:
            return ids, slices


@pytest.mark.parametrize("budget", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 60),
        ({"kind": "fee"}, 40),
        ({"kind": "fee.ch"}, 20),
        ({"sources": ("fees",), "kind": "draw"}, 20),
        ({"sources": MANY}, 60),
        ({"sources": MANY, "kind": "draw"}, 20),
        ({"sources": MANY[1:], "kind": "draw"}, 0),
        ({"guide": "it-workers"}, 4),
        ({"text": "no such words"}, 0),
    ],
)
def test_slices_miss_nothing_whatever_work_they_may_take(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, object], count: int, budget: int
):
    newest_first = [item.event.id for item in filled.sift(Sift(limit=100)).events]
    monkeypatch.setattr(browsing, "BUDGET", budget)
    monkeypatch.setattr(browsing, "_LEAST", budget)
    ids, _ = walk(filled, wanted)
    assert len(ids) == len(set(ids)) == count
    assert ids == [name for name in newest_first if name in set(ids)]


def test_a_slice_that_ends_early_says_how_far_it_looked(filled: SqlStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browsing, "BUDGET", 6)
    monkeypatch.setattr(browsing, "_LEAST", 6)
    found = filled.sift(Sift(text="no such words"))
    assert found.events == ()
    assert found.searched_to is not None
    assert found.next is not None


def test_words_are_looked_for_in_what_was_said_and_not_among_ids(filled: SqlStore):
    shown = replace(
        event(100, "rule.changed", "k"),
        evidence=Evidence(before="955aaaa", quote_before="Pay 100%_now.", quote_after="Pay it later."),
    )
    record(filled, 100, "changed", events=(shown,))
    assert walk(filled, {"text": "955a"})[0] == []
    for words in ("100%_NOW", "later", "pay now"):
        assert walk(filled, {"text": words})[0] == [shown.id]


def test_going_on_behind_no_event_is_refused(filled: SqlStore):
    with pytest.raises(UsageError, match="no event 'nothing'"):
        filled.sift(Sift(after="nothing"))
