"""Answering questions about facts, events and versions, now or at a past moment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from monitor.browsing import StoredEvent
from monitor.errors import UsageError
from monitor.model import CheckOutcome, Event, EventState, FactKind, KnownFact, ReadState, Version
from monitor.ports import EventQuery
from storage import schema
from storage.database import chunks
from storage.reading import absence_limits, current_fact, find_standings
from storage.rows import affect_of, event_of, known_fact_of, standing_of, version_of
from storage.standing import Standing, health

_source = schema.source
_check = schema.check
_fact = schema.fact
_event = schema.event
_affect = schema.affect
_version = schema.version

_AFTER_ANY_LETTER = "~"
"""Sorts after every letter, digit, dot and underscore: the end of a range over a prefix."""


def facts(
    connection: Connection, *, sources: Sequence[str], kind: FactKind | None, at: datetime | None
) -> list[KnownFact]:
    """The facts true now or at a moment, ordered by source and key."""
    query = select(_fact).where(_true_at(at)).order_by(_fact.c.source, _fact.c.key)
    if sources:
        query = query.where(_fact.c.source.in_(sources))
    if kind is not None:
        query = query.where(_fact.c.kind == kind.value)
    rows = connection.execute(query).all()
    standings = find_standings(connection, {row.source for row in rows})
    limits = {source: absence_limits(connection, standing) for source, standing in standings.items()}
    if at is None:
        return [current_fact(row, standings[row.source], limits[row.source]) for row in rows]
    reads = {source: row.last_good_read for source, row in _last_checks(connection, at, standings).items()}
    return [_fact_at(row, at=at, read=reads.get(row.source), limit=limits[row.source].get(row.key)) for row in rows]


def fact_history(connection: Connection, sources: Sequence[str]) -> list[KnownFact]:
    """Every fact that was ever true of these sources, ended ones too, by source, key and time."""
    order = (_fact.c.source, _fact.c.key, _fact.c.first_seen, _fact.c.id)
    rows = connection.execute(select(_fact).where(_fact.c.source.in_(sources)).order_by(*order)).all()
    standings = find_standings(connection, {row.source for row in rows})
    limits = {source: absence_limits(connection, standing) for source, standing in standings.items()}
    return [
        current_fact(row, standings[row.source], limits[row.source])
        if row.ended_at is None
        else known_fact_of(row, last_seen=row.last_seen)
        for row in rows
    ]


def _true_at(at: datetime | None) -> Any:
    if at is None:
        return _fact.c.ended_at.is_(None)
    return and_(_fact.c.first_seen <= at, or_(_fact.c.ended_at.is_(None), _fact.c.ended_at > at))


def _fact_at(row: Row[Any], *, at: datetime, read: datetime | None, limit: datetime | None) -> KnownFact:
    """A fact as it was known then: last seen at the last good read until then that still showed it."""
    last_shown = limit if row.ended_at is None else row.last_seen
    seen = [moment for moment in (read, last_shown) if moment is not None]
    return known_fact_of(row, last_seen=min(seen, default=at))


def _standings(connection: Connection) -> dict[str, Standing]:
    return {row.id: standing_of(row) for row in connection.execute(select(_source))}


def _last_checks(connection: Connection, at: datetime, sources: Collection[str] | None = None) -> dict[str, Row[Any]]:
    """The newest check of each source until a moment; it carries the counters of that moment."""
    newest = (
        select(_check.c.id)
        .where(_check.c.source == _source.c.id, _check.c.checked_at <= at)
        .order_by(_check.c.checked_at.desc(), _check.c.id.desc())
        .limit(1)
        .correlate(_source)
        .scalar_subquery()
    )
    query = select(_check).join(_source, _check.c.id == newest)
    if sources is None:
        return {row.source: row for row in connection.execute(query)}
    queries = (query.where(_source.c.id.in_(chunk)) for chunk in chunks(sources))
    return {row.source: row for some in queries for row in connection.execute(some)}


def read_states(
    connection: Connection, at: datetime | None, sources: Sequence[str] | None = None
) -> dict[str, ReadState]:
    """How each source ever read stood, by source id; of these sources only unless None."""
    if at is None:
        found = find_standings(connection, sources) if sources is not None else _standings(connection)
        return {source: _state_now(found[source]) for source in sorted(found)}
    checks = _last_checks(connection, at, sources)
    return {source: _state_then(connection, checks[source], at) for source in sorted(checks)}


def _state_now(standing: Standing) -> ReadState:
    return ReadState(
        source=standing.source,
        url=standing.final_url,
        version=standing.version,
        last_good_read=standing.last_good_read,
        last_change=standing.last_change,
        last_check=standing.last_check,
        checks=standing.checks,
        reads_since_change=standing.reads_since_change,
        health=standing.health,
        problem=standing.problem,
        next_due=standing.next_due,
        failures=standing.memory.incident.reads if standing.memory.incident else 0,
        marker=standing.memory.marker,
    )


def _state_then(connection: Connection, check: Row[Any], at: datetime) -> ReadState:
    version = find_version(connection, check.source, at)
    return ReadState(
        source=check.source,
        url=version.final_url if version else "",
        version=version.id if version else None,
        last_good_read=check.last_good_read,
        last_change=check.last_change,
        last_check=check.checked_at,
        checks=check.checks,
        reads_since_change=check.reads_since_change,
        health=health(CheckOutcome(check.outcome), check.problem_code),
        problem=check.problem,
        marker=version.update_marker if version else None,
    )


def versions(connection: Connection, source: str) -> list[Version]:
    """All versions of a source, newest first."""
    return [version_of(row) for row in connection.execute(_newest_versions(source))]


def find_version(connection: Connection, source: str, at: datetime | None) -> Version | None:
    """The version in force now or at a moment."""
    query = _newest_versions(source).limit(1)
    if at is not None:
        query = query.where(_version.c.seen_at <= at)
    row = connection.execute(query).one_or_none()
    return None if row is None else version_of(row)


def _newest_versions(source: str) -> Select[Any]:
    newest = (_version.c.seen_at.desc(), _version.c.ordinal.desc())
    return select(_version).where(_version.c.source == source).order_by(*newest)


def events(connection: Connection, query: EventQuery) -> list[StoredEvent]:
    """Change events, newest first; of one moment by source and by their place in the check."""
    return _with_affects(connection, _selected(query))


def _selected(query: EventQuery) -> Select[Any]:
    conditions = [*_conditions(query), *_guide_conditions(query)]
    newest = (_event.c.observed_at.desc(), _event.c.source, _event.c.position, _event.c.id)
    return select(_event).where(*conditions).order_by(*newest).limit(query.limit)


def _conditions(query: EventQuery) -> list[Any]:
    conditions: list[Any] = [_in_states(query.states)]
    if not query.parts:
        conditions.append(_event.c.part_of.is_(None))
    if query.source is not None:
        conditions.append(_event.c.source == query.source)
    if query.kind:
        conditions += _starts_with(_event.c.kind, query.kind)
    if query.since is not None:
        conditions.append(_event.c.observed_at >= query.since)
    if query.until is not None:
        conditions.append(_event.c.observed_at <= query.until)
    return conditions


def _starts_with(column: Any, prefix: str) -> list[Any]:
    # Not BETWEEN: PostgreSQL's grammar takes no collated value there.
    return [column >= prefix, column <= prefix + _AFTER_ANY_LETTER]


def _in_states(states: Sequence[str]) -> Any:
    if not states:
        return _event.c.state != EventState.RETRACTED.value
    return _event.c.state.in_(states)


def _guide_conditions(query: EventQuery) -> list[Any]:
    affected = select(_affect.c.event)
    if query.guide is not None:
        affected = affected.where(_affect.c.guide == query.guide)
    if query.assumption is not None:
        affected = affected.where(_affect.c.assumption == query.assumption)
    asked = query.guide is not None or query.assumption is not None
    return [_event.c.id.in_(affected)] if asked else []


def _with_affects(connection: Connection, query: Select[Any]) -> list[StoredEvent]:
    found = [event_of(row) for row in connection.execute(query)]
    if not found:
        return []
    ids = query.with_only_columns(_event.c.id).subquery()
    rows = connection.execute(
        select(_affect).join(ids, _affect.c.event == ids.c.id).order_by(_affect.c.event, _affect.c.position)
    )
    affects: Mapping[str, list[Any]] = {event.id: [] for event in found}
    for row in rows:
        affects[row.event].append(affect_of(row))
    return [StoredEvent(event=event, affects=tuple(affects[event.id])) for event in found]


def kin(connection: Connection, sentences: Collection[str]) -> list[StoredEvent]:
    """The events that tell of these sentences, and of those told in one notice with them, oldest first."""
    wanted, asked = set(sentences), set[str]()
    while fresh := wanted - asked:
        told_in = select(_event.c.part_of).where(_event.c.sentence.in_(fresh), _event.c.part_of.is_not(None))
        asked |= fresh
        wanted |= set(connection.scalars(select(_event.c.sentence).where(_event.c.part_of.in_(told_in)).distinct()))
    oldest = (_event.c.observed_at, _event.c.source, _event.c.position, _event.c.id)
    return _with_affects(connection, select(_event).where(_event.c.sentence.in_(wanted)).order_by(*oldest))


def turns(connection: Connection, keys: Sequence[str]) -> list[Event]:
    """The events by which disagreements under these keys began and ended, oldest first."""
    of_pairs = (_event.c.kind.in_(("source.disagrees", "source.recovered")), _event.c.key.in_(keys))
    not_taken_back = _event.c.state != EventState.RETRACTED.value
    oldest = (_event.c.observed_at, _event.c.source, _event.c.id)
    rows = connection.execute(select(_event).where(*of_pairs, not_taken_back).order_by(*oldest))
    return [event_of(row) for row in rows]


def fact_times(connection: Connection, source: str) -> list[datetime]:
    """When facts of a source began or ended to be true, oldest first."""
    own = _fact.c.source == source
    began = select(_fact.c.first_seen.label("moment")).where(own)
    ended = select(_fact.c.ended_at.label("moment")).where(own, _fact.c.ended_at.is_not(None))
    both = began.union(ended).subquery()
    return list(connection.scalars(select(both.c.moment).order_by(both.c.moment)))


def find_event(connection: Connection, prefix: str) -> StoredEvent | None:
    """The event whose id starts so; raises UsageError when several do."""
    start = prefix.strip().lower()
    if not start.isalnum():
        return None
    query = select(_event).where(*_starts_with(_event.c.id, start)).order_by(_event.c.id)
    found = _with_affects(connection, query.limit(_SHOWN + 1))
    exact = [stored for stored in found if stored.event.id == start]
    if len(found) > 1 and not exact:
        raise UsageError(_ambiguous(prefix, [stored.event.id for stored in found]))
    return next(iter(exact or found), None)


_SHOWN = 5


def _ambiguous(prefix: str, ids: Sequence[str]) -> str:
    more = " and more" if len(ids) > _SHOWN else ""
    return f"several events begin with {prefix!r}: {', '.join(ids[:_SHOWN])}{more}; give more of the id"
