"""A made-up world of official pages, saved at chosen times and imported; a guide rests on them."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field
from program import Answer, Program

SOURCES = """
[confirm]
reads = 2
hours = 6

[[source]]
id = "fees"
publisher = "Office"
title = "Office fees"
url = "https://office.example/fees"
format = "html"
extract = ["fees", "thresholds", "streams", "deadlines", "rules"]
guards = { language = "en" }

[[source]]
id = "news"
publisher = "Office"
title = "Office news"
url = "https://office.example/news"
format = "html"
extract = ["notices", "rules"]

[[source]]
id = "rounds"
publisher = "Office"
title = "Rounds"
url = "https://office.example/rounds.json"
format = "json"
extract = ["draws"]
append_only = true
"""
CAPTCHA = "<html><head><title>Radware Captcha Page</title></head><body>perfdrive.com Incident ID: 1</body></html>"


class World(Struct):
    """Pages of one configuration; each ``read`` imports one saved copy."""

    folder: Path
    stilltrue: Program
    copies: int = 0
    written: list[str] = field(default_factory=list)

    def guide(self, text: str, *, words: str = "", name: str = "g") -> None:
        """Write the guide; a later call with the same name edits it."""
        head = f'id = "{name}"\ntitle = "Guide"\n' + (f'text = "{name}.md"\n' if words else "")
        (self.folder / "guides").mkdir(exist_ok=True)
        (self.folder / "guides" / f"{name}.toml").write_text(head + text, encoding="utf-8")
        if words:
            (self.folder / "guides" / f"{name}.md").write_text(words, encoding="utf-8")

    def read(self, source: str, at: str, body: str, **more: Any) -> list[Any]:
        """Import this copy of a page; returns the checks."""
        self.copies += 1
        (self.folder / f"copy{self.copies}").write_text(body, encoding="utf-8")
        kind = "application/json" if source == "rounds" else "text/html; charset=utf-8"
        line = {"source": source, "fetched_at": at, "file": f"copy{self.copies}", "content_type": kind, **more}
        manifest = self.folder / f"manifest{self.copies}.jsonl"
        manifest.write_text(json.dumps(line), encoding="utf-8")
        answer = self.stilltrue("import", manifest, "--json")
        assert answer.code in {0, 1}, answer.err
        found: list[Any] = answer.json
        return found

    def board(self, *arguments: str) -> dict[str, Any]:
        """The verdicts by assumption."""
        return {row["assumption"]: row for row in self.stilltrue("verify", "g", *arguments, "--json").json}

    def open(self) -> dict[str, Any]:
        """The open rechecks by assumption; never two of one."""
        rows = self.stilltrue("rechecks", "--json").json
        assert len({row["assumption"] for row in rows}) == len(rows)
        return {row["assumption"]: row for row in rows}

    def close(self, assumption: str, outcome: str = "holds") -> Answer:
        """Close the open recheck of an assumption."""
        number = str(self.open()[assumption]["id"])
        return self.stilltrue("recheck", number, "--outcome", outcome, "--note", "looked", "--by", "ana", "--json")

    def history(self) -> list[str]:
        """The kinds of the events told, oldest first."""
        return [event["kind"] for event in reversed(self.stilltrue("history", "--json").json)]


def make_world(folder: Path, capsys: pytest.CaptureFixture[str]) -> World:
    """A world with no page read yet."""
    config = folder / "sources.toml"
    config.write_text(SOURCES, encoding="utf-8")
    return World(folder=folder, stilltrue=Program(capsys=capsys, database=folder / "w.db", config=config))


def fee_page(application: str = "$1,475", *, more: str = "", rules: str = "", rows: str = "") -> str:
    """A page of fees with a sentence of rules."""
    fee = f"<tr><td>Application</td><td>{application}</td></tr>" if application else ""
    return (
        '<html lang="en"><body><main><h1>Fees of the office</h1>'
        "<p>The office charges fees for the work it does on the applications that you send to it.</p>"
        f"<table><tr><th>Process</th><th>Fee</th></tr>{fee}"
        f"<tr><td>Request for review</td><td>$500</td></tr><tr><td>Extension</td><td>$100</td></tr>{rows}</table>"
        f"<h2>Job offer</h2><p>You must have a full-time job offer.{rules}</p>{more}</main></body></html>"
    )


def rounds(*draws: tuple[str, str, str, int]) -> str:
    """The feed of rounds: number, day, name, score of each."""
    records = [
        {"drawNumber": number, "drawDate": day, "drawName": name, "drawSize": "100", "drawCRS": str(score)}
        for number, day, name, score in draws
    ]
    return json.dumps({"classes": "wb-tables", "rounds": sorted(records, key=lambda it: it["drawDate"], reverse=True)})


def notice_page(*notices: tuple[str, str, str]) -> str:
    """A page of news: date, title, text of each."""
    items = "".join(f"<h2>{day}</h2><p><strong>{title}</strong></p><p>{text}</p>" for day, title, text in notices)
    return f'<html lang="en"><body><main><h1>News of the office</h1>{items}</main></body></html>'
