"""Draws whose day stands elsewhere: above a table without dates, or in a sentence under no dated heading."""

from datetime import date

from reading import a_source, main_of

from monitor.extractors.draws import Draws, read
from monitor.model import Draw

PROGRAMS = Draws(program="Skills Immigration", programs=("Skills Immigration", "Entrepreneur Immigration"))


def draws(body: str, declared: Draws = PROGRAMS) -> list[Draw]:
    facts = read(main_of(f"<h1>Invitations to apply</h1>{body}"), a_source("s"), declared, frozenset()).facts
    return [fact.value for fact in facts if isinstance(fact.value, Draw)]


def rows(*cells: str) -> str:
    return "".join(f"<tr><td>{'</td><td>'.join(row.split('|'))}</td></tr>" for row in cells)


SCORES = f"<table>{rows('Category|Minimum score', 'Skilled Worker|91', 'International Graduate|88')}</table>"


def test_a_table_under_a_dated_heading_is_of_that_day_and_its_announcement_says_the_sum() -> None:
    found = draws(f"<h3>March 3, 2031</h3><p>On March 3, 2031, we issued 70 invitations to apply.</p>{SCORES}")
    assert [(d.date, d.stream, d.score, d.invitations, d.invitations_text) for d in found] == [
        (date(2031, 3, 3), "Skilled Worker", 91, None, "70"),
        (date(2031, 3, 3), "International Graduate", 88, None, "70"),
    ]


def test_counts_of_the_rows_stand_beside_a_sum_that_stays_a_rule() -> None:
    table = f"<table>{rows('Stream|Invitations issued|Score range', 'Worker stream|9|44 and above')}</table>"
    page = main_of(f"<h3>March 3, 2031</h3><p>We issued 31 invitations under two streams.</p>{table}")
    extraction = read(page, a_source("s"), PROGRAMS, frozenset())
    assert [
        (fact.value.invitations, fact.value.score) for fact in extraction.facts if isinstance(fact.value, Draw)
    ] == [(9, 44)]
    assert {span.block for span in extraction.used} == {2}


def test_a_date_in_the_caption_does_as_well() -> None:
    table = SCORES.replace("<table>", "<table><caption>Round of March 3, 2031</caption>")
    assert [draw.date for draw in draws(table)] == [date(2031, 3, 3)] * 2


def test_without_any_day_a_table_of_scores_is_no_draw() -> None:
    assert draws(f"<h3>How we score</h3>{SCORES}") == []


def test_a_pool_counted_on_a_day_is_no_draw() -> None:
    table = f"<table>{rows('Score range|Registrations', '120-139|40', 'Total|40')}</table>"
    assert draws(f"<h2>Registration pool as of March 3, 2031</h2>{table}") == []


def test_a_sentence_with_its_own_day_needs_no_dated_heading() -> None:
    text = (
        "On March 3, 2031, we issued 14 invitations to Entrepreneur Immigration registrants with a minimum score "
        "of 131 points."
    )
    (draw,) = draws(f"<h2>Rounds</h2><p>{text}</p><p>A score of 20 is needed for language.</p>")
    assert (draw.date, draw.program, draw.invitations, draw.score) == (
        date(2031, 3, 3), "Entrepreneur Immigration", 14, 131,
    )  # fmt: skip


def test_a_deadline_said_of_invitations_is_no_draw() -> None:
    assert draws("<h2>Rounds</h2><p>Invitations issued on or before March 3, 2031 stay valid.</p>") == []


def test_a_wage_in_the_column_of_scores_is_no_score() -> None:
    table = f"<table>{rows('Draw date|Score or wage|Invitations', 'March 3, 2031|$63 an hour|190')}</table>"
    (draw,) = draws(table)
    assert (draw.score, draw.score_text, draw.invitations) == (None, "$63 an hour", 190)


def test_a_heading_that_names_a_category_tells_it_where_no_column_does() -> None:
    table = f"<table>{rows('Draw date|Minimum score|Invitations', 'March 3, 2031|90|12')}</table>"
    found = draws(f"<h3>Health care</h3>{table}<h3>Recent rounds</h3>{table}")
    assert [draw.category for draw in found] == ["healthcare", None]


def test_groups_that_share_a_count_are_draws_and_their_scores_no_part_of_their_names() -> None:
    text = (
        "We issued 320 invitations to apply: 200 to candidates in the north (score of 30 and above) and 120 to "
        "candidates in the east (score of 41 and above)."
    )
    found = draws(f"<h3>March 3, 2031</h3><p>{text}</p>")
    assert [(draw.selection, draw.invitations, draw.score) for draw in found] == [
        ("candidates in the north", 200, 30),
        ("candidates in the east", 120, 41),
    ]


def test_a_stream_at_the_end_of_a_title_is_no_category() -> None:
    declared = Draws(program="P", streams=("French Speakers", "Skilled Trades"))
    body = (
        "<h3>March 3, 2031</h3><h4>Notifications: French Speakers stream</h4><p>We issued 150 notifications of "
        "interest to candidates in the French Speakers stream. Scores ranged from 305 to 420.</p>"
    )
    (draw,) = draws(body, declared)
    assert (draw.stream, draw.category, draw.score) == ("French Speakers", None, 305)
