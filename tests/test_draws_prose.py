"""Draws out of dated prose: entries of an updates page, and dated paragraphs with several groups."""

import gzip
import json
import re
from datetime import date
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, page_of, real_pages

from monitor.extractors.draw_names import read_category
from monitor.extractors.draws import Draws, read
from monitor.extractors.extraction import Extraction, Span
from monitor.model import Draw, DrawKind, Page

WORKER = "Employer Job Offer: Foreign Worker"
STUDENT = "Employer Job Offer: International Student"
CAPITAL = "Express Entry Human Capital Priorities"
STREAMS = Draws(
    program="OINP",
    streams=(
        WORKER,
        STUDENT,
        "Employer Job Offer: In-Demand Skills",
        "Masters Graduate",
        "PhD Graduate",
        CAPITAL,
        "Express Entry French-Speaking Skilled Worker",
        "Express Entry Skilled Trades",
    ),
)
PROGRAMS = Draws(programs=("Skills Immigration", "Entrepreneur Immigration"))
FIELDS = ("date", "stream", "category", "invitations", "score_text", "occupations")
Row = tuple[object, ...]


def extract(page: Page, declared: Draws = STREAMS) -> Extraction:
    extraction = read(page, a_source("s"), declared, frozenset())
    assert len({fact.key for fact in extraction.facts}) == len(extraction.facts)
    return extraction


def draws_in(page: Page, declared: Draws = STREAMS) -> list[Draw]:
    return [fact.value for fact in extract(page, declared).facts if isinstance(fact.value, Draw)]


def rows(draws: list[Draw], *fields: str) -> list[Row]:
    return [tuple(getattr(draw, field) for field in fields) for draw in draws]


def entry(text: str, *, title: str = "", day: str = "May 8, 2031") -> Page:
    heading = f"<h4>{title}</h4>" if title else ""
    return main_of(f"<h2>May</h2><h3>{day}</h3>{heading}{text}")


def test_an_updates_page_gives_every_group_and_stream_once() -> None:
    ninth, second, twentieth = date(2033, 10, 9), date(2033, 10, 2), date(2033, 9, 20)
    assert rows(draws_in(page_file(DATA / "draws" / "updates.html")), *FIELDS) == [
        (ninth, WORKER, "trades", None, "41 and above", ("72010", "72011")),
        (ninth, WORKER, "other-priority-occupations", None, "47 or above", ("00015", "12200")),
        (ninth, WORKER, "mpp", 7, None, ()),
        (second, "Masters Graduate", "general", None, "51 and above", ()),
        (second, "PhD Graduate", "general", None, "44 and above", ()),
        (twentieth, CAPITAL, "tech", None, "461–470", ("20012",)),
        (twentieth, STUDENT, "noc-42202-nursery-teachers", 62, None, ("42202",)),
    ]


def test_invitations_and_notifications_are_told_apart_and_the_program_is_declared() -> None:
    draws = draws_in(page_file(DATA / "draws" / "updates.html"))
    assert [draw.kind for draw in draws if draw.stream == CAPITAL] == [DrawKind.NOTIFICATION]
    assert {draw.kind for draw in draws if draw.stream != CAPITAL} == {DrawKind.INVITATION}
    assert {draw.program for draw in draws} == {"OINP"}


def test_a_draw_is_quoted_with_its_entry_and_what_it_used_is_marked() -> None:
    page = page_file(DATA / "draws" / "updates.html")
    extraction = extract(page)
    masters = next(fact for fact in extraction.facts if "masters" in fact.key)
    assert masters.key == "draw:s/2033-10-02-oinp-masters-graduate-general"
    assert masters.path[-2:] == ("October 2, 2033", "Masters and PhD Graduate streams: general occupations invited")
    assert masters.quote.startswith("On October 2, 2033, we issued")
    assert masters.quote.endswith("a score of 51 and above.")
    codes = {page.blocks[span.block].text for span in extraction.used if span.start is None}
    assert {"NOC 72010 - Supervisors, one", "NOC 20012 - Computer managers"} <= codes
    assert not any("upload" in text or "Log in" in text for text in codes)


def test_an_entry_that_lists_rounds_by_stream_and_group() -> None:
    worker, student = WORKER, STUDENT
    april, march, second = date(2029, 4, 30), date(2029, 3, 14), date(2029, 3, 2)
    three = f"{worker} / {student} / Employer Job Offer: In-Demand Skills"
    assert rows(draws_in(page_file(DATA / "draws" / "updates_lists.html")), *FIELDS) == [
        (april, worker, "capital-region", 786, "57 and above", ()),
        (april, student, "capital-region", 277, "81 and above", ()),
        (march, student, "trades", 208, "70 and above", ()),
        (march, student, "general", 101, "79 and above", ()),
        (march, "Masters Graduate", None, 512, "at least 39", ()),
        (second, CAPITAL, "tech", 902, "between 458 and 462", ()),
        (date(2029, 2, 1), three, "regional", 94, None, ()),
        (date(2029, 1, 20), "Express Entry Skilled Trades", None, 1100, "400 to 435", ()),
        (date(2029, 1, 10), "Future Workers", "welders", 25, "30", ()),
    ]


@pytest.mark.parametrize(
    ("wording", "text", "lowest"),
    [
        ("a score of 48 and above", "48 and above", 48),
        ("a score of 48 or above", "48 or above", 48),
        ("a score of 48 or higher", "48 or higher", 48),
        ("a CRS score of 405-435", "405-435", 405),
        ("a CRS score of 405 \u2013 435", "405 \u2013 435", 405),
        ("scores between 405 and 435", "between 405 and 435", 405),
        ("a score range of 405 to 435", "405 to 435", 405),
        ("a minimum score of 48", "48", 48),
        ("a score of at least 48", "at least 48", 48),
        ("at least 48 points", "at least 48", 48),
        ("CRS scores that ranged from 468 to 480", "468 to 480", 468),
        ("CRS scores ranging from 468 to 480", "468 to 480", 468),
        ("a score above 50", "above 50", 50),
        ("a score that was at or above 50", "at or above 50", 50),
        ("a score greater than or equal to 50", "greater than or equal to 50", 50),
        ("scores no lower than 50", "no lower than 50", 50),
        ("scores from 468 up to 480", "468 up to 480", 468),
        ("a score of over 50", "over 50", 50),
        ("a score at or above 50", "at or above 50", 50),
        ("scores between 468 and 480", "between 468 and 480", 468),
        ("a CRS score of 471 \u2011 480", "471 \u2011 480", 471),
        ("a CRS score of 471\u2010480", "471\u2010480", 471),
        ("a CRS score of 471\u2212480", "471\u2212480", 471),
    ],
)
def test_score_wordings(wording: str, text: str, lowest: int) -> None:
    said = "We issued invitations to apply under the Masters Graduate stream."
    page = entry(f"<p>{said}</p><p>Candidates only received an invitation if they had {wording} and a job offer.</p>")
    assert rows(draws_in(page), "score_text", "score") == [(text, lowest)]


def test_a_score_said_of_the_scores_themselves() -> None:
    said = "<p>We issued invitations to apply under the Masters Graduate stream. {}</p>"
    page = entry(said.format("The CRS scores of candidates invited ranged from 468 to 480."))
    short = entry(said.format("CRS scores ranged from 468 to 480."))
    assert rows(draws_in(page), "score_text", "score") == [("468 to 480", 468)]
    assert rows(draws_in(short), "score_text", "score") == [("468 to 480", 468)]


def test_two_rounds_of_one_stream_for_other_groups_are_not_merged() -> None:
    first = "<p>We issued invitations to apply under the Masters Graduate stream for health occupations.</p>"
    second = "<p>We issued 50 invitations under the Masters Graduate stream for tech occupations.</p>"
    title = "Masters Graduate stream: health occupations"
    assert rows(draws_in(entry(first + second, title=title)), "category", "invitations") == [
        ("healthcare", None),
        ("tech", 50),
    ]


def test_two_groups_in_one_heading_are_both_the_category() -> None:
    title = "Masters Graduate stream: health and skilled trades occupations invited"
    said = "<p>We issued 5 invitations under the Masters Graduate stream.</p>"
    sentence = "<p>We issued 5 invitations for health and skilled trades occupations to Masters Graduates.</p>"
    assert rows(draws_in(entry(said, title=title)), "category") == [("healthcare-trades",)]
    assert rows(draws_in(entry(sentence)), "category") == [("healthcare-trades",)]


def test_the_heading_of_another_entry_ends_a_draw_with_and_without_ids() -> None:
    first = "<h4{}>PhD Graduate stream: nursery teachers invited</h4>"
    said = (
        "<p>We issued 84 invitations to apply for NOC 42202 \u2013 Nursery teachers under the PhD Graduate stream.</p>"
    )
    other = "<h4{}>Program news \u2013 employers who move</h4><p>Employers must tell us where they are.</p>"
    group = "<h4>Tech occupations</h4><p>Candidates only got an invitation with a score of 48.</p>"
    for ids in (("", ""), (' id="a"', ' id="b"'), (' id="a"', "")):
        page = main_of(f"<h2>May</h2><h3>May 8, 2031</h3>{first.format(ids[0])}{said}{other.format(ids[1])}")
        assert rows(draws_in(page), "category", "occupations") == [("noc-42202-nursery-teachers", ("42202",))]
        page = main_of(f"<h2>May</h2><h3>May 8, 2031</h3>{first.format(ids[0])}{said}{group}")
        assert rows(draws_in(page), "category", "score") == [("tech", 48)]


@pytest.mark.parametrize(
    ("sentence", "count", "text"),
    [
        ("We issued 1,063 targeted invitations to apply under the Masters Graduate stream.", 1063, "1,063"),
        ("The program issued invitations to apply to 484 candidates of the Masters Graduate stream.", 484, "484"),
        ("680 invitations were issued under the Masters Graduate stream.", 680, "680"),
        ("We invited 25 candidates under the Masters Graduate stream.", 25, "25"),
        ("We issued two targeted invitations to apply under the Masters Graduate stream.", 2, "two"),
        ("We issued fewer than five invitations under the Masters Graduate stream.", None, "fewer than five"),
        ("On May 8, 2031, we issued invitations to apply under the Masters Graduate stream.", None, None),
    ],
)
def test_count_wordings(sentence: str, count: int | None, text: str | None) -> None:
    assert rows(draws_in(entry(f"<p>{sentence}</p>")), "invitations", "invitations_text") == [(count, text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "In 2030, the program issued 12,500 invitations to apply.",
        "We have issued 900 invitations so far under the Masters Graduate stream.",
        "Invitations to apply are issued to registrations received before the draw.",
        "If you have received an invitation with a CLB score of 7, no test is needed.",
        "You may apply to the Masters Graduate stream if you received an invitation to apply on May 8, 2031.",
        "The program issued 21,500 nominations across all streams.",
        "Candidates who were issued an invitation need a new form.",
    ],
)
def test_rules_and_totals_are_no_draws(sentence: str) -> None:
    assert extract(entry(f"<p>{sentence}</p>", title="Masters Graduate stream: news")) == Extraction()


def test_prose_without_a_date_is_no_draw() -> None:
    page = main_of("<h2>How it works</h2><p>We issued 5 invitations under the Masters Graduate stream.</p>")
    assert extract(page) == Extraction()


def test_the_heading_s_date_counts_whatever_the_text_says() -> None:
    said = "<p>We issued 5 invitations under the Masters Graduate stream on January 8, 2030.</p>"
    assert rows(draws_in(entry(said)), "date") == [(date(2031, 5, 8),)]


def test_a_bold_date_opens_a_section_like_a_heading() -> None:
    page = main_of("<p><strong>May 8, 2031</strong></p><p>We invited 25 candidates of the Masters Graduate stream.</p>")
    assert rows(draws_in(page), "date", "invitations") == [(date(2031, 5, 8), 25)]


def test_one_score_for_two_streams_is_a_draw_for_each() -> None:
    said = "We issued invitations to apply to candidates of the Masters and PhD Graduate streams."
    page = entry(f"<p>{said} Candidates only got an invitation with a score of 50 and above.</p>")
    assert rows(draws_in(page), "stream", "score") == [("Masters Graduate", 50), ("PhD Graduate", 50)]


def test_a_group_s_sub_total_is_not_counted_beside_its_parts() -> None:
    said = f"<p>We issued 151 targeted invitations to apply under the {WORKER} stream.</p>"
    north = (
        "<h5>Northern region</h5><p>We issued 94 invitations to apply to candidates with a score of 53 and above.</p>"
    )
    east = "<h5>Eastern region</h5><p>We issued 57 invitations to apply to candidates with a score of 45 and above.</p>"
    page = entry(said + north + east, title=f"{WORKER} stream: regional draws")
    assert rows(draws_in(page), "stream", "category", "invitations", "score") == [
        (WORKER, "northern-region", 94, 53),
        (WORKER, "eastern-region", 57, 45),
    ]


def test_groups_with_their_own_counts_carry_the_type_of_the_page_s_table() -> None:
    draws = [draw for draw in draws_in(page_file(DATA / "draws" / "tables_2026.html"), PROGRAMS) if not draw.stream]
    prose = [draw for draw in draws if draw.date and draw.date < date(2032, 5, 27)]
    may, april, big = date(2032, 5, 2), date(2032, 4, 11), "shape-big-effect"
    wage = "A minimum wage of $52/hour, and a job offer in NOC TEER 0 or 1"
    fields = ("date", "program", "category", "selection", "invitations", "score", "score_text")
    skills, business = "Skills Immigration", "Entrepreneur Immigration"
    assert rows(prose, *fields) == [
        (may, skills, big, wage, 41, None, None),
        (may, skills, big, "A minimum score of 131 points", 34, 131, "131"),
        (april, skills, None, "a minimum score of 101 points", None, 101, "101"),
        (april, skills, None, "a job offer in the north", 8, None, None),
        (date(2032, 4, 2), business, None, None, 14, 118, "118"),
    ]


def test_a_type_no_table_names_any_more_is_declared() -> None:
    declared = Draws(programs=PROGRAMS.programs, categories={"big effect": "shape-big-effect"})
    said = "<p>We issued invitations to apply to 30 candidates who will have a big effect here.</p>"
    assert rows(draws_in(entry(said), declared), "category", "invitations") == [("shape-big-effect", 30)]


def test_the_real_updates_page_gives_exactly_its_draws(real: Path) -> None:
    expected = json.loads((real / "expected" / "oinp-updates-2024.json").read_text())["draws"]
    (_, page), *_ = real_pages(real, "oinp-updates-2024")
    facts = extract(page).facts
    wanted = [
        (
            "notification" if row["kind"].startswith("notification") else "invitation",
            date.fromisoformat(row["date"]),
            row["stream"],
            read_category(row["group"], {}),
            row["invitations"],
            row["score_text"],
            tuple(row["noc_codes"]),
        )
        for row in expected
    ]
    assert rows([fact.value for fact in facts if isinstance(fact.value, Draw)], "kind", *FIELDS) == wanted
    assert all(fact.quote in page.text for fact in facts)
    assert {fact.value.program for fact in facts if isinstance(fact.value, Draw)} == {"OINP"}


def test_ids_are_not_keys_on_the_real_updates_page(real: Path) -> None:
    body = gzip.decompress((real / "oinp-updates-2024" / "2025-12-02.html.gz").read_bytes())
    bare = re.sub(rb'\sid="[^"]*"', b"", body)
    assert len(bare) < len(body)
    assert extract(page_of(bare)).facts == extract(page_of(body)).facts


def test_an_entry_that_says_nothing_of_draws_is_left_to_others() -> None:
    assert Span(block=0) not in extract(entry("<p>Nothing.</p>")).used


@pytest.mark.parametrize("other", ["must", "should", "may soon"])
def test_a_modal_verb_in_the_sentence_of_a_draw_is_the_rules_to_tell(other: str) -> None:
    words = (
        "<p>On May 8, 2031, we issued 120 invitations to candidates who {} qualify for the Masters Graduate stream.</p>"
    )
    score = "<p>Candidates only received an invitation if they had a score of 44 and above.</p>"
    (before,), (after,) = (extract(entry(words.format(verb) + score)).facts for verb in ("may", other))
    assert before.value == after.value
    assert before.compare == after.compare
