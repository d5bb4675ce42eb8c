"""Dates, tidy text and sentences of official wording."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.pages.dates import find_dates, parse_date
from monitor.pages.wording import split_sentences, tidy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("May 14, 2026", date(2026, 5, 14)),
        ("November 20 2024", date(2024, 11, 20)),
        ("December 02, 2025", date(2025, 12, 2)),
        ("2026-05-28", date(2026, 5, 28)),
        ("2026-05-28T14:00:00Z", date(2026, 5, 28)),
        ("December\u00a023, 2024", date(2024, 12, 23)),
        ("Sept. 3, 2024", date(2024, 9, 3)),
        ("January 1st, 2024", date(2024, 1, 1)),
        ("May 3rd 2026.", date(2026, 5, 3)),
        ("April 02. 2024", date(2024, 4, 2)),
        ("Thursday, May 14, 2026", date(2026, 5, 14)),
        ("on May 14, 2026", date(2026, 5, 14)),
        ("14 May 2026", date(2026, 5, 14)),
        ("14 mai 2026", date(2026, 5, 14)),
        ("le 1er février 2025", date(2025, 2, 1)),
        ("23 décembre 2024", date(2024, 12, 23)),
        ("3 AOÛT 2026", date(2026, 8, 3)),
        ("12-04-2023", None),
        ("February 30, 2026", None),
        ("May 2026", None),
        ("May 14", None),
        ("14, 2026", None),
        ("the draw of May 14, 2026", None),
        ("May 14, 2026 at noon", None),
        ("1-2026-05-28", None),
        ("", None),
    ],
)
def test_official_spellings_of_a_date(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected


def test_all_dates_of_a_text_are_found_with_their_words() -> None:
    text = "From April 30, 2026 to 2028-04-30 (not 31-31-2026, not March 45, 2026), dès le 1er mai 2027."
    found = find_dates(text)
    assert [item.date for item in found] == [date(2026, 4, 30), date(2028, 4, 30), date(2027, 5, 1)]
    assert [text[item.start : item.end] for item in found] == ["April 30, 2026", "2028-04-30", "1er mai 2027"]


def test_a_number_before_a_month_is_not_taken_for_its_day_when_a_day_follows() -> None:
    assert [item.date for item in find_dates("invited 484 on May 6, 2026 and 12 May 7, 2026")] == [
        date(2026, 5, 6),
        date(2026, 5, 7),
    ]


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_in_every_spelling(day: date) -> None:
    month = MONTHS[day.month - 1]
    for text in (f"{month} {day.day}, {day.year}", f"{month} {day.day:02} {day.year}", day.isoformat()):
        assert parse_date(text) == day


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  a \n\t b  ", "a b"),
        ("a\u00a0b\u202fc\u200bd", "a b cd"),
        ("( OINP )", "(OINP)"),
        ("[ CLB ] level , yes ; no : ok !", "[CLB] level, yes; no: ok!"),
        ("May 15 , 2026", "May 15, 2026"),
        ("a .NET developer", "a .NET developer"),
        ("from $ .50 up", "from $ .50 up"),
        ("“ quoted ”", "“quoted”"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("3 : 4", "3: 4"),
    ],
)
def test_tidy_text(raw: str, expected: str) -> None:
    assert tidy(raw) == expected


@given(st.text(alphabet="ab (),.:\u00a0\n\u200b[]“”"))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        (
            "Under O. Reg. 204/26 you must apply. You may not wait.",
            ["Under O. Reg. 204/26 you must apply.", "You may not wait."],
        ),
        ("See s. 5 and No. 447. It is open.", ["See s. 5 and No. 447.", "It is open."]),
        ("Proof, e.g. Letters, i.e. Papers, is due.", ["Proof, e.g. Letters, i.e. Papers, is due."]),
        ("Pay $41.35 per hour. Pay 3.5 weeks.", ["Pay $41.35 per hour.", "Pay 3.5 weeks."]),
        ("Work in B.C. You qualify.", ["Work in B.C.", "You qualify."]),
        ("Bring forms, fees, etc. You may wait.", ["Bring forms, fees, etc.", "You may wait."]),
        ("Visit canada.ca. Then apply.", ["Visit canada.ca.", "Then apply."]),
        ("(See below.) Next one.", ["(See below.)", "Next one."]),
        ("First line\nsecond line. Third", ["First line", "second line.", "Third"]),
        ("Dr. A. Smith signs.", ["Dr. A. Smith signs."]),
        ("It costs $5. 10 people paid.", ["It costs $5.", "10 people paid."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(split_sentences(text)) == expected


@given(st.text(alphabet="aB. !?\n5"))
def test_sentences_keep_every_character_that_is_no_space(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
