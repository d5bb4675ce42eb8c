"""Deriving a source again: what is replaced, what stays, what is retracted."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from storing import affect, alert, at, event, fact, fee, make, record

from monitor.errors import ConflictError
from monitor.model import Draw, EventState, FactKind, Memory, Problem, RecheckRequest
from monitor.ports import EventQuery
from storage.store import SqlStore, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    with open_store(database_url) as opened:
        yield opened


ALL = EventQuery(states=("provisional", "confirmed", "retracted"))


def states(store: SqlStore) -> dict[str, str]:
    return {stored.event.subject: stored.event.state.value for stored in store.events(ALL)}


def test_derived_rows_are_replaced_and_snapshots_stay(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0", began=(fee("a", "1"),))
    record(store, 1, "failed", problem=Problem(code="timeout", message="No answer."))
    record(store, 2, "changed", body=b"2", began=(fee("a", "2"),), ended=("fee:fees/a",))
    memory = Memory()
    store.rebuild(
        "fees",
        [
            make(0, "first_seen", body=b"0", began=(fee("a", "10"), fee("b", "1"))),
            make(1, "failed", problem=Problem(code="timeout", message="No answer.")),
            make(2, "unchanged", body=b"2", memory=memory),
        ],
    )
    facts = {one.fact.key: (one.fact, one.first_seen, one.last_seen) for one in store.facts()}
    assert facts == {
        "fee:fees/a": (fee("a", "10"), at(0), at(2)),
        "fee:fees/b": (fee("b", "1"), at(0), at(2)),
    }
    assert [version.seen_at for version in store.versions("fees")] == [at(0)]
    assert [snapshot.body for snapshot in store.snapshots("fees")] == [b"0", b"2"]
    assert [check.checked_at for check in store.failed_checks("fees")] == [at(1)]
    state = store.read_states()["fees"]
    assert (state.checks, state.reads_since_change, state.last_change) == (3, 1, at(0))


def test_other_sources_are_left_alone(store: SqlStore) -> None:
    told = event(1, source="other")
    record(
        store,
        0,
        "first_seen",
        body=b"0",
        source="other",
        began=(fact("x", Draw(), kind=FactKind.DRAW, source="other"),),
    )
    record(store, 1, "changed", body=b"1", source="other", events=(told,))
    record(store, 0, "first_seen", body=b"0")
    before = store.get_known("other")
    store.rebuild("fees", [make(0, "first_seen", body=b"0")])
    assert store.get_known("other") == before
    assert [stored.event for stored in store.events(ALL)] == [told]


def test_an_older_item_is_filed_in_its_place(store: SqlStore) -> None:
    record(store, 5, "first_seen", body=b"5", began=(fee("a", "2"),), next_due=at(9))
    late = make(1, "first_seen", body=b"1", began=(fee("a", "1"),))
    later = make(5, "changed", body=b"5", began=(fee("a", "2"),), ended=("fee:fees/a",))
    store.rebuild("fees", [late, later])
    assert [snapshot.fetched_at for snapshot in store.snapshots("fees")] == [at(1), at(5)]
    assert [one.fact for one in store.facts(at=at(2))] == [fee("a", "1")]
    assert store.read_states()["fees"].next_due == at(9)


def test_a_source_never_read_can_be_built(store: SqlStore) -> None:
    store.rebuild("fees", [make(0, "first_seen", body=b"0", began=(fee("a", "1"),))])
    assert [one.fact for one in store.facts()] == [fee("a", "1")]
    assert store.get_known("fees").revision == 1


def test_an_event_that_comes_out_again_keeps_what_it_set_off(store: SqlStore) -> None:
    kept = event(1)
    request = RecheckRequest(guide="it-workers", assumption="C44", event=kept.id, reasons=("the fee changed",))
    first = {"events": (kept,), "affects": (affect(kept),), "rechecks": (request,), "alerts": (alert("a1", 1, kept),)}
    record(store, 0, "first_seen", body=b"0")
    record(store, 1, "changed", body=b"1", **first)
    (opened,) = store.rechecks()
    store.close_recheck(opened.id, outcome="updated", note=None, by=None, now=at(2))
    read_better = replace(kept, new={"label": "a", "amount": "1751"})
    anew = {"rechecks": (request,), "alerts": (alert("a2", 1, kept),), "affects": (affect(kept, "C99"),)}
    store.rebuild(
        "fees", [make(0, "first_seen", body=b"0"), make(1, "changed", body=b"1", events=(read_better,), **anew)]
    )
    (stored,) = store.events(ALL)
    assert stored.event == read_better
    assert stored.affects == (affect(kept),)
    assert [one.id for one in store.rechecks()] == [opened.id]
    assert [one.alert for one in store.deliveries()] == ["a1"]


def test_events_that_no_longer_come_out_go_unless_somebody_was_told(store: SqlStore) -> None:
    quiet, asked, told, joined = (event(1, slug=slug) for slug in ("quiet", "asked", "told", "joined"))
    requests = tuple(
        RecheckRequest(guide="it-workers", assumption="C44", event=one.id, reasons=("same words",))
        for one in (asked, joined)
    )
    events = (quiet, asked, told, joined)
    affects = tuple(affect(one) for one in events)
    record(store, 0, "first_seen", body=b"0")
    record(
        store, 1, "changed", body=b"1", events=events, affects=affects, rechecks=requests, alerts=(alert("a", 1, told),)
    )
    store.rebuild("fees", [make(0, "first_seen", body=b"0"), make(1, "unchanged", body=b"1")])
    assert states(store) == {"asked": "retracted", "told": "retracted", "joined": "retracted"}
    assert store.find_event(quiet.id) is None
    assert store.get_alert("a").items[0].event == told


def test_a_retracted_event_that_comes_out_again_is_believed_again(store: SqlStore) -> None:
    told = event(1)
    record(store, 0, "first_seen", body=b"0")
    record(store, 1, "changed", body=b"1", events=(told,), alerts=(alert("a", 1, told),))
    start = make(0, "first_seen", body=b"0")
    store.rebuild("fees", [start, make(1, "unchanged", body=b"1")])
    assert states(store) == {"a": "retracted"}
    store.rebuild("fees", [start, make(1, "changed", body=b"1", events=(told,))])
    assert states(store) == {"a": "confirmed"}


def test_new_events_of_a_rebuild_are_told_once(store: SqlStore) -> None:
    new = event(1)
    record(store, 0, "first_seen", body=b"0")
    request = RecheckRequest(guide="it-workers", assumption="C44", event=new.id, reasons=("the fee changed",))
    more = {"events": (new,), "affects": (affect(new),), "rechecks": (request,), "alerts": (alert("a", 1, new),)}
    records = [make(0, "first_seen", body=b"0"), make(1, "changed", body=b"1", **more)]
    store.rebuild("fees", records)
    store.rebuild("fees", records)
    assert len(store.rechecks()) == len(store.deliveries()) == 1
    assert store.events(ALL)[0].affects == (affect(new),)


def test_first_sight_rechecks_are_not_opened_again_by_a_rebuild(store: SqlStore) -> None:
    request = RecheckRequest(guide="it-workers", assumption="C44", event=None, reasons=("contradicted at first sight",))
    record(store, 0, "first_seen", body=b"0", rechecks=(request,))
    (opened,) = store.rechecks()
    store.close_recheck(opened.id, outcome="holds", note=None, by=None, now=at(1))
    store.rebuild("fees", [make(0, "first_seen", body=b"0", rechecks=(request,))])
    assert [one.state for one in store.rechecks()] == ["closed"]


def test_settled_events_of_a_rebuild_end_confirmed(store: SqlStore) -> None:
    waiting = replace(event(1, "fee.removed"), state=EventState.PROVISIONAL)
    settled = replace(waiting, state=EventState.CONFIRMED, confirmed_at=at(8))
    record(store, 0, "first_seen", body=b"0")
    store.rebuild(
        "fees",
        [
            make(0, "first_seen", body=b"0"),
            make(1, "unchanged", events=(waiting,)),
            make(8, "unchanged", settled=(settled,)),
        ],
    )
    assert [stored.event for stored in store.events(ALL)] == [settled]
    assert store.get_known("fees").pending == {}


def test_whoever_looked_before_a_rebuild_is_refused(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0")
    looked = store.get_known("fees").revision
    store.rebuild("fees", [make(0, "first_seen", body=b"0")])
    late = make(1, "unchanged", revision=looked)
    with pytest.raises(ConflictError):
        store.record([late])
    record(store, 1)
    assert store.read_states()["fees"].checks == 2


def test_a_rebuild_that_misses_a_stored_snapshot_is_refused(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"0")
    record(store, 1, "changed", body=b"1")
    with pytest.raises(ConflictError, match="fees"):
        store.rebuild("fees", [make(0, "first_seen", body=b"0")])
    assert len(store.versions("fees")) == 2
