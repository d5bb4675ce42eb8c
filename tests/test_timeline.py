"""The dated changes of the timeline, as the publishers' pages would bring them, touch the claims they concern."""

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.assess import index_guides, touches
from monitor.changes.events import about_source, added, changed, fold
from monitor.changes.reading import Reader
from monitor.config import Config, load_config
from monitor.model import (
    Allocation,
    Deadline,
    Event,
    Fact,
    FactKind,
    Fee,
    Guide,
    Modality,
    Notice,
    Occupation,
    ProcessingTime,
    Rule,
    Snapshot,
    Source,
    Stream,
    StreamStatus,
    Threshold,
    Value,
    slug,
)
from monitor.read import read_snapshot

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
Case = dict[str, Any]

PAGES = {
    "BC PNP archives page": "bcpnp-archives",
    "BC PNP for-workers page": "bcpnp-for-workers",
    "BC PNP invitations to apply page": "bcpnp-invitations",
    "BC PNP news page": "bcpnp-news",
    "BC PNP Skills Immigration Program Guide": "bcpnp-guide",
    "Canada Gazette, Part II": "gazette",
    "ESDC Global Talent Stream page": "esdc-gts-requirements",
    "ESDC LMIA processing times page": "esdc-lmia-times",
    "IRCC category-based selection page": "ircc-cbs",
    "IRCC consultations page": "ircc-notices",
    "IRCC CRS criteria page": "ircc-crs",
    "IRCC Express Entry rounds feed": "ircc-ee-rounds",
    "IRCC fee list": "ircc-fees",
    "IRCC forward-looking processing times feed": "ircc-flpt",
    "IRCC Global Skills Strategy page": "ircc-gss",
    "IRCC newsroom": "ircc-news",
    "IRCC processing times feed": "ircc-processing-times",
    "IRCC program delivery update": "ircc-pdu",
    "IRCC proof of funds page": "ircc-proof-of-funds",
    "OINP Express Entry notifications of interest page": "oinp-noi",
    "OINP invitations to apply page": "oinp-invitations",
    "OINP program updates page": "oinp-updates-2025",
    "OINP tech draws page": "oinp-tech-draws",
    "Ontario e-Laws": "elaws-422",
    "Ontario Workforce Priority stream page": "oinp-workforce-priority",
}
"""Where each page of the timeline is declared; the consultations are told among IRCC's notices."""

ELSEWHERE = {"T0192": "bcpnp-invitations", "T0309": "elaws-421"}
"""Draws that stop are missed on the page of draws, whatever page admits it later; two laws go by one name."""

NOT_WATCHED = {
    "T0026": "a report to Parliament is no source",
    "T0395": "the processing-times page of Ontario is no source",
}
NO_EVENT = frozenset({"source.incident", "page.layout_changed"})
"""What raises no event about content at all (tests/test_changes.py and tests/test_real.py)."""
QUIET_CASES = {"T0063": "the same day in another spelling", "T0433": "keys missing for one read are not believed"}

BEYOND = {
    # The issue: what a source that moved was trusted for asks for a recheck, all of it.
    "T0381": {"C31", "C49"},
    # A stream of that name stopped being drawn: what expects such draws is concerned.
    "T0192": {"C32"},
    # Whoever expects draws of a category is concerned by each of them.
    "tech draw": {"C30"},
    # The summary in the timeline names Tech or a job offer only to say that nothing changes there.
    "T0014": {"C30", "C31", "C32", "C34"},
    # A round of 2025 is worded as those of 2026, and care draws after July 2026 as those before.
    "T0217": {"C33"},
    "T0271": {"C32", "C33"},
    "care draw": {"C34"},
    # Names of past rounds are a field that C01 filters by, as C07 does.
    "T0136": {"C01"},
}
"""What the guide's claims are concerned by beyond the timeline, by case, and why that stays so."""


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "sources.toml", now=NOW.date())


@pytest.fixture(scope="module")
def guide(config: Config) -> Guide:
    return next(guide for guide in config.guides if guide.id == "it-workers")


@pytest.fixture(scope="module")
def cases(real: Path) -> list[Case]:
    timeline = json.loads((real.parent / "domain" / "timeline.json").read_text(encoding="utf-8"))
    found: list[Case] = timeline["events"]
    return found


# ── A change as the page would bring it ───────────────────────────────────────────────────────────────────────────────


def events_of(case: Case, source: Source) -> list[Event]:
    """The events a good read of the changed page would raise."""
    reader = Reader(source=source, now=NOW, url=source.url, before="v1", after="v2")
    if case["kind"] == "draw.new":
        return [event for fact in drawn(case, source) if (event := added(reader, fact))]
    return list(_typed(case, source, reader))


def drawn(case: Case, source: Source) -> tuple[Fact, ...]:
    """The facts read from a page that holds this draw, in the shape of its publisher."""
    builders = {"ircc-ee-rounds": rounds, "bcpnp-invitations": bc_table, "oinp-noi": notifications}
    body = builders.get(source.id, invitations)(case)
    kind = "application/json" if source.format == "json" else "text/html"
    snapshot = Snapshot(
        source=source.id,
        final_url=source.url,
        fetched_at=NOW,
        status=200,
        headers={"content-type": f"{kind}; charset=utf-8"},
        body=body.encode(),
    )
    reading = read_snapshot(source, snapshot)
    return tuple(fact for fact in reading.facts if fact.kind == FactKind.DRAW)


def rounds(case: Case) -> str:
    after = case["after"]
    record = {
        "drawNumber": after["number"],
        "drawDate": case["date"],
        "drawName": after["name"],
        "drawSize": f"{after['invitations']:,}",
        "drawCRS": str(after["crs"]),
        "drawText2": "Federal Skilled Worker, Canadian Experience Class, Federal Skilled Trades",
        "drawCutOff": after["tie_break"],
    }
    return json.dumps({"classes": "wb-tables", "rounds": [record]})


def page(heading: str, columns: list[str], cells: list[str], *, level: str = "h2", before: str = "") -> str:
    head = "".join(f"<th>{name}</th>" for name in columns)
    row = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    table = f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    title = "<h1>Invitations to apply: notes of the OINP</h1>"
    text = "<p>The results of the draws are listed here for all who have registered with the program.</p>"
    return f'<html lang="en"><body><main>{title}{text}{before}<{level}>{heading}</{level}>{table}</main></body></html>'


def day(case: Case) -> str:
    date = dt.date.fromisoformat(case["date"])
    return f"{date:%B} {date.day}, {date.year}"


def bc_table(case: Case) -> str:
    after = case["after"]
    name = after["type"].replace(" (prose)", "")
    rule = f"Minimum wage of ${after['wage_hour']}/hour" if "wage_hour" in after else "Skilled Worker"
    columns = ["Date", "ITA type", "Selection factors", "Minimum score", "Number of invitations"]
    count = after.get("invitations") or after.get("score_invitations") or "<5"
    return page("Skills Immigration", columns, [day(case), name, rule, str(after["score"] or "N/A"), str(count)])


def notifications(case: Case) -> str:
    after = case["after"]
    columns = ["Date NOIs issued", "Number of NOIs issued", "CRS score range", "Notes"]
    cells = [day(case), f"{after['nois']:,}", after["crs_range"], f"Targeted draw: {after['target']} occupations"]
    before = "<h2>2024 to date</h2>"
    return page("Human Capital Priorities stream", columns, cells, level="h3", before=before)


def invitations(case: Case) -> str:
    after = case["after"]
    columns = ["Date issued", "Number of invitations issued", "Score range", "Notes"]
    cells = [day(case), f"{after['invitations']:,}", after["score"], after["target"]]
    before = f"<h2>{after['stream']}</h2>"
    return page(case["date"][:4], columns, cells, level="h3", before=before)


def fact(source: Source, kind: FactKind, name: str, value: Value, quote: str = "") -> Fact:
    return Fact(key=f"{kind}:{source.id}/{slug(name)}", kind=kind, source=source.id, value=value, quote=quote)


def _typed(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    if case["kind"] in BUILDERS and source.id not in WORDED.get(case["kind"], ()):
        yield from BUILDERS[case["kind"]](case, source, reader)
    else:
        yield from _words(case, source, reader)


def _fee(_: Case, source: Source, reader: Reader) -> Iterator[Event]:
    fee = Fee(label="Application", amount=Decimal(1150))
    yield _change(reader, source, FactKind.FEE, fee, replace(fee, amount=Decimal(1475)))


def _points(_: Case, source: Source, reader: Reader) -> Iterator[Event]:
    old = Threshold(label="arranged employment (job offer)", amount=Decimal(50), unit="points")
    yield _change(reader, source, FactKind.THRESHOLD, old, replace(old, amount=Decimal(0)))


def _deadline(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    old = Deadline(label=case["title"], date=dt.date(2026, 8, 31))
    yield _change(reader, source, FactKind.DEADLINE, old, replace(old, date=dt.date(2026, 10, 7)))


def _moved(_: Case, __: Source, reader: Reader) -> Iterator[Event]:
    yield about_source(reader, "page.moved", "the page has moved")


def _change(reader: Reader, source: Source, kind: FactKind, old: Any, new: Any) -> Event:
    name = getattr(old, "label", None) or getattr(old, "program", "")
    event = changed(reader, fact(source, kind, name, old), fact(source, kind, name, new))
    assert event is not None
    return event


def _times(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    if source.id == "esdc-lmia-times":
        names = {
            "gts": "Global Talent Stream",
            "high_wage": "High-wage stream",
            "low_wage": "Low-wage stream",
            "pr": "Permanent residence stream",
        }
        labels = [names[name] for name, value in case["after"].items() if value != (case["before"] or {}).get(name)]
        labels += ["Global Talent Stream", "Low-wage stream"]
    elif isinstance(case["after"], dict):
        by_name = {"work_extension": "work permit extension", "cec": "cec", "application_months": "application"}
        labels = [by_name[name] for name in case["after"] if name in by_name]
    else:
        keys = {"CEC": "cec_flpt", "PNP": "pnp_ee_flpt", "Work": "work_extension"}
        labels = [next(key for start, key in keys.items() if case["title"].startswith(start))]
    for label in dict.fromkeys(labels):
        old = ProcessingTime(label=label, low=Decimal(4), high=Decimal(4), unit="months", text="4 months")
        new = replace(old, low=Decimal(5), high=Decimal(5), text="5 months")
        yield _change(reader, source, FactKind.PROCESSING_TIME, old, new)


def _flpt(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    yield about_source(reader, "source.schema_changed", "some fields are gone")
    kind = "processing_time.added" if case["before"].startswith("no") else "processing_time.removed"
    for label in ("cec_flpt", "fsw_ee_flpt", "pnp_ee_flpt"):
        value = ProcessingTime(label=label, low=Decimal(6), high=Decimal(6), unit="months", text="6 months")
        event = added(reader, fact(source, FactKind.PROCESSING_TIME, label, value))
        assert event is not None
        yield event if kind.endswith("added") else replace(event, kind=kind, old=event.new, new=None)


def _threshold(_: Case, source: Source, reader: Reader) -> Iterator[Event]:
    # What moves with the wages of the year are the floors of listed occupations, not those of Category A.
    label = "22222 minimum wage requirement per hour" if source.publisher == "ESDC" else "one person"
    old = Threshold(label=label, amount=Decimal(38), unit="CAD/hour")
    yield _change(reader, source, FactKind.THRESHOLD, old, replace(old, amount=Decimal(39)))


def _codes(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    after = case["after"]
    gone: list[str] = []
    new = ["21399"]
    if source.id == "ircc-cbs" and case["before"]:
        gone = ["21221", "21222", "21223", "21230", "21231", "21232", "21233", "21234", "21311"]
        new = ["22300", "63100"]
    elif source.id == "ircc-cbs":
        # The list came with the page; of a page first seen nothing is told but that the category is there.
        yield from _stream({**case, "kind": "stream.opened"}, source, reader)
        return
    elif after == 15:
        new = ["21220", "21221", "21222"]
    listed = "STEM occupations" if source.id == "ircc-cbs" else "Global Talent Occupations List"
    for code in [*gone, *new]:
        value = Occupation(list=listed, code=code, title="Somebody", teer=1)
        event = added(reader, fact(source, FactKind.OCCUPATION, f"{listed} {code}", value))
        assert event is not None
        yield replace(event, kind="occupation.removed", old=event.new, new=None) if code in gone else event


def _allocation(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    old = Allocation(program=source.publisher, year=2025, amount=Decimal(4000))
    yield _change(reader, source, FactKind.ALLOCATION, old, replace(old, amount=Decimal(5254)))
    yield from _notice(case, source, reader)


def _stream(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    names = {"T0353": "BC PNP Tech", "T0005": "BC PNP Tech Pilot"}
    name = names.get(case["id"], re.split(r" (?:opens|wound|suspended|closed|reopens)|;", case["title"])[0])
    status = StreamStatus("open" if case["kind"] == "stream.opened" else case["kind"].partition(".")[2])
    kind = FactKind.STREAM
    event = added(reader, fact(source, kind, name, Stream(name=name, status=status), quote=case["title"]))
    assert event is not None
    yield event


def _pattern(case: Case, _: Source, reader: Reader) -> Iterator[Event]:
    series: dict[str, Case] = {
        "T0172": {"stream": "Express Entry Human Capital Priorities", "category": None},
        "T0192": {"category": "tech"},
        "T0217": {"category": "innovate-high-economic-impact", "stream": "High Economic Impact"},
    }
    kind = "draw.category" if case["id"] == "T0217" else "draw.silence"
    event = about_source(reader, kind, str(case["title"]), new=series[case["id"]])
    yield replace(event, key=f"draw:{event.source}/{kind.partition('.')[2]}-x")


def _amended(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    record = {"number": "335", "name": "Canadian Experience Class", "invitations": 4000, "crs": 521}
    before, after = (
        drawn({"date": "2025-02-13", "after": {**record, "tie_break": case[side]}}, source)[0]
        for side in ("before", "after")
    )
    event = changed(reader, before, after)
    assert event is not None
    yield event


def _renamed(_: Case, source: Source, reader: Reader) -> Iterator[Event]:
    edits = []
    for number in range(200, 210):
        after = {"number": str(number), "invitations": 500, "crs": 480, "tie_break": ""}
        named = ("STEM occupations (2023-1)", "STEM occupations (Version 1)")
        old, new = (drawn({"date": "2023-07-05", "after": {**after, "name": name}}, source)[0] for name in named)
        edits.append(changed(reader, old, new))
    yield from fold(reader, [event for event in edits if event])


def _notice(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    value = Notice(title=case["title"], date=dt.date(2026, 1, 2), text=f"{case['title']}.")
    event = added(reader, fact(source, FactKind.NOTICE, case["title"], value))
    assert event is not None
    yield event


def _words(case: Case, source: Source, reader: Reader) -> Iterator[Event]:
    if "notices" in source.declarations:
        yield from _notice(case, source, reader)
        return
    value = Rule(section="Rules", text=f"{case['title']}.", modality=Modality.MUST)
    event = added(reader, fact(source, FactKind.RULE, case["title"], value, quote=case["title"]))
    assert event is not None
    yield event


BUILDERS: dict[str, Callable[[Case, Source, Reader], Iterator[Event]]] = {
    "fee.changed": _fee,
    "fee.scheduled": _fee,
    "processing_time.changed": _times,
    "feed.schema_changed": _flpt,
    "threshold.changed": _threshold,
    "points.changed": _points,
    "occupation_list.changed": _codes,
    "allocation.changed": _allocation,
    **dict.fromkeys(("stream.closed", "stream.opened", "stream.paused", "stream.renamed"), _stream),
    "deadline": _deadline,
    "draw.pattern_shift": _pattern,
    "draw.amended": _amended,
    "editorial": _renamed,
    "page.moved": _moved,
}
WORDED = {
    "fee.scheduled": {"gazette"},
    "occupation_list.changed": {"bcpnp-news", "ircc-gss", "elaws-422"},
    "allocation.changed": {"ircc-news"},
    "stream.closed": {"elaws-422"},
    "deadline": {"oinp-tech-draws"},
}
"""Where a change of this kind comes as a sentence or a notice, since the page is read for nothing else."""


# ── The test ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_dated_change_touches_the_claims_it_is_said_to_touch(
    config: Config, guide: Guide, cases: list[Case]
) -> None:
    index = index_guides([guide])
    missing, bystanders, silent, tried = {}, {}, [], 0
    for case in cases:
        if case["kind"] in NO_EVENT or case["id"] in NOT_WATCHED or case["id"] in QUIET_CASES:
            continue
        name = ELSEWHERE.get(case["id"]) or PAGES[case["source_name"]]
        events = events_of(case, config.sources[name])
        silent += [] if events else [case["id"]]
        touched = {
            entry.assumption.id
            for event in events
            for entry in index.candidates(event)
            if touches(event, guide, entry.assumption, known=_known(event))
        }
        tried += 1
        wanted = set(case["affects_guide_claims"])
        if wanted - touched:
            missing[case["id"]] = sorted(wanted - touched)
        if extra := touched - wanted - beyond(case):
            bystanders[case["id"]] = sorted(extra)
    assert silent == []
    assert missing == {}
    assert bystanders == {}
    assert tried >= 0.95 * len(cases)


def _known(event: Event) -> dict[str, Any]:
    keys = (event.new or {}).get("keys", ()) if event.key and event.key.endswith("/*") else ()
    return {key: {"category": "stem"} for key in keys}


def beyond(case: Case) -> set[str]:
    """What may be touched beyond the timeline's word; BEYOND says why."""
    allowed = set(BEYOND.get(case["id"], ()))
    after = case["after"]
    if isinstance(after, dict) and after.get("type") == "Tech":
        allowed |= BEYOND["tech draw"]
    if isinstance(after, dict) and str(after.get("type")).startswith("Care"):
        allowed |= BEYOND["care draw"]
    return allowed
