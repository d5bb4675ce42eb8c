from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.changes.kinds import added_kind, changed_fields, changed_kind, removed_kind
from monitor.extractors import extract
from monitor.extractors.allocations import Allocations, read
from monitor.extractors.notices import Notices
from monitor.extractors.rules import Rules
from monitor.model import Allocation, Fact, FactKind, Page


def facts_of(page: Page, declaration: Allocations | None = None) -> tuple[Fact, ...]:
    return read(page, a_source("news"), declaration or Allocations(program="Crafts"), frozenset()).facts


def amounts(page: Page, declaration: Allocations | None = None) -> dict[int, int]:
    found = [fact.value for fact in facts_of(page, declaration)]
    return {value.year: int(value.amount) for value in found if isinstance(value, Allocation)}


def said(text: str, title: str = "News") -> dict[int, int]:
    return amounts(main_of(f"<h1>News</h1><h2>May 5, 2031</h2><h3>{title}</h3><p>{text}</p>"))


def test_the_newest_entry_states_a_year_s_allocation() -> None:
    assert amounts(page_file(DATA / "allocations" / "news.html")) == {2031: 6250, 2030: 8000}


def test_a_fact_has_its_key_and_words() -> None:
    [fact] = facts_of(main_of("<h1>P</h1><p>Hello. The 2031 allocation is 5,250 nominations.</p>"))

    assert fact.key == "allocation:news/crafts-2031"
    assert fact.quote == "The 2031 allocation is 5,250 nominations."
    assert fact.value == Allocation(program="Crafts", year=2031, amount=Decimal(5250))


def test_the_program_is_the_publisher_unless_declared() -> None:
    page = main_of("<p>The 2031 allocation is 5,250 nominations.</p>")

    assert [fact.key for fact in facts_of(page, Allocations())] == ["allocation:news/a-2031"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The province received a 2030 allocation of 5,250 nominations.", {2030: 5250}),
        ("The province received 14100 nominations for 2030.", {2030: 14100}),
        ("We were informed that we will receive 5,250 nominations for 2030.", {2030: 5250}),
        ("Our 2030 nomination allocation is&nbsp;14,100.", {2030: 14100}),
        ("2030 nomination allocation: 14,100", {2030: 14100}),
        ("The nomination allocation for 2030 has been reduced to 10,700.", {2030: 10700}),
        ("The 2030 allocation was increased from 5,250 to 6,250 nominations.", {2030: 6250}),
        ("The 2030 allocation is 14,100 nominations, up from 10,700 in 2029.", {2030: 14100}),
        ("The program used 2,900 of the 4,000 nominations in its 2030 allocation.", {2030: 4000}),
        ("In 2030, the allocation from the federal government was 16,500 nominations.", {2030: 16500}),
        ("This year's allocation is 4,000 nomination spaces.", {2031: 4000}),
        ("On May 2, 2031, we got an allocation of 4,000 spots, half of the 8,000 nominations in 2030.", {2031: 4000}),
    ],
)
def test_what_words_say_of_an_allocation(text: str, found: dict[int, int]) -> None:
    assert said(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The program reached its 2030 nomination allocation.",
        "The program issued 21,500 nominations in 2030.",
        "We requested an allocation of 9,000 nominations for 2030.",
        "The 2030 allocation was raised by 1,000 nominations.",
        "The 2030 allocation includes 500 nominations for health workers.",
        "If the 2030 allocation is 5,000 nominations, draws go on.",
        "The fee under the 2030 allocation is $1,500.",
        "The allocation of points is 120 for a degree in 2030 or 2031.",
        "In 2030, 33% (over 5,000) nominations were made to carvers.",
        "We received 450 applications for 2030.",
        "The 2030 allocation is 5,000 nominations or 6,000 nominations.",
    ],
)
def test_numbers_that_are_no_allocation(text: str) -> None:
    assert said(text) == {}


def test_the_title_names_the_year_where_the_sentence_does_not() -> None:
    assert said("The allocation is 5,250 nominations.", "Allocation for 2032") == {2032: 5250}
    assert said("The allocation is 5,250 nominations.") == {2031: 5250}


def test_late_in_a_year_an_unnamed_year_may_be_the_next() -> None:
    assert amounts(main_of("<h2>December 18, 2031</h2><h3>News</h3><p>The allocation is 5,250 nominations.</p>")) == {}


def test_without_an_entry_the_year_must_be_named() -> None:
    assert amounts(main_of("<h1>P</h1><p>The allocation is 5,250 nominations.</p>")) == {}
    assert amounts(main_of("<h1>P</h1><h2>Plan for 2031</h2><p>The allocation is 5,250 nominations.</p>")) == {
        2031: 5250
    }


def test_numbers_listed_under_a_sentence() -> None:
    page = main_of("<p>Our allocation for 2031 is:</p><ul><li>5,250 nominations</li></ul>")

    assert amounts(page) == {2031: 5250}


def test_an_entry_that_contradicts_itself_states_nothing() -> None:
    assert said("The 2031 allocation is 5,000 nominations. The 2031 allocation is 6,000 nominations.") == {}


def test_declared_headings_and_sentences_to_leave_out() -> None:
    page = main_of(
        "<h1>P</h1><h2>Ours</h2><p>The 2031 allocation is 5,250 nominations.</p><h2>Theirs</h2>"
        "<p>The 2030 allocation is 90 nominations.</p><p>Their 2029 allocation is 80 nominations.</p>"
    )

    assert amounts(page, Allocations(headings=("Ours",))) == {2031: 5250}
    assert amounts(page, Allocations(ignore=("^Their",))) == {2031: 5250, 2030: 90}


def test_rules_do_not_change_with_the_number() -> None:
    source = a_source("p", allocations=Allocations(), rules=Rules())
    page = "<h1>P</h1><p>The 2031 allocation is {} nominations.</p>"
    old = extract(main_of(page.format("5,250")), source).facts
    new = extract(main_of(page.format("6,250")), source).facts

    assert [fact.kind for fact in new] == [FactKind.ALLOCATION, FactKind.RULE]
    assert [changed_fields(a, b) for a, b in zip(old, new, strict=True)] == [("amount",), ()]
    assert {added_kind(new[0]), changed_kind(new[0])} == {"allocation.changed"}
    assert removed_kind(new[0], date(2031, 5, 5)) is None


def test_an_edited_number_in_a_notice_is_told_once() -> None:
    source = a_source("p", allocations=Allocations(), notices=Notices())
    page = "<h1>N</h1><h2>May 5, 2031</h2><h3>News</h3><p>The 2031 allocation is {} nominations.</p>"
    old = extract(main_of(page.format("5,250")), source).facts
    new = extract(main_of(page.format("6,250")), source).facts

    assert [changed_fields(a, b) for a, b in zip(old, new, strict=True)] == [("amount",), ()]


def test_ontario_s_allocations(real: Path) -> None:
    [(_, page)] = real_pages(real, "oinp-updates-2024")

    assert amounts(page) == {2024: 21500, 2023: 16500}


def test_real_pages_without_allocations_give_none(real: Path) -> None:
    sources = ("bcpnp-for-workers", "bcpnp-invitations", "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw")
    pages = list(real_pages(real, *sources, "oinp-foreign-worker"))

    assert len(pages) == len(sources) + 1
    assert [amounts(page) for _, page in pages] == [{}] * len(pages)
