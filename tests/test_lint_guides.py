"""The mistakes in a guide that ``lint`` points at, each with the line it stands on."""

import datetime as dt
from pathlib import Path

import pytest
from configfiles import EXTRACTORS, MINIMAL, ConfigFolder

from monitor.config import lint_config
from monitor.errors import ConfigError, Finding

GUIDE = 'id = "it"\ntitle = "IT"\ntext = "it.md"\n\n'
ASSUMPTION = '[[assumption]]\nid = "A"\nclaim = "Draws are held."\nquote = "draws are held"\nsources = ["one"]\n'
TEXT = "In Canada draws **are held** every week.\n"
SOURCES = MINIMAL + 'extract = ["draws", "rules"]\n\n' + MINIMAL.replace('"one"', '"off"') + "enabled = false\n"
SOURCES += "\n" + MINIMAL.replace('"one"', '"words"') + 'extract = ["rules"]\n'
GOOD = 'expect = { fact = "draw:*", newest_within = "365d" }\n'
OTHER = '\n[[assumption]]\nid = "B"\nclaim = "x"\n'

LINE = 10
"""Where the line under trial stands."""


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(root=tmp_path)


def lint(folder: ConfigFolder, guide: str) -> list[Finding]:
    folder.write("guides/it.md", TEXT)
    folder.write("guides/it.toml", guide)
    try:
        return lint_config(folder.load(SOURCES), extractors=EXTRACTORS, today=dt.date(2026, 6, 1))
    except ConfigError as error:
        return list(error.findings)


def test_a_good_guide_has_no_finding(folder: ConfigFolder) -> None:
    assert lint(folder, GUIDE + ASSUMPTION + GOOD + OTHER + 'date = 2026-06-01\nremind = ["7d"]\n') == []


EXPECT = "expect = {{ {} }}\n"


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (EXPECT.format('fact = "drow:*", present = true'), LINE, "drow"),
        (EXPECT.format('fact = "draw:Express Entry*", present = true'), LINE, "space"),
        (EXPECT.format('fact = "draw:*", where = { categori = "stem" }, count = 3'), LINE, "categori"),
        (EXPECT.format('fact = "draw:*", where = { kind = "notifcation" }, count = 3'), LINE, "notifcation"),
        (EXPECT.format('fact = "draw:*"'), LINE, "one comparison"),
        (EXPECT.format('fact = "draw:*", equals = 1, at_most = 2'), LINE, "equals and at_most"),
        (EXPECT.format('fact = "draw:*", phrase = "x", present = true'), LINE, "phrase"),
        (EXPECT.format('fact = "draw:*", between = [480]'), LINE, "between"),
        (EXPECT.format('fact = "draw:*", at_least = "many"'), LINE, "many"),
        (EXPECT.format('fact = "draw:*", at_least = -480'), LINE, "below zero"),
        (EXPECT.format('fact = "draw:*", count = -1'), LINE, "count"),
        (EXPECT.format('fact = "draw:*", newest_within = "-3d"'), LINE, "duration"),
        (EXPECT.format('fact = "rule:*", newest_within = "30d"'), LINE, "no date of its own"),
        (EXPECT.format('fact = "stream:*", status = "opened"'), LINE, "open"),
        ('watch = { sources = ["onne"] }\n', LINE, "onne"),
        ('watch = { kinds = ["ruls"] }\n', LINE, "ruls"),
        ('wach = { kinds = ["rule"] }\n', LINE, "wach"),
        ('max_age = "0d"\n', LINE, "max_age"),
        ('severity = "high"\n', LINE, "severity"),
        ("date = 2026-05-31\n", LINE, "past"),
        ('remind = ["7d"]\n', LINE, "date"),
        (OTHER.replace('"B"', '"A"'), LINE + 2, "already"),
        (OTHER + GOOD, LINE + 1, "sources"),
        (OTHER + 'sources = [\n"one",\n"tow",\n]\n', LINE + 6, "tow"),
        (OTHER + 'sources = ["off"]\n' + EXPECT.format('phrase = "x", present = true'), LINE + 4, "switched off"),
        (OTHER + 'sources = ["words"]\n' + EXPECT.format('fact = "draw:*", count = 3'), LINE + 5, "kind draw"),
        (OTHER + 'quote = "no longer said"\n', LINE + 4, "no longer said"),
        (OTHER.replace('claim = "x"\n', ""), LINE + 1, "claim"),
        ("max_age = \n", LINE, "TOML"),
    ],
)
def test_each_kind_of_mistake_has_its_line(folder: ConfigFolder, lines: str, line: int, words: str) -> None:
    found = lint(folder, GUIDE + ASSUMPTION + lines)
    (finding,) = found
    assert words in finding.message
    assert finding.file == str(folder.root / "guides" / "it.toml")
    assert finding.line == line
