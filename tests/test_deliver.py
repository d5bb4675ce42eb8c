import logging
import random
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alerts import AT, fee_alert, first_sight_alert
from delivering import Clock, Outboxes, Script, run, states
from msgspec.structs import replace
from receivers import HOST, MailServer, Manners, Webhook

from monitor.deliver import SHARED_PATIENCE, Patience, Sent, deliver_due
from monitor.errors import DeliveryError
from monitor.model import (
    Alert,
    Channel,
    Check,
    CheckOutcome,
    CheckRecord,
    Delivery,
    DeliveryState,
    Memory,
    QuietHours,
    Severity,
)
from monitor.opening import open_at
from notifiers import open_notifier
from storage.store import SqlStore, open_store


def test_what_is_accepted_is_sent_once(outbox: Outboxes) -> None:
    rows, desk = outbox(fee_alert(channels=("desk",))), Script()
    [sent] = run(rows, {"desk": desk})
    assert run(rows, {"desk": desk}) == []
    assert (sent.state, sent.error, sent.maybe_duplicate) == (DeliveryState.SENT, None, False)
    assert desk.got == [("a1b2c3d4", False)]
    assert rows.deliveries()[0].sent_at == AT


def test_a_channel_that_another_process_may_know_is_waited_for_an_hour(outbox: Outboxes) -> None:
    rows, desk, clock = (
        outbox(fee_alert(channels=("desk",)), fee_alert(id="later", channels=("desk",))),
        Script(),
        Clock(),
    )

    def look() -> list[Sent]:
        return deliver_due(rows, {}, now=clock, rng=random.Random(1), patience=SHARED_PATIENCE)  # noqa: S311 - tests

    for _ in range(SHARED_PATIENCE.looks):
        assert {(sent.state, sent.next_attempt) for sent in look()} == {
            (DeliveryState.RETRYING, clock.at + timedelta(minutes=5))
        }
        clock.at += timedelta(minutes=5)
    known = run(rows, {"desk": desk}, clock)
    assert [(sent.alert, sent.state) for sent in known] == [("a1b2c3d4", "sent"), ("later", "sent")]
    rows.raise_alert(fee_alert(id="lost", channels=("desk",)))
    for _ in range(SHARED_PATIENCE.looks):
        look()
        clock.at += timedelta(minutes=5)
    assert [sent.state for sent in look()] == [DeliveryState.HELD]


def test_one_bad_destination_does_not_stop_another(outbox: Outboxes, caplog: pytest.LogCaptureFixture) -> None:
    rows = outbox(fee_alert(channels=("broken", "final", "gone", "well")))
    notifiers = {
        "broken": Script(RuntimeError("token s3cr3t")),
        "final": Script(DeliveryError("no such hook", permanent=True)),
        "well": Script(),
    }
    with caplog.at_level(logging.ERROR):
        results = run(rows, notifiers)
    assert states(results) == {"broken": "retrying", "final": "dead", "gone": "held", "well": "sent"}
    errors = {result.channel: result.error for result in results}
    assert errors["broken"] == "bug while sending (RuntimeError); see the log"
    assert "stilltrue alerts retry 3" in (errors["gone"] or "")
    assert "RuntimeError" in caplog.text
    assert "delivering.py:" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_waits_grow_over_a_day_and_then_it_is_dead(outbox: Outboxes) -> None:
    clock, rows = Clock(), outbox(fee_alert(channels=("desk",)))
    desk = Script(*[DeliveryError("busy") for _ in range(50)])
    waits = []
    while (result := run(rows, {"desk": desk}, clock)[0]).state is DeliveryState.RETRYING:
        assert result.next_attempt is not None
        waits.append((result.next_attempt - clock.at).total_seconds())
        clock.at = result.next_attempt
    assert result.state is DeliveryState.DEAD
    assert result.error == "busy"
    assert len(desk.got) == 14
    assert 48 <= waits[0] <= 72
    assert waits[3] > waits[1] > waits[0]
    assert max(waits) <= 4.8 * 3600
    assert 20 * 3600 < sum(waits) < 30 * 3600


def test_waits_differ_between_rows(outbox: Outboxes) -> None:
    rows = outbox(fee_alert(channels=("a", "b")))
    results = run(rows, {name: Script(DeliveryError("busy")) for name in ("a", "b")})
    assert results[0].next_attempt != results[1].next_attempt


def test_a_receiver_may_ask_for_a_longer_wait_but_not_for_ever(outbox: Outboxes) -> None:
    rows = outbox(fee_alert(channels=("a", "b")))
    busy = {"a": Script(DeliveryError("", retry_after=1800)), "b": Script(DeliveryError("", retry_after=1e12))}
    assert [result.next_attempt for result in run(rows, busy)] == [
        AT + timedelta(minutes=30),
        AT + timedelta(days=1),
    ]


def test_after_a_time_out_the_repeat_is_marked_for_good(outbox: Outboxes) -> None:
    clock, rows = Clock(), outbox(fee_alert(channels=("desk",)))
    desk = Script(DeliveryError("timed out", maybe_accepted=True), DeliveryError("busy"))
    for _ in range(3):
        [result] = run(rows, {"desk": desk}, clock)
        clock.at += timedelta(hours=1)
    assert desk.got == [("a1b2c3d4", False), ("a1b2c3d4", True), ("a1b2c3d4", True)]
    assert (result.state, result.maybe_duplicate) == (DeliveryState.SENT, True)


def test_what_was_cut_off_while_sending_is_sent_again_marked(outbox: Outboxes) -> None:
    clock, rows = Clock(), outbox(fee_alert(channels=("desk",)))
    with pytest.raises(KeyboardInterrupt):
        run(rows, {"desk": Script(KeyboardInterrupt())}, clock)
    desk = Script()
    assert run(rows, {"desk": desk}, clock) == []
    clock.at += timedelta(minutes=2)
    run(rows, {"desk": desk}, clock)
    assert desk.got == [("a1b2c3d4", True)]


def test_a_limit_leaves_the_rest_for_later(outbox: Outboxes) -> None:
    rows = outbox(*[fee_alert(id=f"a{n}", channels=("desk",)) for n in range(5)])
    desk = Script()
    first = deliver_due(rows, {"desk": desk}, now=Clock(), rng=random.Random(1), limit=2)  # noqa: S311 - tests
    assert [result.alert for result in first] == ["a0", "a1"]
    assert [result.alert for result in run(rows, {"desk": desk})] == ["a2", "a3", "a4"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


NIGHT = QuietHours(start="22:00", end="07:00", timezone="America/Vancouver")


@pytest.mark.parametrize(
    ("quiet", "now", "opens"),
    [
        (NIGHT, "2026-05-28T21:59:59-07:00", "2026-05-28T21:59:59-07:00"),
        (NIGHT, "2026-05-28T22:00:00-07:00", "2026-05-29T07:00:00-07:00"),
        (NIGHT, "2026-05-29T03:00:00-07:00", "2026-05-29T07:00:00-07:00"),
        (NIGHT, "2026-05-29T07:00:00-07:00", "2026-05-29T07:00:00-07:00"),
        # The clocks go forward: the night is an hour shorter.
        (NIGHT, "2026-03-07T22:30:00-08:00", "2026-03-08T07:00:00-07:00"),
        # The clocks go back: the night is an hour longer.
        (
            QuietHours(start="22:00", end="07:00", timezone="America/Toronto"),
            "2026-10-31T23:00:00-04:00",
            "2026-11-01T07:00:00-05:00",
        ),
        (QuietHours(start="12:00", end="13:00"), "2026-05-28T12:30:00+00:00", "2026-05-28T13:00:00+00:00"),
        (QuietHours(start="12:00", end="12:00"), "2026-05-28T12:30:00+00:00", "2026-05-28T12:30:00+00:00"),
    ],
)
def test_quiet_hours_end_by_the_wall_clock(quiet: QuietHours, now: str, opens: str) -> None:
    channel = Channel(name="desk", url="console://", quiet_hours=quiet)
    assert open_at(fee_alert(created_at=at(now)), channel, at(now)) == at(opens)


@pytest.mark.parametrize(
    ("severity", "exempt", "waits"),
    [
        (Severity.URGENT, Severity.URGENT, False),
        (Severity.NOTICE, Severity.URGENT, True),
        (Severity.NOTICE, Severity.NOTICE, False),
        (Severity.URGENT, None, True),
    ],
)
def test_quiet_hours_let_pass_what_they_exempt(severity: Severity, exempt: Severity | None, waits: bool) -> None:
    now = at("2026-05-29T03:00:00-07:00")
    channel = Channel(name="desk", url="console://", quiet_hours=replace(NIGHT, exempt=exempt))
    assert (open_at(fee_alert(severity=severity), channel, now) > now) is waits


MORNING = Channel(name="desk", url="console://", digest="0 8 * * *", timezone="America/Vancouver")


def test_a_digest_waits_for_its_slot_and_urgent_does_not() -> None:
    made = at("2026-05-28T09:00:00-07:00")
    assert open_at(fee_alert(created_at=made), MORNING, made) == at("2026-05-29T08:00:00-07:00")
    assert open_at(fee_alert(created_at=made, severity=Severity.URGENT), MORNING, made) == made
    late = at("2026-05-29T08:00:30-07:00")
    assert open_at(fee_alert(created_at=made), MORNING, late) == late


def test_a_digest_slot_within_quiet_hours_waits_for_their_end() -> None:
    channel = replace(MORNING, digest="0 5 * * *", quiet_hours=NIGHT)
    made = at("2026-05-28T09:00:00-07:00")
    assert open_at(fee_alert(created_at=made), channel, made) == at("2026-05-29T07:00:00-07:00")


def test_what_is_put_off_is_not_attempted_and_then_sent(outbox: Outboxes) -> None:
    clock = Clock(at("2026-05-29T03:00:00-07:00"))
    rows, desk = outbox(fee_alert(channels=("desk",), created_at=clock.at)), Script()
    channels = (Channel(name="desk", url="console://", quiet_hours=NIGHT),)
    assert run(rows, {"desk": desk}, clock, channels) == []
    [put_off] = rows.deliveries()
    assert put_off.attempts == 0
    assert (put_off.state, put_off.next_attempt) == (DeliveryState.PENDING, at("2026-05-29T07:00:00-07:00"))
    assert desk.got == []
    assert run(rows, {"desk": desk}, clock, channels) == []
    assert put_off.next_attempt is not None
    clock.at = put_off.next_attempt
    assert states(run(rows, {"desk": desk}, clock, channels)) == {"desk": "sent"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path / 'alerts.db'}", now=AT) as opened:
        yield opened


def test_the_whole_way_from_row_to_receivers(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", HOST)
    made = replace(first_sight_alert(), channels=("mail", "hook", "late"))
    check = Check(source="bcpnp-for-workers", checked_at=AT, outcome=CheckOutcome.FAILED)
    store.record([CheckRecord(check=check, memory=Memory(), revision=0, alerts=(made,))])
    with MailServer() as mail, MailServer(Manners(after_data="drop")) as late, Webhook() as hook:
        address = "mailto://bot@{0}:{1}/ann@editors.test?from=bot@stilltrue.test&mode=insecure"
        notifiers = {
            "mail": open_notifier(address.format(HOST, mail.port)),
            "late": open_notifier(address.format(HOST, late.port)),
            "hook": open_notifier(f"json://{HOST}:{hook.port}/"),
        }
        clock = Clock(AT)
        jitter = random.Random(1)  # noqa: S311 - tests
        results = deliver_due(store, notifiers, now=clock, rng=jitter)
        clock.at += timedelta(minutes=5)
        late.manners = Manners()
        again = deliver_due(store, notifiers, now=clock, rng=jitter)
    assert states(results) == {"mail": "sent", "hook": "sent", "late": "retrying"}
    assert states(again) == {"late": "sent"}
    assert (len(mail.mails), len(hook.posts), len(late.mails)) == (1, 1, 2)
    assert late.mails[0]["Message-ID"] == late.mails[1]["Message-ID"]
    assert [row.maybe_duplicate for row in store.deliveries() if row.channel == "late"] == [True]
    assert {row.state for row in store.deliveries()} == {DeliveryState.SENT}


def test_patience_is_a_setting(outbox: Outboxes) -> None:
    rows = outbox(fee_alert(channels=("desk",)))
    [result] = deliver_due(
        rows,
        {"desk": Script(DeliveryError("busy"))},
        now=Clock(),
        rng=random.Random(1),  # noqa: S311 - tests
        patience=Patience(attempts=1),
    )
    assert result.state is DeliveryState.DEAD


class Stalled:
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.got = 0

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        assert self.let_go.wait(20), f"{alert.id} on {delivery.channel} held the others up"
        self.got += 1


class Releasing(Script):
    """Lets another go when it has had enough."""

    def __init__(self, stalled: Stalled, enough: int) -> None:
        super().__init__()
        self.stalled, self.enough = stalled, enough

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        super().send(alert, delivery=delivery)
        if len(self.got) == self.enough:
            self.stalled.let_go.set()


def test_a_stalled_channel_does_not_hold_the_others_and_each_keeps_its_order(outbox: Outboxes) -> None:
    names = [f"a{number:02}" for number in range(40)]
    rows = outbox(*[fee_alert(id=name, channels=("quick", "stalled")) for name in names])
    stalled = Stalled()
    quick = Releasing(stalled, len(names))
    results = run(rows, {"stalled": stalled, "quick": quick})
    assert [name for name, _ in quick.got] == names
    assert stalled.got == len(names)
    assert {result.state for result in results} == {DeliveryState.SENT}


def test_told_to_stop_it_finishes_what_is_in_hand(outbox: Outboxes) -> None:
    rows, desk = outbox(*[fee_alert(id=f"a{n}", channels=("desk",)) for n in range(9)]), Script()
    seen: list[Sent] = []
    deliver_due(
        rows,
        {"desk": desk},
        now=Clock(),
        rng=random.Random(1),  # noqa: S311 - tests
        stopping=lambda: len(seen) >= 3,
        on_sent=seen.append,
    )
    assert [sent.alert for sent in seen] == ["a0", "a1", "a2"]
    assert len(desk.got) == 3
    assert {row.state for row in rows.deliveries()} == {DeliveryState.SENT, DeliveryState.PENDING}


@pytest.mark.slow
def test_ten_thousand_drain_side_by_side_without_growing(outbox: Outboxes) -> None:
    rows = outbox(*[fee_alert(id=f"a{number:04}", channels=("a", "b", "c", "d")) for number in range(2500)])
    counters = {name: Counting() for name in "abcd"}
    tracemalloc.start()
    results = run(rows, counters)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(results) == 10_000
    assert [counter.last for counter in counters.values()] == ["a2499"] * 4
    assert all(counter.in_order for counter in counters.values())
    assert peak < 30_000_000


class Counting:
    """Notes only whether what comes is in order."""

    def __init__(self) -> None:
        self.last, self.in_order = "", True

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        self.in_order = self.in_order and alert.id > self.last and delivery.attempts == 1
        self.last = alert.id
