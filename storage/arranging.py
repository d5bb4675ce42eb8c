"""What is due is looked at before it is sent: put off, put into bundles, counted by the hour."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, and_, case, cast, func, or_, select

from monitor.model import Alert, Delivery, DeliveryState, from_json
from monitor.ports import PutOff
from storage import schema
from storage.database import chunks
from storage.rows import delivery_of
from storage.sealing import update_rows

_alert = schema.alert
_cited = schema.alert_event
_delivery = schema.delivery
_event = schema.event


def waiting(
    connection: Connection, now: datetime, channel: str, *, after: int, limit: int
) -> list[tuple[Delivery, Alert]]:
    """The due deliveries of a channel never yet tried nor in a bundle, with ids above ``after``, by id."""
    untried = (_delivery.c.bundle.is_(None), _delivery.c.attempts == 0)
    due = (_delivery.c.channel == channel, _delivery.c.due_at <= now, _delivery.c.id > after)
    query = select(_delivery, _alert.c.payload).join(_alert, _alert.c.id == _delivery.c.alert)
    rows = connection.execute(query.where(*due, *untried).order_by(_delivery.c.id).limit(limit))
    return [(delivery_of(row), from_json(row.payload, Alert)) for row in rows]


def arrange(connection: Connection, put_off: Mapping[int, PutOff], bundles: Mapping[str, Sequence[int]]) -> None:
    """Put deliveries off and into bundles; those taken or bundled meanwhile stay as they are."""
    untouched = (_delivery.c.attempts == 0, _delivery.c.bundle.is_(None))
    for one, how in put_off.items():
        changes = {
            "state": how.state.value,
            "due_at": how.until,
            "next_attempt": how.until,
            "last_error": how.reason,
        }
        update_rows(connection, _delivery, and_(_delivery.c.id == one, *untouched), changes)
    for name, ids in bundles.items():
        for one in ids:
            update_rows(connection, _delivery, and_(_delivery.c.id == one, *untouched), {"bundle": name})


def messages_since(connection: Connection, channel: str, since: datetime) -> tuple[int, datetime | None]:
    """How many messages a channel took after ``since``, a bundle counted once, and when the first of them went."""
    message = case((_delivery.c.bundle.is_(None), cast(_delivery.c.id, String)), else_=_delivery.c.bundle)
    sent = (_delivery.c.channel == channel, _delivery.c.sent_at > since)
    row = connection.execute(
        select(func.count(message.distinct()).label("messages"), func.min(_delivery.c.sent_at).label("earliest")).where(
            *sent
        )
    ).one()
    return row.messages, row.earliest


def newest_sent(connection: Connection, channel: str) -> int:
    """The id of the delivery a channel took last; 0 when it took none."""
    query = select(_delivery.c.id).where(_delivery.c.channel == channel, _delivery.c.state == DeliveryState.SENT.value)
    return connection.scalar(query.order_by(_delivery.c.sent_at.desc(), _delivery.c.id.desc()).limit(1)) or 0


def told_of(connection: Connection, source: str, kinds: Collection[str], *, ends: str) -> tuple[str, ...]:
    """The channels addressed with an event of these kinds by a source, after its newest event of the kind ``ends``."""
    query = (
        select(_delivery.c.channel)
        .join(_cited, _cited.c.alert == _delivery.c.alert)
        .join(_event, _event.c.id == _cited.c.event)
        .where(_event.c.source == source, _stands(kinds, ends))
        .distinct()
        .order_by(_delivery.c.channel)
    )
    return tuple(connection.scalars(query))


def standing_since(
    connection: Connection, sources: Collection[str], kinds: Collection[str], *, ends: str
) -> dict[str, datetime]:
    """By source, when its first event of these kinds was seen, after its newest event of the kind ``ends``."""
    query = select(_event.c.source, func.min(_event.c.observed_at).label("since")).where(_stands(kinds, ends))
    found: dict[str, datetime] = {}
    for chunk in chunks(sources):
        rows = connection.execute(query.where(_event.c.source.in_(chunk)).group_by(_event.c.source))
        found |= {row.source: row.since for row in rows}
    return found


def _stands(kinds: Collection[str], ends: str) -> ColumnElement[bool]:
    """Whether an event is of these kinds, and newer than its source's newest event of the kind ``ends``."""
    end = _event.alias()
    ended = (
        select(func.max(end.c.observed_at))
        .where(end.c.source == _event.c.source, end.c.kind == ends)
        .correlate(_event)
        .scalar_subquery()
    )
    return and_(_event.c.kind.in_(kinds), or_(ended.is_(None), _event.c.observed_at > ended))
