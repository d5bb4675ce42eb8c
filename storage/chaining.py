"""The hash chain in the database: links behind each source's last one, daily roots, and the start of a chain."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Connection, MetaData, Row, Table, bindparam, func, select, update

from monitor.model import (
    GENESIS,
    ChainHead,
    ChainLink,
    LinkKind,
    Root,
    canonical,
    detail_content,
    from_json,
    link_digest,
    read_content,
    root_digest,
    stamp,
)
from storage import schema, sealing
from storage.past import Entry
from storage.sealing import (
    SHARED,
    UNSEALED,
    Sums,
    add,
    insert_or_skip,
    read_sums,
    sum_rows,
    write_sums,
)

_check = schema.check
_link = schema.link
_root = schema.root
_seal = schema.seal
_snapshot = schema.snapshot

ROOTS = "/roots"
"""The scope whose seal knows the last root and how many there are."""
_GRACE = timedelta(hours=1)
"""A day's root is made when no transaction begun on that day can still be under way."""
_ONE_DAY = timedelta(days=1)
_WAITING = "stilltrue_waiting_links"
_CHUNK = 400

# Built once: they are part of every check, and building one takes longer than running it.
_LOCK = (
    select(_seal)
    .where(_seal.c.scope.in_(bindparam("scopes", expanding=True)))
    .order_by(_seal.c.scope)
    .with_for_update()
)
_SETTLE = (
    update(_seal)
    .where(_seal.c.scope == bindparam("this"))
    .values(position=bindparam("to"), head=bindparam("by"), sums=bindparam("new"))
)
_LAST_ROOT = select(_root).order_by(_root.c.day.desc()).limit(1)
_GROWN = (
    select(_link.c.day)
    .where(_link.c.day > bindparam("after"), _link.c.day <= bindparam("until"))
    .distinct()
    .order_by(_link.c.day)
)


class _Waiting(Struct):
    """The entries of a transaction that are still to be linked, by source, in the order of recording."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    now: datetime | None = None


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction left on this connection."""
    sealing.begin(connection)
    connection.info[_WAITING] = _Waiting()


def append(connection: Connection, source: str, entries: Sequence[Entry], now: datetime) -> None:
    """Have entries joined to the end of a source's chain when the transaction is settled, as recorded ``now``."""
    if not entries:
        return
    waiting: _Waiting | None = connection.info.get(_WAITING)
    if waiting is None:
        raise AssertionError(f"a link of {source} is written outside Database.writing")
    waiting.entries.setdefault(source, []).extend(entries)
    waiting.now = now


def settle(connection: Connection) -> None:
    """The last step of a transaction: join what waits to the chains, closing days that are over, and bring sums along.

    All of it together, so that each seal is locked, read and written once, whatever the transaction wrote.
    """
    waiting: _Waiting = connection.info.pop(_WAITING, None) or _Waiting()
    moved = sealing.moved(connection)
    scopes = sorted({*moved, *waiting.entries})
    if not scopes:
        return
    # Locked in one order and before the roots, so that two writers never wait for each other.
    seals = _locked(connection, scopes)
    day = _open_day(connection, waiting.now) if waiting.now else None
    rows, settled = [], []
    for scope in scopes:
        seal = seals[scope]
        position, head = seal.position, seal.head
        for entry in waiting.entries.get(scope, ()):
            assert waiting.now is not None and day is not None  # noqa: S101, PT018 - set with the first entry
            position += 1
            link = _link_of_entry(scope, position, entry, waiting.now, day)
            head = link_digest(link, head or GENESIS)
            rows.append(_link_values(link, head))
        sums = write_sums(add(read_sums(seal.sums), moved[scope])) if scope in moved else seal.sums
        settled.append({"this": scope, "to": position, "by": head, "new": sums})
    insert_or_skip(connection, _link, rows)
    connection.execute(_SETTLE, settled)


def _locked(connection: Connection, scopes: Sequence[str]) -> dict[str, Row[Any]]:
    """These seals, made where there are none, locked until the transaction ends."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(scopes), _CHUNK):
        chunk = scopes[start : start + _CHUNK]
        stored = {row.scope: row for row in connection.execute(_LOCK, {"scopes": chunk})}
        if len(stored) < len(chunk):
            new = [{"scope": scope, "sums": "{}", "position": 0} for scope in chunk if scope not in stored]
            insert_or_skip(connection, _seal, new)
            stored = {row.scope: row for row in connection.execute(_LOCK, {"scopes": chunk})}
        found |= stored
    return found


def _link_of_entry(source: str, position: int, entry: Entry, now: datetime, day: date) -> ChainLink:
    return ChainLink(
        source=source,
        position=position,
        recorded_at=now,
        day=day,
        kind=entry.kind,
        content=entry.content,
        checked_at=entry.checked_at,
        outcome=entry.outcome,
        snapshot=entry.snapshot,
        detail=entry.detail,
    )


def _link_values(link: ChainLink, digest: str) -> dict[str, Any]:
    return {
        "source": link.source,
        "position": link.position,
        "recorded_at": link.recorded_at,
        "day": link.day,
        "kind": link.kind.value,
        "checked_at": link.checked_at,
        "outcome": link.outcome,
        "snapshot": link.snapshot,
        "content": link.content,
        "detail": link.detail,
        "digest": digest,
    }


def link_of(row: Row[Any]) -> ChainLink:
    """The link in a row; raises ValueError for a kind there is not."""
    return ChainLink(
        source=row.source,
        position=row.position,
        recorded_at=row.recorded_at,
        day=row.day,
        kind=LinkKind(row.kind),
        content=row.content,
        checked_at=row.checked_at,
        outcome=row.outcome,
        snapshot=row.snapshot,
        detail=row.detail,
        digest=row.digest,
    )


def root_of(row: Row[Any]) -> Root:
    """The root in a row."""
    return Root(day=row.day, made_at=row.made_at, sources=row.sources, links=row.links, digest=row.digest)


def append_rederived(
    connection: Connection,
    source: str,
    checks: int,
    late: Sequence[Entry],
    copied: Mapping[str, datetime],
    now: datetime,
) -> None:
    """Link the reads filed late, and that all of the source was derived again.

    ``copied``: the reads whose bytes were not kept and that now have a copy of those they were like, by its id.
    """
    copies = sorted([one, stamp(moment)] for one, moment in copied.items())
    detail = canonical({"checks": checks, "copied": copies, "late": len(late)})
    whole = Entry(kind=LinkKind.REDERIVED, content=detail_content(detail), detail=detail)
    append(connection, source, [*late, whole], now)


def append_swept(connection: Connection, snapshots: Collection[str], now: datetime) -> dict[str, str]:
    """Link, before they go, which snapshots are removed; returns their bodies' digests by id."""
    rows = connection.execute(select(_snapshot).where(_snapshot.c.id.in_(snapshots)).order_by(_snapshot.c.id)).all()
    for source in sorted({row.source for row in rows}):
        gone = [[row.id, row.blob] for row in rows if row.source == source]
        detail = canonical({"snapshots": gone})
        append(connection, source, [Entry(kind=LinkKind.SWEPT, content=detail_content(detail), detail=detail)], now)
    return {row.id: row.blob for row in rows}


def stored_content(row: Row[Any]) -> str:
    """The digest of a read whose snapshot is this row."""
    headers = from_json(row.headers, dict[str, str])
    return read_content(
        checked_at=row.fetched_at, status=row.status, final_url=row.final_url, headers=headers, sha256=row.blob
    )


def _open_day(connection: Connection, now: datetime) -> date:
    """The day that new links belong to: today, but never one whose root is made."""
    last = connection.execute(_LAST_ROOT).one_or_none()
    over = (now - _GRACE).date() - _ONE_DAY
    if last is None or last.day < over:
        last = _close(connection, last, over, now) or last
    return now.date() if last is None else max(now.date(), last.day + _ONE_DAY)


def _close(connection: Connection, last: Row[Any] | None, until: date, now: datetime) -> Row[Any] | None:
    """Make the roots of the days that are over and on which a chain grew; returns the last one."""
    span = {"after": last.day if last else date.min, "until": until}
    for day in connection.scalars(_GROWN, span).all():
        heads, links = day_heads(connection, day)
        digest = root_digest(day, heads, last.digest if last else GENESIS)
        row = {"day": day, "made_at": now, "sources": len(heads), "links": links, "digest": digest}
        if insert_or_skip(connection, _root, [row]):
            _count_root(connection, row)
        last = connection.execute(select(_root).where(_root.c.day == day)).one()
    return last


def _count_root(connection: Connection, row: Mapping[str, Any]) -> None:
    seal = _locked(connection, [ROOTS])[ROOTS]
    sums = add(read_sums(seal.sums), {_root.name: sealing.row_digest(_root.name, row)})
    changes = {"position": seal.position + 1, "head": row["digest"], "sums": write_sums(sums)}
    connection.execute(update(_seal).where(_seal.c.scope == ROOTS).values(changes))


def day_heads(connection: Connection, day: date) -> tuple[list[ChainHead], int]:
    """Where each chain that grew on a day ended then, and how many links the day has in all."""
    grown = (
        select(_link.c.source, func.max(_link.c.position).label("position"), func.count().label("links"))
        .where(_link.c.day == day)
        .group_by(_link.c.source)
        .subquery()
    )
    same = (_link.c.source == grown.c.source) & (_link.c.position == grown.c.position)
    rows = connection.execute(select(_link.c.source, _link.c.position, _link.c.digest, grown.c.links).join(grown, same))
    found = [(ChainHead(source=row.source, position=row.position, digest=row.digest), row.links) for row in rows]
    return [head for head, _ in found], sum(links for _, links in found)


def links(connection: Connection, source: str, *, since: datetime | None = None) -> list[ChainLink]:
    """A source's chain from its beginning; with ``since`` only the links of reads made from then on."""
    wanted = (_link.c.source == source, *(() if since is None else (_link.c.checked_at >= since,)))
    return [link_of(row) for row in connection.execute(select(_link).where(*wanted).order_by(_link.c.position))]


def roots(connection: Connection) -> list[Root]:
    """The daily roots, oldest first."""
    return [root_of(row) for row in connection.execute(select(_root).order_by(_root.c.day))]


def root_sums(connection: Connection) -> Sums:
    """The sum over the rows of all daily roots, which the seal of the roots holds."""
    return sum_rows(connection, [_root], lambda *_: ROOTS).get(ROOTS, {})


def sealed_tables(metadata: MetaData) -> list[Table]:
    """The tables whose rows are in the sums; of others' tables in the same database none."""
    known = schema.metadata.tables.keys() - UNSEALED
    return [table for table in metadata.sorted_tables if table.name in known]


def shared_as_one(found: Mapping[str, Sums]) -> dict[str, Sums]:
    """The sums with those of what belongs to no source put together under SHARED."""
    whole = {scope: dict(sums) for scope, sums in found.items() if not scope.startswith(SHARED)}
    parts = [sums for scope, sums in found.items() if scope.startswith(SHARED)]
    return {**whole, SHARED: reduce(add, parts, {})}
