"""`verify --fresh`: the final pass before submitting reads the pages now, and loses nothing it finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Loopback, Reply
from program import Program
from running import Place
from world import fee_page

GUIDE = """
id = "moving"
title = "Moving"

[[assumption]]
id = "F1"
claim = "The application fee is $1,475."
sources = ["fees"]
expect = { fact = "fee:application", equals = 1475 }
"""
SOURCE = """
[[source]]
id = "fees"
publisher = "Example"
title = "The fee page"
url = "{url}"
format = "html"
every = "6h"
extract = ["fees"]
"""


def page(fee: str) -> Reply:
    return Reply(body=fee_page(fee).encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.write(SOURCE.format(url=server.url("/fees")))
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "moving.toml").write_text(GUIDE)
    monkeypatch.setenv("EDITORS", f"journal://{tmp_path}/told.jsonl")
    return place


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], place: Place) -> Program:
    return Program(capsys=capsys, database=place.database, config=place.config)


def test_a_change_it_is_the_first_to_see_is_told(server: Loopback, place: Place, ask: Program):
    server.script("/fees", page("$1,475"), page("$1,750"))
    assert ask("verify", "--fresh").code == 0
    found = ask("verify", "--fresh")
    assert found.code == 1
    assert "1 alert(s) wait to be sent" in found.err
    assert place.told() == []
    assert ask("check").code == 0
    assert [item["event"]["kind"] for told in place.told() for item in told["items"]] == ["fee.changed"]


def test_a_page_that_cannot_be_read_now_confirms_nothing(server: Loopback, ask: Program, tmp_path: Path):
    server.script("/fees", page("$1,475"), Reply(status=503, body=b"busy"))
    assert ask("verify", "--fresh").code == 0
    written = tmp_path / "report.html"
    found = ask("verify", "--fresh", "-o", written)
    assert found.code == 1
    assert "fees could not be read now: 127.0.0.1 answered with status 503." in found.err
    html = written.read_text()
    assert "What could not be checked" in html
    assert html.index("The fee page could not be read") < html.index("F1. The application fee")
    (row,) = ask("verify", "--json").json
    assert any("could not be read when it was last checked" in reason for reason in row["reasons"])
