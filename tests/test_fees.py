import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, page_of, real_pages

from monitor.extractors import extract
from monitor.extractors.extraction import Span
from monitor.extractors.fees import Fees, read
from monitor.extractors.rules import Rules
from monitor.model import Fact, Fee, Page

CASES = sorted(path for path in (DATA / "fees").iterdir() if not path.name.endswith(".facts.json"))


def facts_of(page: Page, declaration: Fees | None = None, source: str = "page") -> tuple[Fact, ...]:
    return read(page, a_source(source), declaration or Fees(), frozenset()).facts


def fee_of(fact: Fact) -> Fee:
    assert isinstance(fact.value, Fee)
    return fact.value


def fees_in(inner: str, declaration: Fees | None = None) -> list[tuple[str, str]]:
    return [(fee_of(fact).label, str(fee_of(fact).amount)) for fact in facts_of(main_of(inner), declaration)]


def plain(fact: Fact) -> dict[str, str | None]:
    fee = fee_of(fact)
    return {
        "key": fact.key,
        "label": fee.label,
        "amount": str(fee.amount),
        "currency": fee.currency,
        "effective_on": fee.effective_on.isoformat() if fee.effective_on else None,
        "quote": fact.quote,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_fees_of_a_made_up_page(case: Path) -> None:
    expected = json.loads(case.with_suffix(".facts.json").read_text())

    assert [plain(fact) for fact in facts_of(page_file(case))] == expected


@pytest.mark.parametrize(
    ("sentence", "fees"),
    [
        ("The application fee is $1,750 CAD.", [("application", "1750")]),
        ("There is no fee to register.", [("registration", "0")]),
        ("No fee is required to register an expression of interest.", [("registration", "0")]),
        ("You pay a fee of $500 CAD for a request for review.", [("request for review", "500")]),
        ("The fee to request a review is $500.", [("request for review", "500")]),
        ("Pay your $1,750 application fee.", [("application", "1750")]),
        ("It costs $1,750 to apply.", [("application", "1750")]),
        (
            "Biometrics cost $85 per person or $170 for a family.",
            [("biometrics per person", "85"), ("biometrics for family", "170")],
        ),
        (
            "The application fee is $1,500, or $2,000 if the job is in the capital.",
            [("application", "1500"), ("application if job is in capital", "2000")],
        ),
        ("The employer fee is $230.50 and the worker fee is $100.", [("employer", "230.50"), ("worker", "100")]),
        ("You need $14,690 in settlement funds and must pay an exam fee of $85.", [("exam", "85")]),
        ("The application fee rose from $1,475 to $1,750.", [("application", "1750")]),
    ],
)
def test_a_sentence_about_fees(sentence: str, fees: list[tuple[str, str]]) -> None:
    assert fees_in(f"<h1>Page</h1><p>{sentence}</p>") == fees


@pytest.mark.parametrize(
    "sentence",
    [
        "You must pay a wage of at least $38.46 per hour.",
        "A minimum wage of $70/hour and $145,000/year.",
        "The business needs $1,000,000 in total gross annual revenue.",
        "You must have a net worth of $600,000 and invest $200,000.",
        "The minimum penalty rises from $2,000 to $10,000.",
        "Physicians who receive payment under a fee-for-service model of $500.",
        "$40k or more earnings in a year.",
        "Forms are free.",
        "You are free to apply at any time.",
        "There is no fee refund.",
        "No application fee is stated.",
        "You must pay the application fee within 30 days.",
    ],
)
def test_a_sentence_without_a_fee(sentence: str) -> None:
    assert fees_in(f"<h1>Page</h1><h2>Costs and fees</h2><p>{sentence}</p>") == []


@pytest.mark.parametrize(
    ("rows", "fees"),
    [
        ("<tr><th>Factor</th><th>Points</th></tr><tr><td>Age fee</td><td>100</td></tr>", []),
        ("<tr><th>Family members</th><th>Funds required</th></tr><tr><td>1</td><td>$14,690</td></tr>", []),
        ("<tr><th>Occupation</th><th>Hourly wage</th></tr><tr><td>21232</td><td>$41.35</td></tr>", []),
        ("<tr><th>Step</th><th>Fee (CAD)</th></tr><tr><td>Apply</td><td>1,750</td></tr>", [("apply", "1750")]),
        (
            (
                "<tr><th>Criteria</th><th>Base</th><th>Regional</th></tr>"
                "<tr><td>Net worth</td><td>$600,000</td><td>$300,000</td></tr>"
                "<tr><td>Registration fee</td><td>$300</td><td>$250</td></tr>"
            ),
            [("registration base", "300"), ("registration regional", "250")],
        ),
        (
            (
                "<tr><th>Application</th><th>Processing fee</th><th>Right fee</th></tr>"
                "<tr><td>Adult</td><td>$530</td><td>$119.75</td></tr>"
            ),
            [("adult processing", "530"), ("adult right", "119.75")],
        ),
    ],
)
def test_a_table(rows: str, fees: list[tuple[str, str]]) -> None:
    assert fees_in(f"<h1>Page</h1><table>{rows}</table>") == fees


_PERMITS = "<tr><td>Work permit</td><td>155.00</td></tr><tr><td>eTA</td><td>7.00</td></tr>"
_FUNDS = "<tr><td>1 person</td><td>$14,690</td></tr><tr><td>2 persons</td><td>$18,288</td></tr>"


@pytest.mark.parametrize(
    "inner",
    [
        f"<h1>Fee list</h1><h2>Visitors</h2><table><tr><th>Visits</th><th>$CAN</th></tr>{_PERMITS}</table>",
        f"<h1>Fee list</h1><h2>Visitors</h2><table><tr><th>Visits</th><th>Amount</th></tr>{_PERMITS}</table>",
        f"<h1>Fee list</h1><h2>Visitors</h2><table><tr><th>Visits</th><th>CAD</th></tr>{_PERMITS}</table>",
        f"<h1>Fee list</h1><h2>Visitors</h2><table><tr><td>Visits</td><td>$CAN</td></tr>{_PERMITS}</table>",
        f"<h1>Fee list</h1><h2>Visitors</h2><h3>Short stays</h3><table>{_PERMITS}</table>",
        f"<h1>Fee list</h1><table>{_PERMITS}</table>",
        f"<h1>Visitors</h1><table><caption>Fees</caption>{_PERMITS}</table>",
        f"<h1>Visitors</h1><h2>Visits</h2><table><tr><th>Visits</th><th>$CAN</th></tr>{_PERMITS}</table>",
        f"<h1>Fee list</h1><h2>Visits of investors</h2><table><tr><th>A</th><th>From May 1</th></tr>{_PERMITS}</table>",
    ],
)
def test_a_table_is_about_fees_by_any_heading_above_it_or_by_its_columns(inner: str) -> None:
    assert fees_in(inner) == [("work permit", "155"), ("eta", "7")]


def test_a_row_may_speak_of_months_on_a_fee_page() -> None:
    rows = "<tr><td>Extend your stay by 6 months</td><td>100.00</td></tr>"
    assert fees_in(f"<h1>Fee list</h1><h2>Visits</h2><table>{rows}</table>") == [("extend stay by 6 months", "100")]


def test_a_table_is_about_fees_by_the_title_of_its_page() -> None:
    page = page_of(
        '<!doctype html><html lang="en"><head><title>Fee list</title></head><body><main>'
        f"<h2>Visitors</h2><h3>Visits</h3><table>{_PERMITS}</table></main></body></html>"
    )

    assert [fact.key for fact in facts_of(page)] == ["fee:page/work-permit", "fee:page/eta"]


@pytest.mark.parametrize(
    "table",
    [
        f"<h2>Money you need to bring</h2><table><tr><th>People</th><th>Amount</th></tr>{_FUNDS}</table>",
        f"<h2>Steps</h2><table><tr><th>Family members</th><th>$CAN</th></tr>{_FUNDS}</table>",
        f"<h2>Minimum amounts</h2><table><tr><th>People</th><th>$CAN</th></tr>{_FUNDS}</table>",
        f"<h2>Low-income cut-off</h2><table><tr><th>People</th><th>Amount</th></tr>{_FUNDS}</table>",
        f"<h2>Investments</h2><table><tr><th>People</th><th>Amount</th></tr>{_FUNDS}</table>",
        "<h2>Steps</h2><table><tr><th>Job</th><th>Wage ($CAN)</th></tr><tr><td>Cook</td><td>21.50</td></tr></table>",
        "<h2>Median hourly wages</h2><table><tr><td>Ontario</td><td>$28.39</td></tr></table>",
        "<h2>Steps</h2><table><caption>Wages</caption><tr><td>Ontario</td><td>$28.39</td></tr></table>",
        "<h2>Points</h2><table><tr><td>Age</td><td>12.50</td></tr></table>",
        "<h2>Steps</h2><table><tr><th>Factor</th><th>Points</th></tr><tr><td>Age</td><td>100</td></tr></table>",
        "<h2>Steps</h2><table><tr><td>Reading</td><td>30</td></tr></table>",
        "<h2>Steps</h2><table><tr><td>IELTS reading</td><td>7.00</td></tr></table>",
        "<h2>Steps</h2><table><tr><th>Type</th><th>Days</th></tr><tr><td>Visit</td><td>30.00</td></tr></table>",
    ],
)
def test_a_table_on_a_fee_page_about_wages_funds_points_or_times_gives_no_fee(table: str) -> None:
    assert fees_in(f"<h1>Fee list</h1>{table}") == []


def test_an_amount_is_spelled_one_way() -> None:
    table = "<table><tr><th>Step</th><th>Fee</th></tr><tr><td>Apply</td><td>{}</td></tr></table>"

    facts = [
        facts_of(main_of(table.format(text)))[0] for text in ("1,590.00", "$1,590", "CAD 1590", "1&nbsp;590&nbsp;$")
    ]

    assert [str(fee_of(fact).amount) for fact in facts] == ["1590"] * 4
    assert len({fact.value for fact in facts}) == 1


@pytest.mark.parametrize(
    ("sentence", "since"),
    [
        ("Effective April 30, 2026, the card fee is $50.", date(2026, 4, 30)),
        ("As of January 22, 2026 the card fee is $50.", date(2026, 1, 22)),
        ("The card fee increased to $50 on April 30, 2026.", date(2026, 4, 30)),
        ("The card fee is $50 (increased April 30, 2026).", date(2026, 4, 30)),
        ("The card fee is $50 if you applied before April 30, 2026.", None),
    ],
)
def test_from_when_an_amount_holds(sentence: str, since: date | None) -> None:
    assert [fee_of(fact).effective_on for fact in facts_of(main_of(f"<p>{sentence}</p>"))] == [since]


@pytest.mark.parametrize(
    ("inner", "fees"),
    [
        (
            "<p>The application fee is:</p><ul><li>$2,000 (CAD) if the job is in town</li><li>$1,500 if not</li></ul>",
            [("application if job is in town", "2000"), ("application if not", "1500")],
        ),
        ("<p>You must pay:</p><ul><li>$85 for fingerprints</li></ul>", [("fingerprints", "85")]),
        ("<h2>Fingerprints</h2><p>Fee: $85</p>", [("fingerprints", "85")]),
        ("<h2>Fees</h2><p>You must show:</p><ul><li>$9,000 in savings</li></ul>", []),
        ("<h2>Fees</h2><p>You need these settlement funds:</p><ul><li>$9,000 for one person</li></ul>", []),
    ],
)
def test_a_list_reads_with_the_words_that_open_it(inner: str, fees: list[tuple[str, str]]) -> None:
    assert fees_in(inner) == fees


def test_a_date_in_the_heading_above_holds_for_the_rows() -> None:
    page = main_of(
        "<h2>Fees (effective May 1, 2026)</h2>"
        "<table><tr><th>Step</th><th>Fee</th></tr><tr><td>Apply</td><td>$10</td></tr></table>"
    )

    assert [fee_of(fact).effective_on for fact in facts_of(page)] == [date(2026, 5, 1)]


def test_equal_labels_with_other_amounts_are_told_apart_by_their_heading() -> None:
    page = main_of(
        "<h2>Base</h2><p>The application fee is $10.</p><h2>Remote area</h2><p>The application fee is $20.</p>"
    )

    assert [fact.key for fact in facts_of(page)] == ["fee:page/application", "fee:page/application@remote-area"]


def test_a_repeated_amount_is_one_fee() -> None:
    page = main_of("<h2>Fees</h2><p>The application fee is $10.</p><h2>Steps</h2><p>Pay the $10 application fee.</p>")

    assert [fact.key for fact in facts_of(page)] == ["fee:page/application"]


def test_rows_of_two_sections_keep_their_keys_whether_or_not_they_agree() -> None:
    shape = (
        "<table><caption>Skilled</caption><tr><th>Fees</th><th>$CAN</th></tr><tr><td>Child</td><td>{}.00</td></tr></table>"
        "<table><caption>Family</caption><tr><th>Fees</th><th>$CAN</th></tr><tr><td>Child</td><td>90.00</td></tr></table>"
    )

    keys = [[fact.key for fact in facts_of(main_of(shape.format(amount)))] for amount in (90, 270)]

    assert keys[0] == keys[1] == ["fee:page/child@skilled", "fee:page/child@family"]


def test_declared_labels_name_what_the_words_do_not() -> None:
    declaration = Fees(labels={"nomination": "positions? requested"})

    assert fees_in("<p>You must pay $900 for each position requested.</p>", declaration) == [("nomination", "900")]


def test_only_declared_headings_and_nothing_ignored() -> None:
    inner = (
        "<h2>Ours</h2><p>The application fee is $10. The exam fee is $5.</p><h2>Theirs</h2><p>The visa fee is $90.</p>"
    )

    assert fees_in(inner, Fees(headings=("ours",), ignore=("exam",))) == [("application", "10")]


def test_a_declaration_that_is_no_regex_fails_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        Fees(ignore=("(",))


def test_the_amount_is_used_up_and_the_sentence_stays() -> None:
    page = main_of("<p>Read this. The application fee is $10 a piece.</p>")
    block = page.blocks[0]

    used = read(page, a_source(), Fees(), frozenset()).used

    assert [block.text[span.start : span.end] for span in used] == ["$10"]


def test_what_another_extractor_used_is_no_fee() -> None:
    page = main_of("<p>The application fee is $10.</p>")

    assert read(page, a_source(), Fees(), frozenset({Span(block=0)})).facts == ()


@pytest.mark.parametrize(
    "source", ["ircc-crs", "ircc-fsw", "esdc-gts", "oinp-foreign-worker", "oinp-updates-2024", "bcpnp-invitations"]
)
def test_real_pages_without_fees(real: Path, source: str) -> None:
    pages = [page for _, page in real_pages(real, source)]

    assert len(pages) == 1
    assert facts_of(pages[0]) == ()


def test_the_real_fees_of_british_columbia(real: Path) -> None:
    expected = json.loads((real / "expected" / "bcpnp-for-workers.json").read_text())["fees_cad"]
    [(_, page)] = real_pages(real, "bcpnp-for-workers")

    found = {fee_of(fact).label.replace(" ", "_"): fee_of(fact).amount for fact in facts_of(page)}

    assert found == {label: Decimal(amount) for label, amount in expected.items()}


def test_the_real_fee_of_the_global_talent_stream(real: Path) -> None:
    expected = json.loads((real / "expected" / "esdc-gts-requirements.json").read_text())["fee_cad_per_position"]
    [(_, page)] = real_pages(real, "esdc-gts-requirements")

    [fact] = facts_of(page)

    assert fee_of(fact).amount == Decimal(expected)
    assert "position" in fact.key
    assert fact.path[-1] == "Processing fee"


def test_an_edited_amount_of_a_real_page_changes_one_fee_and_no_rule(real: Path) -> None:
    body = (real / "bcpnp-for-workers" / "2026-04-27.html").read_text()
    assert body.count("$1,750") == 1
    source = a_source(fees=Fees(), rules=Rules())

    old, new = (
        {fact.key: fact for fact in extract(page_of(text), source).facts}
        for text in (body, body.replace("$1,750", "$1,900"))
    )

    assert old.keys() == new.keys()
    changed = [key for key in old if (old[key].compare or old[key].value) != (new[key].compare or new[key].value)]
    assert changed == ["fee:page/application"]
    assert fee_of(new[changed[0]]).amount == Decimal(1900)
