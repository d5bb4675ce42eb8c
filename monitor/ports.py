"""The edges as Protocols: what the use cases ask of a fetcher, a store and a notifier."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
    DeliveryState,
    Event,
    FactKind,
    Guide,
    Known,
    KnownFact,
    Memory,
    ReadState,
    Recheck,
    RecheckRequest,
    Root,
    Snapshot,
    Snooze,
    Source,
    Validators,
    VerdictKind,
    Version,
)


class Fetcher(Protocol):
    """Reads one source over the network."""

    async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
        """What the server sent, whatever its status below 500; None when it says "not modified".

        Raises FetchError when no usable answer came within the source's limits and retries.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events to list. ``kind`` is a prefix; ``states`` empty means all but retracted.

    Events that are told in a notice with other pages are listed only when ``parts`` asks for them.
    """

    source: str | None = None
    kind: str | None = None
    guide: str | None = None
    assumption: str | None = None
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    parts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one send went. ``next_attempt`` None with an error means: given up."""

    state: DeliveryState
    error: str | None = None
    sent_at: datetime | None = None
    next_attempt: datetime | None = None
    maybe_duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One message to send: a delivery, or all of one bundle, with the alerts of the first of them."""

    deliveries: tuple[Delivery, ...]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Until when a delivery waits, in which state and why."""

    until: datetime
    state: DeliveryState = DeliveryState.PENDING
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often a source was read, and how often well."""

    reads: int
    good: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a source is due again, and what that was decided on."""

    next_due: datetime | None
    last_check: datetime | None
    health: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """What the last read of a source left to the next one, without its facts; blank for a source never read."""

    last_check: datetime | None = None
    revision: int = 0
    version: str | None = None
    memory: Memory = field(default_factory=Memory)
    validators: Validators = field(default_factory=Validators)
    settings_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A recheck to ask for once: only while the note ``key`` still says ``before``; then it says ``after``."""

    key: str
    before: str | None
    after: str
    request: RecheckRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxState:
    """How many deliveries there are by state, and since when the oldest that is not put off has been due."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What retention removed."""

    snapshots: int = 0
    bytes: int = 0


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

    def links(self, source: str) -> list[ChainLink]:
        """A source's hash chain from its beginning, in the order of recording."""
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


class Outbox(Protocol):
    """What the delivery loop needs."""

    def claim(self, now: datetime, lease: timedelta) -> tuple[Delivery, Alert] | None:
        """Take the oldest due delivery under a lease, by a conditional update; None when nothing is due.

        One whose lease ran out is taken again with ``maybe_duplicate`` set.
        """
        ...

    def settle(self, delivery: int, attempt: Attempt) -> None:
        """Record how a claimed send went and end its lease."""
        ...

    def deliveries(self, *, state: str | None = None) -> list[Delivery]:
        """All deliveries, newest first."""
        ...

    def retry(self, ids: Iterable[int], now: datetime) -> list[Delivery]:
        """Make dead or held ones due again (all of them but acknowledged ones when ``ids`` is empty)."""
        ...

    def get_alert(self, alert: str) -> Alert:
        """One alert; raises UsageError when there is none."""
        ...

    def raise_alert(self, alert: Alert) -> None:
        """Raise an alert about the monitor itself; the same id is raised once."""
        ...

    def has_alert(self, alert: str) -> bool:
        """Whether this alert was raised."""
        ...

    def due_channels(self, now: datetime) -> list[str]:
        """The channels for which something is due."""
        ...

    def claim_message(self, now: datetime, lease: timedelta, channel: str, *, most: int) -> Claimed | None:
        """Take a channel's oldest due delivery with its whole bundle, as ``claim`` does; ``most`` alerts come along."""
        ...

    def settle_all(self, deliveries: Sequence[int], attempt: Attempt, *, alerts: Sequence[Alert] = ()) -> None:
        """Record how a claimed message went on every delivery it stood for and raise alerts, in one transaction."""
        ...

    def waiting(self, now: datetime, channel: str, *, after: int, limit: int) -> list[tuple[Delivery, Alert]]:
        """A channel's due deliveries never yet tried nor bundled, with ids above ``after``, by id; none is taken."""
        ...

    def arrange(self, put_off: Mapping[int, PutOff], bundles: Mapping[str, Sequence[int]]) -> None:
        """Put deliveries off and into bundles, by bundle name."""
        ...

    def messages_since(self, channel: str, since: datetime) -> tuple[int, datetime | None]:
        """How many messages a channel took after ``since``, and when the first of them went."""
        ...

    def newest_sent(self, channel: str) -> int:
        """The id of the delivery a channel took last; 0 when it took none."""
        ...

    def told_of(self, source: str, kinds: Collection[str], *, ends: str) -> tuple[str, ...]:
        """The channels addressed with these kinds of event by a source since its newest event of the kind ``ends``."""
        ...

    def standing_since(self, source: str, kinds: Collection[str], *, ends: str) -> datetime | None:
        """When a source's first event of these kinds was seen since its newest event of the kind ``ends``."""
        ...

    def acknowledge(self, name: str, now: datetime, *, by: str | None, note: str | None) -> list[Delivery]:
        """Note that somebody knows of an alert (by its id or a delivery's) and hold what is unsent of it."""
        ...

    def acknowledged_events(self) -> frozenset[str]:
        """The events of acknowledged alerts."""
        ...

    def snooze(self, wanted: Snooze) -> Snooze:
        """Snooze a source or an assumption; the id is given here."""
        ...

    def snoozes(self, now: datetime) -> list[Snooze]:
        """What is snoozed at ``now``."""
        ...

    def reads_between(self, since: datetime, until: datetime) -> Mapping[str, Tally]:
        """The reads of each source after ``since``, up to ``until``."""
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
