"""``browser = true`` in sources.toml: what may stand with it, and what is said where there is no browser."""

from pathlib import Path

import pytest
from configfiles import ConfigFolder, source
from program import Program

from monitor.errors import ConfigError

SHOWN = """\
[monitor]
database = "sqlite:///kept.db"

[[source]]
id = "board"
publisher = "Example"
url = "http://127.0.0.1:9/board"
format = "html"
allow_private = true
respect_robots = false
pause = 0.0
retries = 0
browser = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(root=tmp_path)


def test_a_source_says_that_a_browser_is_to_show_it(folder: ConfigFolder) -> None:
    one = folder.load(source("browser = true", 'wait_for = "table.draws"')).sources["one"]
    assert (one.browser, one.wait_for) == (True, "table.draws")
    assert folder.load(source()).sources["one"].browser is False


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (('wait_for = "p"',), '"wait_for" needs browser = true'),
        (("browser = true", 'wait_for = "p["'), "p["),
        (("browser = 1",), '"browser" must be true or false'),
    ],
)
def test_what_cannot_be_is_said(folder: ConfigFolder, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        folder.load(source(*lines))
    assert words in str(caught.value)


def test_only_html_is_shown(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigError, match='"browser" needs format = "html"'):
        folder.load(source("browser = true").replace('"html"', '"json"'))


def test_a_missing_browser_is_said_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLTRUE_CHROMIUM", "/nowhere/chromium")
    config = tmp_path / "sources.toml"
    config.write_text(SHOWN)
    stilltrue = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    lint = stilltrue("lint", "--json")
    assert (lint.code, [item["code"] for item in lint.json]) == (1, ["browser_missing"])
    (finding,) = lint.json
    assert finding["line"] == 4
    assert "STILLTRUE_CHROMIUM" in finding["message"] or "stilltrue[browser]" in finding["message"]
    checked = stilltrue("check", "board", "--json")
    assert (checked.code, checked.json[0]["problem"]["code"]) == (1, "browser")
    doctor = stilltrue("doctor", "--json")
    assert doctor.code == 1
    assert [item["code"] for item in doctor.json if item["severity"] == "error"] == ["browser_missing"]


def test_the_starter_needs_no_browser() -> None:
    text = (Path(__file__).parents[1] / "sources.toml").read_text()
    assert "browser = true" not in text
