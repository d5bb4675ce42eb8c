"""Draws and pool counts out of tables, in every column generation the publishers used."""

import json
from datetime import date
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.extractors import extract as extract_all
from monitor.extractors.draws import Draws, read
from monitor.extractors.draws_table import find_draws_table
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.rules import Rules
from monitor.model import BlockKind, Draw, DrawKind, FactKind, Page, Pool

PROGRAMS = Draws(programs=("Skills Immigration", "Entrepreneur Immigration"))
STREAMS = Draws(
    program="OINP",
    streams=(
        "Employer Job Offer: Foreign Worker",
        "Employer Job Offer: International Student",
        "PhD Graduate",
        "Express Entry Human Capital Priorities",
        "Express Entry French-Speaking Skilled Worker",
        "Express Entry Skilled Trades",
    ),
)
Row = tuple[object, ...]


def extract(page: Page, declared: Draws, *, used: frozenset[Span] = frozenset()) -> Extraction:
    extraction = read(page, a_source("s"), declared, used)
    assert len({fact.key for fact in extraction.facts}) == len(extraction.facts)
    return extraction


def draws_of(name: str, declared: Draws) -> list[Draw]:
    facts = extract(page_file(DATA / "draws" / name), declared).facts
    return [fact.value for fact in facts if isinstance(fact.value, Draw)]


def rows(draws: list[Draw], *fields: str) -> list[Row]:
    return [tuple(getattr(draw, field) for field in fields) for draw in draws]


def test_date_draw_type_stream_score_number() -> None:
    fields = ("date", "program", "stream", "category", "score", "invitations", "invitations_text")
    both = "Skilled Worker, International Graduate (includes EEBC option)"
    skills, business = "Skills Immigration", "Entrepreneur Immigration"
    day, before, old = date(2031, 3, 20), date(2031, 3, 13), date(2031, 3, 5)
    assert rows(draws_of("tables_2024.html", PROGRAMS), *fields) == [
        (day, skills, both, "childcare", 101, 3, "3"),
        (day, skills, both, "tech", 140, 4, "4"),
        (day, skills, both, "veterinary-care", 81, None, "<5"),
        (before, skills, "Skilled Worker", "general", 142, None, "11"),
        (before, skills, "Entry Level & Semi-Skilled", "general", 120, None, "11"),
        (before, skills, "Skilled Worker", "healthcare", 112, 1005, "1,005"),
        (old, business, "Base", None, 116, 10, "10"),
        (old, business, "Regional", None, 129, None, "<5"),
    ]


def test_date_number_stream_score_description() -> None:
    fields = ("date", "stream", "category", "selection", "occupations", "score", "invitations_text")
    day, before, both = date(2030, 6, 8), date(2030, 6, 1), "Skilled Worker, International Graduate"
    early = "Early childhood educators and assistants (NOC 42202)"
    assert rows(draws_of("tables_2022.html", PROGRAMS), *fields) == [
        (day, "Skilled Worker", "general", None, (), 104, "140"),
        (day, "International Graduate - EEBC option", "general", None, (), 98, "140"),
        (before, both, "childcare", early, ("42202",), 60, "21"),
        (before, both, "tech", None, (), 89, "102"),
        (before, both, "other-priority-occupations", None, ("31103", "32104"), 60, "<5"),
    ]


def test_date_number_category_minimum_other() -> None:
    fields = ("date", "program", "stream", "category", "score", "invitations", "invitations_text")
    first, second = date(2029, 7, 7), date(2029, 7, 2)
    assert rows(draws_of("tables_2020.html", PROGRAMS), *fields) == [
        (first, "Skills Immigration", "SI - Skilled Worker", None, 99, None, "310"),
        (first, "Skills Immigration", "EEBC - International Graduate", None, 104, None, "310"),
        (second, "Entrepreneur Immigration", "Entrepreneur Immigration - Base Category", None, 120, 28, "28"),
        (second, "Entrepreneur Immigration", "Entrepreneur Immigration - Regional Pilot", None, 117, 9, "9"),
    ]


_HEAD = "<tr><th>Date</th><th>Category</th><th>Minimum Score</th><th>Number of Invitations</th></tr>"


def test_one_count_for_several_scores_is_no_draw_s_own_number() -> None:
    names = ("Skilled Worker", "International Graduate", "International Post-Graduate", "Entry Level and Semi-Skilled")
    lines = [f"<td>SI - {name}</td><td>{90 + n}</td>" for n, name in enumerate(names)]
    first = f"<tr><td rowspan='4'>May 8, 2029</td>{lines[0]}<td rowspan='4'>204</td></tr>"
    page = main_of(f"<table>{_HEAD}{first}{''.join(f'<tr>{line}</tr>' for line in lines[1:])}</table>")
    facts = extract(page, PROGRAMS).facts
    values = [fact.value for fact in facts if isinstance(fact.value, Draw)]
    assert rows(values, "score", "invitations", "invitations_text") == [(90 + n, None, "204") for n in range(4)]
    assert facts[0].key == "draw:s/2029-05-08-si-skilled-worker"


def test_a_draw_type_that_ends_in_streams_names_both() -> None:
    head = "<tr><th>Date</th><th>Draw type</th><th>Minimum score</th><th>Number of invitations</th></tr>"
    texts = (
        "Tech: Skilled Worker, International Graduate",
        "Tech: Skilled Worker and Entry Level & Semi-Skilled (EEBC option)",
        "Care: Veterinary Care",
        "Care: Skilled workers of the north",
    )
    lines = "".join(
        f"<tr><td>May 8, 2029</td><td>{text}</td><td>9{n}</td><td>{n}</td></tr>" for n, text in enumerate(texts)
    )
    facts = extract(main_of(f"<table>{head}{lines}</table>"), PROGRAMS).facts
    assert rows([fact.value for fact in facts if isinstance(fact.value, Draw)], "category", "stream") == [
        ("tech", "Skilled Worker, International Graduate"),
        ("tech", "Skilled Worker and Entry Level & Semi-Skilled (EEBC option)"),
        ("care-veterinary-care", None),
        ("care-skilled-workers-of-the-north", None),
    ]


def test_merged_cells_written_out_on_each_line_are_the_same_draws() -> None:
    head = "<tr><td>Date</td><td>ITA type</td><td>Selection factors</td><td>Minimum score</td><td>Invitations</td></tr>"
    day, kind, end = ("<td{0}>May 8, 2029</td>", "<td{0}>Care: Animals</td>", "<td{0}>95</td><td{0}>&lt;5</td>")
    other = "<tr><td>May 8, 2029</td><td>Care: People</td><td>NOC 2</td><td>95</td><td>&lt;5</td></tr>"
    pages = []
    for span, repeated in ((" rowspan='2'", False), ("", True)):
        one = f"<tr>{(day + kind).format(span)}<td>All care</td>{end.format(span)}</tr>"
        two = f"<tr>{(day + kind).format('')}<td>Technicians</td>{end.format('')}</tr>"
        two = two if repeated else "<tr><td>Technicians</td></tr>"
        pages.append(main_of(f"<h1>Invitations</h1><table>{head}{one}{two}{other}</table>"))
    merged, repeated = (extract(page, PROGRAMS).facts for page in pages)
    assert [(fact.key, fact.value) for fact in merged] == [(fact.key, fact.value) for fact in repeated]
    assert rows([fact.value for fact in merged], "category", "selection") == [
        ("care-animals", "All care; Technicians"),
        ("care-people", "NOC 2"),
    ]


_POOL = (
    "<table><tr><th>Score range</th><th>Number of registrations</th></tr><tr><td>60 - 69</td><td>{}</td></tr></table>"
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The table below shows the registrations in the pool by score as of {}:",
        "As of {}, there are 9,752 registrations in the pool.",
        "Registrants must be patient. The break down of registrations is as of {}.",
        "You must be patient, as of {}.",
    ],
)
def test_a_newer_count_of_the_pool_changes_no_rule(sentence: str) -> None:
    source = a_source(draws=PROGRAMS, rules=Rules())
    texts = (
        f"<h1>Pool</h1><p>{sentence.format(day)}</p>{_POOL.format(n)}"
        for day, n in (("May 6, 2026", 5), ("June 3, 2026", 7))
    )
    old, new = (extract_all(main_of(text), source).facts for text in texts)
    assert [fact.value.as_of for fact in new if isinstance(fact.value, Pool)] == [date(2026, 6, 3)]
    told = [[(fact.key, fact.compare) for fact in facts if fact.kind is FactKind.RULE] for facts in (old, new)]
    assert told[0] == told[1]
    assert any("patient" in fact.quote for fact in new) is ("patient" in sentence)


def test_date_ita_type_factors_score_number_with_merged_cells() -> None:
    draws = [draw for draw in draws_of("tables_2026.html", PROGRAMS) if draw.date and draw.date >= date(2032, 5, 27)]
    day, before = date(2032, 6, 3), date(2032, 5, 27)
    wage, nursery = "Minimum wage of $50/hour, and NOC 0, 1, 2, or 3", "Nursery teachers only (NOC 42202) *"
    animals = "All animal care occupations; Animal technicians (NOC 32104)"
    fields = ("date", "stream", "category", "selection", "score", "score_text", "invitations", "invitations_text")
    assert rows(draws, *fields) == [
        (day, None, "shape-big-effect", wage, None, "N/A", 31, "31"),
        (day, None, "shape-big-effect", "Points", 129, "129", 44, "44"),
        (before, None, "care-nursery", nursery, 110, "110", 18, "18"),
        (before, None, "care-animals", animals, 95, "95", None, "<5"),
    ]


def test_one_draw_over_two_lines_is_quoted_whole() -> None:
    facts = extract(page_file(DATA / "draws" / "tables_2026.html"), PROGRAMS).facts
    quote = next(fact.quote for fact in facts if fact.value.category == "care-animals")  # type: ignore[union-attr] - all are draws
    assert quote.splitlines()[0].startswith("May 27, 2032 | Care: Animals | All animal care occupations | 95 | <5")
    assert "Animal technicians (NOC 32104)" in quote.splitlines()[1]


def test_a_pool_table_gives_its_bands_with_the_day_stated_above_it() -> None:
    facts = extract(page_file(DATA / "draws" / "tables_2024.html"), PROGRAMS).facts
    pool = {fact.key: fact.value for fact in facts if fact.kind is FactKind.POOL}
    program, day = "Skills Immigration", date(2031, 3, 12)
    assert pool == {
        "pool:s/140": Pool(program=program, band="140+", count=12, as_of=day),
        "pool:s/130-139": Pool(program=program, band="130 - 139", count=1480, as_of=day),
        "pool:s/total": Pool(program=program, band="Total", count=1492, as_of=day),
    }


def test_tables_per_stream_and_year() -> None:
    fields = ("date", "stream", "category", "score", "score_text", "invitations")
    worker, day = "Employer Job Offer: Foreign Worker", date(2033, 4, 8)
    assert rows(draws_of("invitations.html", STREAMS), *fields) == [
        (day, worker, "healthcare-and-early-childhood-education-occupations", 57, "57 and above", 1123),
        (day, worker, "rdi", 46, "46 and above", 9),
        (date(2033, 4, 1), worker, "general", 20, "20 to 35", 1064),
        (date(2033, 3, 3), worker, "trades", None, "N/A", 2),
        (date(2032, 5, 4), worker, None, 33, "33 and above", 80),
        (date(2033, 4, 1), "PhD Graduate", None, 56, "56 and above", 244),
    ]


def test_notifications_of_interest_in_their_header_variants() -> None:
    fields = ("kind", "date", "stream", "category", "score", "invitations")
    note, capital = DrawKind.NOTIFICATION, "Express Entry Human Capital Priorities"
    assert rows(draws_of("notifications.html", STREAMS), *fields) == [
        (note, date(2024, 5, 8), capital, "tech", 473, 2349),
        (note, date(2024, 5, 1), capital, "healthcare", 471, 209),
        (note, date(2024, 1, 5), "Express Entry Skilled Trades", None, 404, 1052),
        (note, date(2024, 1, 5), "Express Entry French-Speaking Skilled Worker", None, 322, 55),
    ]


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("Date of NOI issuance|NOIs issued|CRS scores", "May 8, 2024|12|470"),
        ("Draw date|Number of notifications of interest issued|Minimum CRS", "May 8 2024|12|470 or above"),
        ("Date issued|Dates EOI profiles were created|Number of ITAs issued|Score", "May 8, 2024|May 1, 2023|12|470"),
        ("Notes|Minimum score|Invitations|Date and time", "General draw|470|12 |May 8, 2024 at 10:00"),
        ("Draw #|Date|Stream|Invitations issued|Lowest score", "7|8 May 2024|PhD Graduate stream|12|470+"),
        ("Date issued|Express Entry profiles CRS score range|NOIs issued", "May&nbsp;8, 2024|470-480|12"),
    ],
)
def test_columns_are_known_by_their_words_in_any_order(head: str, cells: str) -> None:
    heads, texts = ("".join(f"<td>{text}</td>" for text in row.split("|")) for row in (head, cells))
    page = main_of(f"<h1>Invitations</h1><table><tr>{heads}</tr><tr>{texts}</tr></table>")
    draws = [fact.value for fact in extract(page, STREAMS).facts if isinstance(fact.value, Draw)]
    assert rows(draws, "date", "score", "invitations") == [(date(2024, 5, 8), 470, 12)]


@pytest.mark.parametrize(
    "table",
    [
        "<tr><th>Date</th><th>Fee</th></tr><tr><td>May 8, 2024</td><td>$300</td></tr>",
        "<tr><th>Factor</th><th>Points</th></tr><tr><td>Age</td><td>12</td></tr>",
        "<tr><th>CLB level</th><th>Reading score</th></tr><tr><td>7</td><td>60</td></tr>",
        "<tr><th>Stream</th><th>Number of nominations</th></tr><tr><td>PhD Graduate</td><td>12</td></tr>",
        "<tr><td>Just</td><td>words</td></tr>",
    ],
)
def test_other_tables_are_left_alone(table: str) -> None:
    page = main_of(f"<h1>Invitations to apply</h1><table>{table}</table>")
    assert extract(page, STREAMS) == Extraction()
    assert [block.kind for block in page.blocks if find_draws_table(block, 0, {})] == []


def test_a_table_read_whole_is_used_whole_and_an_unread_row_stays_free() -> None:
    head = "<tr><th>Date</th><th>Minimum score</th><th>Invitations</th></tr>"
    row = "<tr><td>May 8, 2024</td><td>70</td><td>3</td></tr>"
    note = "<tr><td colspan='3'>Candidates must be at least 18.</td></tr>"
    whole, mixed = (extract(main_of(f"<table>{head}{row}{more}</table>"), STREAMS) for more in ("", note))
    assert whole.used == {Span(block=0)}
    assert mixed.used == {Span(block=0, row=0)}
    assert len(mixed.facts) == 1


def test_a_table_another_extractor_used_up_is_not_read_again() -> None:
    page = page_file(DATA / "draws" / "invitations.html")
    tables = frozenset(Span(block=i) for i, block in enumerate(page.blocks) if block.kind is BlockKind.TABLE)
    assert extract(page, STREAMS, used=tables) == Extraction()


def test_keys_stay_when_a_row_is_added_above_even_where_labels_are_equal() -> None:
    head = "<h2>North</h2><table><tr><th>Date</th><th>Score</th><th>Invitations</th></tr>"
    first, second, third = (f"<tr><td>May 8, 2024</td><td>{n}</td><td>{n}</td></tr>" for n in (1, 2, 3))
    before = extract(main_of(f"{head}{second}{third}</table>"), STREAMS).facts
    after = extract(main_of(f"{head}{first}{second}{third}</table>"), STREAMS).facts
    assert [fact.key for fact in before] == ["draw:s/2024-05-08-oinp@north", "draw:s/2024-05-08-oinp"]
    assert [fact.key for fact in after] == ["draw:s/2024-05-08-oinp@north-2", *(fact.key for fact in before)]
    assert [fact.value for fact in after[1:]] == [fact.value for fact in before]


def test_the_key_is_date_program_stream_category_selection() -> None:
    facts = extract(page_file(DATA / "draws" / "invitations.html"), STREAMS).facts
    key = "draw:s/2033-04-01-oinp-employer-job-offer-foreign-worker-general-general-draw"
    assert key in {fact.key for fact in facts}


def test_the_real_page_gives_exactly_its_draws_and_pool(real: Path) -> None:
    expected = json.loads((real / "expected" / "bcpnp-invitations-2026-05-15.json").read_text())
    declared = Draws(programs=PROGRAMS.programs)
    (_, page), *_ = real_pages(real, "bcpnp-invitations")
    facts = extract(page, declared).facts
    draws = [fact.value for fact in facts if isinstance(fact.value, Draw)]
    tail = {"high economic impact": "innovate-high-economic-impact"}
    wanted = [
        (
            date.fromisoformat(row["date"]),
            row["program"],
            row["stream"],
            tail.get(row["type"]) or (row["type"] and row["type"].lower().replace(": ", "-").replace(" ", "-")),
            "; ".join(row["selection_factors"]) or None,
            row["minimum_score"],
            row["invitations"],
        )
        for row in expected["draws"]
    ]
    fields = ("date", "program", "stream", "category", "selection", "score_text", "invitations_text")
    assert sorted(rows(draws, *fields), key=str) == sorted(wanted, key=str)
    assert {(draw.score_text, draw.score) for draw in draws if draw.score is None} == {("N/A", None), (None, None)}
    assert all(draw.score_text == str(draw.score) for draw in draws if draw.score is not None)
    assert {draw.invitations for draw in draws if draw.invitations_text == "<5"} == {None}
    pool = expected["pool"]
    bands = {fact.value.band: fact.value.count for fact in facts if isinstance(fact.value, Pool)}
    assert bands == {band["range"]: band["registrations"] for band in pool["bands"]} | {"Total": pool["total"]}
    assert {fact.value.as_of for fact in facts if isinstance(fact.value, Pool)} == {date.fromisoformat(pool["as_of"])}
    assert all(line in page.text for fact in facts for line in fact.quote.splitlines())
