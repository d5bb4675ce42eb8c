import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.extractors import extract
from monitor.extractors.deadlines import Deadlines, read
from monitor.extractors.extraction import Span
from monitor.extractors.fees import Fees
from monitor.extractors.rules import Rules
from monitor.model import Deadline, Fact, FactKind, Page, value_to_plain

CASES = sorted((DATA / "deadlines").glob("*.html"))


def facts_of(page: Page, declaration: Deadlines | None = None) -> tuple[Fact, ...]:
    return read(page, a_source(), declaration or Deadlines(), frozenset()).facts


def deadlines_in(inner: str, declaration: Deadlines | None = None) -> list[tuple[str, str]]:
    found = [fact.value for fact in facts_of(main_of(inner), declaration)]
    return [(value.label, value.date.isoformat()) for value in found if isinstance(value, Deadline)]


def a_table(*rows: str) -> str:
    """A table of rows written as "a | b"; the first is its header."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in row.split("|")) + "</tr>"
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    ]
    return f"<table>{''.join(lines)}</table>"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_deadlines_of_a_made_up_page(case: Path) -> None:
    expected = json.loads(case.with_suffix(".facts.json").read_text())

    assert [{"key": fact.key, **value_to_plain(fact.value)} for fact in facts_of(page_file(case))] == expected


@pytest.mark.parametrize(
    ("sentence", "deadlines"),
    [
        ("Registrations close August 31, 2026.", [("registrations close", "2026-08-31")]),
        ("The stream will close on June 26, 2026.", [("stream will close", "2026-06-26")]),
        ("As of April 30, 2026 fees increase.", [("fees increase", "2026-04-30")]),
        ("Effective January 22, 2026, the application fee is $1,750.", [("application fee", "2026-01-22")]),
        ("The new rules came into force on March 1st, 2026.", [("new rules came into force", "2026-03-01")]),
        (
            "Applications must be received by 11:59 p.m. on Friday, May 1, 2026.",
            [("applications must be received", "2026-05-01")],
        ),
        ("Comments are accepted until May 24, 2026.", [("comments are accepted", "2026-05-24")]),
        ("The deadline to apply is October 7, 2026.", [("deadline to apply", "2026-10-07")]),
        (
            "The deadline was extended from August 31, 2026 to October 7, 2026.",
            [("deadline was extended", "2026-10-07")],
        ),
        ("Results issued on January 20, 2026 or later are accepted.", [("results issued", "2026-01-20")]),
        ("The yearly update takes place on November 19, 2026.", [("yearly update takes place", "2026-11-19")]),
        (
            "Register before June 1, 2026 and apply no later than July 1, 2026.",
            [("register", "2026-06-01"), ("apply", "2026-07-01")],
        ),
        (
            "The pilot runs from May 1, 2026 to April 30, 2027.",
            [("pilot runs from", "2026-05-01"), ("pilot runs until", "2027-04-30")],
        ),
    ],
)
def test_dates_that_bind(sentence: str, deadlines: list[tuple[str, str]]) -> None:
    assert deadlines_in(f"<p>{sentence}</p>") == deadlines


@pytest.mark.parametrize(
    "sentence",
    [
        "Last updated: May 15, 2026",
        "Date modified: 2026-05-15",
        "Published January 5, 2026",
        "This page was last updated on May 15, 2026.",
        "On April 22, 2026, we issued invitations to 484 candidates.",
        "On May 12, 2020, the minister announced a policy.",
        "The table shows the registrations in the pool as of May 6, 2026:",
        "You may apply if you received an invitation on October 8, 2026.",
        "You have 30 days from the date of the invitation.",
        "Reviews must end by January 1 of the following year.",
    ],
)
def test_dates_that_bind_nothing(sentence: str) -> None:
    assert deadlines_in(f"<p>{sentence}</p>") == []


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.integers(1, 400))
def test_a_moved_date_keeps_its_key(day: date, later: int) -> None:
    other = day + timedelta(days=later) if day.year < 2098 else day - timedelta(days=later)
    sentence = "<h2>Care</h2><p>Registrations for the initiative close {0:%B} {0.day}, {0.year}.</p>"
    before, after = (facts_of(main_of(sentence.format(when))) for when in (day, other))

    assert [fact.key for fact in before] == [fact.key for fact in after]
    assert [fact.value.date for fact in (*before, *after) if isinstance(fact.value, Deadline)] == [day, other]


@given(st.text(alphabet=st.sampled_from("byunt l 0123456789,.-/$MayJe"), max_size=60))
def test_no_deadline_without_a_whole_date(text: str) -> None:
    assert not any(len(day) != len("2026-01-01") for _, day in deadlines_in(f"<p>{text}</p>"))
    assert deadlines_in(f"<p>{text.replace('20', '').replace('19', '').replace('21', '')}</p>") == []


def test_columns_of_other_names_need_no_python() -> None:
    table = a_table("Runde | Stichtag", "A | May 4, 2026")

    assert deadlines_in(table) == []
    assert deadlines_in(table, Deadlines(columns=("stichtag",))) == [("a, stichtag", "2026-05-04")]


def test_the_declaration_names_and_leaves_out() -> None:
    page = "<h2>Care</h2><p>Registrations close May 4, 2026.</p><h2>Build</h2><p>Registrations close May 5, 2026.</p>"

    named = deadlines_in(page, Deadlines(labels={"intake": "registrations close"}, headings=("care",)))
    assert named == [("intake", "2026-05-04")]
    assert deadlines_in(page, Deadlines(ignore=("May 4",))) == [("registrations close", "2026-05-05")]
    assert len({fact.key for fact in facts_of(main_of(page))}) == 2


def test_a_wrong_pattern_fails_when_it_is_loaded() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        Deadlines(columns=("(",))


def test_rules_do_not_tell_the_date_again() -> None:
    source = a_source(deadlines=Deadlines(), rules=Rules())
    sentence = "<p>You must register by May {}, 2026.</p>"
    rules = [[f for f in extract(main_of(sentence.format(d)), source).facts if f.kind is FactKind.RULE] for d in (4, 5)]

    assert rules[0][0].compare == rules[1][0].compare
    entry = extract(main_of("<p>Closing date: May 4, 2026</p>"), source)
    assert [fact.kind for fact in entry.facts] == [FactKind.DEADLINE]
    assert Span(block=0) in entry.used


def test_a_date_that_a_fee_carries_is_no_deadline() -> None:
    source = a_source(fees=Fees(), deadlines=Deadlines())
    facts = extract(main_of("<p>Effective April 30, 2026, the application fee is $990.</p>"), source).facts

    assert [fact.kind for fact in facts] == [FactKind.FEE]


def test_the_real_day_of_the_wage_update(real: Path) -> None:
    expected = json.loads((real / "expected" / "esdc-gts-requirements.json").read_text())["job_bank_wage_update"]
    [(_, page)] = real_pages(real, "esdc-gts-requirements")

    assert [fact.value for fact in facts_of(page)] == [
        Deadline(label="fall update takes place", date=date.fromisoformat(expected))
    ]


def test_the_real_day_job_offer_points_ended(real: Path) -> None:
    expected = json.loads((real / "expected" / "ircc-crs.json").read_text())["job_offer_points"]["removed_from"]
    [(_, page)] = real_pages(real, "ircc-crs")

    [fact] = facts_of(page)

    assert isinstance(fact.value, Deadline)
    assert fact.value.date == date.fromisoformat(expected)
    assert "job offer points" in fact.value.label


@pytest.mark.parametrize(
    "source", ["ircc-fsw", "esdc-gts", "oinp-foreign-worker", "bcpnp-for-workers", "bcpnp-invitations"]
)
def test_real_pages_without_deadlines(real: Path, source: str) -> None:
    [(_, page)] = real_pages(real, source)

    assert facts_of(page) == ()


def test_a_real_year_of_news_gives_effective_days_and_no_draw_days(real: Path) -> None:
    draws = json.loads((real / "expected" / "oinp-updates-2024.json").read_text())["draws"]
    [(_, page)] = real_pages(real, "oinp-updates-2024")

    found = {fact.value.date for fact in facts_of(page) if isinstance(fact.value, Deadline)}

    assert {date(2024, 4, 10), date(2024, 8, 26), date(2024, 2, 26), date(2023, 12, 4)} <= found
    assert not found & {date.fromisoformat(draw["date"]) for draw in draws}
