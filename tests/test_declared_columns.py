"""Tables whose columns have names of their own are read by declarations alone: the example of docs/sources.md."""

import re
from datetime import date
from pathlib import Path

import pytest
from reading import page_of

from monitor.config import load_config
from monitor.errors import ConfigError
from monitor.extractors import extract
from monitor.model import value_to_plain

DOCS = Path(__file__).parents[1] / "docs" / "sources.md"
PAGE = """<!doctype html><html lang="en"><head><title>T</title></head><body><main><h1>Program</h1>
<h2>Letters</h2><table><tr><th>When</th><th>Group</th><th>Lowest mark</th><th>Letters sent</th></tr>
<tr><td>February 3, 2026</td><td>Nurses</td><td>88</td><td>120</td></tr></table>
<h2>Prices</h2><table><tr><th>What</th><th>To pay</th></tr><tr><td>Filing</td><td>120.00</td></tr></table>
<h2>Waiting</h2><table><tr><th>File</th><th>How long</th></tr><tr><td>Permit</td><td>9 weeks</td></tr></table>
<h2>Grid</h2><table><tr><th>Trait</th><th>Worth</th></tr><tr><td>Age under 30</td><td>12</td></tr></table>
<h2>Jobs</h2><table><tr><th>Number</th><th>Called</th></tr><tr><td>21231</td><td>Software engineers</td></tr></table>
<h2>Calendar</h2><table><tr><th>Step</th><th>Last moment</th></tr><tr><td>Filing</td><td>March 3, 2026</td></tr></table>
<p>The Blue path is taking files again.</p></main></body></html>"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text('[monitor]\ncontact = "a@example.org"\n' + text)
    return path


def example() -> str:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if "lowest mark" in block)


def test_the_example_of_the_documentation_reads_each_table(tmp_path: Path):
    source = load_config(written(tmp_path, example()), now=date(2026, 6, 1), environ={}).sources["example"]
    found = {fact.kind: value_to_plain(fact.value) for fact in extract(page_of(PAGE, source), source).facts}
    draw = found["draw"]
    assert (draw["date"], draw["category"], draw["score"], draw["invitations"]) == ("2026-02-03", "nurses", 88, 120)
    assert (found["fee"]["label"], found["fee"]["amount"]) == ("filing", "120")
    assert (found["processing_time"]["label"], found["processing_time"]["text"]) == ("permit", "9 weeks")
    assert (found["threshold"]["amount"], found["threshold"]["unit"]) == ("12", "points")
    assert (found["occupation"]["code"], found["occupation"]["title"]) == ("21231", "Software engineers")
    assert found["deadline"]["date"] == "2026-03-03"
    assert (found["stream"]["name"], found["stream"]["status"]) == ("Blue path", "open")


def test_a_column_that_draws_do_not_have_is_a_problem_of_the_configuration(tmp_path: Path):
    wrong = example().replace("count =", "amount =")
    with pytest.raises(ConfigError, match="amount"):
        load_config(written(tmp_path, wrong), now=date(2026, 6, 1), environ={})
