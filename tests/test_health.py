"""What the watchdog calls trouble, and what not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.health import Beat, Pulse, find_troubles, operator_channels, trouble_alert
from monitor.model import Channel, DeliveryState, Format, Purpose, Schedule, Source
from monitor.ports import Due, OutboxState

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)
SOURCE = Source(
    id="a", publisher="P", url="https://example.org", format=Format.HTML, schedule=Schedule(every=timedelta(hours=1))
)


def beat(*, running: float | None = None, quiet: float = 1) -> Beat:
    return Beat(
        name="sending",
        every=timedelta(seconds=5),
        most=timedelta(seconds=120),
        running=None if running is None else timedelta(seconds=running),
        quiet=timedelta(seconds=quiet),
    )


def codes(**pulse: object) -> list[str]:
    return [trouble.code for trouble in find_troubles(Pulse(now=NOW, awake_since=LONG_AGO, **pulse))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (beat(), []),
        (beat(running=100, quiet=110), []),
        (beat(running=130, quiet=140), ["tick_stuck"]),
        (beat(quiet=64), []),
        (beat(quiet=70), ["tick_stuck"]),
    ],
)
def test_a_tick_that_hangs_or_does_not_come_is_stuck(state: Beat, expected: list[str]):
    assert codes(beats=[state]) == expected


def test_a_dead_thread_is_trouble():
    assert codes(threads={"reader": True}) == []
    assert codes(threads={"reader": False}) == ["thread_dead"]


@pytest.mark.parametrize(("late", "expected"), [(0, []), (14, []), (17, ["source_overdue"])])
def test_a_source_is_overdue_when_its_grace_and_the_time_of_a_read_are_over(late: int, expected: list[str]):
    dues = {"a": Due(next_due=NOW - timedelta(minutes=late), last_check=LONG_AGO)}
    assert codes(sources=[SOURCE], dues=dues) == expected


def test_nothing_is_overdue_by_a_night_asleep():
    dues = {"a": Due(next_due=LONG_AGO, last_check=LONG_AGO)}
    awake = Pulse(now=NOW, awake_since=NOW - timedelta(minutes=1), sources=[SOURCE], dues=dues)
    assert find_troubles(awake) == []
    assert codes(sources=[SOURCE]) == ["source_overdue"]


@pytest.mark.parametrize(("minutes", "expected"), [(5, []), (20, ["outbox_stuck"])])
def test_an_outbox_that_does_not_drain_is_trouble(minutes: int, expected: list[str]):
    waiting = OutboxState(counts={DeliveryState.PENDING: 2}, oldest_due=NOW - timedelta(minutes=minutes))
    assert codes(outbox=waiting) == expected


def test_a_check_in_the_future_means_a_wrong_clock():
    assert codes(newest_check=NOW + timedelta(minutes=1)) == []
    assert codes(newest_check=NOW + timedelta(hours=1)) == ["clock_behind"]


def test_the_same_trouble_is_one_alert_to_whoever_takes_everything():
    channels = [Channel(name="all", url="x"), Channel(name="fees", url="x", kinds=("fee",))]
    assert operator_channels(channels) == ["all"]
    assert operator_channels(channels[1:]) == ["fees"]
    dues = {"a": Due(next_due=NOW - timedelta(hours=5), last_check=LONG_AGO)}
    alerts = set()
    for later in (0, 5, 10):
        now = NOW + timedelta(seconds=later)
        (trouble,) = find_troubles(Pulse(now=now, awake_since=LONG_AGO, sources=[SOURCE], dues=dues))
        alert = trouble_alert(trouble, now, ["all"])
        assert alert.purpose == Purpose.TROUBLE
        assert "2026-05-04 07:00 UTC" in alert.lines[0]
        alerts.add(alert.id)
    assert len(alerts) == 1


def test_every_trouble_is_explained():
    docs = (Path(__file__).parents[1] / "docs" / "running.md").read_text(encoding="utf-8")
    told = {"tick_stuck", "thread_dead", "source_overdue", "outbox_stuck", "config_rejected", "clock_behind"}
    assert [code for code in sorted(told) if f"`{code}`" not in docs] == []
