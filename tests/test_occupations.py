import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.extractors import extract
from monitor.extractors.declarations import OccupationColumns
from monitor.extractors.occupations import Occupations, read
from monitor.extractors.rules import Rules
from monitor.model import Fact, FactKind, Occupation, Page, Rule, value_to_plain

CASES = sorted((DATA / "occupations").glob("*.html"))


def facts_of(page: Page, declaration: Occupations | None = None) -> tuple[Fact, ...]:
    return read(page, a_source(), declaration or Occupations(), frozenset()).facts


def occupation_of(fact: Fact) -> Occupation:
    assert isinstance(fact.value, Occupation)
    return fact.value


def codes_in(inner: str, declaration: Occupations | None = None) -> list[str]:
    return [occupation_of(fact).code for fact in facts_of(main_of(inner), declaration)]


def lists_in(inner: str, declaration: Occupations | None = None) -> set[str]:
    return {occupation_of(fact).list for fact in facts_of(main_of(inner), declaration)}


def rules_left(inner: str) -> list[str]:
    source = a_source(occupations=Occupations(), rules=Rules())
    facts = extract(main_of(inner), source).facts
    return [fact.value.text for fact in facts if isinstance(fact.value, Rule)]


def a_table(*rows: str) -> str:
    """A table of rows written as "a | b"; the first is its header."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in row.split("|")) + "</tr>"
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    ]
    return f"<table>{''.join(lines)}</table>"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_occupations_of_a_made_up_page(case: Path) -> None:
    expected = json.loads(case.with_suffix(".facts.json").read_text())

    assert [{"key": fact.key, **value_to_plain(fact.value)} for fact in facts_of(page_file(case))] == expected


@pytest.mark.parametrize(
    ("line", "code", "title"),
    [
        ("NOC 21231 Software engineers and designers", "21231", "Software engineers and designers"),
        ("NOC 21231 – Software engineers and designers", "21231", "Software engineers and designers"),
        ("NOC code 21231: Software engineers", "21231", "Software engineers"),
        ("21231 - Software engineers", "21231", "Software engineers"),
        ("Software engineers (NOC 21231)", "21231", "Software engineers"),
        ("Software engineers (NOC code 21231) *", "21231", "Software engineers"),
        ("Early educators only (NOC 42202)*", "42202", "Early educators"),
        ("Other engineers, n.e.c. (NOC 21399)", "21399", "Other engineers, n.e.c."),
        ("NOC 00015 Senior managers", "00015", "Senior managers"),
        (
            "Computer engineers (except software engineers) – 21311",
            "21311",
            "Computer engineers (except software engineers)",
        ),
        ("Web designers | NOC 2021: 21233", "21233", "Web designers"),
    ],
)
def test_a_bullet_is_one_occupation_in_any_order(line: str, code: str, title: str) -> None:
    [fact] = facts_of(main_of(f"<h2>Eligible occupations</h2><ul><li>{line}</li></ul>"))

    assert (occupation_of(fact).code, occupation_of(fact).title) == (code, title)
    assert occupation_of(fact).teer == int(code[1])


@pytest.mark.parametrize(
    ("sentence", "codes"),
    [
        ("You need experience in NOC 21231, 21232 or 21233.", ["21231", "21232", "21233"]),
        ("NOCs 21231 (engineers), 21232 (developers) and 21234 count.", ["21231", "21232", "21234"]),
        ("Work under NOC 31102 – General practitioners and family physicians must be listed.", ["31102"]),
        ("We invited candidates in NOC code 42202 on May 6.", ["42202"]),
        ("The National Occupational Classification (NOC) code 62020 is out.", ["62020"]),
        ("NOC 21231 and 10500 candidates", ["21231"]),
        ("Managers were NOC 0213 in the NOC 2016.", ["0213"]),
    ],
)
def test_prose_names_its_codes(sentence: str, codes: list[str]) -> None:
    assert codes_in(f"<p>{sentence}</p>") == codes


@pytest.mark.parametrize(
    "sentence",
    [
        "Since 2021 the NOC 2021 has replaced the NOC 2016.",
        "Send it to 12345 Main Street, Seattle 95101, or V5H 0A1.",
        "The NOC has 21231 words, the draw had 10500 candidates.",
        "It costs $21,231 or $21231, of which 10% on 2024-10-30.",
        "Call 1-800-555-21231 or 604 555 0142 about form IMM 01234.",
        "NOC 26231 and NOC 99999 are no codes; the CRS score was 50120.",
    ],
)
def test_other_numbers_are_no_codes(sentence: str) -> None:
    assert codes_in(f"<h2>Eligible occupations</h2><p>{sentence}</p><ul><li>{sentence}</li></ul>") == []


@given(st.text(alphabet=st.sampled_from("0123456789 ,.-$()/%&abcNt"), max_size=60))
def test_no_code_on_a_page_that_never_says_noc(text: str) -> None:
    words = text.replace("&", "&amp;")
    table = f"<table><tr><th>City</th><th>Postal code</th></tr><tr><td>A</td><td>{words}</td></tr></table>"

    assert codes_in(f"<h1>Offices</h1><p>{words}</p><ul><li>{words}</li></ul>{table}") == []


@given(st.integers(0, 99_999).map(lambda number: f"{number:05}"))
def test_a_code_column_takes_what_has_a_teer(code: str) -> None:
    row = f"<tr><th>NOC code</th><th>Occupation</th></tr><tr><td>{code}</td><td>Makers of things</td></tr>"

    assert codes_in(f"<table>{row}</table>") == ([code] if int(code[1]) <= 5 else [])


def test_columns_of_other_names_need_no_python() -> None:
    table = a_table("Beruf | Nummer | Gruppe", "Welders | 72106 | Build")
    declaration = Occupations(columns=OccupationColumns(code="nummer", title="beruf", list="gruppe"))

    [fact] = facts_of(main_of(table), declaration)

    assert codes_in(table) == []
    assert fact.key == "occupation:page/build-72106"
    assert occupation_of(fact).title == "Welders"


def test_lists_are_named_by_the_declaration_first() -> None:
    page = (
        "<h2>Science and technology (STEM) occupations</h2><ul><li>NOC 21220 Guards</li></ul>"
        "<h2>Others</h2><p>NOC 72106</p>"
    )

    assert lists_in(page) == {"science and technology (STEM) occupations", "others"}
    assert lists_in(page, Occupations(list="all")) == {"all"}
    assert lists_in(page, Occupations(lists={"stem": r"\bstem\b"})) == {"stem", "others"}
    assert codes_in(page, Occupations(headings=("STEM",))) == ["21220"]
    assert codes_in(page, Occupations(ignore=("Guards",))) == ["72106"]


def test_a_new_edition_is_the_same_list() -> None:
    first, second = (
        [fact.key for fact in facts_of(main_of(f"<h2>{heading}</h2><ul><li>NOC 21220 Guards</li></ul>"))]
        for heading in ("Tech list (updated December 2022)", "Tech list (updated March 2026)")
    )

    assert first == second == ["occupation:page/tech-list-21220"]


def test_excluded_occupations_are_a_list_of_their_own() -> None:
    page = (
        "<h2>Care</h2><p>These are eligible:</p><ul><li>NOC 31102</li></ul>"
        "<p>Not eligible:</p><ul><li>NOC 31103</li></ul>"
    )

    assert [fact.key for fact in facts_of(main_of(page))] == [
        "occupation:page/care-31102",
        "occupation:page/care-excluded-31103",
    ]


def test_a_wrong_pattern_fails_when_it_is_loaded() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        Occupations(columns=OccupationColumns(code="("))


def test_rules_keep_what_rows_and_items_say_beyond_codes() -> None:
    table = a_table("NOC | Occupation", "72106 | Welders", "72310 | Carpenters *Helpers must be excluded.")
    items = "<ul><li>NOC 73110 Roofers</li><li>Glaziers (NOC 73111), who must hold a licence</li></ul>"

    left = rules_left(f"<h2>List</h2>{table}{items}")

    assert not any("Welders" in text or "Roofers" in text for text in left)
    assert any("Helpers must be excluded" in text for text in left)
    assert any("who must hold a licence" in text for text in left)


def test_a_code_in_prose_changes_no_rule() -> None:
    source = a_source(occupations=Occupations(), rules=Rules())
    texts = ["<p>Workers in NOC 72106 must hold a licence.</p>", "<p>Workers in NOC 72310 must hold a licence.</p>"]
    rules = [[f for f in extract(main_of(text), source).facts if f.kind is FactKind.RULE] for text in texts]

    assert rules[0][0].compare == rules[1][0].compare


def test_the_real_talent_list(real: Path) -> None:
    expected = json.loads((real / "expected" / "esdc-gts-requirements.json").read_text())["category_b"]
    [(_, page)] = real_pages(real, "esdc-gts-requirements")

    found = [occupation_of(fact) for fact in facts_of(page)]

    assert {item.code for item in found} == {item["noc"] for item in expected["occupations"]}
    assert len(found) == expected["occupation_count"]
    assert {item.list for item in found} == {"global talent occupations list"}
    assert all(item.title and "*" not in item.title and item.teer == int(item.code[1]) for item in found)
    titles = {item.code: item.title for item in found}
    assert titles["21231"] == "Software engineers and designers"
    assert titles["21211"] == "Data scientists"
    assert titles["21210"] == "Mathematicians and statisticians"
    assert titles["52120"] == "Digital media designers"


@pytest.mark.parametrize("source", ["ircc-crs", "ircc-fsw", "oinp-foreign-worker", "bcpnp-for-workers", "esdc-gts"])
def test_real_pages_without_codes(real: Path, source: str) -> None:
    [(_, page)] = real_pages(real, source)

    assert facts_of(page) == ()


def test_every_real_code_of_a_year_of_draws(real: Path) -> None:
    draws = json.loads((real / "expected" / "oinp-updates-2024.json").read_text())["draws"]
    [(_, page)] = real_pages(real, "oinp-updates-2024")

    found = {occupation_of(fact).code for fact in facts_of(page)}

    assert {code for draw in draws for code in draw["noc_codes"]} <= found
    assert all(len(code) == 5 and code[1] in "012345" for code in found)
