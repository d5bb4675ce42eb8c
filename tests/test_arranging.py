"""What goes out together, what waits, and what a snooze, a full hour or a dead channel leads to."""

from datetime import datetime, timedelta

import pytest
from alerts import AT, affect, alert, event, fee_alert, fee_change, item
from delivering import Clock, Outboxes, Script, run, states
from msgspec.structs import replace

from monitor.errors import DeliveryError, UsageError
from monitor.model import Alert, Channel, DeliveryState, Purpose, QuietHours, Severity, Snooze

MORNING = Channel(name="desk", url="console://", digest="0 8 * * *", timezone="America/Vancouver")
BUSY = Channel(name="desk", url="${DESK}", max_per_hour=3)
SLOT = datetime.fromisoformat("2026-05-29T15:00:00+00:00")


def news(number: int, **more: object) -> Alert:
    happened = replace(fee_change(severity=Severity.NOTICE), id=f"e{number}")
    touched = affect(f"C{number}", event=f"e{number}")
    told = item(happened, touched, **{f"C{number}": f"Claim {number}."})
    return alert(told, id=f"a{number}", **({"channels": ("desk",)} | more))


def test_a_digest_is_one_message_at_its_slot_with_an_outcome_for_each(outbox: Outboxes) -> None:
    rows, desk, clock = outbox(news(1), news(2), news(3)), Script(), Clock()
    assert run(rows, {"desk": desk}, clock, (MORNING,)) == []
    assert {row.next_attempt for row in rows.deliveries()} == {SLOT}
    clock.at = SLOT
    results = run(rows, {"desk": desk}, clock, (MORNING,))
    assert [result.alert for result in results] == ["a1", "a2", "a3"]
    [digest] = desk.alerts
    assert (digest.purpose, digest.parts, len(digest.items)) == (Purpose.DIGEST, ("a1", "a2", "a3"), 3)
    assert digest.lines == ("Digest of 3 messages.",)
    assert {row.state for row in rows.deliveries()} == {DeliveryState.SENT}
    assert {row.bundle for row in rows.deliveries()} == {digest.id}


def test_urgent_goes_at_once_and_a_digest_of_one_is_just_that_message(outbox: Outboxes) -> None:
    rows, desk, clock = outbox(news(1), news(2, severity=Severity.URGENT)), Script(), Clock()
    run(rows, {"desk": desk}, clock, (MORNING,))
    assert [got.id for got in desk.alerts] == ["a2"]
    clock.at = SLOT
    run(rows, {"desk": desk}, clock, (MORNING,))
    assert [(got.id, got.purpose) for got in desk.alerts] == [("a2", Purpose.NEWS), ("a1", Purpose.NEWS)]


def test_a_digest_that_was_not_confirmed_comes_again_under_its_name_marked(outbox: Outboxes) -> None:
    rows, clock = outbox(news(1), news(2)), Clock()
    desk = Script(DeliveryError("timed out", maybe_accepted=True))
    run(rows, {"desk": desk}, clock, (MORNING,))
    clock.at = SLOT
    assert states(run(rows, {"desk": desk}, clock, (MORNING,))) == {"desk": "retrying"}
    rows.raise_alert(news(3, created_at=SLOT))
    clock.at += timedelta(hours=1)
    run(rows, {"desk": desk}, clock, (MORNING,))
    (first, unmarked), (second, marked) = desk.got
    assert first == second
    assert (unmarked, marked) == (False, True)
    assert [sorted(got.parts) for got in desk.alerts] == [["a1", "a2"], ["a1", "a2"]]
    assert [row.maybe_duplicate for row in rows.deliveries()] == [False, True, True]


def test_late_slots_after_a_pause_are_one_digest(outbox: Outboxes) -> None:
    rows, desk = outbox(news(1), news(2, created_at=AT + timedelta(days=2))), Script()
    run(rows, {"desk": desk}, Clock(AT + timedelta(days=9)), (MORNING,))
    assert [got.parts for got in desk.alerts] == [("a1", "a2")]


def test_what_waited_for_the_end_of_quiet_hours_comes_as_one(outbox: Outboxes) -> None:
    night = Channel(name="desk", url="console://", quiet_hours=QuietHours(start="18:00", end="19:00"))
    rows, desk, clock = outbox(news(1), news(2)), Script(), Clock()
    assert run(rows, {"desk": desk}, clock, (night,)) == []
    clock.at += timedelta(hours=1)
    rows.raise_alert(news(3, created_at=clock.at))
    run(rows, {"desk": desk}, clock, (night,))
    assert [got.parts or got.id for got in desk.alerts] == [("a1", "a2"), "a3"]
    assert "waited" in desk.alerts[0].lines[0]


def test_more_than_the_hour_takes_is_folded_and_says_so(outbox: Outboxes) -> None:
    rows, desk, clock = outbox(*map(news, range(8))), Script(), Clock()
    run(rows, {"desk": desk}, clock, (BUSY,))
    assert [got.parts or got.id for got in desk.alerts] == ["a0", "a1", "a2", ("a3", "a4", "a5", "a6", "a7")]
    assert desk.alerts[-1].lines == ("More than 3 messages within an hour: these 5 come as one.",)
    clock.at += timedelta(minutes=10)
    rows.raise_alert(news(8, created_at=clock.at))
    rows.raise_alert(news(9, created_at=clock.at))
    rows.raise_alert(news(10, created_at=clock.at, severity=Severity.URGENT))
    run(rows, {"desk": desk}, clock, (BUSY,))
    assert [got.id for got in desk.alerts[4:]] == ["a10"]
    held = [row for row in rows.deliveries() if row.state is DeliveryState.PENDING]
    assert {(row.next_attempt, row.last_error) for row in held} == {
        (AT + timedelta(hours=1), "3 messages went out within an hour")
    }
    clock.at = AT + timedelta(hours=1)
    run(rows, {"desk": desk}, clock, (BUSY,))
    assert [got.parts for got in desk.alerts[5:]] == [("a8", "a9")]


def test_one_over_the_limit_takes_another_with_it(outbox: Outboxes) -> None:
    rows, desk = outbox(*map(news, range(4))), Script()
    run(rows, {"desk": desk}, Clock(), (BUSY,))
    assert [got.parts or got.id for got in desk.alerts] == ["a0", "a1", ("a2", "a3")]


def test_no_limit_folds_nothing(outbox: Outboxes) -> None:
    rows, desk = outbox(*map(news, range(30))), Script()
    run(rows, {"desk": desk}, Clock(), (replace(BUSY, max_per_hour=0),))
    assert [got.id for got in desk.alerts] == [f"a{n}" for n in range(30)]


def test_a_huge_digest_reads_some_and_counts_the_rest(outbox: Outboxes) -> None:
    rows, desk = outbox(*map(news, range(250))), Script()
    run(rows, {"desk": desk}, Clock(SLOT), (MORNING,))
    [digest] = desk.alerts
    assert (len(digest.parts), digest.hidden, len(digest.items)) == (250, 50, 200)
    assert {row.state for row in rows.deliveries()} == {DeliveryState.SENT}


def test_an_event_told_twice_stands_once_in_a_digest_with_all_it_touches(outbox: Outboxes) -> None:
    happened = fee_change(severity=Severity.NOTICE)
    one = alert(item(happened, affect("C1"), C1="One."), id="a1", channels=("desk",))
    two = alert(
        item(happened, affect("G2", guide="families"), G2="Two."), id="a2", guide="families", channels=("desk",)
    )
    rows, desk = outbox(one, two), Script()
    run(rows, {"desk": desk}, Clock(SLOT), (MORNING,))
    [digest] = desk.alerts
    [combined] = digest.items
    assert [each.assumption for each in combined.affects] == ["C1", "G2"]
    assert combined.sentences == {"C1": "One.", "G2": "Two."}


DESKS = (Channel(name="desk", url="a://"), Channel(name="ops", url="b://"), Channel(name="chief", url="c://"))


def test_a_dead_channel_is_told_on_the_others_once(outbox: Outboxes) -> None:
    gone = DeliveryError("no such hook", permanent=True)
    rows, desk, ops, chief = outbox(news(1), news(2)), Script(gone, gone, gone), Script(), Script()
    destinations = {"desk": desk, "ops": ops, "chief": chief}
    run(rows, destinations, Clock(), DESKS)
    [told] = ops.alerts
    assert (told.purpose, told.severity, told.headline) == (
        Purpose.TROUBLE,
        Severity.URGENT,
        "messages to desk cannot be delivered",
    )
    assert "no such hook" in told.lines[0]
    assert [got.id for got in chief.alerts] == [told.id]
    rows.raise_alert(news(3))
    run(rows, destinations, Clock(), DESKS)
    assert len(ops.alerts) == 1
    rows.raise_alert(news(4))
    run(rows, destinations, Clock(), DESKS)
    desk.answers.append(gone)
    rows.raise_alert(news(5))
    run(rows, destinations, Clock(), DESKS)
    assert len(ops.alerts) == 2


def test_when_all_channels_die_it_comes_to_an_end(outbox: Outboxes) -> None:
    gone = [DeliveryError("gone", permanent=True)] * 9
    rows = outbox(news(1))
    run(rows, {name: Script(*gone) for name in ("desk", "ops", "chief")}, Clock(), DESKS)
    assert {row.state for row in rows.deliveries()} == {DeliveryState.DEAD}
    assert len(rows.deliveries()) == 7


def test_a_channel_that_keeps_failing_is_left_alone_for_the_run(outbox: Outboxes) -> None:
    rows, desk = outbox(*map(news, range(20))), Script(*[DeliveryError("busy")] * 20)
    run(rows, {"desk": desk}, Clock())
    assert len(desk.got) == 5


def snoozed(**about: str) -> Snooze:
    return Snooze(id=0, until=AT + timedelta(days=7), created_at=AT, by="ann", **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("about", "waits"),
    [
        ({"source": "fees"}, True),
        ({"source": "other"}, False),
        ({"guide": "it-workers", "assumption": "C1"}, True),
        ({"guide": "it-workers", "assumption": "C2"}, False),
        ({"guide": "other", "assumption": "C1"}, False),
    ],
)
def test_what_is_snoozed_waits_for_its_end(outbox: Outboxes, about: dict[str, str], waits: bool) -> None:
    rows, desk, clock = outbox(news(1, source="fees")), Script(), Clock()
    rows.snooze(snoozed(**about))
    run(rows, {"desk": desk}, clock, DESKS)
    [row] = rows.deliveries()
    if not waits:
        assert row.state is DeliveryState.SENT
        return
    assert (row.state, row.last_error) == (DeliveryState.HELD, "snoozed until 2026-06-04T18:05:00Z")
    clock.at += timedelta(days=7)
    assert states(run(rows, {"desk": desk}, clock, DESKS)) == {"desk": "sent"}


def test_an_alert_that_touches_more_than_is_snoozed_is_told(outbox: Outboxes) -> None:
    mixed = alert(item(fee_change(), affect("C1")), item(event("rule.added")), channels=("desk",))
    rows, desk = outbox(mixed), Script()
    rows.snooze(snoozed(guide="it-workers", assumption="C1"))
    run(rows, {"desk": desk}, Clock(), DESKS)
    assert len(desk.got) == 1


def test_a_later_snooze_takes_the_place_of_the_one_before(outbox: Outboxes) -> None:
    rows = outbox()
    rows.snooze(snoozed(source="fees"))
    ended = replace(snoozed(source="fees"), until=AT)
    rows.snooze(ended)
    assert rows.snoozes(AT) == []


def test_what_is_acknowledged_is_held_and_not_retried_with_the_rest(outbox: Outboxes) -> None:
    rows, desk = outbox(fee_alert(channels=("desk", "ops"))), Script()
    run(rows, {"desk": desk, "ops": Script(DeliveryError("busy"))}, Clock(), DESKS)
    held = rows.acknowledge("a1b2", AT, by="ann", note=None)
    assert [(row.channel, row.state, row.last_error) for row in held] == [
        ("desk", DeliveryState.SENT, None),
        ("ops", DeliveryState.HELD, "acknowledged by ann"),
    ]
    assert rows.retry([], AT) == []
    assert [row.channel for row in rows.retry([2], AT)] == ["ops"]
    with pytest.raises(UsageError, match="no alert or delivery"):
        rows.acknowledge("zzz", AT, by=None, note=None)
    assert [row.id for row in rows.acknowledge("1", AT, by=None, note=None)] == [1, 2]
