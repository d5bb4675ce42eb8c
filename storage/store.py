"""The whole database behind one object: each method is one transaction over the functions of its neighbours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from monitor.model import (
    Alert,
    Check,
    CheckRecord,
    Delivery,
    FactKind,
    Guide,
    Known,
    KnownFact,
    ReadState,
    Recheck,
    Snapshot,
    VerdictKind,
    Version,
)
from monitor.ports import Attempt, EventQuery, Store, StoredEvent
from storage import blobs, board, history, outbox, reading, recording, sqlite
from storage.database import Database, connect, translated
from storage.upgrade import bring_up_to_date


class SqlStore(Store):
    """A store in an SQL database; may be used by several threads and beside other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._database.engine.dispose()

    def get_known(self, source: str, *, sha256: str | None = None) -> Known:
        """The source as last recorded; a blank Known for a source never read."""
        with self._database.reading() as connection:
            return reading.get_known(connection, source, sha256)

    def record(self, records: Sequence[CheckRecord]) -> None:
        """Write whole checks in one transaction; raises ConflictError when a revision is not the stored one."""
        packed = self._pack(records)
        with self._database.writing() as connection:
            recording.record(connection, records, packed)

    def rebuild(self, source: str, records: Sequence[CheckRecord]) -> None:
        """Replace all that is derived from a source's snapshots by these records, in one transaction.

        Raises ConflictError when a stored snapshot is missing from the records.
        """
        packed = self._pack(records)
        with self._database.writing() as connection:
            recording.rebuild(connection, source, records, packed)

    def _pack(self, records: Sequence[CheckRecord]) -> blobs.Packed:
        bodies = blobs.hashed(record.snapshot for record in records if record.snapshot is not None)
        if not bodies:
            return {}
        with self._database.reading() as connection:
            wanted = blobs.missing(connection, bodies.keys())
        return blobs.pack(bodies, wanted)

    def has_snapshot(self, snapshot_id: str) -> bool:
        """Whether these bytes of this source at this time are stored."""
        with self._database.reading() as connection:
            return reading.has_snapshot(connection, snapshot_id)

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

    def facts(
        self, *, sources: Sequence[str] = (), kind: FactKind | None = None, at: datetime | None = None
    ) -> list[KnownFact]:
        """What is known, or was known at a time, ordered by source and key."""
        with self._database.reading() as connection:
            return history.facts(connection, sources=sources, kind=kind, at=at)

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

    def read_states(self, *, at: datetime | None = None) -> Mapping[str, ReadState]:
        """How each source ever read stood at a time, by source id."""
        with self._database.reading() as connection:
            return history.read_states(connection, at)

    def load_guides(self, guides: Sequence[Guide], now: datetime) -> None:
        """Remember when each guide was first seen; writes only when there is a new one."""
        known = self.first_loads()
        new = [guide for guide in guides if guide.id not in known]
        if new:
            with self._database.writing() as connection:
                board.load_guides(connection, new, now)

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
        with self._database.writing() as connection:
            return outbox.claim(connection, now, lease)

    def settle(self, delivery: int, attempt: Attempt) -> None:
        """Record how a claimed send went and end its lease."""
        with self._database.writing() as connection:
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


def open_store(url: str, *, now: datetime | None = None) -> SqlStore:
    """The store at an SQLAlchemy URL, its schema made or brought up to date first.

    ``now`` dates a new database and the copy made before an upgrade. Raises UsageError for a URL that cannot be
    understood, StorageError for a database that cannot be used: missing folder, damaged, locked, another
    program's, newer than this one.
    """
    database = connect(url)
    try:
        if database.engine.dialect.name == "sqlite":
            with translated(database.place), database.engine.connect() as connection:
                sqlite.use_wal(connection)
        bring_up_to_date(database, now or datetime.now(UTC))
    except BaseException:
        database.engine.dispose()
        raise
    return SqlStore(database)
