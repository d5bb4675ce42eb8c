"""The documented examples of sources.toml and of a guide, as they are written, load and lint."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.config import Config, lint_config, load_config, resolve_channels
from monitor.errors import ConfigError
from monitor.model import Confirm, Expect, FactKind, FetchSettings, Guards, Operator, Schedule, Scope

SOURCES = """\
[monitor]
database = "sqlite:///stilltrue.db"            # or postgresql+psycopg://…
contact  = "you@example.org"                   # goes into the User-Agent

[fetch]                                        # defaults shown; each may stand in a source too
per_host = 1                                   # requests at a time per host
pause = 1.0                                    # seconds between two requests to one host
concurrency = 16                               # requests at a time in all
timeout = 30.0                                 # seconds for one whole read
max_bytes = 20_000_000                         # of the decompressed body
retries = 3
respect_robots = true
allow_private = false                          # loopback and private addresses

[confirm]                                      # when a removal is believed; each may stand in a source too
reads = 3
hours = 6                                      # 48 where append_only = true

[[channel]]
name = "editors"                               # any Apprise address, from the environment
url = "${STILLTRUE_EDITORS_URL}"
guides = ["it-workers"]                        # default: all
min_severity = "notice"
digest = "immediate"                           # or a cron expression
quiet_hours = { from = "22:00", to = "07:00", timezone = "America/Vancouver", except = "urgent" }

[[source]]
id = "bcpnp-invitations"
publisher = "BC PNP"
title = "BC PNP invitations to apply"
url = "https://www.welcomebc.ca/immigrate-to-b-c/about-the-bc-provincial-nominee-program/invitations-to-apply"
format = "html"
schedule = "0 7-17 * * mon-fri"                # cron; or: every = "30m"
timezone = "America/Vancouver"
scope = { keep = ["main"], drop = [".alert"] }
extract = ["draws", "rules"]
guards = { must_contain = ["Invitations to apply"], min_facts = { draw = 3 }, language = "en" }
"""

GUIDE = """\
id = "it-workers"
title = "Canada for IT workers"
text = "it-workers.md"
review_every = "90d"

[[assumption]]
id = "C35"
claim = "A BC PNP nomination adds 600 CRS points."
quote = "adds 600"                              # finds the sentence in the guide's text
sources = ["ircc-crs"]
expect = { fact = "threshold:*provincial*nomination*", equals = 600 }

[[assumption]]
id = "C07"
claim = "IRCC holds category-based draws for STEM occupations."
sources = ["ircc-ee-rounds"]
expect = { fact = "draw:*", where = { category = "stem" }, newest_within = "365d" }
"""

DECLARED = """
[[source]]
id = "ircc-crs"
publisher = "IRCC"
url = "https://www.example.org/crs"
format = "html"
extract = ["thresholds"]

[[source]]
id = "ircc-ee-rounds"
publisher = "IRCC"
url = "https://www.example.org/rounds.json"
format = "json"
extract = ["draws"]
"""
TEXT = "# IT workers\n\nA nomination adds 600 points.\n"


def load(folder: Path, sources: str = SOURCES + DECLARED) -> Config:
    folder.joinpath("guides").mkdir()
    folder.joinpath("sources.toml").write_text(sources, encoding="utf-8")
    folder.joinpath("guides", "it-workers.toml").write_text(GUIDE, encoding="utf-8")
    folder.joinpath("guides", "it-workers.md").write_text(TEXT, encoding="utf-8")
    return load_config(folder / "sources.toml", now=date(2026, 10, 3), environ={})


def test_the_examples_load_without_a_problem(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert lint_config(config, today=date(2026, 10, 3)) == []
    assert config.contact == "you@example.org"
    assert config.database == f"sqlite:///{tmp_path / 'stilltrue.db'}"
    assert (config.fetch, config.confirm) == (FetchSettings(), Confirm(reads=3, hours=6))
    assert config.channels[0].guides == ("it-workers",)
    assert resolve_channels(config, {"STILLTRUE_EDITORS_URL": "json://localhost"}) == {"editors": "json://localhost"}


def test_the_example_s_source_is_as_written(tmp_path: Path) -> None:
    source = load(tmp_path).sources["bcpnp-invitations"]
    assert source.schedule == Schedule(cron=("0 7-17 * * mon-fri",), timezone="America/Vancouver")
    assert source.scope == Scope(keep=("main",), drop=(".alert",))
    assert list(source.declarations) == ["draws", "rules"]
    assert source.guards == Guards(must_contain=("Invitations to apply",), min_facts={FactKind.DRAW: 3}, language="en")


def test_the_example_s_assumptions_are_as_written(tmp_path: Path) -> None:
    (guide,) = load(tmp_path).guides
    assert (guide.id, guide.text, guide.review_every) == ("it-workers", TEXT, timedelta(days=90))
    assert [assumption.expect for assumption in guide.assumptions] == [
        Expect(operator=Operator.EQUALS, operand=600, fact="threshold:*provincial*nomination*"),
        Expect(
            operator=Operator.NEWEST_WITHIN,
            operand=timedelta(days=365),
            fact="draw:*",
            where={"category": "stem"},
        ),
    ]


def test_alone_they_lack_only_the_sources_of_the_guide(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, SOURCES)
    lines = GUIDE.splitlines()
    assert [(finding.code, lines[(finding.line or 0) - 1]) for finding in caught.value.findings] == [
        ("unknown_source", 'sources = ["ircc-crs"]'),
        ("unknown_source", 'sources = ["ircc-ee-rounds"]'),
    ]
