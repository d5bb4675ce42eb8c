import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Config, lint_config, load_config, starter_path
from monitor.model import Format
from monitor.schedule import next_due

KEYS = [
    "ircc-ee-rounds",
    "ircc-ee-instructions",
    "ircc-ee-rounds-page",
    "ircc-ee-mi",
    "ircc-cbs",
    "ircc-crs",
    "ircc-fsw",
    "ircc-proof-of-funds",
    "ircc-fees-json",
    "ircc-fees",
    "ircc-processing-times",
    "ircc-processing-times-country",
    "ircc-flpt",
    "ircc-notices",
    "ircc-news",
    "ircc-pdu",
    "ircc-gss",
    "esdc-gts",
    "esdc-gts-requirements",
    "esdc-lmia-times",
    "noc-2021",
    "gazette",
    "bcpnp-invitations",
    "bcpnp-news",
    "bcpnp-for-workers",
    "bcpnp-program",
    "bcpnp-documents",
    "bcpnp-guide",
    "oinp-updates-2024",
    "oinp-updates-2025",
    "oinp-updates-2026",
    "oinp-updates-2027",
    "oinp-invitations",
    "oinp-noi",
    "oinp-tech-draws",
    "oinp-foreign-worker",
    "oinp-workforce-priority",
    "oinp-application",
    "elaws-421",
    "elaws-422",
    "on-registry",
]


@pytest.fixture(scope="module")
def starter() -> Config:
    return load_config(starter_path(), environ={}, now=date(2026, 10, 3))


def test_every_known_official_source_is_there(starter: Config) -> None:
    assert set(KEYS) <= set(starter.sources)


def test_every_source_is_on(starter: Config) -> None:
    assert [source.id for source in starter.sources.values() if not source.enabled] == []
    assert {source.format for source in starter.sources.values()} == set(Format)


def test_every_source_of_the_real_copies_is_declared_and_on(starter: Config, real: Path) -> None:
    rows = [json.loads(line) for line in (real / "manifest.jsonl").read_text().splitlines()]
    assert rows
    for row in rows:
        assert starter.sources[row["source"]].enabled
        assert starter.sources[row["source"]].url == row["url"]


def test_the_starter_is_clean(starter: Config) -> None:
    assert lint_config(starter) == []


def test_addresses_are_https_and_not_repeated(starter: Config) -> None:
    urls = [source.url for source in starter.sources.values()]
    assert all(url.startswith("https://") for url in urls)
    assert len(set(urls)) == len(urls)


def test_every_source_is_due_within_its_week_but_the_coming_year_s(starter: Config) -> None:
    now = datetime(2026, 10, 3, 12, tzinfo=UTC)
    late = [
        source.id
        for source in starter.sources.values()
        if (next_due(source.schedule, now, source_id=source.id) or now + timedelta(days=99)) > now + timedelta(days=7)
    ]
    assert late == ["oinp-updates-2027"]


def test_the_fee_list_is_read_every_hour_when_fees_move(starter: Config) -> None:
    schedule = starter.sources["ircc-fees"].schedule
    before_the_day = datetime(2026, 4, 30, 0, 30, tzinfo=UTC)
    assert next_due(schedule, before_the_day, source_id="ircc-fees") == datetime(2026, 4, 30, 1, 20, tzinfo=UTC)
    in_summer = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    assert next_due(schedule, in_summer, source_id="ircc-fees") == datetime(2026, 7, 1, 10, 20, tzinfo=UTC)


def test_every_draws_source_guards_against_finding_nothing(starter: Config) -> None:
    guarded = {source.id for source in starter.sources.values() if source.guards.min_facts}
    assert guarded == {"ircc-ee-rounds", "bcpnp-invitations", "oinp-invitations", "oinp-noi"}
