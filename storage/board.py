"""What guides, verdicts and rechecks need."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.errors import UsageError
from monitor.model import Guide, Recheck, VerdictKind
from storage import schema
from storage.sealing import insert_or_skip, update_rows

_guide = schema.guide
_recheck = schema.recheck
_reason = schema.recheck_reason
_verdict = schema.verdict


def load_guides(connection: Connection, guides: Sequence[Guide], now: datetime) -> None:
    """Remember when each guide was first seen."""
    insert_or_skip(connection, _guide, [{"id": guide.id, "first_loaded": now} for guide in guides])


def first_loads(connection: Connection) -> dict[str, datetime]:
    """When each guide was first seen, by guide id."""
    return {row.id: row.first_loaded for row in connection.execute(select(_guide))}


def verdicts(connection: Connection) -> dict[tuple[str, str], VerdictKind]:
    """The last recorded verdict by (guide, assumption)."""
    rows = connection.execute(select(_verdict.c.guide, _verdict.c.assumption, _verdict.c.verdict))
    return {(row.guide, row.assumption): VerdictKind(row.verdict) for row in rows}


def rechecks(connection: Connection, *, guide: str | None, state: str | None) -> list[Recheck]:
    """Rechecks, newest first."""
    query = select(_recheck).order_by(_recheck.c.opened_at.desc(), _recheck.c.id.desc())
    if guide is not None:
        query = query.where(_recheck.c.guide == guide)
    if state is not None:
        query = query.where(_recheck.c.state == state)
    return _with_reasons(connection, connection.execute(query).all())


def close_recheck(
    connection: Connection, recheck: int, *, outcome: str, note: str | None, by: str | None, now: datetime
) -> Recheck:
    """Close an open one; raises UsageError when it does not exist or is closed already."""
    closing = {"state": "closed", "outcome": outcome, "note": note, "closed_by": by, "closed_at": now}
    open_one = (_recheck.c.id == recheck) & (_recheck.c.state == "open")
    closed = update_rows(connection, _recheck, open_one, closing)
    rows = connection.execute(select(_recheck).where(_recheck.c.id == recheck)).all()
    if not rows:
        raise UsageError(f"there is no recheck {recheck}")
    if not closed:
        raise UsageError(f"recheck {recheck} is closed already ({rows[0].outcome}, {rows[0].closed_at:%Y-%m-%d})")
    (done,) = _with_reasons(connection, rows)
    return done


def _with_reasons(connection: Connection, rows: Sequence[Row[Any]]) -> list[Recheck]:
    if not rows:
        return []
    lowest, highest = min(row.id for row in rows), max(row.id for row in rows)
    query = select(_reason).where(_reason.c.recheck.between(lowest, highest))
    stored = connection.execute(query.order_by(_reason.c.recheck, _reason.c.position))
    reasons: dict[int, list[str]] = {}
    for row in stored:
        reasons.setdefault(row.recheck, []).append(row.reason)
    return [recheck_of(row, reasons.get(row.id, ())) for row in rows]


def recheck_of(row: Row[Any], reasons: Iterable[str]) -> Recheck:
    """The recheck in a row of ``recheck``, with its reasons."""
    return Recheck(
        id=row.id,
        guide=row.guide,
        assumption=row.assumption,
        event=row.event,
        reasons=tuple(filter(None, reasons)),
        opened_at=row.opened_at,
        due=row.due,
        state=row.state,
        outcome=row.outcome,
        note=row.note,
        by=row.closed_by,
        closed_at=row.closed_at,
    )
