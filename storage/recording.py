"""Writing whole checks, and writing a source's derived rows anew."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, or_, select

from monitor.model import (
    Check,
    CheckRecord,
    Event,
    EventState,
    LinkKind,
    Snapshot,
    content_sha256,
    read_content,
    snapshot_id,
    to_json,
)
from storage import blobs, chaining, plain, schema, telling
from storage.database import chunks
from storage.past import Entry
from storage.reading import find_standing, last_good_before
from storage.rows import check_values, event_values, fact_values, standing_of, standing_values, version_values
from storage.sealing import delete_rows, insert_or_skip, insert_or_update, insert_rows, replace_rows, update_rows
from storage.standing import Standing, advance

# Built once: they are part of every changed read, and building one takes longer than running it.
_SOURCE = select(schema.source).where(schema.source.c.id == bindparam("id")).with_for_update()
_SNAPSHOT = select(schema.snapshot).where(schema.snapshot.c.id == bindparam("id"))
_ENDING = (
    select(schema.fact)
    .where(
        schema.fact.c.source == bindparam("source"),
        schema.fact.c.ended_at.is_(None),
        schema.fact.c.key.in_(bindparam("keys", expanding=True)),
    )
    .with_for_update()
)

LAST = 1_000_000
"""The place among the events of a check of one that other checks brought about."""


def tells(record: CheckRecord) -> bool:
    """Whether a check touches more than its own source: what was asked or told before must not change meanwhile."""
    beyond = (record.alerts, record.rechecks, record.affects, record.verdicts, record.regrouped, record.dropped)
    return any(beyond)


def record(
    connection: Connection, records: Sequence[CheckRecord], packed: Collection[blobs.Packed], now: datetime
) -> None:
    """Write checks in order, each with its link in the chain, recorded at ``now``.

    Raises ConflictError when a record was decided on another revision than the stored one.
    """
    blobs.store(connection, packed)
    if plain.are_plain(records):
        plain.record(connection, records, now)
        return
    for entry in records:
        row = _locked(connection, entry)
        before = standing_of(row) if row else Standing(source=entry.check.source)
        after = advance(before, entry)
        _save_standing(connection, row, after)
        _write(connection, before, after, entry)
        chaining.append(connection, entry.check.source, [_link(connection, entry, LinkKind.CHECK)], now)


def rebuild(
    connection: Connection, source: str, records: Sequence[CheckRecord], packed: Collection[blobs.Packed], now: datetime
) -> None:
    """Write all that is derived of a source anew from these records, and say so in its chain at ``now``.

    Raises ConflictError when a snapshot is stored that the records do not know: another writer added it.
    """
    blobs.store(connection, packed)
    stored = find_standing(connection, source) or Standing(source=source)
    kept = _refuse_unknown_snapshots(connection, source, records)
    told = frozenset(connection.scalars(select(schema.event.c.id).where(schema.event.c.source == source)))
    if not stored.revision:
        insert_rows(connection, schema.source, [standing_values(stored)])
    for table in (schema.fact, schema.version, schema.check):
        delete_rows(connection, table, table.c.source == source)
    # What the last read left to the next request holds whatever the records say.
    standing = Standing(source=source, next_due=stored.next_due, settings_hash=stored.settings_hash)
    for entry in records:
        after = advance(standing, entry)
        _write(connection, standing, after, entry, told=told)
        standing = after
    # Past the old revision, so that a writer who looked before is refused.
    _save(connection, source, standing, revision=max(stored.revision + 1, standing.revision))
    _drop_events(connection, told - {event.id for entry in records for event in (*entry.events, *entry.settled)})
    late = [_link(connection, entry, LinkKind.LATE) for entry in records if entry.late]
    shots = {_own_snapshot(one, one.snapshot): one.check.checked_at for one in records if one.snapshot and not one.late}
    copied = {one: moment for one, moment in shots.items() if one not in kept}
    chaining.append_rederived(connection, source, len(records), late, copied, now)


def _link(connection: Connection, entry: CheckRecord, kind: LinkKind) -> Entry:
    """What the chain says of a check that was written."""
    check = entry.check
    own = _own_snapshot(entry, entry.snapshot) if entry.snapshot else None
    shot = connection.execute(_SNAPSHOT, {"id": own}).one_or_none() if own else None
    bare = read_content(checked_at=check.checked_at, sha256=check.body)
    return Entry(
        kind=kind,
        content=chaining.stored_content(shot) if shot else bare,
        checked_at=check.checked_at,
        outcome=check.outcome.value,
        snapshot=shot.id if shot else None,
    )


def _locked(connection: Connection, entry: CheckRecord) -> Row[Any] | None:
    """The source's row, its own until the transaction ends; ConflictError unless it is as the record supposes."""
    row = connection.execute(_SOURCE, {"id": entry.check.source}).one_or_none()
    if (row.revision if row else 0) != entry.revision:
        raise plain.conflict(entry.check.source)
    return row


def _save_standing(connection: Connection, row: Row[Any] | None, after: Standing) -> None:
    """Take the source to its new revision; of two who make the row side by side one is refused."""
    values = standing_values(after)
    if row is not None:
        replace_rows(connection, schema.source, [row], [values])
    elif not insert_or_skip(connection, schema.source, [values]):
        raise plain.conflict(after.source)


def _save(connection: Connection, source: str, standing: Standing, *, revision: int) -> None:
    values = standing_values(standing) | {"revision": revision}
    update_rows(connection, schema.source, schema.source.c.id == source, values)


def _write(
    connection: Connection,
    before: Standing,
    after: Standing,
    entry: CheckRecord,
    *,
    told: frozenset[str] | None = None,
) -> None:
    """The rows of one check below its source. ``told``: in a rebuild, the events that existed before it."""
    own = _write_snapshot(connection, entry)
    if entry.version is not None:
        row = version_values(entry.version, ordinal=after.revision)
        insert_or_update(connection, schema.version, [row])
    row = check_values(entry.check, after, snapshot=own)
    insert_rows(connection, schema.check, [row])
    _end_facts(connection, before, after, entry)
    _begin_facts(connection, after, entry)
    _write_events(connection, entry)
    telling.tell(connection, entry, told=told)


def _write_snapshot(connection: Connection, entry: CheckRecord) -> str | None:
    """The id of the stored snapshot this check read; None when it read none."""
    if entry.snapshot is None:
        return _stored_snapshot(connection, entry.check)
    own = _own_snapshot(entry, entry.snapshot)
    insert_or_skip(connection, schema.snapshot, [_snapshot_values(own, entry.snapshot)])
    return own


def _own_snapshot(entry: CheckRecord, snapshot: Snapshot) -> str:
    # The check names its snapshot as a rule; hashing half a megabyte once more is worth avoiding.
    return entry.check.snapshot or snapshot_id(snapshot.source, snapshot.fetched_at, snapshot.body)


def _stored_snapshot(connection: Connection, check: Check) -> str | None:
    if check.snapshot is None:
        return None
    return connection.scalar(select(schema.snapshot.c.id).where(schema.snapshot.c.id == check.snapshot))


def _snapshot_values(own: str, snapshot: Snapshot) -> dict[str, object]:
    return {
        "id": own,
        "source": snapshot.source,
        "fetched_at": snapshot.fetched_at,
        "status": snapshot.status,
        "final_url": snapshot.final_url,
        "headers": to_json(snapshot.headers),
        "blob": content_sha256(snapshot.body),
    }


def _end_facts(connection: Connection, before: Standing, after: Standing, entry: CheckRecord) -> None:
    for last_seen, keys in _by_last_seen(connection, before, entry).items():
        for chunk in chunks(keys):
            rows = connection.execute(_ENDING, {"source": before.source, "keys": chunk}).all()
            end = {"ended_at": entry.check.checked_at, "last_seen": last_seen, "superseded_by": after.version}
            replace_rows(connection, schema.fact, rows, [row._asdict() | end for row in rows])


def _by_last_seen(
    connection: Connection, before: Standing, entry: CheckRecord
) -> Mapping[datetime | None, Collection[str]]:
    """The ended keys by when they were last on the page: the last good read, or the one before their absence began."""
    groups: dict[datetime | None, list[str]] = {}
    absences = before.memory.absences
    seen = {
        absence.since: last_good_before(connection, before.source, absence.since)
        for key, absence in absences.items()
        if key in entry.ended
    }
    for key in dict.fromkeys(entry.ended):
        last_seen = seen[absences[key].since] if key in absences else before.last_good_read
        groups.setdefault(last_seen, []).append(key)
    return groups


def _begin_facts(connection: Connection, after: Standing, entry: CheckRecord) -> None:
    rows = [fact_values(one, first_seen=entry.check.checked_at, version=after.version) for one in entry.began]
    insert_rows(connection, schema.fact, rows)


def _write_events(connection: Connection, entry: CheckRecord) -> None:
    """Insert events, or bring stored ones to how they are now; a settled one keeps its place among its check's."""
    new = [event_values(event, position=position) for position, event in enumerate(entry.events)]
    settled = [event_values(event, position=position) for position, event in enumerate(entry.settled)]
    insert_or_update(connection, schema.event, new)
    regroup(connection, entry.regrouped, entry.dropped)
    insert_or_update(connection, schema.event, settled, keep=("position",))


def _write_regrouped(connection: Connection, events: Sequence[Event]) -> None:
    # A notice that only comes up now stands behind what its own check told.
    rows = [event_values(event, position=LAST) for event in events]
    insert_or_update(connection, schema.event, rows, keep=("position",))


def regroup(connection: Connection, events: Sequence[Event], gone: Collection[str]) -> None:
    """Bring events to how they are now that their words are told together, or no longer are."""
    _write_regrouped(connection, events)
    _drop_events(connection, gone)


def _refuse_unknown_snapshots(connection: Connection, source: str, records: Sequence[CheckRecord]) -> set[str]:
    """The ids of the source's stored snapshots; raises ConflictError when the records do not know one of them."""
    known = {_own_snapshot(entry, entry.snapshot) if entry.snapshot else entry.check.snapshot for entry in records}
    stored = set(connection.scalars(select(schema.snapshot.c.id).where(schema.snapshot.c.source == source)))
    if not known.issuperset(stored):
        raise plain.conflict(source)
    return stored


def _drop_events(connection: Connection, gone: Collection[str]) -> None:
    """Remove events that no longer come out; those a recheck or an alert cites stay, retracted."""
    for chunk in chunks(gone):
        cited = set(connection.scalars(select(schema.event.c.id).where(schema.event.c.id.in_(chunk), _is_cited())))
        free = [one for one in chunk if one not in cited]
        retracted = {"state": EventState.RETRACTED.value}
        update_rows(connection, schema.event, schema.event.c.id.in_(cited), retracted)
        delete_rows(connection, schema.affect, schema.affect.c.event.in_(free))
        delete_rows(connection, schema.event, schema.event.c.id.in_(free))


def _is_cited() -> ColumnElement[bool]:
    event = schema.event.c.id
    return or_(
        exists().where(schema.alert_event.c.event == event),
        exists().where(schema.recheck.c.event == event),
        exists().where(schema.recheck_reason.c.event == event),
    )
