"""What keeps people from being told again: acknowledged alerts, and snoozed sources and assumptions."""

from datetime import datetime

from sqlalchemy import Connection, and_, select

from monitor.errors import UsageError
from monitor.model import Delivery, DeliveryState, Snooze
from storage import schema
from storage.rows import delivery_of
from storage.sealing import insert_or_skip, insert_rows, update_rows

_ack = schema.acknowledgement
_alert = schema.alert
_cited = schema.alert_event
_delivery = schema.delivery
_snooze = schema.snooze

_UNSENT = (DeliveryState.PENDING.value, DeliveryState.RETRYING.value, DeliveryState.HELD.value)
_LONGEST_NUMBER = 9


def acknowledge(
    connection: Connection, name: str, now: datetime, *, by: str | None, note: str | None
) -> list[Delivery]:
    """Note that somebody knows of an alert, and hold what of it has not gone out yet; returns its deliveries.

    ``name`` is a delivery's number, or the beginning of an alert's id. Raises UsageError when there is none such, or
    several.
    """
    alert = _find_alert(connection, name)
    row = {"alert": alert, "acknowledged_at": now, "acknowledged_by": by, "note": note}
    insert_or_skip(connection, _ack, [row])
    unsent = (_delivery.c.alert == alert, _delivery.c.state.in_(_UNSENT))
    changes = {
        "state": DeliveryState.HELD.value,
        "due_at": None,
        "next_attempt": None,
        "last_error": f"acknowledged by {by}" if by else "acknowledged",
    }
    update_rows(connection, _delivery, and_(*unsent), changes)
    rows = connection.execute(select(_delivery).where(_delivery.c.alert == alert).order_by(_delivery.c.id))
    return [delivery_of(one) for one in rows]


def _find_alert(connection: Connection, name: str) -> str:
    if name.isdecimal() and len(name) <= _LONGEST_NUMBER:
        found = connection.scalar(select(_delivery.c.alert).where(_delivery.c.id == int(name)))
        if found is not None:
            return str(found)
    begins = _alert.c.id.startswith(name, autoescape=True)
    matches = connection.scalars(select(_alert.c.id).where(begins).order_by(_alert.c.id).limit(2)).all() if name else []
    if len(matches) == 1 or name in matches:
        return name if name in matches else matches[0]
    several = f"several alerts begin with {name!r}" if matches else f"there is no alert or delivery {name!r}"
    raise UsageError(f"{several}; `stilltrue alerts` lists them")


def acknowledged_events(connection: Connection) -> frozenset[str]:
    """The events of acknowledged alerts."""
    query = select(_cited.c.event).join(_ack, _ack.c.alert == _cited.c.alert)
    return frozenset(connection.scalars(query))


def snooze(connection: Connection, wanted: Snooze) -> Snooze:
    """Snooze a source or an assumption, in place of what stood for it before; an ``until`` of now ends it."""
    about = (
        _snooze.c.source.is_not_distinct_from(wanted.source),
        _snooze.c.guide.is_not_distinct_from(wanted.guide),
        _snooze.c.assumption.is_not_distinct_from(wanted.assumption),
    )
    before = and_(*about, _snooze.c.until > wanted.created_at)
    update_rows(connection, _snooze, before, {"until": wanted.created_at})
    values = {
        "source": wanted.source,
        "guide": wanted.guide,
        "assumption": wanted.assumption,
        "until": wanted.until,
        "created_at": wanted.created_at,
        "created_by": wanted.by,
        "note": wanted.note,
    }
    (row,) = insert_rows(connection, _snooze, [values])
    return next(one for one in _listed(connection, None) if one.id == row.id)


def snoozes(connection: Connection, now: datetime) -> list[Snooze]:
    """What is snoozed at ``now``, what ends first before the others."""
    return _listed(connection, now)


def _listed(connection: Connection, now: datetime | None) -> list[Snooze]:
    query = select(_snooze).order_by(_snooze.c.until, _snooze.c.id)
    rows = connection.execute(query if now is None else query.where(_snooze.c.until > now))
    return [
        Snooze(
            id=row.id,
            until=row.until,
            created_at=row.created_at,
            source=row.source,
            guide=row.guide,
            assumption=row.assumption,
            by=row.created_by,
            note=row.note,
        )
        for row in rows
    ]
