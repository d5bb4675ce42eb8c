"""What looking through the record asks of a store: slices of the timeline that take bounded work, and counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from monitor.model import Affect, Check, Delivery, Event, FactKind, KnownFact, Recheck, Version


class StoredEvent(Struct, frozen=True, kw_only=True):
    """An event with the assumptions it was found to touch."""

    event: Event
    affects: tuple[Affect, ...]


class Sift(Struct, frozen=True, kw_only=True):
    """Which events to look for. ``kind`` is a prefix, ``text`` stands anywhere in the event's words.

    ``sources`` empty means all, ``retracted`` whether those count too. ``after`` is the id of an event of the slice
    before: the slice goes on behind it.
    """

    sources: tuple[str, ...] = ()
    kind: str | None = None
    guide: str | None = None
    assumption: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    retracted: bool = False
    after: str | None = None
    limit: int = 50


class Slice(Struct, frozen=True, kw_only=True):
    """Events, newest first; ``next`` is where the next slice goes on, None at the end.

    ``searched_to`` is set when the work a slice may take ran out first: what is older was not looked at yet.
    """

    events: tuple[StoredEvent, ...]
    next: str | None = None
    searched_to: datetime | None = None


class BrowsingStore(Protocol):
    """What the pages ask beside the questions of the command line; none of it grows with the record."""

    def sift(self, wanted: Sift) -> Slice:
        """One slice of the timeline. Raises UsageError when ``after`` is no event."""
        ...

    def recent_checks(self, source: str, *, limit: int) -> list[Check]:
        """The newest checks of a source, newest first."""
        ...

    def outcome_counts(self, source: str) -> Mapping[str, int]:
        """How many checks of a source ended in each outcome."""
        ...

    def recent_facts(self, source: str, *, kind: FactKind | None = None, limit: int) -> list[KnownFact]:
        """The current facts of a source that were recorded last."""
        ...

    def recent_versions(self, source: str, *, limit: int) -> list[Version]:
        """The newest versions of a source, newest first."""
        ...

    def get_version(self, version: str) -> Version:
        """One version; raises UsageError when there is none."""
        ...

    def find_version_before(self, version: Version) -> Version | None:
        """The version that was in force before this one."""
        ...

    def closed_rechecks(self, *, guide: str | None = None, limit: int) -> list[Recheck]:
        """The rechecks that were opened last of those closed."""
        ...

    def recent_deliveries(self, *, limit: int) -> list[Delivery]:
        """The newest deliveries, newest first."""
        ...

    def acknowledgements(self) -> Mapping[str, tuple[datetime, str | None]]:
        """When and by whom each acknowledged alert was acknowledged."""
        ...
