"""What tables tell beside points and fees: levels, shares and lengths of time, funds by place, months, allocations."""

from decimal import Decimal

import pytest
from reading import a_source, main_of

from monitor.extractors.allocations import Allocations
from monitor.extractors.allocations import read as read_allocations
from monitor.extractors.deadlines import Deadlines
from monitor.extractors.deadlines import read as read_deadlines
from monitor.extractors.processing_times import ProcessingTimes
from monitor.extractors.processing_times import read as read_times
from monitor.extractors.thresholds import Thresholds
from monitor.extractors.thresholds import read as read_thresholds
from monitor.model import Allocation, Deadline, Page, ProcessingTime, Threshold


def page(heading: str, *rows: str, caption: str = "") -> Page:
    head, *body = rows
    cells = "".join(f"<tr><td>{'</td><td>'.join(row.split('|'))}</td></tr>" for row in body)
    titled = f"<caption>{caption}</caption>" if caption else ""
    names = f"<thead><tr><th>{'</th><th>'.join(head.split('|'))}</th></tr></thead>"
    return main_of(f"<h2>{heading}</h2><table>{titled}{names}<tbody>{cells}</tbody></table>")


def thresholds(read: Page) -> list[tuple[str, Decimal, str]]:
    facts = read_thresholds(read, a_source("s"), Thresholds(), frozenset()).facts
    return [
        (fact.value.label, fact.value.amount, fact.value.unit) for fact in facts if isinstance(fact.value, Threshold)
    ]


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (
            page("Language", "Job|Minimum level", "Manager|CLB 7", "Helper|CLB 4"),
            [("job Manager", 7, "CLB"), ("job Helper", 4, "CLB")],
        ),
        (
            page("Pathways", "Pathway|Minimum experience", "Skilled|6 months", "Essential|1 year"),
            [("pathway Skilled", 6, "months"), ("pathway Essential", 1, "years")],
        ),
        (
            page("Areas", "Area|Unemployment rate (%)", "North|6.4", "South|8"),
            [("area North", Decimal("6.4"), "percent"), ("area South", 8, "percent")],
        ),
        (
            page("Funds", "Family members|In a town|In a city", "1|$11,900|$13,450"),
            [("family members 1, in a town", 11900, "CAD"), ("family members 1, in a city", 13450, "CAD")],
        ),
        (
            page("Income you need", "Size|2031|2030", "2|$47,500|$44,600"),
            [("size 2, 2031", 47500, "CAD"), ("size 2, 2030", 44600, "CAD")],
        ),
        (page("Courses", "Level|Weeks of it", "CLB 7|6 weeks"), [("level CLB 7", 6, "weeks")]),
        (page("Grid", "Level|Years|Points", "CLB 7|2 years|12"), [("level CLB 7", 12, "points")]),
    ],
)
def test_columns_whose_cells_say_their_own_unit(read: Page, expected: list[tuple[str, Decimal, str]]) -> None:
    assert [(label.lower(), amount, unit) for label, amount, unit in thresholds(read)] == [
        (label.lower(), amount, unit) for label, amount, unit in expected
    ]


def test_a_cell_between_the_label_and_the_number_is_left_to_the_rules() -> None:
    read = page("Wages", "Region|Kind of place|Wage", "North|Large city|$34.00")
    (span,) = read_thresholds(read, a_source("s"), Thresholds(), frozenset()).used
    assert (span.row, span.start, span.end) == (0, len("North Large city "), len("North Large city $34.00"))


@pytest.mark.parametrize("names", ["September 2031|October 2031", "October 2031|September 2031"])
def test_of_columns_that_are_months_the_newest_is_the_time_now(names: str) -> None:
    values = "9|10" if names.startswith("September") else "10|9"
    read = page("Processing times", f"Stream|{names}", f"High-wage|{values}", caption="Average times (business days)")
    facts = read_times(read, a_source("s"), ProcessingTimes(), frozenset()).facts
    found = [fact.value for fact in facts if isinstance(fact.value, ProcessingTime)]
    assert [(time.label, time.high, time.unit) for time in found] == [("high-wage", 10, "business_days")]


def test_allocations_stand_in_tables_by_province_and_year() -> None:
    read = page("Nomination allocations", "Province|2030|2031", "Ontario|10,750|14,119", "Yukon|215|N/A")
    facts = read_allocations(read, a_source("s"), Allocations(), frozenset()).facts
    found = [fact.value for fact in facts if isinstance(fact.value, Allocation)]
    assert [(one.program, one.year, one.amount) for one in found] == [
        ("Ontario", 2030, 10750),
        ("Ontario", 2031, 14119),
        ("Yukon", 2030, 215),
    ]


def test_a_table_of_other_counts_is_no_allocation() -> None:
    read = page("Invitations in 2031", "Province|Invitations", "Ontario|10,750")
    assert read_allocations(read, a_source("s"), Allocations(), frozenset()).facts == ()


def test_a_caption_and_a_column_say_from_when_their_table_holds() -> None:
    read = page("Wages", "Region|Wage as of June 27, 2031", "North|$36", caption="List (effective March 3, 2031)")
    facts = read_deadlines(read, a_source("s"), Deadlines(), frozenset()).facts
    assert [(fact.value.label, str(fact.value.date)) for fact in facts if isinstance(fact.value, Deadline)] == [
        ("list", "2031-03-03"),
        ("wage", "2031-06-27"),
    ]
