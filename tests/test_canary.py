"""The canary flies the whole real way in a database of its own, and cries when it does not arrive."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from delivering import Clock, Script

from monitor.app import App
from monitor.canary import run_canary, run_canary_when_due
from monitor.errors import DeliveryError
from monitor.model import Purpose
from monitor.ports import Notifier

AT = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
CONFIG = """
[monitor]
database = "sqlite:///real.db"
canary = "0 6 * * *"

[[source]]
id = "one"
publisher = "IRCC"
url = "https://example.org/one"
format = "html"
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(AT)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> App:
    file = tmp_path / "sources.toml"
    file.write_text(CONFIG)
    return App(environ={}, cwd=tmp_path, config_file=file, clock=clock)


def test_a_planted_change_arrives_and_leaves_no_trace(app: App, tmp_path: Path) -> None:
    editors = Script()
    flight = run_canary(app, {"editors": editors}, "editors")
    assert [(step.name, step.found) for step in flight.steps] == [
        ("first read", "first_seen"),
        ("second read", "changed"),
        ("change found", "fee.changed"),
        ("outbox", "1 delivery"),
        ("delivery", "sent"),
    ]
    assert (flight.arrived, flight.alarmed) == (True, ())
    [alert] = editors.alerts
    assert alert.publisher == "stilltrue canary"
    assert not (tmp_path / "real.db").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["sources.toml"]


def test_when_it_does_not_arrive_another_channel_is_told(app: App) -> None:
    editors, broken, ops = Script(DeliveryError("no such hook")), Script(RuntimeError("s3cr3t")), Script()
    channels: Mapping[str, Notifier] = {"editors": editors, "broken": broken, "ops": ops}
    flight = run_canary(app, channels, "editors")
    assert (flight.arrived, flight.alarmed) == (False, ("ops",))
    assert flight.steps[-1].found == "no such hook"
    [alarm] = ops.alerts
    assert (alarm.purpose, alarm.headline) == (Purpose.CANARY, "the canary did not arrive on editors")
    assert "no such hook" in " ".join(alarm.lines)


def test_a_change_that_is_not_noticed_is_an_alarm_too(app: App) -> None:
    editors, ops = Script(), Script()
    flight = run_canary(app, {"editors": editors, "ops": ops}, "editors", pages=("100", "100"))
    assert [(step.name, step.passed) for step in flight.steps] == [("first read", True), ("second read", False)]
    assert (editors.alerts, len(ops.alerts), flight.alarmed) == ([], 1, ("ops",))


def test_with_no_other_channel_nobody_can_be_told(app: App) -> None:
    flight = run_canary(app, {"editors": Script(DeliveryError("busy"))}, "editors")
    assert (flight.arrived, flight.alarmed) == (False, ())


def test_on_a_schedule_the_channels_take_turns(app: App, clock: Clock) -> None:
    channels = {"b": Script(), "a": Script()}
    flown = []
    with app.store() as store:
        for hours in (0, 0.5, 1, 2, 25, 49):
            clock.at = AT + timedelta(hours=hours)
            flight = run_canary_when_due(app, store, channels)
            flown.append(flight.channel if flight else None)
        assert store.read_states() == {}
        assert store.deliveries() == []
    assert flown == [None, None, "a", None, "b", "a"]
