"""The sample guide: it loads, its quotes stand, its verdicts are the known ones, and events touch the right claims."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.assess import find_quote, index_guides, judge, touches
from monitor.config import Config, load_config
from monitor.extractors import EXTRACTORS
from monitor.model import (
    Draw,
    DrawKind,
    Event,
    Guide,
    KnownFact,
    Modality,
    Occupation,
    ProcessingTime,
    ReadState,
    Rule,
    Snapshot,
    Threshold,
    Value,
    VerdictKind,
    value_to_plain,
)
from monitor.read import read_snapshot
from monitor.saved import load_snapshot, read_manifests

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
OPINIONS = {4, 5, 8}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "sources.toml", now=NOW)


@pytest.fixture(scope="module")
def guide(config: Config) -> Guide:
    return next(guide for guide in config.guides if guide.id == "it-workers")


def test_every_claim_but_opinions_has_its_assumption_in_order(guide: Guide) -> None:
    wanted = [f"C{number:02}" for number in range(1, 51) if number not in OPINIONS]
    assert [assumption.id for assumption in guide.assumptions] == wanted
    assert guide.review_every == dt.timedelta(days=90)


def test_every_quote_stands_in_the_text(guide: Guide) -> None:
    missing = [item.id for item in guide.assumptions if not item.quote or find_quote(guide.text, item.quote) is None]
    assert missing == []


def test_no_phrase_or_pattern_rests_on_a_source_that_is_switched_off(config: Config, guide: Guide) -> None:
    off = [(item.id, name) for item in guide.assumptions for name in item.sources if not config.sources[name].enabled]
    assert off == []


def last_copies(real: Path, config: Config) -> dict[str, Snapshot]:
    """The newest real copy of each source."""
    pages, problems = read_manifests([real / "manifest.jsonl"])
    assert problems == []
    newest = {page.source: page for page in pages}
    copies = {name: load_snapshot(page, config.sources[name]) for name, page in newest.items()}
    return {name: copy for name, copy in copies.items() if isinstance(copy, Snapshot)}


HOLDING = {"C03", *(f"C{number:02}" for number in range(9, 20)), "C23", "C25", "C26", "C27", "C29", "C35", "C40", "C42"}
TASKS = {f"C{number}" for number in range(43, 50)}
NOT_AT_HAND = {"C28"}


def test_real_copies_give_the_known_verdicts(real: Path, config: Config, guide: Guide) -> None:
    copies = last_copies(real, config)
    readings = {name: read_snapshot(config.sources[name], copy) for name, copy in copies.items()}
    facts = [
        KnownFact(fact=fact, first_seen=readings[name].checked_at, last_seen=readings[name].checked_at, version=name)
        for name in copies
        for fact in readings[name].facts
    ]
    states = {name: read_state(name, copy) for name, copy in copies.items()}
    texts = {name: reading.page.text for name, reading in readings.items() if reading.page}
    kinds = {
        name: frozenset(kind for used in source.declarations for kind in EXTRACTORS[used].kinds)
        for name, source in config.sources.items()
    }
    wrong = {}
    for item in guide.assumptions:
        now = max((copies[name].fetched_at for name in item.sources if name in copies), default=NOW)
        verdict = judge(guide, item, facts=facts, reads=states, now=now, page_texts=texts, kinds_read=kinds)
        if verdict.verdict not in wanted(item.id):
            wrong[item.id] = (verdict.verdict, verdict.reasons)
    assert wrong == {}


def read_state(name: str, copy: Snapshot) -> ReadState:
    at = copy.fetched_at
    return ReadState(
        source=name,
        url=copy.final_url,
        version=name,
        last_good_read=at,
        last_change=at,
        last_check=at,
        checks=1,
        reads_since_change=0,
        health="ok",
    )


def wanted(name: str) -> set[VerdictKind]:
    if name in TASKS:
        return {VerdictKind.MANUAL}
    if name in NOT_AT_HAND:
        return {VerdictKind.UNKNOWN}
    return {VerdictKind.HOLDS if name in HOLDING else VerdictKind.CONTRADICTED}


def a_draw(source: str, **value: object) -> Event:
    draw = Draw(number="1", date=dt.date(2026, 5, 30), **value)  # type: ignore[arg-type]
    return Event(
        id="e",
        kind="draw.new",
        source=source,
        publisher="P",
        subject="a draw",
        key=f"draw:{source}/1",
        observed_at=NOW,
        new=value_to_plain(draw),
    )


EXPRESS = "ircc-ee-rounds"
CLASSES = "Canadian Experience Class, Federal Skilled Worker"
BC_TECH = {"C30", "C31", "C32", "C34"}


@pytest.mark.parametrize(
    ("event", "touched"),
    [
        (a_draw(EXPRESS, category="pnp", stream="Provincial Nominee Program"), {"C36", "C47"}),
        (a_draw(EXPRESS, category="cec", stream="Canadian Experience Class"), {"C39", "C47"}),
        (a_draw(EXPRESS, category="general", stream="General", program=CLASSES), {"C39", "C47"}),
        (a_draw(EXPRESS, category="stem", stream="STEM occupations", program=CLASSES), {"C01", "C07", "C39"}),
        (a_draw(EXPRESS, category="french", stream="French-Language proficiency", program=CLASSES), {"C36", "C47"}),
        (a_draw(EXPRESS, category="trades", stream="Trades Occupations, 2026-Version 3"), {"C36", "C47"}),
        (a_draw("bcpnp-invitations", category="tech", stream="Skilled Worker", selection="Tech"), BC_TECH),
        (a_draw("bcpnp-invitations", category="innovate", selection="High Economic Impact"), {"C32", "C33", "C34"}),
        (a_draw("bcpnp-invitations", category="childcare", selection="Early childhood educators"), {"C34"}),
        (
            a_draw(
                "oinp-updates-2024",
                kind=DrawKind.NOTIFICATION,
                stream="Express Entry Human Capital Priorities",
                occupations=("21231",),
            ),
            {"C02", "C06", "C37", "C38", "C41", "C50"},
        ),
        (a_draw("oinp-updates-2024", stream="Masters Graduate"), set()),
    ],
)
def test_a_draw_touches_the_claims_it_concerns_and_no_others(guide: Guide, event: Event, touched: set[str]) -> None:
    assert {item.id for item in guide.assumptions if touches(event, guide, item)} == touched
    indexed = index_guides([guide]).candidates(event)
    assert {entry.assumption.id for entry in indexed if touches(event, guide, entry.assumption)} == touched


@pytest.mark.parametrize("source", ["ircc-fees", "ircc-fees-json", "bcpnp-for-workers", "oinp-application"])
def test_a_fee_touches_the_claim_about_fees(guide: Guide, source: str) -> None:
    event = Event(
        id="e",
        kind="fee.changed",
        source=source,
        publisher="P",
        subject="a fee",
        key=f"fee:{source}/x",
        observed_at=NOW,
    )
    assert [item.id for item in guide.assumptions if touches(event, guide, item)] == ["C44"]


REQUIREMENTS = "esdc-gts-requirements"


def a_change(kind: str, source: str, name: str, value: Value) -> Event:
    return Event(
        id="e",
        kind=kind,
        source=source,
        publisher="P",
        subject=name,
        key=f"{kind.partition('.')[0]}:{source}/{name}",
        observed_at=NOW,
        new=value_to_plain(value),
        changed=("text", "amount"),
    )


def a_code(kind: str, code: str, title: str) -> Event:
    listed = Occupation(list="global talent occupations list", code=code, title=title, teer=int(code[1]))
    return a_change(kind, REQUIREMENTS, f"global-talent-occupations-list-{code}", listed)


def a_time(source: str, name: str, days: int) -> Event:
    label = name.replace("-", " ").replace("low wage", "low-wage")
    amount = Decimal(days)
    time = ProcessingTime(label=label, low=amount, high=amount, unit="business_days", text=f"{days} business days")
    return a_change("processing_time.changed", source, name, time)


def a_limit(source: str, label: str, amount: int, unit: str) -> Event:
    limit = Threshold(label=label, amount=Decimal(amount), unit=unit)
    return a_change("threshold.changed", source, label.replace(",", "").replace(" ", "-"), limit)


def a_rule(source: str, text: str, modality: Modality = Modality.MUST) -> Event:
    return a_change("rule.changed", source, "0123456789abcdef", Rule(section="S", text=text, modality=modality))


@pytest.mark.parametrize(
    ("event", "touched"),
    [
        (a_code("occupation.removed", "21231", "Software engineers and designers"), {"C14", "C19", "C25"}),
        (a_code("occupation.removed", "21211", "Data scientists"), {"C21", "C25"}),
        (a_code("occupation.added", "21400", "Foresters"), {"C25"}),
        (a_time("esdc-gts", "lmia", 15), {"C27"}),
        (a_time("esdc-gts", "work-permit", 15), {"C03"}),
        (a_time("esdc-lmia-times", "global-talent-stream", 12), {"C03", "C27"}),
        (a_time("esdc-lmia-times", "low-wage-stream", 70), {"C28"}),
        (a_limit("ircc-crs", "provincial or territorial nomination", 500, "points"), {"C35"}),
        (a_limit("ircc-crs", "canadian work experience 1 year, with a spouse", 30, "points"), {"C29"}),
        (a_limit(REQUIREMENTS, "wage floor, first positions per hour", 40, "CAD/hour"), {"C24", "C25"}),
        (a_limit("bcpnp-for-workers", "apply after invitation to apply", 45, "days"), {"C49"}),
        (a_rule("bcpnp-for-workers", "Criteria: Job offer; Must be in a NOC TEER 0 or 1 occupation"), {"C20", "C33"}),
        (a_rule("ircc-fsw", "be in 1 of these TEER categories: 0 or 1"), {"C20"}),
        (a_rule(REQUIREMENTS, "For Category A, employers must be referred by a ministry."), {"C24"}),
        (a_rule("esdc-gts", "The work permit application must include the positive LMIA letter."), {"C42"}),
    ],
)
def test_a_change_of_a_typed_fact_touches_the_claims_that_rest_on_it(
    guide: Guide, event: Event, touched: set[str]
) -> None:
    assert {item.id for item in guide.assumptions if touches(event, guide, item)} == touched
    indexed = index_guides([guide]).candidates(event)
    assert {entry.assumption.id for entry in indexed if touches(event, guide, entry.assumption)} == touched
