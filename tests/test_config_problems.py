from pathlib import Path

import pytest
from configfiles import EXTRACTORS, MINIMAL, NOW, ConfigFolder, source

from monitor.config import load_config
from monitor.errors import ConfigError, Finding


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(root=tmp_path)


def problems(folder: ConfigFolder, text: str) -> list[Finding]:
    with pytest.raises(ConfigError) as caught:
        folder.load(text)
    return list(caught.value.findings)


def problem(folder: ConfigFolder, text: str) -> Finding:
    (finding,) = problems(folder, text)
    return finding


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('titel = "x"', 'source "one": "titel" is not a key here; did you mean "title"?'),
        ("title = 3", '"title" must be text in quotes'),
        ('timeout = "60"', '"timeout" must be a number'),
        ("timeout = 0", '"timeout"'),
        ("timeout = inf", '"timeout"'),
        ("per_host = 1.5", '"per_host" must be a whole number'),
        ('enabled = "yes"', '"enabled" must be true or false'),
        ('schedule = "0 7 * *"', "4 fields"),
        ('schedule = ["0 7 * * *", "61 7 * * *"]', "61"),
        ('every = "30 minutes"', 'as in "30m"'),
        ('every = "99999999999w"', "is no duration"),
        ('every = "0m"', "is no duration"),
        ("every = 30", "is no duration"),
        ('timezone = "America/Vancuver"', 'did you mean "America/Vancouver"'),
        ('timezone = "../etc/passwd"', "is no time zone"),
        ('extract = ["draws", "fes"]', '"fes" is no extractor'),
        ('extract = "draws"', '"extract" must be a list in [ ]'),
        ("draws = { rows = 2 }", "add it to extract"),
        ('scope = { keeps = ["main"] }', 'did you mean "keep"'),
        ('scope = { keep = "main" }', '"scope.keep" must be a list'),
        ("guards = { min_facts = { drw = 1 } }", "drw"),
        ("guards = { min_facts = { draw = 0 } }", "guards.min_facts.draw"),
        ('guards = { language = "english" }', "guards.language"),
        ("confirm = { read = 2 }", 'did you mean "reads"'),
        ("fetch = { pauses = 2 }", 'did you mean "pause"'),
        ("years = [2024]", "needs {year} in the id"),
        ('scope = { drop = ["div[", "p"] }', "'div[' is no CSS selector"),
        ('marker = "#"', "is no CSS selector"),
        ("scope = 3", '"scope" must be a table'),
    ],
)
def test_a_bad_line_in_a_source(folder: ConfigFolder, line: str, words: str) -> None:
    finding = problem(folder, source("", line))
    assert words in finding.message
    assert (finding.file, finding.line) == (str(folder.root / "sources.toml"), 7)


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ('url = "https://www.example.org/one.html"\n', "", '"url" is missing', 1),
        ('"https://www.', '"www.', "must start with https://", 4),
        ('"html"', '"htm"', 'did you mean "html"', 5),
        ('"one"', '"o/ne"', "is no id", 2),
        ('"one"', '"{yaer}"', "is no id", 2),
        ('"one"', '"x-{year}"', "the url needs {year} too", 4),
        ('"IRCC"', '""', '"publisher" must be some text', 3),
        ("[[source]]", "[source]", "[[source]]", 1),
        ("[[source]]", "[[sources]]", 'did you mean "source"', 1),
    ],
)
def test_a_bad_table(folder: ConfigFolder, old: str, new: str, words: str, line: int) -> None:
    finding = problem(folder, MINIMAL.replace(old, new))
    assert words in finding.message
    assert finding.line == line


def test_schedule_and_every_do_not_go_together(folder: ConfigFolder) -> None:
    assert "keep one of" in problem(folder, source('schedule = "0 1 * * *"', 'every = "1h"')).message


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ("draws = { colums = [] }", 8, 'did you mean "columns"'),
        ('draws = { columns = [\n{ pattern = "a" },\n{ pattern = "b", unitt = "x" }\n] }', 10, 'did you mean "unit"'),
        ('draws = { named = { a = { patern = "x", pattern = "y" } } }', 8, 'did you mean "pattern"'),
        ("draws = { named = { a = { } } }", 8, '"named.a.pattern" is missing'),
        ('draws = { rows = "2" }', 8, '"rows" must be a whole number'),
        ("[source.draws]\nprogram = 1", 9, '"program" must be text'),
        ("draws = 3", 8, "must be a table"),
        ("rules = { anything = 1 }", 8, '"anything" is not a key here'),
    ],
)
def test_extractor_tables_are_checked_by_their_own_declaration(
    folder: ConfigFolder, table: str, line: int, words: str
) -> None:
    finding = problem(folder, source("", 'extract = ["draws", "rules"]', table))
    assert words in finding.message
    assert finding.line == line


def test_duplicate_ids_name_the_first(folder: ConfigFolder) -> None:
    finding = problem(folder, MINIMAL + MINIMAL)
    assert (finding.code, finding.line) == ("duplicate_id", 7)
    assert "line 1" in finding.message


def test_a_yearly_source_may_not_take_another_source_s_id(folder: ConfigFolder) -> None:
    yearly = MINIMAL.replace('"one"', '"one-{year}"').replace("one.html", "{year}.html")
    finding = problem(folder, MINIMAL.replace('"one"', '"one-2026"') + yearly)
    assert (finding.code, finding.line) == ("duplicate_id", 7)


def test_a_yearly_source_s_problems_are_told_once(folder: ConfigFolder) -> None:
    yearly = source("pause = -1", "years = [2020, 2021]").replace('"one"', '"one-{year}"')
    finding = problem(folder, yearly.replace("one.html", "{year}.html"))
    assert (finding.line, '"pause"' in finding.message) == (6, True)


@pytest.mark.parametrize("years", ["2024", '["2024"]', "[20240]"])
def test_bad_years(folder: ConfigFolder, years: str) -> None:
    yearly = source(f"years = {years}").replace('"one"', '"one-{year}"').replace("one.html", "{year}.html")
    finding = problem(folder, yearly)
    assert (finding.line, "years" in finding.message) == (6, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[monitr]\ncontact = "x"', 1, 'did you mean "monitor"'),
        ('[monitor]\ncontct = "x"', 2, 'did you mean "contact"'),
        ('[monitor]\ndatabase = "x.db"', 2, "sqlite:///"),
        ('[monitor]\ndatabase = "postgresql://${NOT_SET_ANYWHERE}/x"', 2, "NOT_SET_ANYWHERE"),
        ("monitor = 3", 1, "[monitor]"),
        ("[fetch]\nretries = -1", 2, "retries"),
        ("[confirm]\nreads = 0", 2, "reads"),
        ("channel = 1", 1, "[[channel]]"),
    ],
)
def test_bad_general_tables(folder: ConfigFolder, text: str, line: int, words: str) -> None:
    finding = problem(folder, text)
    assert words in finding.message
    assert finding.line == line


CHANNEL = '[[channel]]\nname = "c"\nurl = "json://localhost"\n'


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ('guides = ["itt"]', 4, 'there is no guide "itt"; did you mean "it"?'),
        ('publishers = ["IRC"]', 4, 'did you mean "IRCC"'),
        ('kinds = ["draws.new"]', 4, 'did you mean "draw.new"'),
        ('min_severity = "hot"', 4, "one of: info, notice, urgent"),
        ('digest = "daily"', 4, "crontab line"),
        ('quiet_hours = { from = "22", to = "07:00" }', 4, 'as "22:00"'),
        ('quiet_hours = { from = "22:00", till = "07:00", to = "07:00" }', 4, '"till" is not a key'),
        (CHANNEL, 5, "stands already on line 1"),
    ],
)
def test_bad_channels(folder: ConfigFolder, lines: str, line: int, words: str) -> None:
    folder.write("guides/it.toml", 'id = "it"\ntitle = "IT"\n')
    finding = problem(folder, CHANNEL + lines + "\n" + MINIMAL)
    assert words in finding.message
    assert finding.line == line


GUIDE = 'id = "it"\ntitle = "IT"\n'
ASSUMPTION = '[[assumption]]\nid = "A"\nclaim = "x"\nsources = ["one"]\n'


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ('sorces = ["one"]', 7, 'did you mean "sources"'),
        ('severity = "high"', 7, "one of: info, notice, urgent"),
        ('max_age = "soon"', 7, "is no duration"),
        ('date = "March"', 7, "2027-03-01"),
        ('remind = ["7d"]', 7, 'needs "date"'),
        ('watch = { sources = ["on"] }', 7, 'no source "on"; did you mean "one"'),
        ('watch = { kinds = ["fee", "ruls"] }', 7, 'did you mean "rule"'),
        ('expect = { fact = "drow:*", present = true }', 7, 'did you mean "draw"'),
        ('expect = { fact = "*", present = true }', 7, "kind:words"),
        ('expect = { fact = "draw:*" }', 7, "needs one comparison, found none"),
        ('expect = { fact = "draw:*", equals = 1, at_most = 2 }', 7, "found equals and at_most"),
        ("expect = { present = true }", 7, 'either "fact" or "phrase"'),
        ('expect = { fact = "draw:*", phrase = "x", present = true }', 7, 'either "fact" or "phrase"'),
        ('expect = { phrase = "x", where = { date = 1 }, present = true }', 7, 'needs "fact"'),
        ('expect = { fact = "draw:*", where = { categry = "x" }, count = 1 }', 7, 'did you mean "category"'),
        ('expect = { fact = "draw:*", between = [1] }', 7, "expect.between"),
        ('expect = { fact = "draw:*", at_least = "many" }', 7, "is no amount"),
        ('expect = { fact = "draw:*", at_least = true }', 7, "is no amount"),
        ('expect = { fact = "draw:*", equals = [1] }', 7, "single"),
        ('expect = { fact = "draw:*", newest_within = 365 }', 7, "is no duration"),
        ('expect = { fact = "draw:*", status = "opened" }', 7, 'did you mean "open"'),
        ('expect = { fact = "draw:*", equal = 1, equals = 1 }', 7, 'did you mean "equals"'),
        (ASSUMPTION, 8, "stands already on line 3"),
        ('[[assumption]]\nid = "B"\nclaim = "x"\nexpect = { fact = "draw:*", count = 1 }', 7, 'needs "sources"'),
        ('[[assumption]]\nid = "B"\nclaim = "x"\nsources = [\n"one",\n"tow"]', 12, 'no source "tow"'),
    ],
)
def test_bad_assumptions(folder: ConfigFolder, lines: str, line: int, words: str) -> None:
    path = folder.write("guides/it.toml", GUIDE + ASSUMPTION + lines + "\n")
    finding = problem(folder, source('extract = ["draws"]'))
    assert words in finding.message
    assert (finding.file, finding.line) == (str(path), line)


@pytest.mark.parametrize(
    ("fact", "written", "words"),
    [
        ("fee", 'equals = "abc"', "'abc' cannot be compared with a fee's amount"),
        ("fee", "equals = true", "True cannot be compared"),
        ("fee", 'at_most = "10 days"', "'10 days' cannot be compared"),
        ("fee", "at_least = inf", "inf cannot be compared"),
        ("fee", "equals = nan", "nan cannot be compared"),
        ("fee", "between = [5, 3]", "between = [5, 3] holds nothing; swap the two"),
        ("fee", 'between = ["1,750", 1500]', "swap the two"),
        ("fee", 'one_of = [5, "x"]', "'x' cannot be compared"),
        ("fee", 'status = "open"', "a fee has none"),
        ("draw", 'equals = "general"', "cannot be compared with a draw's score"),
        ("pool", 'at_least = "a 1000 or so"', "cannot be compared with a pool's count"),
        ("allocation", "at_least = 2027-03-01", "2027-03-01 cannot be compared"),
        ("threshold", 'equals = "level CLB 7"', "cannot be compared with a threshold's amount"),
        ("threshold", 'between = ["2 years", "6 months"]', "swap the two"),
        ("processing_time", 'at_most = "10 bussiness days"', "'10 bussiness days' cannot be compared"),
        ("processing_time", 'at_most = "30m"', "'30m' cannot be compared"),
        ("processing_time", 'between = ["6 months", "8 weeks"]', "swap the two"),
        ("deadline", 'equals = "March 2027"', "write a day, such as 2027-03-01"),
        ("deadline", "at_least = 2027", "write a day"),
        ("deadline", "between = [2027-03-01, 2026-03-01]", "swap the two"),
        ("stream", 'equals = "opened"', "open, paused, closed, renamed"),
        ("stream", 'one_of = ["open", 3]', "3 cannot be compared"),
        ("rule", "equals = 5", "write it as text"),
        ("rule", 'at_least = "level 7"', "words, which have no order"),
        ("occupation", "equals = 1.5", "1.5 cannot be compared"),
    ],
)
def test_a_comparison_that_can_never_be_told(folder: ConfigFolder, fact: str, written: str, words: str) -> None:
    reading = source('extract = ["draws", "rules"]')
    folder.write("guides/it.toml", GUIDE + ASSUMPTION + f'[assumption.expect]\nfact = "{fact}:*"\n{written}\n')
    finding = problem(folder, reading)
    assert words in finding.message
    assert (finding.code, finding.line) == ("bad_value", 9)


@pytest.mark.parametrize(
    ("fact", "written"),
    [
        ("fee", 'equals = "$1,750"'),
        ("fee", "between = [1500, 1500]"),
        ("threshold", 'at_least = "1 year"'),
        ("threshold", 'between = [1, "2 years"]'),
        ("threshold", 'equals = "600 points"'),
        ("processing_time", 'between = ["10 business days", "3 weeks"]'),
        ("processing_time", 'at_most = "2w"'),
        ("processing_time", "at_most = 10"),
        ("deadline", 'at_least = "2027-03-01"'),
        ("deadline", "between = [2026-03-01, 2027-03-01]"),
        ("notice", "at_least = 2026-03-01"),
        ("stream", 'one_of = ["open", "Paused"]'),
        ("occupation", "at_least = 1"),
        ("occupation", 'equals = "Web designers"'),
        ("rule", 'equals = "You must apply"'),
    ],
)
def test_a_comparison_that_can_be_told(folder: ConfigFolder, fact: str, written: str) -> None:
    folder.write("guides/it.toml", GUIDE + ASSUMPTION + f'[assumption.expect]\nfact = "{fact}:*"\n{written}\n')
    (guide,) = folder.load(MINIMAL).guides
    assert guide.assumptions[0].expect is not None


def test_of_a_phrase_only_its_presence_can_be_told(folder: ConfigFolder) -> None:
    folder.write("guides/it.toml", GUIDE + ASSUMPTION + 'expect = { phrase = "x", count = 1 }\n')
    assert "only present = true or false" in problem(folder, MINIMAL).message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('title = "IT"\n', 1, '"id" is missing'),
        (GUIDE + 'text = "none.md"\n', 3, "none.md cannot be read"),
        (GUIDE + 'text = "latin.md"\n', 3, "is not UTF-8"),
        (GUIDE + 'text = "\\u0000"\n', 3, "is no file name"),
        (GUIDE + 'review = "90d"\n', 3, "review_every"),
        (GUIDE + '[assumption]\nid = "A"\nclaim = "x"\n', 3, "[[assumption]]"),
        (GUIDE + "[[assumptions]]\n", 3, 'did you mean "assumption"'),
        (GUIDE + "a = \n", 3, "is not valid TOML"),
    ],
)
def test_bad_guides(folder: ConfigFolder, text: str, line: int, words: str) -> None:
    folder.root.joinpath("guides").mkdir()
    folder.root.joinpath("guides", "latin.md").write_bytes(b"caf\xe9")
    path = folder.write("guides/it.toml", text)
    finding = problem(folder, MINIMAL)
    assert words in finding.message
    assert (finding.file, finding.line) == (str(path), line)


def test_two_guides_with_one_id(folder: ConfigFolder) -> None:
    folder.write("guides/a.toml", GUIDE)
    second = folder.write("guides/b.toml", "\n" + GUIDE)
    finding = problem(folder, MINIMAL)
    assert (finding.file, finding.line, finding.code) == (str(second), 2, "duplicate_id")
    assert "a.toml" in finding.message


def test_what_has_problems_of_its_own_is_not_called_unknown(folder: ConfigFolder) -> None:
    folder.write("guides/it.toml", GUIDE + "oops = 1\n" + ASSUMPTION)
    found = problems(folder, CHANNEL + 'guides = ["it"]\n' + source("oops = 1"))
    assert [finding.code for finding in found] == ["unknown_key", "unknown_key"]


def test_every_problem_of_all_files_comes_at_once_in_order(folder: ConfigFolder) -> None:
    guide = folder.write("guides/it.toml", GUIDE + "[[assumption]]\nid = 3\nclaimm = 'x'\n")
    broken = folder.write("guides/zz.toml", "id = \n")
    found = problems(
        folder, "[fetch]\npause = -1\n" + source("schedule = 'x'", "retries = 'y'", "zone = 1") + CHANNEL + "kind = 1"
    )
    main = str(folder.root / "sources.toml")
    assert [(finding.file, finding.line) for finding in found] == [
        (main, 2),
        (main, 8),
        (main, 9),
        (main, 10),
        (main, 14),
        (str(guide), 3),
        (str(guide), 4),
        (str(guide), 5),
        (str(broken), 1),
    ]


def test_a_syntax_error_has_its_line(folder: ConfigFolder) -> None:
    finding = problem(folder, 'a = 1\n\n[[source]\nid = "x"\n')
    assert (finding.code, finding.line) == ("toml_syntax", 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [("# ok\na = " + "9" * 5000, "a number in it is too long"), ("# ok\na = " + "[" * 20_000, "nested too deeply")],
)
def test_what_overwhelms_the_reader_is_a_problem_with_its_line(folder: ConfigFolder, text: str, words: str) -> None:
    finding = problem(folder, text)
    assert (finding.code, finding.line) == ("toml_syntax", 2)
    assert words in finding.message


def test_guides_are_checked_beside_sources_that_cannot_be_read(folder: ConfigFolder) -> None:
    path = folder.write("guides/it.toml", GUIDE + ASSUMPTION + 'severity = "hot"\n')
    found = problems(folder, "[[source]\n")
    assert [(finding.file, finding.code) for finding in found] == [
        (str(folder.root / "sources.toml"), "toml_syntax"),
        (str(path), "bad_value"),
    ]


def test_a_source_whose_id_is_no_id_is_not_called_unknown(folder: ConfigFolder) -> None:
    assumption = ASSUMPTION.replace('"one"', '"o/ne"') + 'expect = { fact = "draw:*", count = 1 }\n'
    folder.write("guides/it.toml", GUIDE + assumption)
    assert problem(folder, MINIMAL.replace('"one"', '"o/ne"')).line == 2


def test_a_guide_that_cannot_be_read_is_not_called_unknown(folder: ConfigFolder) -> None:
    folder.write("guides/it.toml", "id = \n")
    found = problems(folder, CHANNEL + 'guides = ["it", "nope"]\n' + MINIMAL)
    assert [finding.code for finding in found] == ["unknown_guide", "toml_syntax"]


def test_addresses_are_checked_too_where_there_are_problems_anyway(folder: ConfigFolder) -> None:
    path = folder.write("sources.toml", CHANNEL + source("oops = 1"))
    with pytest.raises(ConfigError) as caught:
        load_config(path, now=NOW, environ={}, extractors=EXTRACTORS, check_address=lambda url: f"{url} is bad")
    assert [finding.code for finding in caught.value.findings] == ["bad_address", "unknown_key"]


def test_every_bad_expression_of_an_extractor_is_told(folder: ConfigFolder) -> None:
    path = folder.write(
        "sources.toml",
        source(
            'extract = ["fees"]', "[source.fees]", 'headings = ["(", 3]', 'ignore = [\n"ok",\n"[z-a]"]', "amounts = 3"
        ),
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path, now=NOW, environ={})
    assert [finding.line for finding in caught.value.findings] == [8, 8, 11, 12]


def test_a_file_that_is_not_there(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        folder.load()


def test_a_file_that_is_not_utf8(folder: ConfigFolder) -> None:
    folder.root.joinpath("sources.toml").write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(ConfigError) as caught:
        folder.load()
    assert [(finding.line, finding.code) for finding in caught.value.findings] == [(2, "not_utf8")]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://ana:hunter2@www.example.org/", "user name or password"),
        ("https://hunter2@www.example.org/", "user name or password"),
        ("ftp://ana:hunter2@www.example.org/", "no web address"),
        ("ana:hunter2@www.example.org/", "no web address"),
        ("https://ana:hunter2/2@www.example.org/", "its port"),
        ("https://www.example.org:x/", "its port"),
        ("https://www.example.org:99999/", "its port"),
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(folder: ConfigFolder, url: str, words: str) -> None:
    found = problem(folder, source().replace("https://www.example.org/one.html", url))
    assert (found.line, found.code) == (4, "bad_value")
    assert words in found.message
    assert "hunter2" not in found.message
