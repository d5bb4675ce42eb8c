"""Settings that change are applied to what is stored first, and what that brings to light alerts nobody."""

import json
from pathlib import Path

from program import Program

CONFIG = """
[[channel]]
name = "journal"
url = "journal://{folder}/alerts.jsonl"

[[source]]
id = "fees"
publisher = "BC PNP"
url = "https://example.org/fees"
format = "html"
extract = {extract}
"""


def page(amount: str) -> str:
    words = f"<h1>Fees</h1><p>You must apply online.</p><p>The application fee is ${amount} CAD.</p>"
    return f"<html lang='en'><body><main>{words}</main></body></html>"


def write_config(folder: Path, extract: list[str]) -> Path:
    config = folder / "sources.toml"
    config.write_text(CONFIG.format(folder=folder, extract=json.dumps(extract)))
    return config


def manifest(folder: Path, name: str, pages: dict[str, str]) -> Path:
    lines = []
    for number, (at, html) in enumerate(pages.items()):
        file = folder / f"{name}-{number}.html"
        file.write_text(html)
        lines.append(json.dumps({"source": "fees", "fetched_at": at, "file": file.name, "content_type": "text/html"}))
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_a_new_extractor_reads_the_past_again_and_tells_nobody(stilltrue: Program, tmp_path: Path):
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=write_config(tmp_path, ["rules"]))
    days = {"2026-01-05T12:00:00Z": page("1,475"), "2026-01-22T12:00:00Z": page("1,750")}
    program("import", manifest(tmp_path, "first", days))
    assert [event["kind"] for event in program("history", "--json").json] == ["rule.changed"]
    write_config(tmp_path, ["fees", "rules"])
    program("import", manifest(tmp_path, "second", {"2026-01-23T12:00:00Z": page("1,750")}), "--alerts")
    (event,) = program("history", "--json").json
    assert (event["kind"], event["cause"], event["observed_at"]) == (
        "fee.changed",
        "reextraction",
        "2026-01-22T12:00:00Z",
    )
    assert (event["old"]["amount"], event["new"]["amount"]) == ("1475", "1750")
    assert program("alerts", "--json").json == []
    facts = program("facts", "--kind", "fee", "--at", "2026-01-10", "--json").json
    assert [fact["value"]["amount"] for fact in facts] == ["1475"]


def test_reextract_shows_first_and_then_applies(stilltrue: Program, tmp_path: Path):
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=write_config(tmp_path, ["rules"]))
    days = {"2026-01-05T12:00:00Z": page("1,475"), "2026-01-22T12:00:00Z": page("1,750")}
    program("import", manifest(tmp_path, "first", days))
    before = program("history", "--json").out
    assert program("reextract", "--dry-run", "--json").json[0]["appear"] == []
    write_config(tmp_path, ["fees", "rules"])
    (shown,) = program("reextract", "fees", "--dry-run", "--json").json
    assert [event["kind"] for event in shown["appear"]] == ["fee.changed"]
    assert [event["kind"] for event in shown["vanish"]] == ["rule.changed"]
    assert program("history", "--json").out == before
    program("reextract", "fees")
    assert [event["kind"] for event in program("history", "--json").json] == ["fee.changed"]
    assert "No past event differs" in program("reextract", "fees", "--dry-run").err
