import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from delivering import Clock
from msgspec.structs import replace
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


def test_all_quiet_says_of_each_page_how_it_was_read_and_shows_it_in_the_chain(store: SqlStore) -> None:
    only_fees = replace(WEEKLY, publishers=("BC PNP",))
    assert report(store, 1, only_fees) == []
    for hour in range(2, 80, 6):
        record(store, hour, "unchanged")
    assert report(store, 24 * 3 + 6, only_fees) == []
    links = store.links("fees")
    [(headline, lines)] = report(store, 24 * 3 + 7, only_fees)
    assert headline == "all quiet: 13 reads, all well, nothing changed since 1 May 2026"
    assert lines[0] == "13 reads of 1 page since 1 May 2026, all of them well."
    assert lines[1] == (
        "BC PNP, Fees was read 13 times between 1 May 2026, 11:00 UTC and 4 May 2026, 11:00 UTC, all well. "
        f"No change was found. Links 2 to 14 of its chain; the digest of the last is {links[-1].digest[:16]}."
    )
    assert report(store, 24 * 3 + 8, only_fees) == []


def test_gaps_are_named_also_of_a_page_that_reads_well_again(store: SqlStore) -> None:
    report(store, 1)
    record(store, 0, "first_seen", body=b"1", source="draws")
    for hour in (2, 14, 26, 38, 50, 62, 74):
        record(store, hour, "failed" if hour == 26 else "unchanged")
        record(store, hour, source="draws")
    [(headline, lines)] = report(store, 24 * 3 + 7)
    assert headline == "all quiet: 14 reads, 1 page had gaps, nothing changed since 1 May 2026"
    assert lines[0] == "14 reads of 2 pages since 1 May 2026, 13 of them well."
    assert "No good read from 1 May 2026, 23:00 UTC to 2 May 2026, 23:00 UTC (1 failed try)." in lines[1]
    assert lines[2].startswith("IRCC, Draws was read 7 times")
    assert ", all well. No change was found. Links 2 to 8 of its chain" in lines[2]


def test_pages_in_trouble_are_named_first(store: SqlStore) -> None:
    report(store, 1)
    record(store, 2, "failed")
    [(headline, lines)] = report(store, 24 * 30)
    assert headline == "report: 1 read, 2 pages are not read well, nothing changed since 1 May 2026"
    assert lines[0] == "1 read of 2 pages since 1 May 2026, 0 of them well."
    assert "Now: failing, last read well on 1 May 2026. Link 2 of its chain" in lines[1]
    assert lines[2] == (
        "IRCC, Draws was not read between 1 May 2026, 10:00 UTC and 31 May 2026, 09:00 UTC. Now: not read yet."
    )


def test_of_very_many_pages_the_rest_is_counted(store: SqlStore) -> None:
    sources = [replace(SOURCES[0], id=f"s{number}") for number in range(40)]
    report_quiet(store, [WEEKLY], sources, (), at(1))
    for source in sources:
        record(store, 2, "first_seen", body=b"1", source=source.id)
    assert report_quiet(store, [WEEKLY], sources, (), at(24 * 3 + 7)) == 1
    (row,) = store.deliveries()
    lines = store.get_alert(row.alert).lines
    assert lines[31] == "Beside these 10 reads of 10 pages, all of them well: stilltrue status"
    assert len(lines) <= 33


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
