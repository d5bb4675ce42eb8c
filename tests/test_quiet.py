import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from delivering import Clock
from storing import at, record

from monitor.app import App
from monitor.model import Channel, DeliveryState, Format, Purpose, Source
from monitor.quiet import report_quiet
from monitor.rounds import deliver_now, raise_due
from storage.store import SqlStore, open_store

WEEKLY = Channel(name="editors", url="console://", all_quiet="0 9 * * mon", timezone="America/Vancouver")
MONDAY = at(24 * 3 + 7)
"""Monday 4 May 2026, 16:00 UTC: nine in Vancouver."""
SOURCES = [
    Source(id=name, publisher=publisher, url="https://x.test/", format=Format.HTML, title=name.title())
    for name, publisher in (("fees", "BC PNP"), ("draws", "IRCC"))
]


CONFIG = """
[monitor]
database = "sqlite:///kept.db"

[[channel]]
name = "editors"
url = "journal://told.jsonl"
all_quiet = "0 9 * * *"

[[source]]
id = "fees"
publisher = "BC PNP"
url = "https://example.org/fees"
format = "html"
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(f"sqlite:///{tmp_path / 'kept.db'}") as opened:
        record(opened, 0, "first_seen", body=b"0")
        yield opened


def report(store: SqlStore, hours: float, channel: Channel = WEEKLY) -> list[tuple[str, tuple[str, ...]]]:
    before = {row.id for row in store.deliveries()}
    raised = report_quiet(store, [channel], SOURCES, (), at(hours))
    new = [store.get_alert(row.alert) for row in store.deliveries() if row.id not in before]
    assert len(new) == raised
    assert all(alert.purpose is Purpose.ALL_QUIET for alert in new)
    return [(alert.headline or "", alert.lines) for alert in new]


def test_a_channel_that_does_not_ask_is_told_nothing(store: SqlStore) -> None:
    assert report(store, 0, replace(WEEKLY, all_quiet=None)) == []
    assert report(store, 24 * 90, replace(WEEKLY, all_quiet=None)) == []


def test_all_quiet_says_how_much_was_read_and_since_when_nothing_changed(store: SqlStore) -> None:
    only_fees = replace(WEEKLY, publishers=("BC PNP",))
    assert report(store, 1, only_fees) == []
    record(store, 2, "unchanged")
    record(store, 3, "unchanged")
    assert report(store, 24 * 3 + 6, only_fees) == []
    assert report(store, 24 * 3 + 7, only_fees) == [
        (
            "all quiet: 2 reads, all well, nothing changed since 1 May 2026",
            ("2 reads of 1 pages since 1 May 2026, 2 of them well.",),
        )
    ]
    assert report(store, 24 * 3 + 8, only_fees) == []


def test_gaps_and_messages_are_named(store: SqlStore) -> None:
    report(store, 1)
    record(store, 2, "failed")
    [(headline, lines)] = report(store, 24 * 30)
    assert headline == "report: 1 reads, 2 pages are not read well, nothing changed since 1 May 2026"
    assert lines == (
        "1 reads of 2 pages since 1 May 2026, 0 of them well.",
        "BC PNP, Fees: failing, last read well on 1 May 2026.",
        "IRCC, Draws: not read yet.",
    )


def test_after_a_pause_there_is_one_report(store: SqlStore) -> None:
    report(store, 1)
    assert len(report(store, 24 * 60)) == 1
    assert report(store, 24 * 60 + 1) == []
    assert MONDAY - timedelta(hours=24 * 3 + 7) == at(0)


def test_what_time_asks_for_is_raised_once_with_everything_composed(tmp_path: Path) -> None:
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG)
    clock = Clock(at(0))
    app = App(environ={}, cwd=tmp_path, config_file=config, clock=clock)
    with app.store() as kept:
        assert raise_due(app, kept) == 0
        clock.at = at(24 * 4)
        assert [raise_due(app, kept), raise_due(app, kept)] == [1, 0]
        assert [sent.state for sent in deliver_now(app, kept, app.notifiers())] == [DeliveryState.SENT]
    told = json.loads((tmp_path / "told.jsonl").read_text())
    assert told["subject"] == "stilltrue: report: 0 reads, 1 page is not read well"
    assert told["purpose"] == "all_quiet"
