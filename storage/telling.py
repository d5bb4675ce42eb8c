"""What a check sets off beyond its source: affected assumptions, verdicts, rechecks, alerts and their deliveries."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from monitor.model import Alert, CheckRecord, DeliveryState, Purpose, RecheckRequest, Verdict, to_json
from storage import schema
from storage.rows import affect_values, alert_values
from storage.sealing import insert_or_skip, insert_or_update, insert_rows, update_rows

_recheck = schema.recheck
_reason = schema.recheck_reason


def tell(connection: Connection, entry: CheckRecord, *, told: Collection[str] | None) -> None:
    """Write what one check sets off.

    ``told`` is None for a new check. In a rebuild it holds the events that existed before: what those set off
    stands as it is, and nobody is asked or told a second time.
    """
    old = told or ()
    _write_affects(connection, entry, old)
    _write_verdicts(connection, entry.verdicts)
    for request in entry.rechecks:
        if not _was_asked(connection, request, rebuilding=told is not None):
            _ask(connection, request, entry.check.checked_at)
    for alert in entry.alerts:
        if told is None or not _all_told(alert, told):
            _raise_alert(connection, alert)


def ask(connection: Connection, requests: Iterable[RecheckRequest], alerts: Iterable[Alert], now: datetime) -> None:
    """Open or join rechecks and raise alerts that no check led to; events in such alerts may be stored nowhere else."""
    for request in requests:
        _ask(connection, request, now)
    for alert in alerts:
        _raise_alert(connection, alert, cite=False)


def _write_affects(connection: Connection, entry: CheckRecord, old: Collection[str]) -> None:
    # A first-sight contradiction has no event; the alert and the recheck carry it.
    rows = [
        affect_values(affect, position=position)
        for position, affect in enumerate(entry.affects)
        if affect.event and affect.event not in old
    ]
    insert_or_update(connection, schema.affect, rows)


def _write_verdicts(connection: Connection, verdicts: Iterable[Verdict]) -> None:
    rows = [
        {
            "guide": verdict.guide,
            "assumption": verdict.assumption,
            "verdict": verdict.verdict.value,
            "as_of": verdict.as_of,
            "payload": to_json(verdict),
        }
        for verdict in verdicts
    ]
    insert_or_update(connection, schema.verdict, rows, unless_older="as_of")


def _was_asked(connection: Connection, request: RecheckRequest, *, rebuilding: bool) -> bool:
    """Whether a recheck, open or closed, already answers to this very event (in a rebuild: or to none)."""
    if request.event is not None:
        joined = and_(_reason.c.recheck == _recheck.c.id, _reason.c.event == request.event)
        same: ColumnElement[bool] = or_(_recheck.c.event == request.event, exists().where(joined))
    elif rebuilding:
        same = _recheck.c.event.is_(None)
    else:
        return False
    return connection.scalar(select(_recheck.c.id).where(_about(request), same).limit(1)) is not None


def _about(request: RecheckRequest) -> ColumnElement[bool]:
    return and_(_recheck.c.guide == request.guide, _recheck.c.assumption == request.assumption)


def _ask(connection: Connection, request: RecheckRequest, now: datetime) -> None:
    """Join the open recheck of the assumption, or open one."""
    query = select(_recheck.c.id, _recheck.c.due).where(_about(request), _recheck.c.state == "open")
    row = connection.execute(query).one_or_none()
    if row is None:
        _add_reasons(connection, _open(connection, request, now), request, first=True)
    else:
        _bring_forward(connection, row.id, row.due, request.due)
        _add_reasons(connection, row.id, request, first=False)


def _open(connection: Connection, request: RecheckRequest, now: datetime) -> int:
    values = {
        "guide": request.guide,
        "assumption": request.assumption,
        "event": request.event,
        "opened_at": now,
        "due": request.due,
        "state": "open",
    }
    (row,) = insert_rows(connection, _recheck, [values])
    identity: int = row.id
    return identity


def _bring_forward(connection: Connection, recheck: int, due: date | None, asked: date | None) -> None:
    if asked is not None and (due is None or asked < due):
        update_rows(connection, _recheck, _recheck.c.id == recheck, {"due": asked})


def _add_reasons(connection: Connection, recheck: int, request: RecheckRequest, *, first: bool) -> None:
    stored = () if first else connection.scalars(select(_reason.c.reason).where(_reason.c.recheck == recheck)).all()
    new = [reason for reason in dict.fromkeys(request.reasons) if reason not in stored]
    if not new and request.event is not None and not first:
        # Nothing new to say, yet the event must be remembered as asked about.
        new = [""]
    position = 0 if first else _next_position(connection, recheck)
    rows = [
        {"recheck": recheck, "position": place, "event": request.event, "reason": reason}
        for place, reason in enumerate(new, start=position)
    ]
    insert_rows(connection, _reason, rows)


def _next_position(connection: Connection, recheck: int) -> int:
    last = connection.scalar(select(func.max(_reason.c.position)).where(_reason.c.recheck == recheck))
    return 0 if last is None else last + 1


def _cited(alert: Alert) -> set[str]:
    return {item.event.id for item in alert.items if item.event is not None}


def _all_told(alert: Alert, told: Collection[str]) -> bool:
    cited = _cited(alert)
    return bool(cited) and cited.issubset(told)


def _raise_alert(connection: Connection, alert: Alert, *, cite: bool = True) -> None:
    """Store an alert with a pending delivery for each channel; one already stored is left as it is.

    A channel that has been told all its events of the same guide in alerts before is not told again.
    """
    heard = _heard_it(connection, alert) if cite and alert.purpose is Purpose.NEWS else set()
    if not insert_or_skip(connection, schema.alert, [alert_values(alert)]):
        return
    events = _cited(alert) if cite else _stored(connection, _cited(alert))
    cited = [{"alert": alert.id, "event": event} for event in sorted(events)]
    insert_or_skip(connection, schema.alert_event, cited)
    rows = [_pending(alert, channel) for channel in dict.fromkeys(alert.channels) if channel not in heard]
    insert_rows(connection, schema.delivery, rows)


def _stored(connection: Connection, events: Collection[str]) -> set[str]:
    """Those of the events that are in the history."""
    return set(connection.scalars(select(schema.event.c.id).where(schema.event.c.id.in_(events)))) if events else set()


def _heard_it(connection: Connection, alert: Alert) -> set[str]:
    """The channels that were told every event of an alert before, about the same guide."""
    cited = _cited(alert)
    if not cited or any(item.event is None for item in alert.items):
        return set()
    told = schema.alert_event.c.event
    count = func.count(told.distinct())
    query = (
        select(schema.delivery.c.channel)
        .join(schema.alert, schema.alert.c.id == schema.delivery.c.alert)
        .join(schema.alert_event, schema.alert_event.c.alert == schema.alert.c.id)
        .where(told.in_(cited), schema.alert.c.guide.is_not_distinct_from(alert.guide))
        .group_by(schema.delivery.c.channel)
        .having(count == len(cited))
    )
    return set(connection.scalars(query))


def _pending(alert: Alert, channel: str) -> dict[str, object]:
    return {
        "alert": alert.id,
        "channel": channel,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "due_at": alert.created_at,
        "maybe_duplicate": False,
    }
