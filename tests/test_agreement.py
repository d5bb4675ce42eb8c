"""Official pages that state the same thing differently, where a guide or the configuration pairs them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from program import Answer, Program

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
CONFIG = """
[monitor]
database = "sqlite:///kept.db"

[[channel]]
name = "editors"
url = "console://"

[[source]]
id = "list"
publisher = "OINP"
title = "Tech list"
url = "https://example.org/list"
format = "html"
extract = ["occupations", "rules"]

[[source]]
id = "draws"
publisher = "OINP"
title = "Tech draws"
url = "https://example.org/draws"
format = "html"
extract = ["occupations", "rules"]

[[source]]
id = "fees-page"
publisher = "BC PNP"
url = "https://example.org/fees"
format = "html"
extract = ["fees", "rules"]

[[source]]
id = "guide-page"
publisher = "BC PNP"
url = "https://example.org/guide"
format = "html"
extract = ["fees", "rules"]
"""
PAIR = """
[[pair]]
name = "application-fee"
title = "BC PNP application fee"
facts = { "fees-page" = "fee:*application*", "guide-page" = "fee:*registration*" }
"""
GUIDE = """
id = "g"
title = "A guide"

[[assumption]]
id = "A1"
claim = "There are three tech occupations."
sources = ["list", "draws"]
expect = { fact = "occupation:*", count = 3 }

[[assumption]]
id = "A2"
claim = "The list names 21231."
sources = ["list"]
expect = { fact = "occupation:*", contains = ["21231"] }
"""
CODES = {"21211": "Data scientists", "21223": "Database analysts", "21231": "Software engineers", "21232": "Developers"}


def table(*codes: str) -> str:
    rows = "".join(f"<tr><td>{code}</td><td>{CODES[code]}</td></tr>" for code in codes)
    return (
        '<html lang="en"><head><title>Tech</title></head><body><main><h1>Tech occupations</h1>'
        "<p>You must work in one of these occupations.</p>"
        f"<table><tr><th>NOC code</th><th>Occupation</th></tr>{rows}</table></main></body></html>"
    )


def fees(label: str, amount: str) -> str:
    return (
        '<html lang="en"><head><title>Fees</title></head><body><main><h1>Fees</h1>'
        f"<table><tr><th>Fee</th><th>Amount</th></tr><tr><td>{label}</td><td>{amount}</td></tr>"
        "<tr><td>Review of a decision</td><td>$500</td></tr></table></main></body></html>"
    )


class Site:
    """Saved pages of the sources above, imported as a user would."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.folder, self.program = folder, program
        self.lines: list[dict[str, Any]] = []

    def configure(self, *more: str, guide: str | None = GUIDE) -> None:
        (self.folder / "sources.toml").write_text(CONFIG + "".join(more))
        (self.folder / "guides").mkdir(exist_ok=True)
        if guide:
            (self.folder / "guides" / "g.toml").write_text(guide)

    def add(self, source: str, hours: float, body: str, **more: Any) -> None:
        file = f"{len(self.lines)}.html"
        (self.folder / file).write_text(body)
        when = START + timedelta(hours=hours)
        self.lines.append({"source": source, "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}", "file": file, **more})

    def load(self, lines: Sequence[dict[str, Any]] | None = None, *options: str) -> Answer:
        manifest = self.folder / "manifest.jsonl"
        manifest.write_text("\n".join(map(json.dumps, self.lines if lines is None else lines)))
        return self.program("import", manifest, "--json", *options)

    def turns(self) -> list[dict[str, Any]]:
        found = self.program("history", "--kind", "source", "--json").json
        return list(reversed(found))


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path, Program(capsys, tmp_path / "kept.db", tmp_path / "sources.toml"))


ALL, THREE = tuple(CODES), tuple(CODES)[:3]


def test_a_disagreement_is_told_when_it_begins_and_when_it_ends(site: Site):
    site.configure()
    site.add("list", 0, table(*THREE))
    site.add("draws", 1, table(*THREE))
    site.add("list", 24, table(*ALL))
    site.add("list", 48, table(*ALL))
    site.add("draws", 72, table(*ALL))
    site.load(None, "--alerts")
    begun, ended = site.turns()
    assert (begun["kind"], begun["source"], begun["cause"]) == ("source.disagrees", "list", "content")
    assert begun["subject"] == "4 codes on Tech list, 3 codes on Tech draws"
    assert [side["only_here"] for side in begun["new"]["sides"]] == [["21232"], []]
    assert begun["evidence"]["quote_after"].startswith("21232")
    assert {one["assumption"] for one in begun["affects"]} == {"A1", "A2"}
    assert (ended["kind"], ended["source"], ended["old"]["code"]) == ("source.recovered", "draws", "disagrees")
    assert ended["old"]["event"] == begun["id"]
    told = [one["alert"] for one in site.program("alerts", "--json").json]
    assert len(told) == 3  # the new code with the disagreement, the same code there, that they agree


def test_pages_that_disagree_from_the_first_are_told(site: Site):
    site.configure()
    site.add("list", 0, table(*THREE))
    site.add("draws", 1, table(*ALL))
    site.add("draws", 30, table(*ALL))
    site.load()
    (begun,) = site.turns()
    assert (begun["kind"], begun["source"], begun["observed_at"]) == (
        "source.disagrees",
        "draws",
        "2026-05-04T10:00:00Z",
    )


def test_walls_and_removals_not_yet_believed_turn_nothing(site: Site):
    site.configure()
    site.add("list", 0, table(*ALL))
    site.add("draws", 1, table(*ALL))
    site.add("draws", 24, "<html><body>Sorry</body></html>", status=403)
    site.add("draws", 25, table(*THREE))
    site.add("draws", 26, table(*ALL))
    site.load()
    assert [event["kind"] for event in site.turns()] == ["source.blocked", "source.recovered"]


def test_a_declared_pair_compares_what_has_other_names(site: Site):
    site.configure(PAIR, guide=None)
    site.add("fees-page", 0, fees("Application fee", "$1,750"))
    site.add("guide-page", 0, fees("Registration", "$1,750"))
    site.add("fees-page", 24, fees("Application fee", "$1,900"))
    site.add("guide-page", 48, fees("Registration", "$1,900"))
    site.load()
    begun, ended = site.turns()
    assert begun["subject"].startswith("BC PNP application fee: ")
    assert "1,900" in begun["subject"] or "1900" in begun["subject"]
    assert [event["kind"] for event in (begun, ended)] == ["source.disagrees", "source.recovered"]


def test_pages_that_nobody_pairs_may_state_what_they_will(site: Site):
    site.configure(guide=None)
    site.add("list", 0, table(*THREE))
    site.add("draws", 1, table(*ALL))
    site.load()
    assert site.turns() == []


def test_any_order_and_split_and_reading_again_give_the_same(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    site.configure()
    for hours, mine, theirs in (
        (0, THREE, THREE),
        (24, ALL, THREE),
        (48, ALL, ALL),
        (72, ALL, THREE),
        (79, ALL, THREE),
    ):
        site.add("list", hours, table(*mine))
        site.add("draws", hours + 1, table(*theirs))
    site.add("draws", 90, table(*THREE))
    site.load()
    whole = [_said(event) for event in site.turns()]
    assert [event["kind"] for event in whole] == ["source.disagrees", "source.recovered", "source.disagrees"]
    site.program("reextract")
    assert [_said(event) for event in site.turns()] == whole
    for seed in range(2):
        lines = Random(seed).sample(site.lines, len(site.lines))  # noqa: S311 - an order, no secret
        again = Site(tmp_path, Program(capsys, tmp_path / f"kept{seed}.db", tmp_path / "sources.toml"))
        again.load(lines[:5])
        again.load(lines[5:])
        assert [_said(event) for event in again.turns()] == whole


def _said(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in {"cause", "affects"}}


@pytest.mark.parametrize(
    ("pair", "code", "words"),
    [
        ('name = "p"\nfact = "fee:*"\nsources = ["list", "nowhere"]', "unknown_source", '"nowhere"'),
        ('name = "p"\nfact = "fee:*"\nsources = ["list"]', "missing_key", "at least two pages"),
        ('name = "p"\nsources = ["list", "draws"]', "missing_key", '"sources" needs "fact"'),
        ('name = "p"\nfacts = { list = "fee:*", draws = "deadline:*" }', "bad_value", "cannot be compared"),
        ('name = "p"\nfacts = { list = "fee:*", drawz = "fee:*" }', "unknown_source", '"drawz"'),
        ('name = "p"\nfact = "fees:*"\nsources = ["list", "draws"]', "bad_value", "fees"),
        ('name = "p"\nwith = 3\nfact = "fee:*"\nsources = ["list", "draws"]', "unknown_key", "with"),
    ],
)
def test_what_cannot_be_compared_is_a_problem(site: Site, pair: str, code: str, words: str):
    site.configure(f"\n[[pair]]\n{pair}\n", guide=None)
    answer = site.program("lint", "--json")
    (problem,) = answer.json
    assert (answer.code, problem["code"]) == (2, code) or problem["code"] == code
    assert words in problem["message"]
    assert problem["line"] >= 39
