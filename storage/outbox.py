"""The deliveries still to be made: taken under a lease, settled, made due again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, select, update

from monitor.errors import UsageError
from monitor.model import Alert, Delivery, DeliveryState, from_json
from monitor.ports import Attempt
from storage import schema
from storage.rows import delivery_of

_delivery = schema.delivery

_WAITING = {DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.HELD}
_NOT_SENT = {DeliveryState.PENDING, DeliveryState.HELD}
_AGAIN = (DeliveryState.DEAD.value, DeliveryState.HELD.value)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether a delivery waits to be taken; needs no write lock."""
    return connection.execute(_oldest_due(now)).first() is not None


def claim(connection: Connection, now: datetime, lease: timedelta) -> tuple[Delivery, Alert] | None:
    """Take the delivery that has been due longest, of equals the older one; None when nothing is due.

    The update repeats what was read, so that of two workers who saw the same row one gets it and one looks on.
    """
    while (row := connection.execute(_oldest_due(now)).first()) is not None:
        if _take(connection, row, now + lease):
            taken = connection.execute(select(_delivery).where(_delivery.c.id == row.id)).one()
            return delivery_of(taken), get_alert(connection, taken.alert)
    return None


def _oldest_due(now: datetime) -> Select[Any]:
    return select(_delivery).where(_delivery.c.due_at <= now).order_by(_delivery.c.due_at, _delivery.c.id).limit(1)


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
    return connection.execute(update(_delivery).where(unchanged), changes).rowcount == 1


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
    if not connection.execute(update(_delivery).where(not_sent).values(changes)).rowcount:
        _get_row(connection, delivery)


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

    Raises UsageError for an id that does not exist.
    """
    rows = [_get_row(connection, one) for one in dict.fromkeys(ids)] if ids else _stuck(connection)
    again = [row.id for row in rows if row.state in _AGAIN]
    changes = {"state": DeliveryState.PENDING.value, "due_at": now, "next_attempt": None, "attempts": 0}
    for one in again:
        connection.execute(update(_delivery).where(_delivery.c.id == one), changes)
    return [delivery_of(_get_row(connection, one)) for one in again]


def _stuck(connection: Connection) -> Iterable[Row[Any]]:
    return connection.execute(select(_delivery).where(_delivery.c.state.in_(_AGAIN)).order_by(_delivery.c.id)).all()


def get_alert(connection: Connection, alert: str) -> Alert:
    """One alert; raises UsageError when there is none."""
    payload = connection.scalar(select(schema.alert.c.payload).where(schema.alert.c.id == alert))
    if payload is None:
        raise UsageError(f"there is no alert {alert}")
    return from_json(payload, Alert)
