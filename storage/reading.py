"""What recording and re-reading sources asks: the source as last recorded, its snapshots, its checks without one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, literal_column, select

from monitor.errors import UsageError
from monitor.model import Check, Event, EventState, Known, KnownFact, Snapshot, Version, from_json
from storage import blobs, schema
from storage.database import chunks
from storage.rows import check_of, event_of, known_fact_of, standing_of, version_of
from storage.standing import Standing

_check = schema.check
_fact = schema.fact
_version = schema.version
_snapshot = schema.snapshot
_event = schema.event

# Written out instead of bound, so that the planner sees that the partial index answers it.
_PROVISIONAL: ColumnElement[str] = literal_column(f"'{EventState.PROVISIONAL}'")

# Built once: they are part of every reading, and building one takes longer than running it.
_SOURCE = select(schema.source).where(schema.source.c.id == bindparam("source"))
_SOURCES = select(schema.source).where(schema.source.c.id.in_(bindparam("sources", expanding=True)))
_CURRENT = select(_fact).where(_fact.c.source == bindparam("source"), _fact.c.ended_at.is_(None)).order_by(_fact.c.key)
_VERSION = select(_version).where(_version.c.id == bindparam("version"))
_TWIN = (
    select(_version)
    .where(
        _version.c.source == bindparam("source"),
        _version.c.sha256 == bindparam("sha256"),
        _version.c.id != bindparam("version"),
    )
    .order_by(_version.c.seen_at.desc(), _version.c.ordinal.desc())
    .limit(1)
)
_PENDING = (
    select(_event)
    .where(_event.c.source == bindparam("source"), _event.c.state == _PROVISIONAL)
    .order_by(_event.c.observed_at, _event.c.position)
)


def find_standing(connection: Connection, source: str) -> Standing | None:
    """The source's counters and memory; None when it was never read."""
    row = connection.execute(_SOURCE, {"source": source}).one_or_none()
    return None if row is None else standing_of(row)


def find_standings(connection: Connection, sources: Collection[str]) -> dict[str, Standing]:
    """The counters and memory of those of these sources that were ever read, by id."""
    found = (connection.execute(_SOURCES, {"sources": chunk}) for chunk in chunks(sources))
    return {row.id: standing_of(row) for rows in found for row in rows}


def get_known(connection: Connection, source: str, sha256: str | None) -> Known:
    """The source as last recorded; a blank one when it was never read."""
    standing = find_standing(connection, source)
    if standing is None:
        return Known(source=source)
    rows = connection.execute(_CURRENT, {"source": source}).all()
    seen = absence_limits(connection, standing)
    facts = (current_fact(row, standing, seen) for row in rows)
    return Known(
        source=source,
        revision=standing.revision,
        facts={known.fact.key: known for known in facts},
        version=_find_version(connection, standing.version),
        twin=_find_twin(connection, standing, sha256),
        last_good_read=standing.last_good_read,
        last_check=standing.last_check,
        pending=_pending(connection, source),
        memory=standing.memory,
        validators=standing.validators,
        settings_hash=standing.settings_hash,
    )


def absence_limits(connection: Connection, standing: Standing) -> Mapping[str, datetime | None]:
    """For each fact missing from the latest reads: the last good read that still showed it."""
    absences = standing.memory.absences
    moments = {absence.since for absence in absences.values()}
    seen = {since: last_good_before(connection, standing.source, since) for since in moments}
    return {key: seen[absence.since] for key, absence in absences.items()}


def current_fact(row: Row[Any], standing: Standing, limits: Mapping[str, datetime | None]) -> KnownFact:
    """A fact not yet ended: every good read confirms it, unless it is missing now."""
    last_seen = standing.last_good_read
    return known_fact_of(row, last_seen=limits.get(row.key, last_seen) if limits else last_seen)


def last_good_before(connection: Connection, source: str, moment: datetime) -> datetime | None:
    """The last good read of a source before a moment."""
    return connection.scalar(
        select(_check.c.last_good_read)
        .where(_check.c.source == source, _check.c.checked_at < moment)
        .order_by(_check.c.checked_at.desc(), _check.c.id.desc())
        .limit(1)
    )


def _find_version(connection: Connection, version: str | None) -> Version | None:
    row = connection.execute(_VERSION, {"version": version}).one_or_none()
    return None if row is None else version_of(row)


def _find_twin(connection: Connection, standing: Standing, sha256: str | None) -> Version | None:
    """The newest earlier version with this content."""
    if sha256 is None:
        return None
    wanted = {"source": standing.source, "sha256": sha256, "version": standing.version or ""}
    row = connection.execute(_TWIN, wanted).one_or_none()
    return None if row is None else version_of(row)


def _pending(connection: Connection, source: str) -> Mapping[str, Event]:
    return {row.id: event_of(row) for row in connection.execute(_PENDING, {"source": source})}


def has_read(connection: Connection, source: str, at: datetime, sha256: str) -> bool:
    """Whether bytes with this digest were recorded as read from the source at this time, kept or not."""
    kept = (_snapshot.c.source == source, _snapshot.c.fetched_at == at, _snapshot.c.blob == sha256)
    told = (_check.c.source == source, _check.c.checked_at == at, _check.c.body == sha256)
    either = select(exists().where(*kept) | exists().where(*told))
    return bool(connection.scalar(either))


def snapshot_ids(connection: Connection, source: str) -> Sequence[str]:
    """The ids of a source's snapshots, oldest first, equal times by the SHA-256 of the body."""
    query = select(_snapshot.c.id).where(_snapshot.c.source == source)
    return connection.scalars(query.order_by(_snapshot.c.fetched_at, _snapshot.c.blob)).all()


def get_snapshot(connection: Connection, snapshot: str) -> Snapshot:
    """One snapshot with its bytes; raises UsageError when there is none."""
    row = connection.execute(select(_snapshot).where(_snapshot.c.id == snapshot)).one_or_none()
    if row is None:
        raise UsageError(f"there is no snapshot {snapshot}")
    return Snapshot(
        source=row.source,
        fetched_at=row.fetched_at,
        status=row.status,
        final_url=row.final_url,
        headers=from_json(row.headers, dict[str, str]),
        body=blobs.read(connection, row.blob),
    )


def bare_checks(connection: Connection, source: str) -> list[Check]:
    """The checks of a source that have no snapshot, oldest first."""
    query = select(_check).where(_check.c.source == source, _check.c.snapshot.is_(None))
    return [check_of(row) for row in connection.execute(query.order_by(_check.c.checked_at, _check.c.id))]
