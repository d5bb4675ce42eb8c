"""Slices of the timeline for pages: each walks an index for a bounded stretch, whatever is filtered.

A filter the index does not serve (words, a guide, kind and publisher together) is tried on at most ``BUDGET`` events a
lane; then the slice ends early and says how far it looked. https://use-the-index-luke.com/no-offset
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from monitor.browsing import Sift, Slice, StoredEvent
from monitor.errors import UsageError
from monitor.model import Affect, Check, Delivery, EventState, FactKind, KnownFact, Recheck, Version
from storage import schema
from storage.board import recheck_of
from storage.database import chunks
from storage.rows import affect_of, check_of, delivery_of, event_of, known_fact_of, version_of

BUDGET = 10_000
"""Events a slice may try, over all its lanes."""
_LEAST = 1000
_MOST_LANES = 32
"""Beyond so many sources a lane each costs more than to walk the time line and leave out the others."""

_check = schema.check
_event = schema.event
_affect = schema.affect
_fact = schema.fact
_recheck = schema.recheck
_version = schema.version
_NEWEST = (_version.c.seen_at.desc(), _version.c.ordinal.desc())
_ORDER = (_event.c.observed_at.desc(), _event.c.source, _event.c.position, _event.c.id)
_PLACE = (_event.c.observed_at, _event.c.source, _event.c.position, _event.c.id)
_TEXTS = (_event.c.subject, _event.c.old, _event.c.new)
_QUOTES = '"quote_before":%'
"""The quotes stand behind this in an event's evidence; before it are ids of versions, which any number is part of."""


class _Lane(Struct, frozen=True):
    """What one index range gave, and the last entry of the budget (None when it did not run out)."""

    rows: Sequence[Row[Any]]
    stopped_at: Any


def sift(connection: Connection, wanted: Sift) -> Slice:
    """One slice of the timeline, newest first."""
    ranged = _range(connection, wanted)
    tested = _tests(wanted)
    places = list(_lanes(connection, wanted))
    budget = max(BUDGET // max(len(places), 1), _LEAST)
    lanes = [_walk(connection, (*ranged, *place), tested, wanted.limit, budget) for place in places]
    rows = sorted((row for lane in lanes for row in lane.rows), key=_newest_first)
    stops = sorted((lane.stopped_at for lane in lanes if lane.stopped_at is not None), key=_newest_first)
    stop = stops[0] if stops else None
    if stop is not None:
        rows = [row for row in rows if _newest_first(row) <= _newest_first(stop)]
    shown = rows[: wanted.limit]
    events = tuple(_with_affects(connection, shown))
    if len(rows) > wanted.limit:
        return Slice(events=events, next=shown[-1].id)
    if stop is not None:
        return Slice(events=events, next=stop.id, searched_to=stop.observed_at)
    return Slice(events=events)


def _newest_first(row: Any) -> tuple[float, str, int, str]:
    return (-row.observed_at.timestamp(), row.source, row.position, row.id)


def _range(connection: Connection, wanted: Sift) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(_event.c.observed_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_event.c.observed_at <= wanted.until)
    if wanted.after is not None:
        conditions += _behind(connection, wanted.after)
    return conditions


def _behind(connection: Connection, event: str) -> list[ColumnElement[bool]]:
    row = connection.execute(select(*_PLACE).where(_event.c.id == event)).one_or_none()
    if row is None:
        raise UsageError(f"There is no event {event!r} to go on from.")
    of_same_source = and_(
        _event.c.source == row.source,
        or_(_event.c.position > row.position, and_(_event.c.position == row.position, _event.c.id > row.id)),
    )
    later = or_(_event.c.observed_at < row.observed_at, _event.c.source > row.source, of_same_source)
    return [_event.c.observed_at <= row.observed_at, later]


def _lanes(connection: Connection, wanted: Sift) -> list[tuple[ColumnElement[bool], ...]]:
    """The index ranges to walk side by side: one a source, else one a kind, else the whole time line."""
    if _by_source(wanted):
        return [(_event.c.source == source,) for source in wanted.sources]
    if wanted.kind:
        return [(_event.c.kind == kind,) for kind in _kinds(connection, wanted.kind)]
    return [()]


def _by_source(wanted: Sift) -> bool:
    return 0 < len(wanted.sources) <= _MOST_LANES


def _kinds(connection: Connection, prefix: str) -> Iterable[str]:
    """The kinds that begin so, by hopping along the index from one to the next."""
    last = prefix
    found = connection.scalar(select(_event.c.kind).where(_event.c.kind >= last).order_by(_event.c.kind).limit(1))
    while found is not None and found.startswith(prefix):
        yield found
        last = found
        found = connection.scalar(select(_event.c.kind).where(_event.c.kind > last).order_by(_event.c.kind).limit(1))


def _tests(wanted: Sift) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if not wanted.retracted:
        tests.append(_event.c.state != EventState.RETRACTED.value)
    if wanted.sources and not _by_source(wanted):
        tests.append(_event.c.source.in_(wanted.sources))
    if _by_source(wanted) and wanted.kind:
        tests.append(_event.c.kind.startswith(wanted.kind, autoescape=True))
    if wanted.text:
        tests += [_says(word) for word in wanted.text.split()]
    if wanted.guide is not None or wanted.assumption is not None:
        tests.append(_touches(wanted))
    return tests


def _says(word: str) -> ColumnElement[bool]:
    """Whether the subject, the values or the quotes of an event hold a word."""
    escaped = re.sub(r"([/%_])", r"/\1", word)
    quoted = _event.c.evidence.ilike(f"%{_QUOTES}{escaped}%", escape="/")
    return or_(quoted, *(column.icontains(word, autoescape=True) for column in _TEXTS))


def _touches(wanted: Sift) -> ColumnElement[bool]:
    touching = select(_affect.c.event).where(_affect.c.event == _event.c.id).correlate(_event)
    if wanted.guide is not None:
        touching = touching.where(_affect.c.guide == wanted.guide)
    if wanted.assumption is not None:
        touching = touching.where(_affect.c.assumption == wanted.assumption)
    return touching.exists()


def _walk(
    connection: Connection,
    ranged: Sequence[ColumnElement[bool]],
    tested: Sequence[ColumnElement[bool]],
    limit: int,
    budget: int,
) -> _Lane:
    stop = _find_stop(connection, ranged, budget)
    conditions = [*ranged, *tested]
    if stop is not None:
        conditions.append(_event.c.observed_at >= stop.observed_at)
    rows = connection.execute(select(_event).where(*conditions).order_by(*_ORDER).limit(limit + 1)).all()
    full = len(rows) > limit
    return _Lane(rows, None if full else stop)


def _find_stop(connection: Connection, ranged: Sequence[ColumnElement[bool]], budget: int) -> Any:
    """The last event of the moment at which the budget ends, found by the index; None when the lane ends first."""
    moments = select(_event.c.observed_at).where(*ranged).order_by(_event.c.observed_at.desc())
    moment = connection.scalar(moments.offset(budget - 1).limit(1))
    if moment is None:
        return None
    last = (_event.c.source.desc(), _event.c.position.desc(), _event.c.id.desc())
    query = select(*_PLACE).where(*ranged, _event.c.observed_at == moment).order_by(*last).limit(1)
    return connection.execute(query).one()


def _with_affects(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredEvent]:
    affects: dict[str, list[Affect]] = {row.id: [] for row in rows}
    for ids in chunks(affects):
        query = select(_affect).where(_affect.c.event.in_(ids)).order_by(_affect.c.event, _affect.c.position)
        for row in connection.execute(query):
            affects[row.event].append(affect_of(row))
    return [StoredEvent(event=event_of(row), affects=tuple(affects[row.id])) for row in rows]


def recent_checks(connection: Connection, source: str, limit: int) -> list[Check]:
    """The newest checks of a source, newest first."""
    newest = (_check.c.checked_at.desc(), _check.c.id.desc())
    rows = connection.execute(select(_check).where(_check.c.source == source).order_by(*newest).limit(limit))
    return [check_of(row) for row in rows]


def outcome_counts(connection: Connection, source: str) -> dict[str, int]:
    """How many checks of a source ended in each outcome."""
    query = select(_check.c.outcome, func.count().label("checks")).where(_check.c.source == source)
    return {row.outcome: row.checks for row in connection.execute(query.group_by(_check.c.outcome))}


def recent_facts(connection: Connection, source: str, kind: FactKind | None, limit: int) -> list[KnownFact]:
    """The current facts of a source that were recorded last."""
    current = [_fact.c.source == source, _fact.c.ended_at.is_(None)]
    if kind is not None:
        current.append(_fact.c.kind == kind.value)
    newest = (_fact.c.first_seen.desc(), _fact.c.id.desc())
    rows = connection.execute(select(_fact).where(*current).order_by(*newest).limit(limit))
    return [known_fact_of(row, last_seen=row.last_seen) for row in rows]


def recent_versions(connection: Connection, source: str, limit: int) -> list[Version]:
    """The newest versions of a source, newest first."""
    rows = connection.execute(select(_version).where(_version.c.source == source).order_by(*_NEWEST).limit(limit))
    return [version_of(row) for row in rows]


def get_version(connection: Connection, version: str) -> Version:
    """One version; raises UsageError when there is none."""
    row = connection.execute(select(_version).where(_version.c.id == version)).one_or_none()
    if row is None:
        raise UsageError(f"There is no version {version!r}.")
    return version_of(row)


def find_version_before(connection: Connection, version: Version) -> Version | None:
    """The version that was in force before this one."""
    ordinal = select(_version.c.ordinal).where(_version.c.id == version.id).scalar_subquery()
    earlier = or_(
        _version.c.seen_at < version.seen_at,
        and_(_version.c.seen_at == version.seen_at, _version.c.ordinal < ordinal),
    )
    query = select(_version).where(_version.c.source == version.source, earlier).order_by(*_NEWEST).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else version_of(row)


def closed_rechecks(connection: Connection, guide: str | None, limit: int) -> list[Recheck]:
    """The rechecks that were opened last of those closed."""
    query = select(_recheck).where(_recheck.c.state == "closed").order_by(_recheck.c.id.desc()).limit(limit)
    if guide is not None:
        query = query.where(_recheck.c.guide == guide)
    return [recheck_of(row, ()) for row in connection.execute(query)]


def recent_deliveries(connection: Connection, limit: int) -> list[Delivery]:
    """The newest deliveries, newest first."""
    query = select(schema.delivery).order_by(schema.delivery.c.id.desc()).limit(limit)
    return [delivery_of(row) for row in connection.execute(query)]


def acknowledgements(connection: Connection) -> dict[str, tuple[datetime, str | None]]:
    """When and by whom each acknowledged alert was acknowledged."""
    rows = connection.execute(select(schema.acknowledgement))
    return {row.alert: (row.acknowledged_at, row.acknowledged_by) for row in rows}
