"""The deliveries still to be made: taken under a lease, one or a bundle of them, settled, made due again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, select

from monitor.errors import UsageError
from monitor.model import Alert, Delivery, DeliveryState, from_json
from monitor.ports import Attempt, Claimed
from storage import schema
from storage.database import chunks
from storage.rows import delivery_of
from storage.sealing import update_rows

_delivery = schema.delivery

_WAITING = {DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.HELD}
_NOT_SENT = {DeliveryState.PENDING, DeliveryState.HELD}
_AGAIN = (DeliveryState.DEAD.value, DeliveryState.HELD.value)


def is_due(connection: Connection, now: datetime, channel: str | None = None) -> bool:
    """Whether a delivery waits to be taken; needs no write lock."""
    return connection.execute(_oldest_due(now, channel)).first() is not None


def due_channels(connection: Connection, now: datetime) -> list[str]:
    """The channels for which something is due, by name."""
    query = select(_delivery.c.channel).where(_delivery.c.due_at <= now).distinct().order_by(_delivery.c.channel)
    return list(connection.scalars(query))


def claim(connection: Connection, now: datetime, lease: timedelta) -> tuple[Delivery, Alert] | None:
    """Take the delivery that has been due longest, of equals the older one; None when nothing is due.

    The update repeats what was read, so that of two workers who saw the same row one gets it and one looks on.
    """
    while (row := connection.execute(_oldest_due(now)).first()) is not None:
        if _take(connection, row, now + lease):
            taken = connection.execute(select(_delivery).where(_delivery.c.id == row.id)).one()
            return delivery_of(taken), get_alert(connection, taken.alert)
    return None


def claim_message(connection: Connection, now: datetime, lease: timedelta, channel: str, most: int) -> Claimed | None:
    """Take a channel's oldest due delivery with all that share its bundle; the alerts of at most ``most`` of them."""
    while (row := connection.execute(_oldest_due(now, channel)).first()) is not None:
        if not _take(connection, row, now + lease):
            continue
        taken = _take_rest(connection, row, now, now + lease) if row.bundle else [row.id]
        rows = [each for part in chunks(taken) for each in connection.execute(_by_ids(part))]
        deliveries = tuple(sorted(map(delivery_of, rows), key=lambda one: one.id))
        alerts = tuple(get_alert(connection, one.alert) for one in deliveries[:most])
        return Claimed(deliveries=deliveries, alerts=alerts)
    return None


def _by_ids(ids: Sequence[int]) -> Select[Any]:
    return select(_delivery).where(_delivery.c.id.in_(ids))


def _take_rest(connection: Connection, first: Row[Any], now: datetime, until: datetime) -> list[int]:
    same = (_delivery.c.bundle == first.bundle) & (_delivery.c.channel == first.channel)
    rest = connection.execute(select(_delivery).where(same, _delivery.c.due_at <= now)).all()
    return [first.id, *(row.id for row in rest if _take(connection, row, until))]


def _oldest_due(now: datetime, channel: str | None = None) -> Select[Any]:
    query = select(_delivery).where(_delivery.c.due_at <= now).order_by(_delivery.c.due_at, _delivery.c.id).limit(1)
    return query if channel is None else query.where(_delivery.c.channel == channel)


def _take(connection: Connection, row: Row[Any], until: datetime) -> bool:
    unchanged = (_delivery.c.id == row.id) & (_delivery.c.state == row.state) & (_delivery.c.due_at == row.due_at)
    lease_ran_out = row.state == DeliveryState.SENDING.value
    changes = {
        "state": DeliveryState.SENDING.value,
        "due_at": until,
        "lease_until": until,
        "next_attempt": None,
        "attempts": row.attempts + 1,
        "maybe_duplicate": row.maybe_duplicate or lease_ran_out,
    }
    return update_rows(connection, _delivery, unchanged, changes) == 1


def settle(connection: Connection, delivery: int, attempt: Attempt) -> None:
    """Record how a send went; what is sent stays sent. Raises UsageError when there is no such delivery.

    A delivery put back without a send (pending or held) is not counted as attempted.
    """
    changes = {
        "state": attempt.state.value,
        "due_at": attempt.next_attempt if attempt.state in _WAITING else None,
        "lease_until": None,
        "next_attempt": attempt.next_attempt,
        "last_error": attempt.error,
        "sent_at": attempt.sent_at,
        "attempts": _delivery.c.attempts - int(attempt.state in _NOT_SENT),
        "maybe_duplicate": case((_delivery.c.maybe_duplicate, True), else_=attempt.maybe_duplicate),
    }
    not_sent = (_delivery.c.id == delivery) & (_delivery.c.state != DeliveryState.SENT.value)
    if not update_rows(connection, _delivery, not_sent, changes):
        _get_row(connection, delivery)


def settle_all(connection: Connection, ids: Sequence[int], attempt: Attempt) -> None:
    """Record how a message went on every delivery it stood for."""
    for one in ids:
        settle(connection, one, attempt)


def _get_row(connection: Connection, delivery: int) -> Row[Any]:
    row = connection.execute(select(_delivery).where(_delivery.c.id == delivery)).one_or_none()
    if row is None:
        raise UsageError(f"there is no delivery {delivery}")
    return row


def deliveries(connection: Connection, state: str | None) -> list[Delivery]:
    """All deliveries, newest first."""
    query = select(_delivery).order_by(_delivery.c.id.desc())
    if state is not None:
        query = query.where(_delivery.c.state == state)
    return [delivery_of(row) for row in connection.execute(query)]


def retry(connection: Connection, ids: Sequence[int], now: datetime) -> list[Delivery]:
    """Make dead or held ones due again, all of them when none is named; returns those that were.

    All of them leaves out what was acknowledged. Each is then a message of its own. Raises UsageError for an id that
    does not exist.
    """
    rows = [_get_row(connection, one) for one in dict.fromkeys(ids)] if ids else _stuck(connection)
    again = [row.id for row in rows if row.state in _AGAIN]
    changes = {"state": DeliveryState.PENDING.value, "due_at": now, "next_attempt": None, "attempts": 0, "bundle": None}
    for one in again:
        update_rows(connection, _delivery, _delivery.c.id == one, changes)
    return [delivery_of(_get_row(connection, one)) for one in again]


def _stuck(connection: Connection) -> Iterable[Row[Any]]:
    acknowledged = exists().where(schema.acknowledgement.c.alert == _delivery.c.alert)
    stuck = select(_delivery).where(_delivery.c.state.in_(_AGAIN), ~acknowledged)
    return connection.execute(stuck.order_by(_delivery.c.id)).all()


def get_alert(connection: Connection, alert: str) -> Alert:
    """One alert; raises UsageError when there is none."""
    payload = connection.scalar(select(schema.alert.c.payload).where(schema.alert.c.id == alert))
    if payload is None:
        raise UsageError(f"there is no alert {alert}")
    return from_json(payload, Alert)


def has_alert(connection: Connection, alert: str) -> bool:
    """Whether this alert was raised."""
    return connection.execute(select(schema.alert.c.id).where(schema.alert.c.id == alert)).first() is not None
