"""What a pack is about, as data: the pages with their words, the event or verdict, the reading, the chain."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from monitor.evidence.marking import Passage
from monitor.model import GENESIS, ChainHead, ChainLink, Root, Snapshot, Version
from monitor.stillness import Stillness


class About(StrEnum):
    """What a pack proves."""

    EVENT = "event"
    ASSUMPTION = "assumption"
    PAGE = "page"


class Exhibit(Struct, frozen=True, kw_only=True):
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


class Segment(Struct, frozen=True, kw_only=True):
    """A source's chain from one of its lines to its end; ``previous`` is the digest before it."""

    source: str
    links: tuple[ChainLink, ...]
    previous: str = GENESIS


class DayRoot(Struct, frozen=True, kw_only=True):
    """A daily root with all that it is made of."""

    root: Root
    heads: tuple[ChainHead, ...]
    previous: str = GENESIS


class Dossier(Struct, frozen=True, kw_only=True):
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
