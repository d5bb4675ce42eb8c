"""Which category and stream some words mean, and what dates, counts and scores say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import a_source, main_of

from monitor.extractors.draw_names import find_streams, read_category
from monitor.extractors.draws import Draws, read
from monitor.extractors.draws_values import find_codes, read_count, read_date, read_score

DECLARED = Draws(
    streams=(
        "Employer Job Offer: Foreign Worker",
        "Masters Graduate",
        "PhD Graduate",
        "Express Entry Skilled Trades",
        "Entrepreneur",
    ),
    stream_aliases={"Foreign Worker with a Job Offer": "Employer Job Offer: Foreign Worker"},
)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("No Program Specified", "general"),
        ("General draw", "general"),
        ("Provincial Nominee Program", "pnp"),
        ("Canadian Experience Class", "cec"),
        ("Federal Skilled Worker", "fsw"),
        ("Federal Skilled Trades", "fst"),
        ("STEM occupations (2023-1)", "stem"),
        ("STEM occupations (Version 1)", "stem"),
        ("French-Language proficiency 2026-Version 2", "french"),
        ("French language proficiency (Version 1)", "french"),
        ("Healthcare and social services occupations (Version 3)", "healthcare"),
        ("health", "healthcare"),
        ("Trade occupations (Version 1)", "trades"),
        ("Skilled trades occupations", "trades"),
        ("Transport Occupations, 2026-Version 2", "transport"),
        ("Agriculture and agri-food occupations (Version 1)", "agriculture"),
        ("Education occupations (Version 1)", "education"),
        ("technology", "tech"),
        ("tech occupations", "tech"),
        ("Skilled Military Recruits, 2026-Version 1", "skilled-military-recruits"),
        ("Senior managers", "senior-managers"),
        ("Care: Veterinary Care", "care-veterinary-care"),
        ("other priority occupations", "other-priority-occupations"),
        ("Mobility Pathways Project (MPP)", "mpp"),
        ("Catégorie de l’expérience canadienne", "cec"),
        ("Provincial Nominee Progran", "pnp"),
        ("Provincal Nominee Program", "pnp"),
        ("Canadian Experiance Class", "cec"),
        ("Candian Exprience Class", "cec"),
        ("French language proficency (Version 2)", "french"),
        ("Agricultre and agri-food occupations", "agriculture"),
        ("No Progam Specified", "general"),
        ("Healthcare occuptions", "healthcare"),
        ("Physicians with Canadian work experience", "physicians-with-canadian-work-experience"),
        ("Transport", "transport"),
        ("Trades occupations", "trades"),
        ("Wealth", "wealth"),
        ("Grades", "grades"),
        ("Educators", "educators"),
        ("Federal Skilled Writers", "federal-skilled-writers"),
        ("Web programmers", "web-programmers"),
        ("health and skilled trades occupations", "healthcare-trades"),
        ("Skilled trades, health and tech occupations", "healthcare-tech-trades"),
        ("health and other priority occupations", "health-and-other-priority-occupations"),
        ("Healthcare and social services", "healthcare"),
        ("", None),
    ],
)
def test_categories(name: str, category: str | None) -> None:
    assert read_category(name, {}) == category


def test_a_declared_wording_comes_first() -> None:
    assert read_category("Trade occupations (Version 9)", {"trade occupations": "crafts"}) == "crafts"


@pytest.mark.parametrize(
    ("text", "streams"),
    [
        ("Ontario’s Employer Job Offer Foreign Workers stream", ("Employer Job Offer: Foreign Worker",)),
        ("Masters and PhD Graduate streams", ("Masters Graduate", "PhD Graduate")),
        ("Skilled Trades Stream", ("Express Entry Skilled Trades",)),
        ("skilled trades occupations", ()),
        ("the Foreign Worker with a Job Offer path", ("Employer Job Offer: Foreign Worker",)),
        ("under the Regional Talent stream", ("Regional Talent",)),
        ("Entrepreneur stream", ("Entrepreneur",)),
        ("invitations to entrepreneurs of all streams", ()),
    ],
)
def test_streams(text: str, streams: tuple[str, ...]) -> None:
    assert find_streams(text, DECLARED) == streams


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4,500", 4500),
        ("4\u00a0500", 4500),
        ("1123", 1123),
        ("9 *", 9),
        ("252 candidates", 252),
        ("<5", None),
        ("fewer than 5", None),
        ("N/A", None),
        ("10-15", None),
        ("", None),
    ],
)
def test_counts(text: str, count: int | None) -> None:
    assert read_count(text) == count


@pytest.mark.parametrize(
    ("text", "score"),
    [("130 - 139", 130), ("473–480", 473), ("57 and above", 57), ("150+", 150), ("117 *", 117), ("N/A", None)],
)
def test_scores(text: str, score: int | None) -> None:
    assert read_score(text) == score


def test_dates_without_a_year_take_the_heading_s_and_runs_of_days_their_first() -> None:
    assert read_date("January 12", year=2022) == date(2022, 1, 12)
    assert read_date("January 12") is None
    assert read_date("July 2 \u2013 3, 2024") == date(2024, 7, 2)
    assert read_date("November 20 2024") == date(2024, 11, 20)


def test_codes_of_exclusions_and_levels_are_not_selected() -> None:
    assert find_codes("Other priority occupations (NOCs 31103, 32104 and 31103)") == ("31103", "32104")
    assert find_codes("The following NOCs were excluded: 0621, 0631") == ()
    assert find_codes("Minimum wage of $57/hour and $117,000/year, and NOC 0, 1, 2, or 3") == ()


@given(
    st.lists(
        st.sampled_from(
            [
                "May 8, 2031",
                "issued 5 invitations to apply to 9 candidates (",
                "(3 candidates)",
                "score of ",
                "48-",
                "NOC ",
            ]
        )
        | st.text(max_size=12),
        max_size=12,
    )
)
def test_no_text_is_too_odd(parts: list[str]) -> None:
    text = "".join(parts).replace("<", "&lt;").replace("&", "&amp;")
    page = main_of(
        f"<h3>May 8, 2031</h3><h4>{text}</h4><p>{text}</p><ul><li>{text}</li></ul>"
        f"<table><tr><th>Date</th><th>Score</th><th>Invitations</th></tr><tr><td>{text}</td><td>{text}</td><td>{text}</td></tr></table>"
    )
    facts = read(page, a_source("s"), DECLARED, frozenset()).facts
    assert len({fact.key for fact in facts}) == len(facts)
