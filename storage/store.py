"""The whole database behind one object: each method is one transaction over the functions of its neighbours."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Self

from monitor.browsing import StoredEvent
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
    Snooze,
    VerdictKind,
    Version,
)
from monitor.ports import (
    Attempt,
    Claimed,
    EventQuery,
    PutOff,
    Store,
    Tally,
)
from storage import (
    arranging,
    blobs,
    board,
    chaining,
    editing,
    history,
    outbox,
    proving,
    reading,
    recording,
    snoozing,
    sqlite,
    tallies,
    ticking,
)
from storage.database import Database, connect, translated
from storage.looking import Looking
from storage.upgrade import bring_up_to_date
from storage.upkeep import Upkeep


class SqlStore(Upkeep, Looking, Store):
    """A store in an SQL database; may be used by several threads and beside other processes."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._clock = database, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._database.engine.dispose()

    def disconnect(self) -> bool:
        """Close every connection, each to be opened anew when needed; False for a database that lives in memory."""
        if self._database.is_fleeting:
            return False
        self.close()
        return True

    def get_known(self, source: str, *, sha256: str | None = None) -> Known:
        """The source as last recorded; a blank Known for a source never read."""
        with self._database.reading() as connection:
            return reading.get_known(connection, source, sha256)

    def record(self, records: Sequence[CheckRecord]) -> None:
        """Write whole checks in one transaction; raises ConflictError when a revision is not the stored one."""
        packed = self._pack(records)
        with self._database.writing(alone=any(map(recording.tells, records))) as connection:
            recording.record(connection, records, packed, self._clock())

    def rebuild(self, source: str, records: Sequence[CheckRecord]) -> None:
        """Replace all that is derived from a source's snapshots by these records, in one transaction.

        Raises ConflictError when a stored snapshot is missing from the records.
        """
        packed = self._pack(records)
        with self._database.writing() as connection:
            recording.rebuild(connection, source, records, packed, self._clock())

    def kin(self, sentences: Collection[str]) -> list[StoredEvent]:
        """The events that tell of these sentences, and of those told in one notice with them, oldest first."""
        with self._database.reading() as connection:
            return history.kin(connection, sentences)

    def turns(self, keys: Sequence[str]) -> list[Event]:
        """The events by which disagreements under these keys began and ended, oldest first."""
        with self._database.reading() as connection:
            return history.turns(connection, keys)

    def fact_times(self, source: str) -> list[datetime]:
        """When facts of a source began or ended to be true, oldest first."""
        with self._database.reading() as connection:
            return history.fact_times(connection, source)

    def regroup(self, events: Sequence[Event], gone: Collection[str]) -> None:
        """Bring these events to how they are now and drop those ``gone``, in one transaction."""
        with self._database.writing() as connection:
            recording.regroup(connection, events, gone)

    def _pack(self, records: Sequence[CheckRecord]) -> list[blobs.Packed]:
        shots = blobs.hashed(record.snapshot for record in records if record.snapshot is not None)
        if not shots:
            return []
        with self._database.reading() as connection:
            wanted = sorted(blobs.missing(connection, shots.keys()))
            chains = {
                source: blobs.newest_chain(connection, source) for source in {shots[one].source for one in wanted}
            }
        return [blobs.pack(shots[one].body, one, chains[shots[one].source]) for one in wanted]

    def has_read(self, source: str, at: datetime, sha256: str) -> bool:
        """Whether bytes with this digest were recorded as read from the source at this time, kept or not."""
        with self._database.reading() as connection:
            return reading.has_read(connection, source, at, sha256)

    def snapshots(self, source: str) -> Iterator[Snapshot]:
        """All stored snapshots of a source, oldest first; each is read when its turn comes, so writing may go on."""
        with self._database.reading() as connection:
            ids = reading.snapshot_ids(connection, source)
        for identity in ids:
            yield self.get_snapshot(identity)

    def get_snapshot(self, snapshot_id: str) -> Snapshot:
        """One stored snapshot; raises UsageError when there is none."""
        with self._database.reading() as connection:
            return reading.get_snapshot(connection, snapshot_id)

    def failed_checks(self, source: str) -> list[Check]:
        """The recorded checks that have no snapshot (time-outs, "not modified"), oldest first."""
        with self._database.reading() as connection:
            return reading.bare_checks(connection, source)

    def links(self, source: str, *, since: datetime | None = None) -> list[ChainLink]:
        """A source's hash chain in the order of recording: all of it, or the links of reads made from then on."""
        with self._database.reading() as connection:
            return chaining.links(connection, source, since=since)

    def has_digest(self, digest: str) -> bool:
        """Whether a daily root has this digest, or a link one that begins so."""
        with self._database.reading() as connection:
            return proving.has_digest(connection, digest)

    def day_heads(self, day: date) -> list[ChainHead]:
        """Where each chain that grew on a day ended then."""
        with self._database.reading() as connection:
            return chaining.day_heads(connection, day)[0]

    def roots(self) -> list[Root]:
        """The daily roots over all chains, oldest first."""
        with self._database.reading() as connection:
            return chaining.roots(connection)

    def facts(
        self, *, sources: Sequence[str] = (), kind: FactKind | None = None, at: datetime | None = None
    ) -> list[KnownFact]:
        """What is known, or was known at a time, ordered by source and key."""
        with self._database.reading() as connection:
            return history.facts(connection, sources=sources, kind=kind, at=at)

    def fact_history(self, sources: Sequence[str]) -> list[KnownFact]:
        """Every fact that was ever true of these sources, ended ones too, by source, key and time."""
        with self._database.reading() as connection:
            return history.fact_history(connection, sources)

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """Change events, newest first; ``since`` and ``until`` are both within."""
        with self._database.reading() as connection:
            return history.events(connection, query)

    def find_event(self, prefix: str) -> StoredEvent | None:
        """The event whose id starts so; None when there is none; raises UsageError when several do."""
        with self._database.reading() as connection:
            return history.find_event(connection, prefix)

    def versions(self, source: str) -> list[Version]:
        """All versions of a source, newest first."""
        with self._database.reading() as connection:
            return history.versions(connection, source)

    def find_version(self, source: str, *, at: datetime | None = None) -> Version | None:
        """The version in force at a time."""
        with self._database.reading() as connection:
            return history.find_version(connection, source, at)

    def read_states(
        self, *, at: datetime | None = None, sources: Sequence[str] | None = None
    ) -> Mapping[str, ReadState]:
        """How each source ever read stood at a time, by source id; of these ``sources`` only unless None."""
        with self._database.reading() as connection:
            return history.read_states(connection, at, sources)

    def load_guides(self, guides: Sequence[Guide], now: datetime) -> None:
        """Remember when each guide was first seen and what it rests on; writes only when that is new."""
        with self._database.reading() as connection:
            known, before = board.first_loads(connection), editing.remembered(connection)
        edited = [guide for guide in guides if guide.id not in known or before.get(guide.id) != editing.bases_of(guide)]
        if edited:
            with self._database.writing() as connection:
                board.load_guides(connection, edited, now)
                editing.forget_edited(connection, edited, before)

    def first_loads(self) -> Mapping[str, datetime]:
        """When each guide was first seen, by guide id; its review time runs from there."""
        with self._database.reading() as connection:
            return board.first_loads(connection)

    def verdicts(self) -> Mapping[tuple[str, str], VerdictKind]:
        """The last recorded verdict by (guide, assumption)."""
        with self._database.reading() as connection:
            return board.verdicts(connection)

    def rechecks(self, *, guide: str | None = None, state: str | None = None) -> list[Recheck]:
        """Rechecks, newest first."""
        with self._database.reading() as connection:
            return board.rechecks(connection, guide=guide, state=state)

    def close_recheck(self, recheck: int, *, outcome: str, note: str | None, by: str | None, now: datetime) -> Recheck:
        """Close one; raises UsageError when it does not exist or is closed already."""
        with self._database.writing() as connection:
            return board.close_recheck(connection, recheck, outcome=outcome, note=note, by=by, now=now)

    def claim(self, now: datetime, lease: timedelta) -> tuple[Delivery, Alert] | None:
        """Take the oldest due delivery under a lease; None when nothing is due."""
        with self._database.reading() as connection:
            if not outbox.is_due(connection, now):
                return None
        with self._database.writing(alone=False) as connection:
            return outbox.claim(connection, now, lease)

    def settle(self, delivery: int, attempt: Attempt) -> None:
        """Record how a claimed send went and end its lease."""
        with self._database.writing(alone=False) as connection:
            outbox.settle(connection, delivery, attempt)

    def deliveries(self, *, state: str | None = None) -> list[Delivery]:
        """All deliveries, newest first."""
        with self._database.reading() as connection:
            return outbox.deliveries(connection, state)

    def retry(self, ids: Iterable[int], now: datetime) -> list[Delivery]:
        """Make dead or held ones due again (all of them when ``ids`` is empty); returns those that were."""
        with self._database.writing() as connection:
            return outbox.retry(connection, list(ids), now)

    def get_alert(self, alert: str) -> Alert:
        """One alert; raises UsageError when there is none."""
        with self._database.reading() as connection:
            return outbox.get_alert(connection, alert)

    def has_alert(self, alert: str) -> bool:
        """Whether this alert was raised."""
        with self._database.reading() as connection:
            return outbox.has_alert(connection, alert)

    def due_channels(self, now: datetime) -> list[str]:
        """The channels for which something is due, by name."""
        with self._database.reading() as connection:
            return outbox.due_channels(connection, now)

    def claim_message(self, now: datetime, lease: timedelta, channel: str, *, most: int) -> Claimed | None:
        """Take a channel's oldest due delivery with its whole bundle; None when nothing is due."""
        with self._database.reading() as connection:
            if not outbox.is_due(connection, now, channel):
                return None
        with self._database.writing(alone=False) as connection:
            return outbox.claim_message(connection, now, lease, channel, most)

    def settle_all(self, deliveries: Sequence[int], attempt: Attempt, *, alerts: Sequence[Alert] = ()) -> None:
        """Record how a claimed message went on every delivery it stood for, and raise alerts about it."""
        with self._database.writing(alone=bool(alerts)) as connection:
            outbox.settle_all(connection, deliveries, attempt)
            for alert in alerts:
                ticking.raise_alert(connection, alert)

    def waiting(self, now: datetime, channel: str, *, after: int, limit: int) -> list[tuple[Delivery, Alert]]:
        """A channel's due deliveries never yet tried nor bundled, by id; none is taken."""
        with self._database.reading() as connection:
            return arranging.waiting(connection, now, channel, after=after, limit=limit)

    def arrange(self, put_off: Mapping[int, PutOff], bundles: Mapping[str, Sequence[int]]) -> None:
        """Put deliveries off and into bundles, by bundle name."""
        with self._database.writing() as connection:
            arranging.arrange(connection, put_off, bundles)

    def messages_since(self, channel: str, since: datetime) -> tuple[int, datetime | None]:
        """How many messages a channel took after ``since``, and when the first of them went."""
        with self._database.reading() as connection:
            return arranging.messages_since(connection, channel, since)

    def newest_sent(self, channel: str) -> int:
        """The id of the delivery a channel took last; 0 when it took none."""
        with self._database.reading() as connection:
            return arranging.newest_sent(connection, channel)

    def told_of(self, source: str, kinds: Collection[str], *, ends: str) -> tuple[str, ...]:
        """The channels addressed with these kinds of event by a source since its newest event of the kind ``ends``."""
        with self._database.reading() as connection:
            return arranging.told_of(connection, source, kinds, ends=ends)

    def standing_since(self, sources: Collection[str], kinds: Collection[str], *, ends: str) -> Mapping[str, datetime]:
        """By source, when its first event of these kinds was seen since its newest event of the kind ``ends``."""
        with self._database.reading() as connection:
            return arranging.standing_since(connection, sources, kinds, ends=ends)

    def acknowledge(self, name: str, now: datetime, *, by: str | None, note: str | None) -> list[Delivery]:
        """Note that somebody knows of an alert and hold what is unsent of it; raises UsageError for an unknown one."""
        with self._database.writing() as connection:
            return snoozing.acknowledge(connection, name, now, by=by, note=note)

    def acknowledged_events(self) -> frozenset[str]:
        """The events of acknowledged alerts."""
        with self._database.reading() as connection:
            return snoozing.acknowledged_events(connection)

    def snooze(self, wanted: Snooze) -> Snooze:
        """Snooze a source or an assumption; the id is given here."""
        with self._database.writing() as connection:
            return snoozing.snooze(connection, wanted)

    def snoozes(self, now: datetime) -> list[Snooze]:
        """What is snoozed at ``now``."""
        with self._database.reading() as connection:
            return snoozing.snoozes(connection, now)

    def reads_between(self, since: datetime, until: datetime) -> Mapping[str, Tally]:
        """The reads of each source after ``since``, up to ``until``."""
        with self._database.reading() as connection:
            return tallies.reads_between(connection, since, until)


def open_store(
    url: str, *, now: datetime | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> SqlStore:
    """The store at an SQLAlchemy URL, its schema made or brought up to date first.

    ``now`` dates a new database and the copy made before an upgrade, ``clock`` what is recorded. Raises UsageError
    for a URL that cannot be understood, StorageError for a database that cannot be used: missing folder, damaged,
    locked, another program's, newer than this one.
    """
    database = connect(url)
    try:
        if database.engine.dialect.name == "sqlite":
            with translated(database.place), database.engine.connect() as connection:
                sqlite.use_wal(connection)
        bring_up_to_date(database, now or clock())
    except BaseException:
        database.engine.dispose()
        raise
    return SqlStore(database, clock)
