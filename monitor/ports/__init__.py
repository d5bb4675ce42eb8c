"""The edges as Protocols: what the use cases ask of a fetcher, a store and a notifier."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from monitor.browsing import BrowsingStore, StoredEvent
from monitor.model import (
    Alert,
    ChainHead,
    ChainLink,
    Check,
    CheckRecord,
    Delivery,
    Event,
    FactKind,
    Guide,
    Known,
    KnownFact,
    ReadState,
    Recheck,
    Root,
    Snapshot,
    Source,
    Validators,
    VerdictKind,
    Version,
)
from monitor.ports.outbox import Outbox
from monitor.ports.passed import Ask, Attempt, Claimed, Due, EventQuery, LastRead, OutboxState, PutOff, Swept, Tally

__all__ = [
    "Ask",
    "Attempt",
    "BoardStore",
    "Claimed",
    "Due",
    "EventQuery",
    "Fetcher",
    "HistoryStore",
    "KeepingStore",
    "LastRead",
    "Notifier",
    "Outbox",
    "OutboxState",
    "PutOff",
    "SourceStore",
    "Store",
    "Swept",
    "Tally",
]


class Fetcher(Protocol):
    """Reads one source over the network."""

    async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
        """What the server sent, whatever its status below 500; None when it says "not modified".

        Raises FetchError when no usable answer came within the source's limits and retries.
        """
        ...


class SourceStore(Protocol):
    """What recording and re-reading sources needs."""

    def get_known(self, source: str, *, sha256: str | None = None) -> Known:
        """The source as last recorded; a blank Known for a source never read. ``sha256`` looks up the twin."""
        ...

    def record(self, records: Sequence[CheckRecord]) -> None:
        """Write whole checks in one transaction. Raises ConflictError when a ``revision`` is not the stored one."""
        ...

    def rebuild(self, source: str, records: Sequence[CheckRecord]) -> None:
        """Replace all that is derived from a source's snapshots by these records, in one transaction.

        Snapshots stay. Events that come out with the same id keep their affects, rechecks and alerts; events that
        no longer come out are dropped unless a recheck or an alert cites them: those become retracted.
        """
        ...

    def kin(self, sentences: Collection[str]) -> list[StoredEvent]:
        """The events that tell of these sentences, and of those told in one notice with them, oldest first."""
        ...

    def turns(self, keys: Sequence[str]) -> list[Event]:
        """The events by which disagreements under these keys began and ended, oldest first."""
        ...

    def fact_times(self, source: str) -> list[datetime]:
        """When facts of a source began or ended to be true, oldest first."""
        ...

    def regroup(self, events: Sequence[Event], gone: Collection[str]) -> None:
        """Bring these events to how they are now and drop those ``gone``, in one transaction."""
        ...

    def has_read(self, source: str, at: datetime, sha256: str) -> bool:
        """Whether bytes with this digest were recorded as read from the source at this time, kept or not."""
        ...

    def snapshots(self, source: str) -> Iterator[Snapshot]:
        """All stored snapshots of a source, oldest first, equal times by SHA-256 of the body."""
        ...

    def get_snapshot(self, snapshot_id: str) -> Snapshot:
        """One stored snapshot; raises UsageError when there is none."""
        ...

    def links(self, source: str, *, since: datetime | None = None) -> list[ChainLink]:
        """A source's hash chain in the order of recording: all of it, or the links of reads made from then on."""
        ...

    def has_digest(self, digest: str) -> bool:
        """Whether a daily root has this digest, or a link one that begins so."""
        ...

    def day_heads(self, day: date) -> list[ChainHead]:
        """Where each chain that grew on a day ended then."""
        ...

    def roots(self) -> list[Root]:
        """The daily roots over all chains, oldest first."""
        ...

    def failed_checks(self, source: str) -> list[Check]:
        """The recorded checks that have no snapshot (time-outs, unchanged pages and the like), oldest first."""
        ...


class HistoryStore(Protocol):
    """What answering questions needs. ``at`` None means now."""

    def facts(
        self,
        *,
        sources: Sequence[str] = (),
        kind: FactKind | None = None,
        at: datetime | None = None,
    ) -> list[KnownFact]:
        """What is known, or was known at a time, ordered by source and key. No sources means all."""
        ...

    def fact_history(self, sources: Sequence[str]) -> list[KnownFact]:
        """Every fact that was ever true of these sources, ended ones too, by source, key and time."""
        ...

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """Change events, newest first."""
        ...

    def find_event(self, prefix: str) -> StoredEvent | None:
        """The event whose id starts so; None when there is none; raises UsageError when several do."""
        ...

    def versions(self, source: str) -> list[Version]:
        """All versions of a source, newest first."""
        ...

    def find_version(self, source: str, *, at: datetime | None = None) -> Version | None:
        """The version in force at a time."""
        ...

    def read_states(
        self, *, at: datetime | None = None, sources: Sequence[str] | None = None
    ) -> Mapping[str, ReadState]:
        """How each source ever read stood at a time, by source id; of these ``sources`` only unless None."""
        ...


class BoardStore(Protocol):
    """What guides, verdicts and rechecks need."""

    def load_guides(self, guides: Sequence[Guide], now: datetime) -> None:
        """Remember when each guide was first seen; forget the recorded verdicts of assumptions edited since."""
        ...

    def first_loads(self) -> Mapping[str, datetime]:
        """When each guide was first seen, by guide id; its review time runs from there."""
        ...

    def verdicts(self) -> Mapping[tuple[str, str], VerdictKind]:
        """The last recorded verdict by (guide, assumption)."""
        ...

    def rechecks(self, *, guide: str | None = None, state: str | None = None) -> list[Recheck]:
        """Rechecks, newest first."""
        ...

    def close_recheck(self, recheck: int, *, outcome: str, note: str | None, by: str | None, now: datetime) -> Recheck:
        """Close one; raises UsageError when it does not exist or is closed already."""
        ...


class KeepingStore(Protocol):
    """What the daemon and the upkeep need."""

    def dues(self) -> Mapping[str, Due]:
        """When each source ever read is due again, by id."""
        ...

    def last_reads(self, sources: Sequence[str]) -> Mapping[str, LastRead]:
        """What the last read of each of these sources left to the next; much lighter than ``get_known``."""
        ...

    def newest_check(self) -> datetime | None:
        """When the newest check of any source was."""
        ...

    def outbox_state(self) -> OutboxState:
        """How the outbox stands."""
        ...

    def open_rechecks(self) -> int:
        """How many rechecks wait for a person."""
        ...

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Remembered values whose keys begin so."""
        ...

    def note(self, key: str, value: str) -> None:
        """Remember one value."""
        ...

    def ask(self, asks: Sequence[Ask], alerts: Sequence[Alert], now: datetime) -> None:
        """Ask for rechecks and raise their alerts, all or nothing; ConflictError when another process was quicker."""
        ...

    def disconnect(self) -> bool:
        """Close every connection, each to be opened anew when needed; False, and nothing done, where that loses all."""
        ...

    def sweep(self, before: datetime, *, limit: int) -> Swept:
        """Remove at most ``limit`` snapshots older than ``before`` that nothing cites, and bytes nobody refers to."""
        ...

    def backup(self, path: Path) -> int:
        """Write a consistent copy while in use and return its size; never overwrites. Raises StorageError."""
        ...


class Store(
    SourceStore,
    HistoryStore,
    BrowsingStore,
    BoardStore,
    Outbox,
    KeepingStore,
    AbstractContextManager["Store"],
    Protocol,
):
    """The whole database behind one object; a context manager that closes it."""


class Notifier(Protocol):
    """Sends one alert to one configured destination."""

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        """Deliver now; raises DeliveryError when the receiver did not take it."""
        ...
