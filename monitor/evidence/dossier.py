"""What a pack is about, as data: the pages with their words, the event or verdict, the reading, the chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.evidence.marking import Passage
from monitor.model import GENESIS, ChainHead, ChainLink, Root, Snapshot, Version
from monitor.stillness import Stillness


class About(StrEnum):
    """What a pack proves."""

    EVENT = "event"
    ASSUMPTION = "assumption"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One stored page: ``name`` tells it apart in the pack, ``role`` says in words what it is."""

    name: str
    role: str
    source: str
    publisher: str
    title: str
    url: str
    version: Version
    snapshot: Snapshot
    passage: Passage
    quote: str | None
    link: ChainLink | None
    """The line of the chain that recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A source's chain from one of its lines to its end; ``previous`` is the digest before it."""

    source: str
    links: tuple[ChainLink, ...]
    previous: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRoot:
    """A daily root with all that it is made of."""

    root: Root
    heads: tuple[ChainHead, ...]
    previous: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All of a pack's content but its pictures. ``subject`` is the event, verdict or version as the interface says."""

    about: About
    heading: str
    made_at: datetime
    program: str
    subject: Mapping[str, object]
    exhibits: tuple[Exhibit, ...]
    still: tuple[Stillness, ...] = ()
    segments: tuple[Segment, ...] = ()
    roots: tuple[DayRoot, ...] = ()
    history: Sequence[Mapping[str, object]] = field(default=())
    """Events of the period, as the interface says."""
