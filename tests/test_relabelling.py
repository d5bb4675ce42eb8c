"""A row under another name, a slip of a date and reworded prose: one change each, not a thing gone and another come."""

import pytest
from test_mutations import follow

GRID = (
    "<h1>Comprehensive Ranking System</h1><h2>Age</h2><table><tr><th>Age</th><th>Points</th></tr>"
    "<tr><td>20 to 29 years of age</td><td>110</td></tr><tr><td>30 years of age</td><td>105</td></tr></table>"
)
FEES = "<h1>BC PNP</h1><h2>Fees</h2><ul><li>Application: $1,620</li><li>Request for review: $530</li></ul>"
ROUNDS = (
    "<h1>Invitations to apply</h1><h2>Skills Immigration</h2><table><tr><th>Date</th><th>ITA type</th>"
    "<th>Minimum score</th><th>Number of invitations</th></tr><tr><td rowspan=2>March 5, 2026</td><td>Care: Health</td>"
    "<td>N/A</td><td>182</td></tr><tr><td>Care: Childcare</td><td>101</td><td>&lt;5</td></tr></table>"
)


def page(main: str) -> str:
    return f'<!doctype html><html lang="en"><head><title>T</title></head><body><main>{main}</main></body></html>'


@pytest.mark.parametrize(
    ("source", "main", "old", "new", "kind", "labels"),
    [
        ("ircc-crs", GRID, "20 to 29", "20 to 28", "threshold.changed", ("age 20 to 29", "age 20 to 28")),
        ("bcpnp-for-workers", FEES, "Application:", "Online application:", "fee.changed", ("application", "online")),
    ],
)
def test_a_row_by_another_name_has_changed_its_label(
    source: str, main: str, old: str, new: str, kind: str, labels: tuple[str, str]
):
    (event,) = follow(source, page(main), page(main.replace(old, new)))
    assert event.old is not None
    assert event.new is not None
    assert (event.kind, event.changed, event.severity) == (kind, ("label",), "notice")
    assert event.old["label"] == labels[0]
    assert labels[1] in event.new["label"]


BANDS = (
    "<h1>Comprehensive Ranking System</h1><h2>Age</h2><table>"
    "<tr><th>Age</th><th>Points with a spouse</th><th>Points without a spouse</th></tr>"
    "<tr><td>18 years of age</td><td>90</td><td>99</td></tr><tr><td>20 to 29 years of age</td><td>100</td><td>110</td>"
    "</tr><tr><td>30 years of age</td><td>95</td><td>105</td></tr></table>"
)


def test_a_row_whose_figures_and_name_changed_at_once_is_one_change_a_column():
    other = BANDS.replace("20 to 29", "20 to 27").replace("<td>100</td><td>110", "<td>98</td><td>108")
    events = follow("ircc-crs", page(BANDS), page(other))
    assert [(event.kind, event.changed) for event in events] == [("threshold.changed", ("label", "amount"))] * 2


def test_a_date_in_a_merged_cell_amends_every_draw_of_it():
    events = follow("bcpnp-invitations", page(ROUNDS), page(ROUNDS.replace("March 5", "March 6")))
    assert [(event.kind, event.changed) for event in events] == [("draw.amended", ("date",))] * 2


def test_the_same_results_of_another_month_are_new_draws():
    later = ROUNDS.replace("March 5", "May 21")
    kinds = {event.kind for event in follow("bcpnp-invitations", page(ROUNDS), page(later))}
    assert "draw.new" in kinds
