"""Real pages and feeds edited at random: every edit is told with its old and new words, no disguise is."""

import gzip
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evaluation.disguises import FEED, PAGE, disguised, tokens
from evaluation.following import Follower, starter_sources
from monitor.model import Event, Known, Page, Snapshot, to_json
from monitor.pages.wording import tidy
from monitor.read import read_snapshot

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
PAGES = (
    "bcpnp-invitations", "bcpnp-for-workers", "oinp-updates-2024", "oinp-foreign-worker",
    "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw",
)  # fmt: skip
FEEDS = ("ircc-ee-rounds", "ircc-processing-times")
FEW = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])

_TEXT = re.compile(r"[^\W\d_]")
_AMOUNT = re.compile(r"\$(\d[\d,]*(?:\.\d\d)?)")
_NUMBER = re.compile(r"(?<![\d.,$#-])\d{1,3}(?![\d.,%-])(?= (?:points|months|weeks|calendar days|business days|years|employees)\b)")
_CODE = re.compile(r"(?<![\d$,.-])\d{5}(?![\d,-])")
_MODAL = re.compile(r"\b(?:must|may|should|cannot)\b(?! \d)")
_OTHER_MODAL = {"must": "may", "may": "must", "should": "must", "cannot": "can"}
_WORD = re.compile(r"(?<![\w-])[a-z]{7,}(?![\w-])")
_DATE = re.compile(r"\b(January|February|March|April|May|June|July|August|September|October|November|December)( |&nbsp;)(\d{1,2}), (20\d\d)\b")


@cache
def body_of(real: Path, source: str) -> str:
    """The newest real copy of this source."""
    lines = [json.loads(line) for line in (real / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    line = max((line for line in lines if line["source"] == source and line["bytes"] > 1), key=lambda line: line["fetched_at"])
    raw = (real / line["file"]).read_bytes()
    return (gzip.decompress(raw) if line.get("encoding") == "gzip" else raw).decode("utf-8")


def follow(source_id: str, *bodies: str, steps: float = 24) -> list[Event]:
    """What is told of these bodies read one after another, the last one long enough to be believed."""
    source = starter_sources()[source_id]
    follower = Follower(source=source, known=Known(source=source.id))
    for number, body in enumerate((*bodies, bodies[-1], bodies[-1])):
        at = START + timedelta(hours=steps * number)
        follower.take(replace(_read(source_id, body), checked_at=at))
    return follower.events()


@cache
def _read(source_id: str, body: str):
    source = starter_sources()[source_id]
    kind = "application/json" if source_id in FEEDS else "text/html; charset=utf-8"
    snapshot = Snapshot(source=source.id, fetched_at=START, status=200, final_url=source.url, headers={"content-type": kind}, body=body.encode())
    return read_snapshot(source, snapshot)


def page_of(source_id: str, body: str) -> Page:
    page = _read(source_id, body).page
    assert page is not None
    return page


@dataclass(frozen=True)
class Edit:
    """A piece of the body and what is put in its place; ``was`` and ``now`` are the words that must be told."""

    start: int
    end: int
    put: str
    was: str
    now: str

    def apply(self, body: str) -> str:
        return body[: self.start] + self.put + body[self.end :]


def texts(source_id: str, body: str) -> list[tuple[int, str]]:
    """(offset, text) of every text of the content that a rule, notice or other fact quotes."""
    start = body.index("<main")
    told = "\n".join(tidy(fact.quote).replace("\n", " ") for fact in _read(source_id, body).facts)
    found, place = [], start
    for token in tokens(body[start:]):
        place = body.index(token, place)
        plain = tidy(token.replace("&nbsp;", " ").replace("&rsquo;", "\u2019").replace("&ndash;", "\u2013"))
        if not token.startswith("<") and _TEXT.search(token) and len(plain) > 2 and plain in told:
            found.append((place, token))
        place += len(token)
    return found


def edits(source_id: str, body: str, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> list[Edit]:
    """Every edit of this kind, one a place."""
    found = []
    for place, text in texts(source_id, body):
        for match in pattern.finditer(text):
            now = put(match)
            if now != match[0]:
                found.append(Edit(place + match.start(), place + match.end(), now, match[0], now))
    return found


def plain(words: str) -> str:
    return re.sub(r"[,$\s]|&nbsp;|\.00\b", "", words).lower()


def says(event: Event, words: str, side: str) -> bool:
    value = event.old if side == "old" else event.new
    return value is not None and plain(words) in plain(to_json(value).replace("\u00a0", " "))


def another_number(text: str, by: int) -> str:
    digits = int(text.replace(",", "").split(".")[0]) + by
    whole = f"{digits:,}" if "," in text else str(digits)
    return whole + (f".{text.split('.')[1]}" if "." in text else "")


def check(source_id: str, body: str, edit: Edit) -> None:
    events = follow(source_id, body, edit.apply(body))
    assert events, f"{edit.was} > {edit.now} was not told"
    strangers = [event for event in events if not (says(event, edit.was, "old") or says(event, edit.now, "new"))]
    assert not strangers, [(event.kind, event.old, event.new) for event in strangers]
    assert any(says(event, edit.was, "old") and says(event, edit.now, "new") for event in events) or (
        any(says(event, edit.was, "old") for event in events) and any(says(event, edit.now, "new") for event in events)
    ), [(event.kind, event.old, event.new) for event in events]


KINDS: dict[str, Callable[[str, str, int], list[Edit]]] = {
    "amount": lambda source, body, by: edits(source, body, _AMOUNT, lambda match: f"${another_number(match[1], by)}"),
    "number": lambda source, body, by: edits(source, body, _NUMBER, lambda match: str(int(match[0]) + 1 + by % 5)),
    "code": lambda source, body, by: edits(source, body, _CODE, lambda match: f"{match[0][:2]}9{match[0][3:]}"),
    "modal": lambda source, body, by: edits(source, body, _MODAL, lambda match: _OTHER_MODAL[match[0]]),
    "word": lambda source, body, by: edits(source, body, _WORD, lambda match: "zebrafish"),
}


def without_a_row(body: str, number: int) -> tuple[str, str] | None:
    """The body without one of its plain table rows, and that row."""
    rows = [match for match in re.finditer(r"<tr\b(?:(?!<tr\b).)*?</tr>", body, re.DOTALL) if "span=" not in match[0]]
    rows = [row for row in rows if "<th" not in row[0]]
    if not rows:
        return None
    row = rows[number % len(rows)]
    return body[: row.start()] + body[row.end() :], row[0]
