from datetime import date, timedelta
from pathlib import Path

import pytest
from configfiles import EXTRACTORS, MINIMAL, NOW, Column, ConfigFolder, NoSettings, TableSettings, source
from msgspec.structs import replace

from monitor.config import default_database_url, lint_config, load_config, resolve_channels
from monitor.errors import ConfigError
from monitor.model import (
    Assumption,
    Confirm,
    Expect,
    FactKind,
    FetchSettings,
    Format,
    Guards,
    Operator,
    QuietHours,
    Schedule,
    Scope,
    Severity,
    StreamStatus,
    Watch,
)


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(root=tmp_path)


def test_a_source_needs_four_keys(folder: ConfigFolder) -> None:
    one = folder.load(MINIMAL).sources["one"]
    assert (one.publisher, one.url, one.format) == ("IRCC", "https://www.example.org/one.html", Format.HTML)
    assert one.enabled
    assert one.schedule == Schedule(every=timedelta(days=1))
    assert one.fetch == FetchSettings()
    assert one.confirm == Confirm(reads=3, hours=6)


def test_every_key_of_a_source(folder: ConfigFolder) -> None:
    text = source(
        'title = "Draws"',
        'schedule = "0 7-17 * * mon-fri"',
        'timezone = "America/Vancouver"',
        'scope = { keep = ["main"], drop = [".alert"] }',
        'extract = ["rules", "draws"]',
        'draws = { columns = [{ pattern = "a" }], named = { x = { pattern = "b", unit = "USD" } } }',
        'guards = { must_contain = ["Draws"], min_facts = { draw = 3 }, language = "en" }',
        'marker = "p.stamp"',
        "enabled = false",
    )
    one = folder.load(text).sources["one"]
    assert one.title == "Draws"
    assert one.schedule == Schedule(cron=("0 7-17 * * mon-fri",), timezone="America/Vancouver")
    assert one.scope == Scope(keep=("main",), drop=(".alert",))
    assert one.guards == Guards(must_contain=("Draws",), min_facts={FactKind.DRAW: 3}, language="en")
    assert one.marker == "p.stamp"
    assert not one.enabled
    assert list(one.declarations) == ["rules", "draws"]
    assert one.declarations == {
        "rules": NoSettings(),
        "draws": TableSettings(columns=(Column(pattern="a"),), named={"x": Column(pattern="b", unit="USD")}),
    }


def test_sources_keep_the_order_of_the_file(folder: ConfigFolder) -> None:
    text = "".join(MINIMAL.replace('"one"', f'"{name}"') for name in ("z", "a", "m"))
    config = folder.load(text)
    assert list(config.sources) == ["z", "a", "m"]
    assert {name: config.find_line(name) for name in config.sources} == {"z": 1, "a": 6, "m": 11}


def test_a_schedule_may_be_several_lines_or_an_interval(folder: ConfigFolder) -> None:
    several = folder.load(source('schedule = ["0 6 * * *", "30 18 * * *"]')).sources["one"].schedule
    assert several == Schedule(cron=("0 6 * * *", "30 18 * * *"))
    assert folder.load(source('every = "30m"')).sources["one"].schedule == Schedule(every=timedelta(minutes=30))


def test_fetch_settings_come_from_the_program_the_file_and_the_source(folder: ConfigFolder) -> None:
    text = "[fetch]\npause = 2.5\nretries = 0\n" + source("timeout = 60", "fetch = { retries = 7, timeout = 1 }")
    config = folder.load(text)
    assert config.fetch == FetchSettings(pause=2.5, retries=0)
    assert config.sources["one"].fetch == FetchSettings(pause=2.5, retries=7, timeout=60)


@pytest.mark.parametrize(
    ("defaults", "lines", "expected"),
    [
        ("", ["append_only = true"], Confirm(reads=3, hours=48)),
        ("", ["append_only = true", "confirm = { hours = 1 }"], Confirm(reads=3, hours=1)),
        ("", ["append_only = true", "confirm = { reads = 2 }"], Confirm(reads=2, hours=48)),
        ("[confirm]\nhours = 12\n", ["append_only = true"], Confirm(reads=3, hours=12)),
        ("[confirm]\nreads = 5\n", ["append_only = true"], Confirm(reads=5, hours=48)),
        ("[confirm]\nreads = 5\n", ["confirm.hours = 0"], Confirm(reads=5, hours=0)),
    ],
)
def test_when_removals_are_believed(folder: ConfigFolder, defaults: str, lines: list[str], expected: Confirm) -> None:
    assert folder.load(defaults + source(*lines)).sources["one"].confirm == expected


YEARLY = """\
[[source]]
id = "updates-{year}"
publisher = "OINP"
title = "Updates of {year}"
url = "https://www.example.org/{year}-updates"
format = "html"
schedule = "0 6 * * *"
timezone = "America/Toronto"
past_every = "1w"
years = [2022, 2024]
"""


def test_a_yearly_source_goes_on_by_itself(folder: ConfigFolder) -> None:
    sources = folder.load(YEARLY).sources
    assert list(sources) == [f"updates-{year}" for year in (2022, 2024, 2025, 2026, 2027)]
    assert sources["updates-2025"].url == "https://www.example.org/2025-updates"
    assert sources["updates-2025"].title == "Updates of 2025"
    assert list(folder.load(YEARLY, now=date(2027, 1, 1)).sources)[-1] == "updates-2028"


def test_a_yearly_source_without_years_is_of_this_and_the_next(folder: ConfigFolder) -> None:
    text = YEARLY.replace("years = [2022, 2024]\n", "")
    assert list(folder.load(text).sources) == ["updates-2026", "updates-2027"]


def test_the_coming_year_is_looked_for_from_december(folder: ConfigFolder) -> None:
    sources = folder.load(YEARLY).sources
    daily = Schedule(cron=("0 6 * * *",), timezone="America/Toronto")
    assert sources["updates-2026"].schedule == daily
    assert sources["updates-2027"].schedule == Schedule(
        cron=("0 6 * * *",), timezone="America/Toronto", starts=date(2026, 12, 1)
    )
    assert sources["updates-2024"].schedule == Schedule(every=timedelta(weeks=1), timezone="America/Toronto")


def test_the_settings_hash_moves_with_what_changes_reading(folder: ConfigFolder) -> None:
    def settings_hash(*lines: str) -> str:
        return folder.load(source(*lines)).sources["one"].settings_hash

    plain = settings_hash()
    assert plain
    assert settings_hash('title = "other"', 'schedule = "0 1 * * *"', "timeout = 9") == plain
    different = {
        plain,
        settings_hash('scope = { keep = ["main"] }'),
        settings_hash('scope = { drop = ["main"] }'),
        settings_hash('extract = ["rules"]'),
        settings_hash('extract = ["draws"]'),
        settings_hash('extract = ["rules", "draws"]'),
        settings_hash('extract = ["draws", "rules"]'),
        settings_hash('extract = ["draws"]', "draws = { rows = 2 }"),
        settings_hash('guards = { language = "en" }'),
        settings_hash("guards = { min_facts = { draw = 1 } }"),
        settings_hash('marker = "p.stamp"'),
        settings_hash("append_only = true"),
    }
    assert len(different) == 12


GUIDE = """\
id = "it"
title = "IT workers"
text = "it.md"
review_every = "90d"
owner = "ann"

[[assumption]]
id = "C1"
claim = "A nomination adds 600 points."
quote = "adds 600"
sources = ["one"]
expect = { EXPECT }
watch = { sources = ["one"], kinds = ["rule", "fee.*"], headings = ["Fees"], words = ["nominee"] }
because = "the whole plan rests on it"
severity = "urgent"
max_age = "2w"

[[assumption]]
id = "C2"
claim = "Language results are valid."
date = 2027-03-01
remind = ["90d", "7d"]
"""


def write_guide(
    folder: ConfigFolder, expect: str = 'fact = "draw:*nomination*", where = { category = "stem" }, equals = 600'
) -> None:
    folder.write("guides/it.toml", GUIDE.replace("EXPECT", expect))
    folder.write("guides/it.md", "# IT\n\nA nomination\n**adds** 600 points.\n")


def test_a_guide_is_read_whole(folder: ConfigFolder) -> None:
    write_guide(folder)
    (guide,) = folder.load(MINIMAL).guides
    assert (guide.id, guide.title, guide.text_file, guide.owner) == ("it", "IT workers", "it.md", "ann")
    assert guide.file == str(folder.root / "guides" / "it.toml")
    assert guide.text.startswith("# IT")
    assert guide.review_every == timedelta(days=90)
    assert tuple(replace(assumption, lines=()) for assumption in guide.assumptions) == (
        Assumption(
            id="C1",
            claim="A nomination adds 600 points.",
            quote="adds 600",
            sources=("one",),
            expect=Expect(operator=Operator.EQUALS, operand=600, fact="draw:*nomination*", where={"category": "stem"}),
            watch=(Watch(sources=("one",), kinds=("rule", "fee"), headings=("Fees",), words=("nominee",)),),
            because="the whole plan rests on it",
            severity=Severity.URGENT,
            max_age=timedelta(weeks=2),
            line=7,
        ),
        Assumption(
            id="C2",
            claim="Language results are valid.",
            date=date(2027, 3, 1),
            remind=(timedelta(days=90), timedelta(days=7)),
            line=18,
        ),
    )


@pytest.mark.parametrize(
    ("kind", "written", "operator", "operand"),
    [
        ("draw", "equals = 600", Operator.EQUALS, 600),
        ("fee", 'equals = "1,750"', Operator.EQUALS, "1,750"),
        ("threshold", "at_least = 72.11", Operator.AT_LEAST, 72.11),
        ("processing_time", 'at_most = "10 business days"', Operator.AT_MOST, "10 business days"),
        ("draw", "between = [60, 80.5]", Operator.BETWEEN, (60, 80.5)),
        ("deadline", "equals = 2027-03-01", Operator.EQUALS, "2027-03-01"),
        ("rule", 'one_of = ["x", "y"]', Operator.ONE_OF, ("x", "y")),
        ("occupation", "count = 0", Operator.COUNT, 0),
        ("occupation", 'contains = ["21231"]', Operator.CONTAINS, ("21231",)),
        ("occupation", 'excludes = "21231"', Operator.EXCLUDES, ("21231",)),
        ("draw", 'newest_within = "365d"', Operator.NEWEST_WITHIN, timedelta(days=365)),
        ("stream", 'status = "open"', Operator.STATUS, StreamStatus.OPEN),
        ("rule", "present = false", Operator.PRESENT, False),
    ],
)
def test_what_can_be_expected(
    folder: ConfigFolder, kind: str, written: str, operator: Operator, operand: object
) -> None:
    write_guide(folder, f'fact = "{kind}:*", {written}')
    expect = folder.load(MINIMAL).guides[0].assumptions[0].expect
    assert expect is not None
    assert (expect.fact, expect.operator, expect.operand) == (f"{kind}:*", operator, operand)


def test_guides_speak_of_all_years_at_once(folder: ConfigFolder) -> None:
    text = (
        'id = "g"\ntitle = "G"\n[[assumption]]\nid = "A"\nclaim = "x"\nsources = ["updates-{year}", "updates-2026"]\n'
    )
    folder.write("guides/g.toml", text)
    (guide,) = folder.load(YEARLY).guides
    assert guide.assumptions[0].sources == tuple(f"updates-{year}" for year in (2022, 2024, 2025, 2026, 2027))


CHANNEL = """\
[[channel]]
name = "editors"
url = "slack://${TOKEN_A}/${TOKEN_B}"
guides = ["it"]
publishers = ["IRCC"]
kinds = ["draw", "rule.changed"]
min_severity = "notice"
digest = "0 8 * * mon"
timezone = "America/Toronto"
quiet_hours = { from = "22:00", to = "07:00", timezone = "America/Vancouver", except = "urgent" }
"""


def test_a_channel_is_read_whole(folder: ConfigFolder) -> None:
    write_guide(folder)
    (channel,) = folder.load(CHANNEL + MINIMAL).channels
    assert channel.url == "slack://${TOKEN_A}/${TOKEN_B}"
    assert (channel.guides, channel.publishers, channel.kinds) == (("it",), ("IRCC",), ("draw", "rule.changed"))
    assert (channel.min_severity, channel.digest, channel.timezone) == (
        Severity.NOTICE,
        "0 8 * * mon",
        "America/Toronto",
    )
    assert channel.quiet_hours == QuietHours(
        start="22:00", end="07:00", timezone="America/Vancouver", exempt=Severity.URGENT
    )


def test_channel_addresses_take_the_environment(folder: ConfigFolder) -> None:
    write_guide(folder)
    config = folder.load(CHANNEL + MINIMAL)
    environ = {"TOKEN_A": "aa", "TOKEN_B": "b/b"}
    assert resolve_channels(config, environ) == {"editors": "slack://aa/b/b"}


def test_every_missing_channel_variable_is_named(folder: ConfigFolder) -> None:
    write_guide(folder)
    config = folder.load("\n" + CHANNEL + MINIMAL)
    with pytest.raises(ConfigError) as caught:
        resolve_channels(config, {"TOKEN_B": ""})
    assert [(finding.line, finding.code) for finding in caught.value.findings] == [(2, "missing_variable")] * 2
    assert "TOKEN_A" in str(caught.value)
    assert "TOKEN_B" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("sqlite:///x.db", "sqlite:///{root}/x.db"),
        ("sqlite:///data/x.db?timeout=5", "sqlite:///{root}/data/x.db?timeout=5"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql+psycopg://u:${PW}@db/x", "postgresql+psycopg://u:secret@db/x"),
    ],
)
def test_the_database_address(folder: ConfigFolder, written: str, url: str) -> None:
    config = folder.load(f'[monitor]\ndatabase = "{written}"\n', environ={"PW": "secret"})
    assert config.database == url.format(root=folder.root)


def test_without_a_database_address_it_is_the_users_own(folder: ConfigFolder) -> None:
    assert folder.load("").database == default_database_url()
    assert default_database_url().startswith("sqlite:////")


def test_the_environment_is_the_process_s_unless_given(folder: ConfigFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLTRUE_TEST_DB", "sqlite:///:memory:")
    path = folder.write("sources.toml", '[monitor]\ndatabase = "${STILLTRUE_TEST_DB}"\n')
    assert load_config(path, now=NOW, extractors=EXTRACTORS).database == "sqlite:///:memory:"


CONTACT = '[monitor]\ncontact = "you@example.org"\n'
READING = 'extract = ["draws"]'


def lint_codes(folder: ConfigFolder, text: str) -> list[tuple[str, int | None]]:
    found = lint_config(folder.load(text), extractors=EXTRACTORS)
    return [(finding.code, finding.line) for finding in found]


def test_a_clean_configuration_has_no_findings(folder: ConfigFolder) -> None:
    write_guide(folder)
    assert lint_codes(folder, CONTACT + source(READING) + CHANNEL) == []


def test_a_quote_that_is_not_in_the_text_is_found(folder: ConfigFolder) -> None:
    write_guide(folder)
    folder.write("guides/it.md", "adds 500 points")
    assert lint_codes(folder, CONTACT + source(READING)) == [("quote_not_found", 10)]


def test_an_assumption_that_nothing_can_answer_is_found(folder: ConfigFolder) -> None:
    write_guide(folder)
    assert lint_codes(folder, CONTACT + source('extract = ["rules"]')) == [("fact_not_read", 12)]
    assert lint_codes(folder, CONTACT + source(READING, "enabled = false")) == [("source_off", 11)]


@pytest.mark.parametrize(
    ("url", "is_secret"),
    [
        ("mailto://ann:hunter2@example.org", True),
        ("slack://T1JJ3T3L2A/B1JJ3T3L2/TIiajkdnlazkcOXr", True),
        ("mailto://${USER}:${PASSWORD}@example.org", False),
        ("json://localhost:8080/hook-0123456789abcdef", False),
        ("syslog://", False),
    ],
)
def test_a_secret_in_the_file_is_found(folder: ConfigFolder, url: str, *, is_secret: bool) -> None:
    text = CONTACT + f'[[channel]]\nname = "c"\nurl = "{url}"\n'
    assert lint_codes(folder, text) == ([("literal_secret", 3)] if is_secret else [])
