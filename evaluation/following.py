"""One source read again and again the pure way, and what is told of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from evaluation.cases import Case, Read
from evaluation.editions import Edition, load_editions
from monitor.changes.advance import advance
from monitor.changes.decide import decide
from monitor.changes.reading import Reading
from monitor.config import load_config
from monitor.extractors import REVISION
from monitor.model import CheckOutcome, Event, EventState, Format, Known, Snapshot, Source, Version
from monitor.read import read_snapshot

STARTER = Path(__file__).parents[1] / "sources.toml"
OTHERS = Path(__file__).parent / "sources.toml"
_TYPES = {
    Format.JSON: "application/json",
    Format.HTML: "text/html; charset=utf-8",
    Format.FEED: "application/atom+xml",
    Format.PDF: "application/pdf",
}


@cache
def starter_sources() -> dict[str, Source]:
    """The starter's own sources by id."""
    return dict(load_config(STARTER, now=date(2026, 6, 1), environ={}).sources)


@cache
def declared_sources() -> dict[str, Source]:
    """The starter's sources, and other pages of the same publishers as a user would declare them, by id."""
    others = load_config(OTHERS, now=date(2026, 6, 1), environ={}).sources
    return {**starter_sources(), **dict(others)}


class Follower(Struct):
    """Feeds reads of one source to the decider and keeps what a store would."""

    source: Source
    known: Known
    versions: dict[str, Version] = field(default_factory=dict)
    told: dict[str, Event] = field(default_factory=dict)
    outcomes: list[CheckOutcome] = field(default_factory=list)

    def take(self, reading: Reading) -> None:
        """Decide on one reading."""
        twin = self.versions.get(reading.page.sha256) if reading.page else None
        record = decide(self.source, replace(self.known, twin=twin), reading, revision=REVISION)
        if record.version is not None:
            self.versions[record.version.sha256] = record.version
        self.known = advance(self.known, record)
        self.outcomes.append(record.check.outcome)
        self.told.update((event.id, event) for event in (*record.events, *record.settled))

    def events(self) -> list[Event]:
        """What has been told and not taken back."""
        return [event for event in self.told.values() if event.state != EventState.RETRACTED]


def follow(case: Case) -> Follower:
    """The case's source after its first sight and every read of it."""
    edition, source = case.edition, declared_sources()[case.edition.source]
    follower = Follower(source=source, known=Known(source=source.id))
    follower.take(_first(edition.name, edition.render()))
    bodies: Sequence[tuple[datetime, bytes, int, str]] = [
        (edition.at + timedelta(hours=read.hours), read.body, read.status, read.url or source.url)
        for read in case.reads
    ]
    for at, body, status, url in bodies:
        follower.take(replace(_read(edition.name, body, status, url), checked_at=at))
    return follower


def reading_of(edition: Edition, read: Read, at: datetime) -> Reading:
    """The reading of one answer to this edition's source."""
    url = read.url or declared_sources()[edition.source].url
    reading = _read(edition.name, read.body, read.status, url)
    shot = replace(reading.snapshot, fetched_at=at) if reading.snapshot else None
    return replace(reading, checked_at=at, snapshot=shot)


@cache
def _first(name: str, text: str) -> Reading:
    edition = load_editions()[name]
    source = declared_sources()[edition.source]
    return replace(_read(name, edition.encode(text), 200, source.url), checked_at=edition.at)


@cache
def _read(name: str, body: bytes, status: int, url: str) -> Reading:
    """The reading of these bytes; made once for each, whatever its time."""
    edition = load_editions()[name]
    source = declared_sources()[edition.source]
    snapshot = Snapshot(
        source=source.id,
        fetched_at=edition.at,
        status=status,
        final_url=url,
        headers={"content-type": _TYPES[edition.form]},
        body=body,
    )
    return read_snapshot(source, snapshot)
