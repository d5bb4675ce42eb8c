"""The same thing told in another shape, with another value: one event, whatever words, table or columns it takes."""

import pytest
from test_mutations import follow

KEEP = "<p>You must keep copies of all documents.</p><ul><li>Read the guide.</li><li>Register online.</li></ul>"
DUES = (
    "<h2>Fees</h2><table><tr><th>Type</th><th>Fee</th></tr><tr><td>Application</td><td>$1,310</td></tr>"
    "<tr><td>Request for review</td><td>$480</td></tr></table>"
)
FUNDS = (
    "<table><tr><th>{0}</th><th>{1}</th></tr><tr><td>1</td><td>${2}</td></tr>"
    "<tr><td>2</td><td>$18,100</td></tr></table>"
)
BAND = "<tr><td colspan=2>Economic immigration</td></tr>"
BANDED = (
    f"<table><tr><th>Fee</th><th>$CAN</th></tr>{BAND}"
    "<tr><td>Processing fee</td><td>{}</td></tr><tr><td>Dependent child</td><td>255</td></tr></table>"
)

PORTAL = "From July 2, 2031, employers must submit job offers through the portal."
FLOORS = (
    "<table><tr><th>Branch</th><th>Job</th><th>Minimum hourly wage</th></tr><tr><td>Data</td><td>Analysts</td>"
    f"<td>{{}}</td></tr><tr><td>Design</td><td>Artists</td><td>$40.00</td></tr></table>{KEEP}"
)
PARTS = (
    "<h2>Fees</h2><table><tr><th>Fees</th><th>$CAN</th></tr><tr><td>Your application<br>Processing fee (${}) and right "
    f"of permanent residence fee ($590)</td><td>{{}}</td></tr><tr><td>Child</td><td>90.00</td></tr></table>{KEEP}"
)

CODED = (
    "<h2>Occupations list</h2><table><tr><th>NOC</th><th>Occupation</th><th>Wage</th></tr><tr><td>20012</td><td>"
    f"Managers</td><td>$42.10</td></tr><tr><td>{{}}</td><td>Engineers</td><td>$41.00</td></tr></table>{KEEP}"
)


def told(source: str, old: str, new: str) -> list[tuple[str, tuple[str, ...]]]:
    pages = (
        f'<html lang="en"><head><title>T</title></head><body><main><h1>BC PNP, OINP, Express Entry, Proof of funds,'
        f" Global Talent, Federal Skilled Worker, Comprehensive Ranking System</h1>{main}</main></body></html>"
        for main in (old, new)
    )
    return [(event.kind, event.changed) for event in follow(source, *pages)]


@pytest.mark.parametrize(
    ("source", "old", "new", "events"),
    [
        pytest.param(
            "bcpnp-for-workers",
            DUES + KEEP,
            f"<h2>Fees</h2><p>The application fee is $1,690. A request for review costs $480.</p>{KEEP}",
            [("fee.changed", ("amount",))],
            id="a table of fees told in prose",
        ),
        pytest.param(
            "bcpnp-for-workers",
            DUES + KEEP,
            DUES.replace("<th>Fee</th>", "<th>Current fee</th><th>Fee from September 1, 2026</th>")
            .replace("<td>$1,310</td>", "<td>$1,310</td><td>$1,690</td>")
            .replace("<td>$480</td>", "<td>$480</td><td>$500</td>")
            + KEEP,
            [("fee.scheduled", ("amount", "effective_on"))] * 2,
            id="a column of the fees to come",
        ),
        pytest.param(
            "bcpnp-for-workers",
            f"<h2>Processing times</h2><ul><li>Application: 3 months</li></ul>{KEEP}",
            f"<h2>Processing times</h2><ul><li>Application: about 4 to 5 months</li></ul>{KEEP}",
            [("processing_time.changed", ("low", "high"))],
            id="a time that has become a range",
        ),
        pytest.param(
            "ircc-proof-of-funds",
            FUNDS.format("Number of family members", "Funds required (in Canadian dollars)", "14,500"),
            FUNDS.format("Family members", "Funds you need as of July 7, 2025 (CAD)", "15,200"),
            [("deadline.changed", ()), ("threshold.changed", ("label", "amount")), ("threshold.changed", ("label",))],
            id="funds under columns of other names, with a day from which they hold",
        ),
        pytest.param(
            "ircc-cbs",
            f"<h2>Eligibility</h2><p>You need at least 8 months of continuous work experience in the last 3 years.</p>"
            f"{KEEP}",
            f"<h2>Eligibility</h2><p>You need at least 1 year of work experience (continuous or not) within the past 3"
            f" years.</p>{KEEP}",
            [("rule.changed", ("text",)), ("threshold.changed", ("label", "amount", "unit"))],
            id="months that have become a year",
        ),
        pytest.param(
            "oinp-workforce-priority",
            f"<h2>Scoring</h2><p>A selected applicant has at least 40 points.</p>{KEEP}",
            f"<h2>Scoring</h2><p>The minimum score to be selected is 45 points.</p>{KEEP}",
            [("rule.changed", ("text",)), ("threshold.changed", ("amount",))],
            id="a score in another sentence",
        ),
        pytest.param(
            "oinp-application",
            f"<h2>Deadlines</h2><p>You must submit your application within 12 calendar days of the invitation.</p>"
            f"{KEEP}",
            f"<h2>Deadlines</h2><p>You have 20 calendar days from the date of the invitation to submit your"
            f" application.</p>{KEEP}",
            [("rule.changed", ("text", "modality")), ("threshold.changed", ("amount",))],
            id="days to act in quite other words",
        ),
        pytest.param(
            "esdc-gts-requirements",
            f"<h2>Occupations</h2><p>Eligible codes: 21231, 21232 and 21220.</p>{KEEP}",
            f"<h2>Occupations</h2><p>Eligible codes: 21231, 21232, 21220 and 21311.</p>{KEEP}",
            [("occupation.added", ())],
            id="a code put at the end of a sentence",
        ),
        pytest.param(
            "ircc-fees",
            BANDED.format("1,480"),
            f"<h2>Economic immigration</h2>{BANDED.format('1,560').replace(BAND, '')}",
            [("fee.changed", ("amount",))],
            id="a band of a table that has become a heading",
        ),
        pytest.param(
            "esdc-gts-requirements",
            f"<p>{PORTAL}</p>{KEEP}",
            f"<p>{PORTAL.replace('must', 'may')}</p>{KEEP}",
            [("rule.changed", ("text", "modality"))],
            id="a day whose sentence binds otherwise",
        ),
        pytest.param(
            "esdc-gts-requirements",
            f"<p>Applicants must pay within 30 days of the invitation.</p>{KEEP}",
            f"<p>Employers must pay within 30 days of the invitation.</p>{KEEP}",
            [("rule.changed", ("text",))],
            id="days to act in for others",
        ),
        pytest.param(
            "esdc-gts-requirements",
            FLOORS.format("Prevailing wage"),
            FLOORS.format("$41.00"),
            [("threshold.added", ())],
            id="a sum in place of words",
        ),
        pytest.param(
            "esdc-gts-requirements",
            FLOORS.format("$41.00"),
            FLOORS.format("Prevailing wage"),
            [("threshold.removed", ())],
            id="words in place of a sum",
        ),
        pytest.param(
            "esdc-gts-requirements",
            FLOORS.format("$41.00"),
            FLOORS.format("$41.00").replace("Analysts", "Head analysts"),
            [("rule.changed", ("text",))],
            id="a cell between the label and the sum",
        ),
        pytest.param(
            "ircc-fees",
            f"<table><tr><th>Document</th><th>A</th></tr><tr><td>Passport</td><td>✓</td></tr></table>{KEEP}",
            f"<table><tr><th>Document</th><th>A</th></tr><tr><td>Passport</td><td>✗</td></tr></table>{KEEP}",
            [("rule.changed", ("text",))],
            id="a cross for a tick",
        ),
        pytest.param(
            "ircc-fees",
            f"<p>✓ Sign the form.</p><table><tr><td>Passport</td><td>✓</td></tr></table>{KEEP}",
            f"<p>Sign the form.</p><table><tr><td>Passport</td><td>✔</td></tr></table>{KEEP}",
            [],
            id="a tick of another shape, and none for a bullet",
        ),
        pytest.param(
            "esdc-gts-requirements",
            CODED.format("21231"),
            CODED.format("21231<br>21232"),
            [("occupation.added", ())],
            id="a code beside another in a row with a sum",
        ),
        pytest.param(
            "ircc-fees",
            PARTS.format(560, "1,150.00"),
            PARTS.format(565, "1,155.00"),
            [("fee.changed", ("amount",))],
            id="an amount and what it is made of",
        ),
        pytest.param(
            "ircc-fees",
            PARTS.format(560, "1,150.00"),
            PARTS.format(565, "1,150.00"),
            [("rule.changed", ("text",))],
            id="what an amount is made of alone",
        ),
        pytest.param(
            "bcpnp-for-workers",
            KEEP,
            KEEP.replace("Read the guide.", "Read the guide before you register."),
            [("rule.changed", ("text",))],
            id="a short item that goes on",
        ),
    ],
)
def test_one_event_whatever_the_shape(source: str, old: str, new: str, events: list[tuple[str, tuple[str, ...]]]):
    assert sorted(told(source, old, new)) == sorted(events)


TWICE = (
    "<h2>Adaptability</h2><table><tr><th>Adaptability</th><th>Points</th></tr>"
    "<tr><td><p>Your studies</p><p>You completed at least 2 academic years of full-time study.</p></td><td>5</td></tr>"
    "<tr><td><p>Your partner's studies</p><p>Your partner completed at least 2 academic years of full-time study.</p>"
    "</td><td>5</td></tr></table>"
)
ENDED = (
    "<p>We no longer give points for job offers</p><p>As of March 25, 2025, we're removing job offer points. This"
    " includes job offers:</p><ul><li>as a senior manager (200 points)</li><li>in any other occupation (50 points)</li>"
    "</ul>"
)


@pytest.mark.parametrize(
    ("source", "page", "was", "now", "events"),
    [
        pytest.param(
            "ircc-fsw",
            "<p>You must work at least 12 continuous months.</p>",
            "continuous",
            "cumulative",
            [("rule.changed", ("text",))],
            id="the kind of months",
        ),
        pytest.param(
            "ircc-fsw",
            "<p>You need at least 15 hours of classes per week.</p>",
            "classes",
            "lectures",
            [("rule.changed", ("text",))],
            id="what the hours are of",
        ),
        pytest.param(
            "ircc-fsw",
            "<p>You need at least 15 hours of classes per week.</p>",
            "15",
            "20",
            [("threshold.changed", ("amount",))],
            id="the number of hours",
        ),
        pytest.param(
            "ircc-fsw",
            TWICE,
            "You completed at least 2 academic years",
            "You completed at least 2 whole school years",
            [("rule.changed", ("text",))],
            id="a row whose number is no longer read, beside one of the same name",
        ),
        pytest.param(
            "ircc-crs", ENDED, "removing", "retiring", [("rule.changed", ("text",))], id="points that have ended still"
        ),
    ],
)
def test_words_beside_a_number_are_told_once(source: str, page: str, was: str, now: str, events: list[object]):
    assert told(source, page + KEEP, page.replace(was, now, 1) + KEEP) == events


def test_what_else_binds_in_a_sentence_is_a_rule_of_its_own():
    prose = (
        "<h2>Fees</h2><p>The application fee is $1,690 and must be paid by card.</p>"
        f"<p>A request for review costs $480.</p>{KEEP}"
    )
    assert sorted(told("bcpnp-for-workers", DUES + KEEP, prose)) == [("fee.changed", ("amount",)), ("rule.added", ())]


def test_the_lowest_score_that_was_invited_is_the_score_of_the_draw():
    before = "<h2>June</h2><h3>June 3, 2026</h3><h4>Form changes</h4><p>Applicants must use the new form.</p>"
    entry = (
        "<h3>June 10, 2026</h3><h4>PhD Graduate stream: candidates invited</h4><p>We issued targeted invitations to 37"
        " candidates under the PhD Graduate stream on June 10, 2026. The lowest score invited was 41.</p>"
    )
    pages = (
        f'<html lang="en"><head><title>T</title></head><body><main><h1>OINP updates</h1>{main}</main></body></html>'
        for main in (before, before.replace("<h3>", f"{entry}<h3>", 1))
    )
    (event,) = follow("oinp-updates-2026", *pages)
    assert event.new is not None
    assert (event.kind, event.new["invitations"], event.new["score"]) == ("draw.new", 37, 41)
