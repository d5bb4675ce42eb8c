import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.assess.patterns import match_pattern
from monitor.config import load_config, starter_path
from monitor.extractors import extract
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.fees import Fees
from monitor.extractors.processing_times import ProcessingTimes
from monitor.extractors.rules import Rules
from monitor.extractors.thresholds import Thresholds, read
from monitor.model import Fact, FactKind, Page, Rule, Threshold, value_to_plain

CASES = sorted((DATA / "thresholds").glob("*.html"))


def read_page(page: Page, declaration: Thresholds | None = None) -> Extraction:
    return read(page, a_source(), declaration or Thresholds(), frozenset())


def threshold_of(fact: Fact) -> Threshold:
    assert isinstance(fact.value, Threshold)
    return fact.value


def thresholds_in(inner: str, declaration: Thresholds | None = None) -> list[tuple[str, str, str]]:
    values = [threshold_of(fact) for fact in read_page(main_of(inner), declaration).facts]
    return [(value.label, str(value.amount), value.unit) for value in values]


def keyed(page: Page, declaration: Thresholds | None = None) -> dict[str, Decimal]:
    return {fact.key: threshold_of(fact).amount for fact in read_page(page, declaration).facts}


def real_values(real: Path, source: str) -> dict[str, tuple[Decimal, str]]:
    """Label (or key's name, where labels are told apart) → amount and unit, read as the starter reads the page."""
    config = load_config(starter_path(), environ={}, now=date(2026, 10, 3))
    [(_, page)] = real_pages(real, source)
    facts = [fact for fact in extract(page, config.sources[source]).facts if fact.kind is FactKind.THRESHOLD]
    return {fact.key.partition("/")[2]: (threshold_of(fact).amount, threshold_of(fact).unit) for fact in facts}


def expected_of(real: Path, source: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((real / "expected" / f"{source}.json").read_text())
    return data


def a_table(*rows: str) -> str:
    """A table of rows written as "a | b"; the first is its header."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in row.split("|")) + "</tr>"
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    ]
    return f"<table>{''.join(lines)}</table>"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_thresholds_of_a_made_up_page(case: Path) -> None:
    expected = json.loads(case.with_suffix(".facts.json").read_text())

    found = [{"key": fact.key, **value_to_plain(fact.value)} for fact in read_page(page_file(case)).facts]
    assert found == expected


@pytest.mark.parametrize(
    ("sentence", "thresholds"),
    [
        ("You must have at least two years of paid work experience.", [("paid work experience", "2", "years")]),
        ("You need a minimum of two (2) years of study.", [("study", "2", "years")]),
        ("You need a minimum of 1,560 hours of paid work.", [("paid work hours", "1560", "hours")]),
        ("The job must be at least 30 hours per week.", [("job hours per week", "30", "hours/week")]),
        ("The language requirement is CLB 7.", [("language requirement CLB", "7", "CLB")]),
        ("A net worth of at least $600,000 is required.", [("net worth", "600000", "CAD")]),
        ("The employer needs at least 5 full-time employees.", [("full-time employees", "5", "people")]),
        ("You must be at least 18 years old.", [("age", "18", "years")]),
        ("Test results must be less than 2 years old.", [("test results age", "2", "years")]),
        ("Language tests are valid for 2 years.", [("language tests validity", "2", "years")]),
        ("You must keep records for a minimum of 6 years.", [("keep records", "6", "years")]),
        ("Experience must be gained within the last 10 years.", [("experience within last", "10", "years")]),
        ("Workers must earn no less than $24.50 per hour.", [("wage per hour", "24.50", "CAD/hour")]),
        (
            "You have 60 days to submit an application after you receive an invitation to apply.",
            [("apply after invitation", "60", "days")],
        ),
        ("If you are invited, you have up to 30 calendar days to apply.", [("apply after invitation", "30", "days")]),
        (
            "Your employer must apply within 14 days of the invitation.",
            [("employer apply after invitation", "14", "days")],
        ),
        (
            "Forms must be received at least 15 business days before the expiry date.",
            [("request before expiry", "15", "business_days")],
        ),
        (
            "You must apply for a work permit within six months of your nomination.",
            [("apply for work permit after nomination", "6", "months")],
        ),
        ("If you do not apply within 30 days, your invitation will expire.", []),
        ("We no longer give points for job offers.", [("job offers", "0", "points")]),
    ],
)
def test_thresholds_in_sentences(sentence: str, thresholds: list[tuple[str, str, str]]) -> None:
    assert thresholds_in(f"<p>{sentence}</p>") == thresholds


@pytest.mark.parametrize(
    "sentence",
    [
        "Call 604-555-0142 between 9 and 5, or 1-800-555-0199.",
        "Since May 4, 2026 and in 2025 the section 7.3(a) of O. Reg. 422/17 has held.",
        "Around 80% of cases take 6 months, and up to 80% of cases less.",
        "The processing time is 10 business days.",
        "The application fee is $1,750 CAD.",
        "On May 4 we issued invitations to 484 candidates with a score of 138 points.",
        "Candidates only received an invitation if they had a score of 37 and above.",
        "In 2025 the program nominated more than 4,500 workers.",
        "For example: 30 hours a week for 12 months = 1,560 hours",
        "It does not have to be two years of continuous work.",
        "You can work more or less than 15 hours a week.",
        "TEER 0, 1, 2 or 3 of the NOC 2021, NOC 21231, Schedule 3, version 2.0",
        "An administrative penalty of at least $10,000 may follow.",
    ],
)
def test_other_numbers_are_no_thresholds(sentence: str) -> None:
    assert thresholds_in(f"<h2>Notes</h2><p>{sentence}</p>") == []


@given(st.text(alphabet=st.sampled_from("0123456789 ,.-/%()abcnt"), max_size=80))
def test_no_threshold_in_bare_numbers(text: str) -> None:
    assert thresholds_in(f"<h1>Page</h1><p>{text}</p><ul><li>{text}</li></ul>") == []


def test_a_record_of_rounds_is_no_grid() -> None:
    table = a_table("Date | Stream | Minimum score | Number of invitations", "May 5, 2026 | Base | 115 | 8")
    pool = a_table("Score range | Number of registrations", "150+ | 5")
    fees = (
        "<h2>Fees</h2><table><tr><th>Process</th><th>Fee</th></tr><tr><td>Application</td><td>$1,750</td></tr></table>"
    )

    assert thresholds_in(f"<h1>Points and scores</h1>{table}{pool}{fees}") == []


def a_grid(cells: list[tuple[int, int]]) -> str:
    rows = [f"{20 + number} years of age | {left} | {right}" for number, (left, right) in enumerate(cells)]
    return f"<h1>Ranking</h1><h2>Points</h2>{a_table('Age | With a partner | Without a partner', *rows)}"


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=8), st.data())
def test_one_changed_cell_of_a_grid_changes_one_fact(cells: list[tuple[int, int]], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(cells) - 1))
    other = data.draw(st.integers(0, 999).filter(lambda number: number != cells[row][1]))
    changed = [*cells[:row], (cells[row][0], other), *cells[row + 1 :]]

    before, after = keyed(main_of(a_grid(cells))), keyed(main_of(a_grid(changed)))

    assert before.keys() == after.keys()
    assert len(before) == 2 * len(cells)
    [key] = [key for key in before if before[key] != after[key]]
    assert key == f"threshold:page/age-{20 + row}-without-a-partner"
    assert after[key] == other


@given(st.integers(1, 99), st.integers(1, 99))
def test_a_changed_number_in_a_sentence_keeps_its_key(old: int, new: int) -> None:
    sentence = (
        "<h2>Work</h2><p>You must have at least {} months of full-time work experience"
        " and show at least {} hours of study.</p>"
    )

    before, after = keyed(main_of(sentence.format(old, old))), keyed(main_of(sentence.format(new, new)))

    assert before.keys() == after.keys()
    assert set(after.values()) == {Decimal(new)}


def test_equal_rows_of_two_sections_are_told_apart() -> None:
    table = "<table><tr><th>Factor</th><th>Points</th></tr><tr><td>Nomination</td><td>{}</td></tr></table>"
    page = main_of(f"<h1>R</h1><h2>Summary</h2>{table.format(600)}<h2>Breakdown</h2>{table.format(600)}")

    assert keyed(page) == {
        "threshold:page/nomination@summary": Decimal(600),
        "threshold:page/nomination@breakdown": Decimal(600),
    }


def test_columns_of_other_names_need_no_python() -> None:
    table = a_table("Stufe | Hören | Anmerkung", "B2 | 7 | 12")

    assert thresholds_in(table) == []
    assert thresholds_in(table, Thresholds(columns={"hören": "CLB"})) == [("stufe B2", "7", "CLB")]


def test_the_declaration_names_and_leaves_out() -> None:
    page = (
        "<h2>Pass</h2><p>If you score 67 points or higher, you may qualify.</p>"
        "<h2>Work</h2><p>You need at least 3 years of work experience.</p>"
    )

    named = Thresholds(labels={"pass mark": r"score \d+ points"}, headings=("pass",))
    assert thresholds_in(page, named) == [("pass mark", "67", "points")]
    assert thresholds_in(page, Thresholds(ignore=("67 points",))) == [("work experience", "3", "years")]
    assert thresholds_in(page, Thresholds(units=("points",))) == [("pass score", "67", "points")]


def test_a_declared_name_keeps_the_rates_of_one_floor_apart() -> None:
    sentence = "<p>Senior posts must pay at least $38.46 per hour ($80,000 annual base salary).</p>"

    assert thresholds_in(sentence, Thresholds(labels={"senior floor": "senior posts"})) == [
        ("senior floor per hour", "38.46", "CAD/hour"),
        ("senior floor per year", "80000", "CAD/year"),
    ]


def test_a_wrong_pattern_fails_when_it_is_loaded() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        Thresholds(columns={"(": "points"})


def test_criteria_tables_name_row_and_column() -> None:
    table = a_table(
        "Criteria | Worker stream | Health stream", "Language | Must meet level CLB 4 | Must meet level CLB 5"
    )

    assert thresholds_in(f"<h2>Requirements</h2>{table}") == [
        ("language, worker stream", "4", "CLB"),
        ("language, health stream", "5", "CLB"),
    ]


def test_below_a_level_nobody_is_eligible() -> None:
    table = a_table("First language | Points", "CLB level 9 | 6", "Below CLB level 7 | Not eligible to apply")

    assert ("first language minimum CLB", "7", "CLB") in thresholds_in(table)


def rules_of(inner: str) -> list[Fact]:
    source = a_source(thresholds=Thresholds(), rules=Rules())
    return [fact for fact in extract(main_of(inner), source).facts if isinstance(fact.value, Rule)]


def test_rules_do_not_tell_the_number_again() -> None:
    sentence = "<p>You must have at least {} years of work experience.</p>"
    assert rules_of(sentence.format(2))[0].compare == rules_of(sentence.format("three"))[0].compare

    assert rules_of(a_grid([(5, 6)])) == []
    assert rules_of("<h2>Score</h2><ul><li>Diploma — 9 points</li></ul>") == []


def test_a_row_that_says_more_stays_a_rule_with_its_number_marked() -> None:
    table = a_table("Bonus | Points", "Studies<p>You must have stayed for the whole program.</p> | 5")
    page = main_of(table)
    extraction = read_page(page)

    assert [span for span in extraction.used if span.row == 0] != [Span(block=0, row=0)]
    [span] = extraction.used
    assert span.start is not None
    assert "Studies You must have stayed for the whole program. 5"[span.start : span.end] == "5"
    assert any("stayed" in fact.quote for fact in rules_of(table))


def test_what_others_have_read_is_no_threshold() -> None:
    source = a_source(fees=Fees(), processing_times=ProcessingTimes(), thresholds=Thresholds())
    page = main_of("<h2>Processing fee</h2><p>You must pay a fee of $1,000.</p><p>Processing takes up to 6 months.</p>")

    assert {fact.kind for fact in extract(page, source).facts} == {FactKind.FEE, FactKind.PROCESSING_TIME}


def test_the_real_ranking_points(real: Path) -> None:
    expected = expected_of(real, "ircc-crs")
    found = real_values(real, "ircc-crs")
    points = expected["additional_points"]

    def amount(name: str) -> int:
        value, unit = found[name]
        assert unit == "points"
        return int(value)

    partner = {
        "with_spouse": "with-a-spouse-or-common-law-partner",
        "without_spouse": "without-a-spouse-or-common-law-partner",
    }
    factors = {
        "age": ("age", "age-maximum"),
        "education": ("level-of-education", "level-of-education-maximum"),
        "official_languages": ("official-languages-proficiency",),
        "canadian_work_experience": ("canadian-work-experience", "canadian-work-experience-maximum"),
    }
    for factor, names in factors.items():
        for side, words in partner.items():
            assert {amount(f"{name}-{words}") for name in names} == {expected["core_maximum"][factor][side]}
    assert (
        amount("post-secondary-education-in-canada-credential-of-one-or-two-years")
        == points["post_secondary_education_in_canada"]["one_or_two_years"]
    )
    assert (
        amount("post-secondary-education-in-canada-credential-three-years-or-longer")
        == points["post_secondary_education_in_canada"]["three_years_or_longer"]
    )
    assert amount("post-secondary-education-in-canada") == points["post_secondary_education_in_canada"]["maximum"]
    assert amount("french-language-skills") == points["french"]["maximum"]
    french = {name: int(value) for name, (value, _) in found.items() if name.startswith("scored-nclc-7")}
    assert sorted(french.values()) == [
        points["french"]["with_clb4_or_lower_english"],
        points["french"]["with_clb5_or_higher_english"],
    ]
    assert {int(value) for name, (value, _) in found.items() if name.startswith("brother-or-sister")} == {
        points["sibling_in_canada"]
    }
    assert amount("additional-points-maximum") == points["maximum"]
    assert amount("job-offers") == expected["job_offer_points"]["points"]
    assert amount("age-20-to-29-with-a-spouse-or-common-law-partner") == 100


@pytest.mark.parametrize("pattern", ["threshold:*provincial*nomination*", "threshold:*nomination*"])
def test_a_nomination_is_worth_the_same_wherever_it_stands(real: Path, pattern: str) -> None:
    found = real_values(real, "ircc-crs")

    matching = {value for name, (value, _) in found.items() if match_pattern(pattern, f"threshold:ircc-crs/{name}")}

    assert matching == {
        Decimal(expected_of(real, "ircc-crs")["additional_points"]["provincial_or_territorial_nomination"])
    }


def test_the_real_ranking_page_has_points_only(real: Path) -> None:
    assert {unit for _, unit in real_values(real, "ircc-crs").values()} == {"points"}


def test_the_real_selection_factors(real: Path) -> None:
    expected = expected_of(real, "ircc-fsw")
    maximum = expected["selection_factor_maximum"]
    found = real_values(real, "ircc-fsw")

    assert {
        name: int(found[name][0])
        for name in found
        if name
        in {
            "language-skills-maximum",
            "education-maximum",
            "skilled-work-experience-maximum",
            "age-maximum",
            "arranged-employment-in-canada-maximum",
            "adaptability-maximum",
        }
    } == {
        "language-skills-maximum": maximum["language"],
        "education-maximum": maximum["education"],
        "skilled-work-experience-maximum": maximum["skilled_work_experience"],
        "age-maximum": maximum["age"],
        "arranged-employment-in-canada-maximum": maximum["arranged_employment"],
        "adaptability-maximum": maximum["adaptability"],
    }
    assert found["pass-mark"] == (Decimal(expected["pass_mark"]), "points")
    assert found["continuous-work-hours"] == (Decimal(expected["work_hours_required"]), "hours")
    assert {value for value, unit in found.values() if unit == "hours"} == {Decimal(expected["work_hours_required"])}
    assert found["first-official-language-minimum-clb"] == (
        Decimal(re.sub(r"\D", "", expected["language_minimum"])),
        "CLB",
    )
    assert found["language-tests-validity"] == (Decimal(expected["language_test_validity_years"]), "years")
    assert found["valid-job-offer"] == (Decimal(expected["arranged_employment_points"]), "points")


def test_the_real_worker_stream(real: Path) -> None:
    expected = expected_of(real, "oinp-foreign-worker")
    days, employer, scoring = expected["deadlines_days"], expected["employer"], expected["scoring"]
    found = real_values(real, "oinp-foreign-worker")

    assert {
        "register-after-job-offer": (days["register_eoi_after_job_offer"], "days"),
        "employer-apply-after-invitation": (days["employer_after_invitation"], "days"),
        "applicant-apply-after-invitation": (days["applicant_after_invitation"], "days"),
        "job-hours-per-year": (expected["job_offer"]["full_time_hours_per_year"], "hours/year"),
        "full-time-and-permanent-hours-per-week": (expected["job_offer"]["full_time_hours_per_week"], "hours/week"),
        "cumulative-paid-full-time-work-experience": (expected["work_experience"]["years"], "years"),
        "work-experience-within-last": (expected["work_experience"]["within_years"], "years"),
        "paid-work-hours": (expected["work_experience"]["hours"], "hours"),
        "active-business": (employer["active_years"], "years"),
        "gross-annual-revenue-inside-greater-toronto-area": (employer["gross_annual_revenue_cad"]["gta"], "CAD"),
        "gross-annual-revenue-outside-greater-toronto-area": (
            employer["gross_annual_revenue_cad"]["outside_gta"],
            "CAD",
        ),
        "full-time-employees-inside-greater-toronto-area": (employer["full_time_employees"]["gta"], "people"),
        "full-time-employees-outside-greater-toronto-area": (employer["full_time_employees"]["outside_gta"], "people"),
        "job-offer-noc-teer-category-noc-teer-0-or-1": (scoring["teer_0_1"], "points"),
        "job-offer-noc-teer-category-noc-teer-2-or-3": (scoring["teer_2_3"], "points"),
        "job-offer-noc-broad-occupational-category-occupational-category-0-2-3": (
            scoring["occupational_category_0_2_3"],
            "points",
        ),
        "job-offer-wage-40-per-hour-or-higher": (scoring["wage_40_or_more"], "points"),
        "work-permit-status-with-valid-work-permit": (scoring["valid_work_permit"], "points"),
    }.items() <= found.items()


def test_the_real_wage_floors(real: Path) -> None:
    expected = expected_of(real, "esdc-gts-requirements")
    first, more = expected["category_a"]["wage_floor_first_two"], expected["category_a"]["wage_floor_additional"]
    found = {name: float(value) for name, (value, _) in real_values(real, "esdc-gts-requirements").items()}

    assert found["wage-floor-first-positions-per-hour"] == first["hourly"]
    assert found["wage-floor-first-positions-per-year"] == first["annual"]
    assert found["wage-floor-additional-positions-per-hour"] == more["hourly"]
    assert found["wage-floor-additional-positions-per-year"] == more["annual"]
    floors = {item["noc"]: item for item in expected["category_b"]["occupations"] if item["floor_hourly"]}
    named = {name: value for name, value in found.items() if re.match(r"\d{5}-minimum-wage", name)}
    assert named == {
        **{f"{code}-minimum-wage-requirement-per-hour": item["floor_hourly"] for code, item in floors.items()},
        **{
            f"{code}-minimum-wage-requirement-per-year": item["floor_annual_illustrative"]
            for code, item in floors.items()
        },
    }


def test_the_real_requirements_of_british_columbia(real: Path) -> None:
    expected = expected_of(real, "bcpnp-for-workers")
    found = real_values(real, "bcpnp-for-workers")

    assert found["apply-after-invitation"] == (Decimal(expected["deadlines"]["apply_after_invitation_days"]), "days")
    needs = expected["skilled_worker_requirements"]
    assert found["work-experience-skilled-worker-stream"] == (Decimal(needs["work_experience_years"]), "years")
    level = Decimal(re.sub(r"\D", "", needs["language"]))
    assert found["language-proficiency-skilled-worker-stream"] == (level, "CLB")


@pytest.mark.parametrize("source", ["bcpnp-invitations"])
def test_real_pages_without_thresholds(real: Path, source: str) -> None:
    [(_, page)] = real_pages(real, source)

    assert read_page(page).facts == ()
