"""Each kind of mistake that ``stilltrue lint`` knows, made in a folder of good files and found by its line."""

from pathlib import Path

import pytest
from msgspec import Struct
from program import Answer
from world import World, fee_page, make_world

SOURCES = """\
[monitor]
database = "sqlite:///w.db"

[[channel]]
name = "editors"
url = "${EDITORS_URL}"
quiet_hours = { from = "22:00", to = "07:00", timezone = "America/Vancouver" }

[[source]]
id = "fees"
publisher = "Office"
url = "https://office.example/fees"
format = "html"
schedule = "0 7-17 * * mon-fri"
timezone = "America/Vancouver"
scope = { keep = ["main"] }
extract = ["fees", "thresholds", "streams", "rules"]
guards = { min_facts = { fee = 1 }, language = "en" }
"""
GUIDE = """\
id = "it"
title = "IT"
text = "it.md"
review_every = "90d"

[[assumption]]
id = "A"
claim = "Applying costs 1,475 dollars."
quote = "costs 1,475"
sources = ["fees"]
expect = { fact = "fee:application", equals = 1475 }
watch = { sources = ["fees"], kinds = ["rule"], words = ["offer"] }
max_age = "30d"
severity = "urgent"

[[assumption]]
id = "B"
claim = "The permit runs out."
date = 2027-03-01
remind = ["90d", "7d"]
"""
TEXT = "# Fees\n\nApplying **costs 1,475** dollars.\n\nA review is extra.\n\nA review takes months.\n"
FEE = 'expect = { fact = "fee:application", equals = 1475 }'


class Folder(Struct, frozen=True):
    """The good files, to be spoilt one at a time."""

    world: World

    def lint(self, *, sources: str = SOURCES, guide: str = GUIDE, text: str | None = TEXT) -> Answer:
        folder = self.world.folder
        (folder / "guides").mkdir(exist_ok=True)
        (folder / "sources.toml").write_text(sources, encoding="utf-8")
        (folder / "guides" / "it.toml").write_text(guide, encoding="utf-8")
        if text is not None:
            (folder / "guides" / "it.md").write_text(text, encoding="utf-8")
        return self.world.stilltrue("lint", "--json")


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    return Folder(make_world(tmp_path, capsys))


GUIDE_MISTAKES = [
    ("quote of the wrong type", 'quote = "costs 1,475"', "quote = 1475", "bad_value", '"quote" must be text in quotes'),
    ("unknown key", 'severity = "urgent"', 'severty = "urgent"', "unknown_key", 'did you mean "severity"'),
    ("unknown comparison", FEE, FEE.replace("equals", "equls"), "unknown_key", 'did you mean "equals"'),
    ("no comparison", FEE, 'expect = { fact = "fee:application" }', "bad_value", "needs one comparison"),
    ("two comparisons", FEE, FEE.replace("= 1475", "= 1475, at_most = 2"), "bad_value", "equals and at_most"),
    ("neither fact nor phrase", FEE, "expect = { equals = 1475 }", "bad_value", 'either "fact" or "phrase"'),
    ("unknown kind of fact", FEE, FEE.replace("fee:", "fees:"), "bad_value", 'did you mean "fee"'),
    ("pattern without a kind", FEE, FEE.replace("fee:application", "*"), "bad_value", "write kind:words"),
    ("pattern with a space", FEE, FEE.replace("fee:appl", "fee:an appl"), "never_fits", "has a space in it"),
    ("filter on no field", FEE, FEE.replace(", eq", ", where = { score = 1 }, eq"), "unknown_key", 'no field "score"'),
    ("amount that is none", FEE, FEE.replace("1475", '"many"'), "bad_value", "'many' cannot be compared"),
    ("amount below zero", FEE, FEE.replace("1475", "-1475"), "never_fits", "is below zero"),
    ("between of one", FEE, FEE.replace("equals = 1475", "between = [5]"), "bad_value", "takes at least 2 in its list"),
    ("count below zero", FEE, FEE.replace("equals = 1475", "count = -1"), "bad_value", "must be at least 0, found -1"),
    ("between reversed", FEE, FEE.replace("equals = 1475", "between = [5, 3]"), "bad_value", "swap the two"),
    ("count that is none", FEE, FEE.replace("equals = 1475", 'count = "two"'), "bad_value", "a whole number"),
    ("status of a fee", FEE, FEE.replace("equals = 1475", 'status = "open"'), "bad_value", "a fee has none"),
    (
        "newest of the undated",
        FEE,
        'expect = { fact = "rule:*", newest_within = "30d" }',
        "never_fits",
        "no date of its own",
    ),
    ("bad duration", 'max_age = "30d"', 'max_age = "a month"', "bad_value", "is no duration"),
    ("duration without a unit", 'max_age = "30d"', "max_age = 30", "bad_value", "is no duration"),
    ("bad review time", 'review_every = "90d"', 'review_every = "quarterly"', "bad_value", "is no duration"),
    ("unknown severity", 'severity = "urgent"', 'severity = "high"', "bad_value", "one of: info, notice, urgent"),
    ("unknown source", 'sources = ["fees"]\nexpect', 'sources = ["fes"]\nexpect', "unknown_source", "did you mean"),
    ("unknown watched source", 'watch = { sources = ["fees"]', 'watch = { sources = ["fes"]', "unknown_source", "fes"),
    ("unknown event kind", 'kinds = ["rule"]', 'kinds = ["ruls"]', "bad_value", 'did you mean "rule"'),
    ("unknown key in watch", "words = [", "word = [", "unknown_key", 'did you mean "words"'),
    ("quote not in the text", 'quote = "costs 1,475"', 'quote = "costs 1,750"', "quote_not_found", "is not in it.md"),
    ("quote found twice", 'quote = "costs 1,475"', 'quote = "A review"', "quote_ambiguous", "stands on lines 5, 7"),
    ("date in words", "date = 2027-03-01", 'date = "March 1"', "bad_value", "a date such as 2027-03-01"),
    ("date of another form", "date = 2027-03-01", 'date = "01/03/2027"', "bad_value", "a date such as 2027-03-01"),
    ("date long past", "date = 2027-03-01", "date = 2019-03-01", "date_past", "is past"),
    ("remind without a date", "date = 2027-03-01\nremind", "remind", "missing_key", '"remind" needs "date"'),
    ("text that is not there", 'text = "it.md"', 'text = "nowhere.md"', "missing_file", "cannot be read"),
    ("text outside the folder", 'text = "it.md"', 'text = "../../../etc/hostname"', "outside_folder", "outside"),
    ("duplicate assumption", 'id = "B"', 'id = "A"', "duplicate_id", "stands already on line 6"),
    ("id with a space", 'id = "B"', 'id = "B 2"', "bad_value", "is no id"),
    ("kind the page is not read for", FEE, FEE.replace("fee:", "draw:"), "fact_not_read", "kind draw"),
    ("not TOML", 'max_age = "30d"', "max_age = ", "toml_syntax", "is not valid TOML"),
]


def line_of(text: str, written: str) -> int:
    """The line on which the words under trial end where they begin: that of their key."""
    return text[: text.index(written)].count("\n") + 1


def test_the_good_files_have_no_finding(folder: Folder) -> None:
    answer = folder.lint()
    assert (answer.code, answer.json) == (0, [])


@pytest.mark.parametrize(
    ("good", "bad", "code", "words"), [case[1:] for case in GUIDE_MISTAKES], ids=[case[0] for case in GUIDE_MISTAKES]
)
def test_a_mistake_in_a_guide_is_found_on_its_line(folder: Folder, good: str, bad: str, code: str, words: str) -> None:
    assert GUIDE.count(good) == 1
    answer = folder.lint(guide=GUIDE.replace(good, bad))
    assert answer.code == 1
    finding = answer.json[0]
    assert {(other["file"], other["line"]) for other in answer.json} == {(finding["file"], finding["line"])}
    assert (finding["file"], finding["code"]) == (str(folder.world.folder / "guides" / "it.toml"), code)
    assert finding["line"] == line_of(GUIDE, good)
    assert words in finding["message"]


SOURCE_MISTAKES = [
    ("bad cron line", '"0 7-17 * * mon-fri"', '"0 25 * * *"', "25"),
    ("unknown zone", 'timezone = "America/Vancouver"\nscope', 'timezone = "America/Vancover"\nscope', "did you mean"),
    ("unknown extractor", '"fees", "thresholds"', '"fee", "thresholds"', 'did you mean "fees"'),
    ("address of no web", "https://office.example/fees", "office.example/fees", "is no web address"),
    ("unknown format", 'format = "html"', 'format = "htm"', 'did you mean "html"'),
    ("unknown kind guarded", "min_facts = { fee", "min_facts = { fees", "fee"),
    ("time of no clock", 'from = "22:00"', 'from = "22h"', "is no time of day"),
    ("missing publisher", 'publisher = "Office"\n', "", '"publisher" is missing'),
]


@pytest.mark.parametrize(
    ("good", "bad", "words"), [case[1:] for case in SOURCE_MISTAKES], ids=[case[0] for case in SOURCE_MISTAKES]
)
def test_a_mistake_in_the_sources_is_found_on_its_line(folder: Folder, good: str, bad: str, words: str) -> None:
    answer = folder.lint(sources=SOURCES.replace(good, bad))
    (finding,) = answer.json
    assert finding["file"] == str(folder.world.folder / "sources.toml")
    at = "[[source]]" if bad == "" else good
    assert finding["line"] == line_of(SOURCES, at)
    assert words in finding["message"]


def test_two_guides_of_one_id_name_each_other(folder: Folder) -> None:
    (folder.world.folder / "guides").mkdir()
    (folder.world.folder / "guides" / "more.toml").write_text('id = "it"\ntitle = "More"\n', encoding="utf-8")
    (finding,) = folder.lint().json
    assert (finding["code"], finding["line"]) == ("duplicate_id", 1)
    assert Path(finding["file"]).name == "more.toml"


def test_every_mistake_is_told_at_once(folder: Folder) -> None:
    spoilt = GUIDE
    for good, bad in (('max_age = "30d"', "max_age = 30"), ("equals", "equls"), ('kinds = ["rule"]', 'kinds = ["x"]')):
        spoilt = spoilt.replace(good, bad)
    answer = folder.lint(guide=spoilt, sources=SOURCES.replace('"html"', '"htm"'))
    assert len(answer.json) >= 4
    assert answer.code == 1


def test_a_pattern_that_fits_no_known_fact_is_told_with_the_nearest(folder: Folder) -> None:
    spoilt = GUIDE.replace("fee:application", "fee:applicaton-fee")
    assert folder.lint(guide=spoilt).json == []
    folder.world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    (finding,) = folder.lint(guide=spoilt).json
    assert (finding["code"], finding["line"]) == ("fact_not_found", line_of(GUIDE, FEE))
    assert "nearest: fee:application" in finding["message"]
    absent = spoilt.replace("equals = 1475", "present = false")
    assert folder.lint(guide=absent).json == []
    assert folder.lint().json == []
