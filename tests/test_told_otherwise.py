"""Sums at two times, what is taken out of a list, days that were moved, and streams told without a sentence."""

from datetime import date

import pytest
from reading import a_source, main_of
from test_restated import KEEP, told

from monitor.extractors.fees import Fees
from monitor.extractors.fees import read as read_fees
from monitor.extractors.modality import modality
from monitor.extractors.occupations import Occupations
from monitor.extractors.occupations import read as read_occupations
from monitor.extractors.streams import Streams
from monitor.extractors.streams import read as read_streams
from monitor.model import Fee, Modality, Occupation, Stream

DECEMBER = date(2031, 12, 1)
PERMIT = "<table><tr><th>Fee</th><th>$CAN</th></tr><tr><td>Permit</td><td>{}</td></tr></table>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>The application fee is $1,500 until November 30, 2031 and $1,650 from December 1, 2031.</p>",
            [("application", 1500, None), ("application", 1650, DECEMBER)],
        ),
        (
            "<p>The application fee is $1,500. On December 1, 2031, it will increase to $1,650.</p>",
            [("application", 1500, None), ("application", 1650, DECEMBER)],
        ),
        (
            PERMIT.format("155 (160 as of December 1, 2031)"),
            [("permit", 155, None), ("permit", 160, DECEMBER)],
        ),
        (
            PERMIT.format("160 (increased December 1, 2031)"),
            [("permit", 160, DECEMBER)],
        ),
        (
            "<p>Effective December 1, 2031, the review fee is $500 and the application fee is $1,650.</p>",
            [("review", 500, DECEMBER), ("application", 1650, DECEMBER)],
        ),
    ],
)
def test_each_sum_has_its_own_day(body: str, expected: list[tuple[str, int, date | None]]) -> None:
    facts = read_fees(main_of(f"<h2>Fees</h2>{body}"), a_source("s"), Fees(), frozenset()).facts
    found = [fact.value for fact in facts if isinstance(fact.value, Fee)]
    assert [(fee.label, fee.amount, fee.effective_on) for fee in found] == expected


@pytest.mark.parametrize(
    ("declared", "names"),
    [
        (Occupations(list="tech"), ["tech", "tech excluded"]),
        (Occupations(lists={"tech": "eligible"}), ["tech", "tech excluded"]),
    ],
)
def test_a_code_taken_out_of_a_list_is_not_on_it(declared: Occupations, names: list[str]) -> None:
    body = "<h2>Eligible occupations</h2><p>Occupations of NOC 21231 count, except NOC 21234.</p>"
    facts = read_occupations(main_of(body), a_source("s"), declared, frozenset()).facts
    found = [fact.value for fact in facts if isinstance(fact.value, Occupation)]
    assert [(one.list, one.code) for one in found] == list(zip(names, ["21231", "21234"], strict=True))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<table><tr><th>Stream</th><th>Status</th></tr><tr><td>Blue Path</td><td>Paused</td></tr></table>", "paused"),
        ("<table><tr><th>Stream</th><th>Status</th></tr><tr><td>Blue Path</td><td>Open</td></tr></table>", "open"),
        ("<ul><li>Blue Path stream: closed</li></ul>", "closed"),
        ("<p>The Blue Path stream does not accept applications.</p>", "paused"),
        ("<p>The Blue Path stream accepts applications.</p>", "open"),
        ("<table><tr><th>Stream</th><th>Notes</th></tr><tr><td>Blue Path</td><td>Open</td></tr></table>", None),
        ("<ul><li>Blue Path: open to graduates</li></ul>", None),
    ],
)
def test_the_status_of_a_stream_in_a_column_or_after_its_name(body: str, status: str | None) -> None:
    facts = read_streams(main_of(body), a_source("s"), Streams(streams=("Blue Path",)), frozenset()).facts
    assert [fact.value.status for fact in facts if isinstance(fact.value, Stream)] == ([status] if status else [])


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("You do not need a job offer.", Modality.MAY),
        ("Vous devez payer.", Modality.MUST),
        ("Vous ne devez pas payer.", Modality.MUST_NOT),
        ("Vous n'êtes pas tenu de payer.", Modality.MAY),
        ("Vous pouvez payer.", Modality.MAY),
        ("Vous devriez payer.", Modality.SHOULD),
        ("Vous n'êtes plus admissible.", Modality.MUST_NOT),
        ("Develop a device for pouring.", Modality.IS),
    ],
)
def test_how_binding(text: str, strength: Modality) -> None:
    assert modality(text) is strength


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Software engineers and designers (except web designers)", ["rule.changed"]),
        ("Software engineers and designers, only with five years of work", ["rule.changed"]),
        ("Software Engineers &amp; Designers", []),
        ("Software engineers, designers", []),
    ],
)
@pytest.mark.parametrize("shape", ["<ul>{}</ul>", "<table><tr><th>NOC</th><th>Occupation</th></tr>{}</table>"])
def test_a_title_that_takes_in_fewer_people_is_a_changed_rule(shape: str, title: str, kinds: list[str]) -> None:
    row = "<tr><td>{}</td><td>{}</td></tr>" if "table" in shape else "<li>{} {}</li>"
    rows = [(code, name) for code, name in (("21232", "Developers"), ("21231", "Software engineers and designers"))]
    pages = [
        "<h2>Global Talent occupations list (NOC)</h2>" + shape.format("".join(row.format(*one) for one in some)) + KEEP
        for some in (rows, [rows[0], ("21231", title)])
    ]
    assert [kind for kind, _ in told("esdc-gts-requirements", *pages)] == kinds
    assert [kind for kind, _ in told("esdc-gts-requirements", *reversed(pages))] == kinds


def test_a_day_that_was_moved_is_one_deadline() -> None:
    old = f"<p>The initiative runs until August 31, 2031.</p>{KEEP}"
    new = f"<p>The initiative has been extended from August 31, 2031 to October 7, 2031.</p>{KEEP}"
    assert ("deadline.changed", ("label", "date")) in told("esdc-gts-requirements", old, new)
    assert all(kind != "deadline.removed" for kind, _ in told("esdc-gts-requirements", old, new))
