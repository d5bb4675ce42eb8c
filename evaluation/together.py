"""Cases of several pages side by side: one sentence on many pages, pages that state the same thing differently.

What such pages share is looked up in a store, so these are recorded as the daemon records them.
"""

import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from evaluation.cases import Case, Expected, Read, Row, read_of, rows_of
from evaluation.editions import HERE, Edition, load_editions
from evaluation.following import declared_sources, reading_of
from monitor.board import Board
from monitor.model import Event, Pair, Source
from monitor.ports import EventQuery
from monitor.recording import record_reading
from storage.store import open_store


class Together(Struct, frozen=True, kw_only=True):
    """Reads of several editions after their first sight, in order of time, and all the events they must raise."""

    case: Case
    reads: tuple[tuple[Edition, Read], ...]
    pairs: tuple[Pair, ...]


def load_together() -> list[Together]:
    """Every case of ``cases/together.toml``."""
    data = tomllib.loads((HERE / "cases" / "together.toml").read_text(encoding="utf-8"))
    return [case for row in data["together"] for case in _cases(f"together:{row['name']}", row)]


def _cases(name: str, row: Row) -> Iterator[Together]:
    for number, filled in enumerate(rows_of(name, row), start=1):
        editions = {one: load_editions()[one] for one in filled["editions"]}
        reads = tuple(_reads(f"{name}#{number}", filled, editions))
        expected = tuple(Expected(**item) for item in filled.get("expect", ()))
        first = next(iter(editions.values()))
        yield Together(
            case=Case(name=f"{name}#{number}", edition=first, reads=(), expected=expected),
            reads=(*((edition, _first(edition)) for edition in editions.values()), *reads),
            pairs=tuple(Pair(title=item["name"], **item) for item in filled.get("pairs", ())),
        )


def _first(edition: Edition) -> Read:
    return Read(hours=0, body=edition.render().encode())


def _reads(name: str, row: Row, editions: Mapping[str, Edition]) -> Iterator[tuple[Edition, Read]]:
    """The reads in their order; each step's ``after`` counts from the step before, whichever page that was of."""
    hours = 0.0
    for step in row["reads"]:
        edition = editions[step["edition"]]
        read = read_of(edition, step, hours, name)
        hours = read.hours
        yield edition, replace(read, body=_with_banner(read.body, step.get("banner")))


def _with_banner(body: bytes, banner: str | None) -> bytes:
    """The page with this text as paragraphs of their own below its title."""
    if banner is None:
        return body
    words = "".join(f"<p>{line}</p>" for line in banner.splitlines())
    text = body.decode()
    if "</h1>" not in text:
        raise ValueError("there is no title to put a banner below")
    return text.replace("</h1>", f"</h1>{words}", 1).encode()


def follow_together(one: Together) -> list[Event]:
    """What is told of these reads and not taken back; what a notice tells is no event of its own."""
    sources: dict[str, Source] = declared_sources()
    board = Board(sources=sources, pairs=one.pairs)
    start = max(edition.at for edition, _ in one.reads)
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'kept.db'}") as store:
        for edition, read in one.reads:
            at = start + timedelta(hours=read.hours)
            record_reading(sources[edition.source], reading_of(edition, read, at), store, board)
        return [item.event for item in store.events(EventQuery())]


def publisher_of(one: Together) -> str:
    """Whose pages they are."""
    publisher: Any = declared_sources()[one.case.edition.source].publisher
    return str(publisher)
