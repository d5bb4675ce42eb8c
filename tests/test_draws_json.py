"""Draws and pool counts out of feeds of records."""

import gzip
import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from reading import DATA, a_source, page_file, page_of, real_pages

from monitor.extractors.draws import Draws, read
from monitor.extractors.draws_json import EXPRESS_ENTRY_FEED
from monitor.model import Draw, Fact, FactKind, Format, Page, Pool

ROUNDS = replace(EXPRESS_ENTRY_FEED, bands={"dd1": "601-1200", "dd2": "501-600", "dd18": "total"})


def facts_of(page: Page) -> dict[str, Fact]:
    facts = read(page, a_source("rounds", form=Format.JSON), ROUNDS, frozenset()).facts
    assert len({fact.key for fact in facts}) == len(facts)
    return {fact.key: fact for fact in facts}


def draw_of(facts: dict[str, Fact], number: str) -> Draw:
    value = facts[f"draw:rounds/{number}"].value
    assert isinstance(value, Draw)
    return value


@pytest.fixture(scope="module")
def rounds() -> dict[str, Fact]:
    return facts_of(page_file(DATA / "draws" / "rounds.json"))


def test_a_record_becomes_a_draw_in_the_feed_s_own_words(rounds: dict[str, Fact]) -> None:
    assert draw_of(rounds, "93") == Draw(
        number="93",
        date=date(2032, 6, 22),
        program="Express Entry",
        stream="Transport Occupations, 2032-Version 2",
        category="transport",
        selection="All three programs",
        invitations=1955,
        invitations_text="1,955",
        score=430,
        score_text="430",
        tie_break="March 09, 2032 at 01:02:28 UTC",
    )
    assert rounds["draw:rounds/93"].quote == "#93 · June 22, 2032 · Transport Occupations, 2032-Version 2 · 1,955 · 430"


def test_the_number_is_text_and_every_round_has_its_key(rounds: dict[str, Fact]) -> None:
    keys = [key for key, fact in rounds.items() if fact.kind is FactKind.DRAW]
    assert keys == [f"draw:rounds/{number}" for number in ("93", "92", "91b", "91a", "90", "89")]


def test_a_day_month_year_date_is_settled_by_the_spelled_out_one(rounds: dict[str, Fact]) -> None:
    assert draw_of(rounds, "92").date == date(2032, 4, 12)
    assert draw_of(rounds, "89").date == date(2031, 2, 13)


def test_the_spelled_out_date_can_also_say_month_day_year() -> None:
    body = {"rounds": [{"drawNumber": "1", "drawDate": "12-04-2032", "drawDateFull": "December 4, 2032"}]}
    page = page_of(json.dumps(body), a_source(form=Format.JSON))
    assert draw_of(facts_of(page), "1").date == date(2032, 12, 4)


def test_odd_values_are_kept_as_text_and_never_fail(rounds: dict[str, Fact]) -> None:
    assert draw_of(rounds, "91b").tie_break == "02. 2031, whenever AM"
    assert (draw_of(rounds, "91a").invitations, draw_of(rounds, "91a").invitations_text) == (None, "n/a")
    assert (draw_of(rounds, "90").date, draw_of(rounds, "90").invitations) == (None, 1500)
    assert draw_of(rounds, "92").tie_break is None
    assert draw_of(rounds, "92").selection is None


def test_only_the_newest_measurement_fills_the_pool_and_a_slip_in_its_year_does_not_count(
    rounds: dict[str, Fact],
) -> None:
    pool = [fact.value for fact in rounds.values() if fact.kind is FactKind.POOL]
    day = date(2032, 6, 20)
    assert pool == [
        Pool(program="Express Entry", band="601-1200", count=941, as_of=day),
        Pool(program="Express Entry", band="501-600", count=20012, as_of=day),
        Pool(program="Express Entry", band="total", count=20953, as_of=day),
    ]
    assert rounds["pool:rounds/501-600"].quote == "501-600 · 20,012 · June 20, 2032"


def test_the_french_feed_gives_the_same_categories_numbers_and_dates() -> None:
    facts = facts_of(page_file(DATA / "draws" / "rounds_fr.json"))
    draws = [draw_of(facts, number) for number in ("12", "11", "10", "9", "8")]
    assert [draw.category for draw in draws] == ["pnp", "french", "cec", "stem", "general"]
    assert [draw.invitations for draw in draws] == [1955, 4500, 900, 900, 900]
    assert [draw.date for draw in draws[:2]] == [date(2032, 6, 22), date(2032, 8, 1)]
    assert facts["pool:rounds/601-1200"].value == Pool(
        program="Express Entry", band="601-1200", count=20012, as_of=date(2032, 6, 21)
    )


@pytest.mark.parametrize("body", ["{}", "[]", '{"rounds": {}}', '{"rounds": [null, 1, {"drawName": []}]}'])
def test_a_feed_of_another_shape_gives_nothing(body: str) -> None:
    assert facts_of(page_of(body, a_source(form=Format.JSON))) == {}


def test_real_feeds_give_every_round_with_date_score_and_count(real: Path) -> None:
    expected = json.loads((real / "expected" / "ircc-ee-rounds.json").read_text())
    versions = {version["file"]: version for version in expected["versions"] if version["status"] == "ok"}
    seen = {}
    for file, page in real_pages(real, "ircc-ee-rounds"):
        version = versions[file]
        facts = facts_of(page)
        draws = [fact.value for fact in facts.values() if isinstance(fact.value, Draw)]
        assert len(draws) == version["rounds"]
        assert draws[0].number == version["newest"]
        assert draws[0].date is not None
        assert all(draw.date and draw.score and draw.invitations and draw.category for draw in draws)
        assert sum(fact.kind is FactKind.POOL for fact in facts.values()) == len(ROUNDS.bands)
        seen[file] = {str(draw.number): draw for draw in draws}
    assert len(seen) == len(versions)
    assert {draws["246"].date for draws in seen.values() if "246" in draws} == {date(2023, 4, 12)}


def test_real_names_lose_year_and_version_in_the_category(real: Path) -> None:
    body = gzip.decompress((real / "ircc-ee-rounds" / "20260622T2333Z.json.gz").read_bytes())
    facts = facts_of(page_of(body, a_source(form=Format.JSON)))
    categories = {draw.category for fact in facts.values() if isinstance(draw := fact.value, Draw)}
    assert categories == {
        *("general", "pnp", "cec", "fsw", "fst", "stem", "french", "healthcare", "trades", "transport"),
        *("agriculture", "education"),
        "senior-managers-with-canadian-work-experience",
        "physicians-with-canadian-work-experience",
    }


def test_a_feed_of_all_rounds_is_read_in_a_blink(real: Path) -> None:
    body = gzip.decompress((real / "ircc-ee-rounds" / "20260622T2333Z.json.gz").read_bytes())
    page = page_of(body, a_source(form=Format.JSON))
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        facts_of(page)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.1


def test_the_published_feed_is_recognised_without_any_settings() -> None:
    page = page_file(DATA / "draws" / "rounds.json")
    facts = {fact.key: fact for fact in read(page, a_source("rounds", form=Format.JSON), Draws(), frozenset()).facts}
    assert draw_of(facts, "93") == draw_of(facts_of(page), "93")
    assert "pool:rounds/501-600" in facts


def test_another_feed_without_settings_gives_nothing() -> None:
    source = a_source("rounds", form=Format.JSON)
    page = page_of('{"rounds": [{"number": "1", "date": "2032-01-05"}]}', source)
    assert read(page, source, Draws(), frozenset()).facts == ()
