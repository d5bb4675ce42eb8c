"""Verdicts, rechecks, alerts and their deliveries: asked once, told once, taken by one worker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from storing import affect, alert, at, event, make, record

from monitor.errors import ConflictError, UsageError
from monitor.model import DeliveryState, Guide, RecheckRequest, Verdict, VerdictKind
from monitor.ports import Attempt
from storage.store import SqlStore, open_store

LEASE = timedelta(minutes=2)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    with open_store(database_url) as opened:
        record(opened, 0, "first_seen", body=b"0")
        yield opened


def ask(about: str | None, *reasons: str, due: date | None = None, assumption: str = "C44") -> RecheckRequest:
    return RecheckRequest(guide="it-workers", assumption=assumption, event=about, reasons=reasons, due=due)


def tell(store: SqlStore, hour: float, identity: str, *channels: str) -> None:
    news = event(hour)
    record(
        store,
        hour,
        "changed",
        body=identity.encode(),
        events=(news,),
        alerts=(alert(identity, hour, news, channels=channels),),
    )


def verdict(kind: VerdictKind, hour: float) -> Verdict:
    return Verdict(
        guide="it-workers",
        assumption="C44",
        claim="It costs 1,475.",
        verdict=kind,
        expected="1475",
        found="1750",
        reasons=("the fee is 1750",),
        source="fees",
        as_of=at(hour),
    )


def test_the_last_verdict_counts_and_an_older_one_does_not_replace_it(store: SqlStore) -> None:
    assert store.verdicts() == {}
    record(store, 1, verdicts=(verdict(VerdictKind.HOLDS, 1),))
    record(store, 5, verdicts=(verdict(VerdictKind.CONTRADICTED, 5),))
    assert store.verdicts() == {("it-workers", "C44"): VerdictKind.CONTRADICTED}
    record(store, 6, verdicts=(verdict(VerdictKind.HOLDS, 3),))
    assert store.verdicts() == {("it-workers", "C44"): VerdictKind.CONTRADICTED}


def test_a_guide_keeps_the_time_of_its_first_load(store: SqlStore) -> None:
    one, two = (Guide(id=name, title=name, assumptions=()) for name in ("one", "two"))
    store.load_guides([one], at(0))
    store.load_guides([one, two], at(9))
    assert store.first_loads() == {"one": at(0), "two": at(9)}


def test_requests_join_the_open_recheck_of_their_assumption(store: SqlStore) -> None:
    first, second = event(1), event(2)
    record(store, 1, events=(first,), rechecks=(ask(first.id, "the fee changed", due=date(2026, 6, 1)),))
    requests = (
        ask(second.id, "the fee changed", "again", due=date(2026, 5, 9)),
        ask(second.id, "other", assumption="C2"),
    )
    record(store, 2, events=(second,), rechecks=requests)
    other, joined = store.rechecks()
    assert (other.assumption, other.event, other.opened_at) == ("C2", second.id, at(2))
    assert (joined.event, joined.opened_at, joined.state) == (first.id, at(1), "open")
    assert joined.reasons == ("the fee changed", "again")
    assert joined.due == date(2026, 5, 9)


def test_a_recheck_is_closed_once(store: SqlStore) -> None:
    record(store, 1, rechecks=(ask(None, "review is due"),))
    (opened,) = store.rechecks(state="open")
    closed = store.close_recheck(opened.id, outcome="updated", note="now 1,750", by="Ana", now=at(3))
    assert (closed.state, closed.outcome, closed.note, closed.by, closed.closed_at) == (
        "closed",
        "updated",
        "now 1,750",
        "Ana",
        at(3),
    )
    assert store.rechecks(state="open") == []
    assert store.rechecks(guide="it-workers", state="closed") == [closed]
    assert store.rechecks(guide="other") == []
    with pytest.raises(UsageError, match="closed already"):
        store.close_recheck(opened.id, outcome="holds", note=None, by=None, now=at(4))
    with pytest.raises(UsageError, match="no recheck 99"):
        store.close_recheck(99, outcome="holds", note=None, by=None, now=at(4))


def test_a_closed_recheck_is_opened_again_by_a_new_reason_but_not_by_the_same_event(store: SqlStore) -> None:
    first, second = event(1), event(2)
    record(store, 1, events=(first,), rechecks=(ask(first.id, "changed"),))
    record(store, 2, events=(second,), rechecks=(ask(second.id, "changed"),))
    (opened,) = store.rechecks()
    store.close_recheck(opened.id, outcome="holds", note=None, by=None, now=at(2))
    record(store, 3, rechecks=(ask(first.id, "changed"), ask(second.id, "changed")))
    assert store.rechecks(state="open") == []
    third = event(4)
    record(store, 4, events=(third,), rechecks=(ask(third.id, "changed"),))
    assert [one.event for one in store.rechecks(state="open")] == [third.id]
    store.close_recheck(store.rechecks()[0].id, outcome="holds", note=None, by=None, now=at(5))
    record(store, 6, rechecks=(ask(None, "review is due"),))
    assert [one.reasons for one in store.rechecks(state="open")] == [("review is due",)]


def test_an_alert_becomes_one_pending_delivery_for_each_channel(store: SqlStore) -> None:
    tell(store, 1, "a", "editors", "ops")
    assert [(one.id, one.alert, one.channel, one.state) for one in store.deliveries()] == [
        (2, "a", "ops", DeliveryState.PENDING),
        (1, "a", "editors", DeliveryState.PENDING),
    ]
    assert store.get_alert("a") == alert("a", 1, event(1), channels=("editors", "ops"))
    with pytest.raises(UsageError, match="no alert"):
        store.get_alert("b")


def test_an_alert_recorded_again_is_not_sent_again(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    tell(store, 2, "a", "editors", "ops")
    assert len(store.deliveries()) == 1
    assert store.get_alert("a").created_at == at(1)


def test_an_event_is_told_to_a_channel_once_whatever_alert_it_stands_in(store: SqlStore) -> None:
    one, two = event(1), event(2)
    record(store, 1, events=(one,), alerts=(alert("a", 1, one, channels=("editors",)),))
    record(store, 2, alerts=(alert("b", 2, one, channels=("editors", "ops")),))
    record(store, 3, events=(two,), alerts=(alert("c", 3, one, two, channels=("editors",)),))
    assert [(row.alert, row.channel) for row in reversed(store.deliveries())] == [
        ("a", "editors"),
        ("b", "ops"),
        ("c", "editors"),
    ]


def test_the_oldest_due_delivery_is_taken_first_and_only_once(store: SqlStore) -> None:
    tell(store, 2, "second", "editors")
    tell(store, 3, "third", "editors")
    assert store.claim(at(1), LEASE) is None
    taken = store.claim(at(4), LEASE)
    assert taken is not None
    delivery, what = taken
    assert (what.id, delivery.state, delivery.attempts, delivery.lease_until) == (
        "second",
        DeliveryState.SENDING,
        1,
        at(4) + LEASE,
    )
    following = store.claim(at(4), LEASE)
    assert following is not None
    assert following[1].id == "third"
    assert store.claim(at(4), LEASE) is None


def test_a_sent_delivery_stays_sent(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    store.claim(at(1), LEASE)
    store.settle(1, Attempt(state=DeliveryState.SENT, sent_at=at(1)))
    store.settle(1, Attempt(state=DeliveryState.RETRYING, error="too late", next_attempt=at(2)))
    (sent,) = store.deliveries(state="sent")
    assert (sent.sent_at, sent.last_error, sent.lease_until, sent.maybe_duplicate) == (at(1), None, None, False)
    assert store.claim(at(100), LEASE) is None
    with pytest.raises(UsageError, match="no delivery 7"):
        store.settle(7, Attempt(state=DeliveryState.SENT))


def test_a_failed_send_is_due_again_at_its_next_attempt(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    store.claim(at(1), LEASE)
    store.settle(1, Attempt(state=DeliveryState.RETRYING, error="503", next_attempt=at(3)))
    (waiting,) = store.deliveries()
    assert (waiting.state, waiting.next_attempt, waiting.last_error) == (DeliveryState.RETRYING, at(3), "503")
    assert store.claim(at(2), LEASE) is None
    taken = store.claim(at(3), LEASE)
    assert taken is not None
    assert (taken[0].attempts, taken[0].maybe_duplicate) == (2, False)


def test_an_expired_lease_is_taken_again_and_marked(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    store.claim(at(1), LEASE)
    assert store.claim(at(1) + LEASE - timedelta(microseconds=1), LEASE) is None
    taken = store.claim(at(1) + LEASE, LEASE)
    assert taken is not None
    assert (taken[0].maybe_duplicate, taken[0].attempts) == (True, 2)
    store.settle(1, Attempt(state=DeliveryState.SENT, sent_at=at(2)))
    assert store.deliveries()[0].maybe_duplicate


def test_a_send_that_may_have_arrived_stays_marked(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    store.claim(at(1), LEASE)
    store.settle(1, Attempt(state=DeliveryState.RETRYING, error="cut", next_attempt=at(2), maybe_duplicate=True))
    taken = store.claim(at(2), LEASE)
    assert taken is not None
    assert taken[0].maybe_duplicate


def test_a_held_delivery_waits_without_counting_as_attempted(store: SqlStore) -> None:
    tell(store, 1, "a", "editors")
    store.claim(at(1), LEASE)
    store.settle(1, Attempt(state=DeliveryState.HELD, next_attempt=at(8)))
    (held,) = store.deliveries(state="held")
    assert held.attempts == 0
    assert store.claim(at(7), LEASE) is None
    taken = store.claim(at(8), LEASE)
    assert taken is not None
    assert taken[0].attempts == 1


def test_dead_and_held_ones_are_made_due_again(store: SqlStore) -> None:
    for hour, identity in enumerate(("a", "b", "c", "d"), start=1):
        tell(store, hour, identity, "editors")
    ends = (DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.SENT)
    for number, state in enumerate(ends, start=1):
        store.claim(at(9), LEASE)
        store.settle(number, Attempt(state=state, error="gone" if state is DeliveryState.DEAD else None))
    assert [one.id for one in store.retry([1, 3], at(10))] == [1]
    (again,) = (one for one in store.deliveries() if one.id == 1)
    assert (again.state, again.attempts, again.last_error) == (DeliveryState.PENDING, 0, "gone")
    assert [one.id for one in store.retry([], at(10))] == [2]
    assert store.retry([], at(10)) == []
    with pytest.raises(UsageError, match="no delivery 77"):
        store.retry([77], at(10))


def test_workers_racing_for_deliveries_share_them_out(store: SqlStore, database_url: str) -> None:
    names = [f"alert-{number:02}" for number in range(30)]
    for hour, name in enumerate(names, start=1):
        tell(store, hour, name, "editors")

    def work(_worker: int) -> list[str]:
        taken: list[str] = []
        with open_store(database_url) as own:
            while (claimed := own.claim(at(100), LEASE)) is not None:
                taken.append(claimed[1].id)
                own.settle(claimed[0].id, Attempt(state=DeliveryState.SENT, sent_at=at(100)))
        return taken

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, range(4)))
    assert sorted(name for share in shares for name in share) == names
    assert {one.state for one in store.deliveries()} == {DeliveryState.SENT}


def test_writers_racing_for_a_source_leave_one_winner(store: SqlStore, database_url: str) -> None:
    revision = store.get_known("fees").revision

    def write(worker: int) -> bool:
        with open_store(database_url) as own:
            try:
                own.record([make(worker + 1, "unchanged", revision=revision)])
            except ConflictError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(write, range(4)))
    assert sum(won) == 1
    assert store.read_states()["fees"].checks == 2


def test_affects_without_an_event_live_in_the_alert_alone(store: SqlStore) -> None:
    news = event(1)
    first_sight = affect(news, "C02")
    first_sight = type(first_sight)(
        event="", guide="it-workers", assumption="C02", verdict=VerdictKind.CONTRADICTED, reason="at first sight"
    )
    record(store, 1, events=(news,), affects=(first_sight, affect(news)))
    found = store.find_event(news.id)
    assert found is not None
    assert found.affects == (affect(news),)
