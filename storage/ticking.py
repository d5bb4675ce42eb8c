"""What the daemon's ticks ask and remember: dues, notes, reminders once each, and how the outbox stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from monitor.errors import ConflictError
from monitor.model import Alert, DeliveryState
from monitor.ports import Ask, Due, LastRead, OutboxState
from storage import schema, telling
from storage.reading import find_standings
from storage.sealing import insert_or_update
from storage.standing import Standing

_delivery = schema.delivery
_meta = schema.meta
_source = schema.source


def dues(connection: Connection) -> dict[str, Due]:
    """When each source ever read is due again, by id."""
    columns = (_source.c.id, _source.c.next_due, _source.c.last_check, _source.c.health)
    rows = connection.execute(select(*columns))
    return {row.id: Due(next_due=row.next_due, last_check=row.last_check, health=row.health) for row in rows}


def last_reads(connection: Connection, sources: Sequence[str]) -> dict[str, LastRead]:
    """What the last read of each of these sources left to the next one; blank for a source never read."""
    found = find_standings(connection, sources)
    return {source: _last_read(found[source]) if source in found else LastRead() for source in sources}


def _last_read(standing: Standing) -> LastRead:
    return LastRead(
        last_check=standing.last_check,
        revision=standing.revision,
        version=standing.version,
        memory=standing.memory,
        validators=standing.validators,
        settings_hash=standing.settings_hash,
    )


def newest_check(connection: Connection) -> datetime | None:
    """When the newest check of any source was."""
    newest: datetime | None = connection.scalar(select(func.max(_source.c.last_check)))
    return newest


def outbox_state(connection: Connection) -> OutboxState:
    """How many deliveries there are by state, and since when the oldest one waits."""
    counts = connection.execute(select(_delivery.c.state, func.count()).group_by(_delivery.c.state))
    waiting = (DeliveryState.PENDING.value, DeliveryState.RETRYING.value, DeliveryState.SENDING.value)
    oldest = connection.scalar(select(func.min(_delivery.c.due_at)).where(_delivery.c.state.in_(waiting)))
    return OutboxState(counts={DeliveryState(state): count for state, count in counts}, oldest_due=oldest)


def notes(connection: Connection, prefix: str) -> dict[str, str]:
    """The remembered values whose keys begin so."""
    rows = connection.execute(select(_meta).where(_meta.c.key.startswith(prefix, autoescape=True)))
    return {row.key: row.value for row in rows}


def note(connection: Connection, key: str, value: str) -> None:
    """Remember one value."""
    insert_or_update(connection, _meta, [{"key": key, "value": value}])


def ask(connection: Connection, asks: Sequence[Ask], alerts: Sequence[Alert], now: datetime) -> None:
    """Open or join the rechecks and raise the alerts; raises ConflictError when one of them was asked meanwhile."""
    for one in asks:
        if _find_note(connection, one.key) != one.before:
            raise ConflictError(f"another process has asked about {one.key}")
        note(connection, one.key, one.after)
    telling.ask(connection, [one.request for one in asks], alerts, now)


def _find_note(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(_meta.c.value).where(_meta.c.key == key))


def raise_alert(connection: Connection, alert: Alert) -> None:
    """Store an alert about the monitor itself, whose event is nowhere else; one already stored is left as it is."""
    telling.ask(connection, (), (alert,), alert.created_at)


def open_rechecks(connection: Connection) -> int:
    """How many rechecks wait for a person."""
    query = select(func.count()).select_from(schema.recheck).where(schema.recheck.c.state == "open")
    return connection.scalar(query) or 0
