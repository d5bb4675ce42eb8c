"""Every problem in one report: no faulty item, key or file hides what else is wrong, and none is blamed twice."""

import random
from itertools import combinations
from pathlib import Path

import pytest
from configfiles import EXTRACTORS, NOW
from msgspec import Struct

from monitor.config import lint_config, load_config
from monitor.errors import ConfigError

FILES = {
    "sources.toml": """\
[monitor]
database = "sqlite:///x.db"
contact = "you@example.org"
listen = "127.0.0.1:9464"

[fetch]
pause = 1.0
retries = 3

[confirm]
reads = 3

[[channel]]
name = "editors"
url = "json://localhost"
guides = ["it", "other"]
publishers = ["IRCC"]
kinds = ["draw", "fee.changed"]
min_severity = "notice"
digest = "0 8 * * mon"
quiet_hours = { from = "22:00", to = "07:00", timezone = "America/Vancouver" }

[[channel]] # second
name = "second"
url = "syslog://"
timezone = "America/Toronto"

[[source]]
id = "one"
publisher = "IRCC"
url = "https://www.example.org/one.html"
format = "html" # one
schedule = "0 6 * * *"
scope = { keep = ["main"], drop = [".alert"] }
guards = { min_facts = { draw = 3 }, language = "en" }
extract = ["draws", "rules"]
draws = { rows = 2, columns = [
  { pattern = "a" },
  { pattern = "b" },
] }

[[source]]
id = "spare"
publisher = "IRCC"
url = "https://www.example.org/spare.html"
format = "json"
timezone = "America/Toronto"
every = "6h"
timeout = 30
scope = { drop = ["rounds.*.text"] }
extract = ["rules"]
rules = { }

[[source]]
id = "yearly-{year}"
publisher = "OINP"
url = "https://www.example.org/{year}.html"
format = "html"
years = [2025]
marker = "p.stamp"
enabled = true
extract = ["draws"]
confirm = { reads = 2 }
""",
    "guides/it.toml": """\
id = "it"
title = "IT workers"
text = "it.md"
review_every = "90d"

[[assumption]] # A1
id = "A1"
claim = "A nomination adds 600 points."
quote = "adds 600"
sources = ["one"]
severity = "urgent"
max_age = "30d"
watch = { sources = ["one"], kinds = ["rule"] }
[assumption.expect]
fact = "draw:*"
where = { category = "stem" }
equals = 600

[[assumption]] # A2
id = "A2"
claim = "Scores stay between 400 and 500."
sources = [
  "one",
  "yearly-{year}",
]
expect = { fact = "draw:*", between = [400, 500] }

[[assumption]] # A3
id = "A3"
claim = "The list is closed."
sources = ["one"]
date = 2027-03-01
remind = ["90d"]
expect = { fact = "rule:*", present = true }
""",
    "guides/other.toml": """\
id = "other"
title = "Another"

[[assumption]] # B1
id = "B1"
claim = "The draws go on."
sources = ["yearly-{year}"]
[assumption.expect]
fact = "draw:*" # the fact
count = 3

[[assumption]] # B2
id = "B2"
claim = "The first number"
""",
    "guides/it.md": "A nomination **adds** 600 points.\n",
}


class Fault(Struct, frozen=True, kw_only=True):
    """One edit of one line, and what must be reported there. ``at``: words of another line the report stands on."""

    name: str
    file: str
    old: str
    new: str
    code: str
    words: str = ""
    at: str | None = None
    where: str | None = None
    """The file that ``at`` stands in, if it is another."""

    @property
    def place(self) -> str:
        return self.where or self.file


def fault(
    file: str, old: str, new: str, code: str, words: str = "", *, at: str | None = None, where: str | None = None
) -> Fault:
    name = new.strip().replace("\n", " ") or f"no {old}"
    return Fault(name=name, file=file, old=old, new=new, code=code, words=words, at=at, where=where)


MAIN, IT, OTHER = "sources.toml", "guides/it.toml", "guides/other.toml"
FAULTS = [
    fault(MAIN, 'database = "sqlite:///x.db"', 'database = "x.db"', "bad_value", "sqlite:///"),
    fault(MAIN, 'contact = "you@example.org"', "contact = 7", "bad_value", '"contact"'),
    fault(MAIN, 'listen = "127.0.0.1:9464"', 'listen = "0.0.0.0:80"', "bad_value", "open to other machines"),
    fault(MAIN, "pause = 1.0", "pause = -1", "bad_value", '"pause"'),
    fault(MAIN, "retries = 3", "retrys = 3", "unknown_key", 'did you mean "retries"'),
    fault(MAIN, "reads = 3", 'reads = "3"', "bad_value", '"reads"'),
    fault(MAIN, 'url = "json://localhost"', "url = 3", "bad_value", '"url"'),
    fault(MAIN, '["it", "other"]', '["it", "nope"]', "unknown_guide", '"nope"'),
    fault(MAIN, 'publishers = ["IRCC"]', 'publishers = ["IRC"]', "unknown_publisher", 'did you mean "IRCC"'),
    fault(MAIN, 'kinds = ["draw", ', 'kinds = ["drow", ', "bad_value", "no event kind"),
    fault(MAIN, 'min_severity = "notice"', 'min_severity = "hot"', "bad_value", "'hot'"),
    fault(MAIN, 'digest = "0 8 * * mon"', 'digest = "daily"', "bad_value", "crontab line"),
    fault(
        MAIN, 'to = "07:00", timezone = "America/Vancouver"', 'to = "07:00", timezone = "Mars"', "bad_value", "'Mars'"
    ),
    fault(MAIN, 'name = "second"', 'name = "editors" # again', "duplicate_id", "stands already on line"),
    fault(
        MAIN,
        '"syslog://"',
        '"mailto://ann:hunter2@example.org"',
        "literal_secret",
        "a secret",
        at="# second",
    ),
    fault(
        MAIN, 'timezone = "America/Toronto"\n\n[[source]]', 'timezone = "Toronto"\n\n[[source]]', "bad_value", "Toronto"
    ),
    fault(MAIN, '"https://www.example.org/one.html"', '"www.example.org/one.html"', "bad_value", "web address"),
    fault(MAIN, 'format = "html" # one', 'format = "htm" # one', "bad_value", 'did you mean "html"'),
    fault(MAIN, '["draws", "rules"]', '["draws", "rules", "fes"]', "unknown_extractor", '"fes"'),
    fault(MAIN, "enabled = true", "enabled = false", "source_off", "switched off", at="sources = [", where=OTHER),
    fault(MAIN, 'schedule = "0 6 * * *"', 'schedule = "0 6 * *"', "bad_value", "4 fields"),
    fault(MAIN, 'keep = ["main"]', 'keep = ["div["]', "bad_value", "no CSS selector"),
    fault(MAIN, "min_facts = { draw = 3 }", "min_facts = { draws = 3 }", "bad_value", "draws"),
    fault(MAIN, 'language = "en"', 'language = "english"', "bad_value", "language", at="guards = "),
    fault(MAIN, "rows = 2", 'rows = "2"', "bad_value", '"rows"'),
    fault(MAIN, '{ pattern = "b" }', '{ patern = "b", pattern = "b" }', "unknown_key", 'did you mean "pattern"'),
    fault(
        MAIN,
        'id = "spare"\npublisher = "IRCC"',
        'id = "one" # again\npublisher = "IRCC"',
        "duplicate_id",
        at='"one" # again',
    ),
    fault(MAIN, '"https://www.example.org/spare.html"', '"ftp://example.org"', "bad_value", "web address"),
    fault(MAIN, 'format = "json"', 'format = "jsn"', "bad_value", 'did you mean "json"'),
    fault(
        MAIN, 'timezone = "America/Toronto"\nevery', 'timezone = "Torono"\nevery', "bad_value", "Torono", at='"Torono"'
    ),
    fault(MAIN, 'every = "6h"', 'every = "6 h o"', "bad_value", "no duration"),
    fault(MAIN, "timeout = 30", "timeout = 0", "bad_value", '"timeout"'),
    fault(MAIN, "rules = { }", "rules = { anything = 1 }", "unknown_key", '"anything"'),
    fault(MAIN, "{year}.html", "year.html", "bad_value", "needs {year}"),
    fault(MAIN, "years = [2025]", 'years = ["2025"]', "bad_value", '"years"'),
    fault(MAIN, 'marker = "p.stamp"', 'marker = "#"', "bad_value", "no CSS selector"),
    fault(MAIN, "confirm = { reads = 2 }", "confirm = { read = 2 }", "unknown_key", 'did you mean "reads"'),
    fault(IT, 'text = "it.md"', 'text = "none.md"', "missing_file", "none.md"),
    fault(IT, 'title = "IT workers"', "title = 3", "bad_value", '"title"'),
    fault(IT, 'review_every = "90d"', 'review_every = "often"', "bad_value", "no duration"),
    fault(IT, 'severity = "urgent"', 'severity = "high"', "bad_value", "'high'"),
    fault(IT, 'max_age = "30d"', "max_age = 30", "bad_value", "no duration"),
    fault(IT, 'watch = { sources = ["one"]', 'watch = { sources = ["tow"]', "unknown_source", '"tow"'),
    fault(IT, 'kinds = ["rule"]', 'kinds = ["ruls"]', "bad_value", "no event kind", at="watch = "),
    fault(IT, "where = { category", "where = { categry", "unknown_key", 'did you mean "category"'),
    fault(IT, "equals = 600", 'equals = "abc"', "bad_value", "abc"),
    fault(IT, '"yearly-{year}",\n]', '"yearly",\n]', "unknown_source", '"yearly"', at='"yearly",'),
    fault(IT, "between = [400, 500]", "between = [500, 400]", "bad_value", "swap"),
    fault(IT, 'id = "A3"', 'id = "A2" # again', "duplicate_id", "stands already on line"),
    fault(IT, 'claim = "The list is closed."', "", "missing_key", '"claim" is missing', at="# A3"),
    fault(IT, "date = 2027-03-01", "date = 'March'", "bad_value", "2027-03-01"),
    fault(IT, 'remind = ["90d"]', 'remind = ["soon"]', "bad_value", "no duration"),
    fault(IT, '"rule:*", present = true', '"rule:*", present = "yes"', "bad_value", "present"),
    fault(OTHER, 'title = "Another"', "", "missing_key", '"title" is missing', at='id = "other"'),
    fault(OTHER, '"draw:*" # the fact', '"rule:*"', "fact_not_read", "rule", at="[assumption.expect]"),
    fault(OTHER, "count = 3", "count = -1", "bad_value", '"expect.count"'),
    fault(
        OTHER,
        'claim = "The first number"',
        'claim = "x"\nquote = "never said"',
        "quote_not_found",
        "never",
        at="quote = ",
    ),
    fault(OTHER, 'id = "B2"', 'id = "B/2"', "bad_value", "no id"),
]
"""Independent of one another: each edits words of its own, and none follows from another."""


def load(folder: Path, faults: tuple[Fault, ...]) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str, str]]]:
    """What must be reported of these faults, and what is."""
    texts = dict(FILES)
    for item in faults:
        assert texts[item.file].count(item.old) == 1, item.name
        texts[item.file] = texts[item.file].replace(item.old, item.new)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    wanted = sorted((item.place, line_of(texts[item.place], item.at or item.new), item.code) for item in faults)
    try:
        config = load_config(folder / MAIN, now=NOW, environ={}, extractors=EXTRACTORS)
    except ConfigError as error:
        findings = list(error.findings)
    else:
        findings = lint_config(config, extractors=EXTRACTORS)
    found = [(str(Path(it.file).relative_to(folder)), it.line or 0, it.code, it.message) for it in findings]
    return wanted, found


def line_of(text: str, words: str) -> int:
    assert text.count(words) == 1, words
    return text.count("\n", 0, text.index(words)) + 1


def places(found: list[tuple[str, int, str, str]]) -> list[tuple[str, int, str]]:
    return sorted((file, line, code) for file, line, code, _ in found)


def test_the_configuration_without_faults_is_clean(tmp_path: Path) -> None:
    assert load(tmp_path, ()) == ([], [])


@pytest.mark.parametrize("item", FAULTS, ids=lambda item: item.name)
def test_each_fault_is_told_once_with_its_line(tmp_path: Path, item: Fault) -> None:
    wanted, found = load(tmp_path, (item,))
    assert places(found) == wanted
    assert item.words in found[0][3]


def test_no_fault_hides_another(tmp_path: Path) -> None:
    pairs = list(combinations(FAULTS, 2))
    assert len(pairs) > 1000
    for pair in pairs:
        wanted, found = load(tmp_path, pair)
        assert places(found) == wanted, [item.name for item in pair]


def test_no_two_faults_hide_a_third(tmp_path: Path) -> None:
    chosen = random.Random(3).sample(list(combinations(FAULTS, 3)), 500)  # noqa: S311 - a repeatable choice of cases
    for three in chosen:
        wanted, found = load(tmp_path, three)
        assert places(found) == wanted, [item.name for item in three]


def test_all_faults_at_once_are_told(tmp_path: Path) -> None:
    wanted, found = load(tmp_path, tuple(FAULTS))
    assert places(found) == wanted
