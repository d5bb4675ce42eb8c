"""The hash chain in the database: links behind each source's last one, daily roots, and the start of a chain."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from sqlalchemy import Connection, MetaData, Row, Table, bindparam, delete, func, select, update

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
from storage import schema
from storage.database import chunks
from storage.past import Entry
from storage.sealing import (
    SHARED,
    UNSEALED,
    Sums,
    add,
    insert_or_skip,
    read_sums,
    subtract,
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


def append(connection: Connection, source: str, entries: Sequence[Entry], now: datetime) -> None:
    """Join entries to the end of a source's chain; closes the days that are over first."""
    if entries:
        _append(connection, {source: entries}, now)


def append_each(connection: Connection, entries: Mapping[str, Entry], now: datetime) -> None:
    """Join an entry each to the ends of these sources' chains."""
    for chunk in chunks(sorted(entries)):
        _append(connection, {source: [entries[source]] for source in chunk}, now)


def _append(connection: Connection, entries: Mapping[str, Sequence[Entry]], now: datetime) -> None:
    ends = _ends(connection, entries)
    if len(ends) < len(entries):
        new = [{"scope": source, "sums": "{}", "position": 0} for source in entries if source not in ends]
        insert_or_skip(connection, _seal, new)
        ends = _ends(connection, entries)
    day = _open_day(connection, now)
    rows, ended = [], []
    for source, own in entries.items():
        position, previous = ends[source]
        for entry in own:
            position += 1
            link = _link_of_entry(source, position, entry, now, day)
            previous = link_digest(link, previous)
            rows.append(_link_values(link, previous))
        ended.append({"this": source, "to": position, "by": previous})
    insert_or_skip(connection, _link, rows)
    statement = update(_seal).where(_seal.c.scope == bindparam("this"))
    connection.execute(statement.values(position=bindparam("to"), head=bindparam("by")), ended)


def _ends(connection: Connection, sources: Collection[str]) -> dict[str, tuple[int, str]]:
    """The position and digest of the last link of each chain, locked until the transaction ends."""
    query = select(_seal.c.scope, _seal.c.position, _seal.c.head).where(_seal.c.scope.in_(sources))
    rows = connection.execute(query.order_by(_seal.c.scope).with_for_update())
    return {row.scope: (row.position, row.head or GENESIS) for row in rows}


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
    last = connection.execute(select(_root).order_by(_root.c.day.desc()).limit(1)).one_or_none()
    over = (now - _GRACE).date() - _ONE_DAY
    if last is None or last.day < over:
        last = _close(connection, last, over, now) or last
    return now.date() if last is None else max(now.date(), last.day + _ONE_DAY)


def _close(connection: Connection, last: Row[Any] | None, until: date, now: datetime) -> Row[Any] | None:
    """Make the roots of the days that are over and on which a chain grew; returns the last one."""
    grown = select(_link.c.day).where(_link.c.day <= until).distinct().order_by(_link.c.day)
    if last is not None:
        grown = grown.where(_link.c.day > last.day)
    for day in connection.scalars(grown).all():
        heads, links = day_heads(connection, day)
        digest = root_digest(day, heads, last.digest if last else GENESIS)
        row = {"day": day, "made_at": now, "sources": len(heads), "links": links, "digest": digest}
        if insert_or_skip(connection, _root, [row]):
            _count_root(connection, digest)
        last = connection.execute(select(_root).where(_root.c.day == day)).one()
    return last


def _count_root(connection: Connection, digest: str) -> None:
    insert_or_skip(connection, _seal, [{"scope": ROOTS, "sums": "{}", "position": 0}])
    counted = {"position": _seal.c.position + 1, "head": digest}
    connection.execute(update(_seal).where(_seal.c.scope == ROOTS).values(counted))


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


def links(connection: Connection, source: str) -> list[ChainLink]:
    """A source's chain from its beginning."""
    rows = connection.execute(select(_link).where(_link.c.source == source).order_by(_link.c.position))
    return [link_of(row) for row in rows]


def roots(connection: Connection) -> list[Root]:
    """The daily roots, oldest first."""
    return [root_of(row) for row in connection.execute(select(_root).order_by(_root.c.day))]


def start(connection: Connection, now: datetime) -> None:
    """Give a database of the time before chains its links and seals, the links marked as back-filled."""
    for source in connection.scalars(select(schema.source.c.id).order_by(schema.source.c.id)).all():
        append(connection, source, list(_past(connection, source)), now)
    seal_again(connection, {})


def discrepancies(connection: Connection) -> dict[str, Sums] | None:
    """By how much the stored sums differ from the rows, by scope; None when the database has no seals yet.

    Looks at the tables as they are in the database, before an upgrade changes them.
    """
    there = MetaData()
    there.reflect(connection)
    if _seal.name not in there.tables:
        return None
    stored = _stored_sums(connection)
    actual = shared_as_one(sum_rows(connection, sealed_tables(there)))
    return {scope: subtract(stored.get(scope, {}), actual.get(scope, {})) for scope in {*stored, *actual}}


def seal_again(connection: Connection, wrong: Mapping[str, Sums]) -> None:
    """Seal the rows as an upgrade left them; what did not fit before it must not be made to fit by it."""
    there = MetaData()
    there.reflect(connection)
    actual = shared_as_one(sum_rows(connection, sealed_tables(there)))
    sums = {scope: add(actual.get(scope, {}), wrong.get(scope, {})) for scope in {*actual, *wrong}}
    connection.execute(delete(_seal).where(_seal.c.scope.startswith(SHARED), _seal.c.scope != ROOTS))
    for scope, total in sums.items():
        insert_or_skip(connection, _seal, [{"scope": scope, "sums": "{}", "position": 0}])
        connection.execute(update(_seal).where(_seal.c.scope == scope), {"sums": write_sums(total)})


def sealed_tables(metadata: MetaData) -> list[Table]:
    """The tables whose rows are in the sums; of others' tables in the same database none."""
    known = schema.metadata.tables.keys() - UNSEALED
    return [table for table in metadata.sorted_tables if table.name in known]


def shared_as_one(found: Mapping[str, Sums]) -> dict[str, Sums]:
    """The sums with those of what belongs to no source put together under SHARED."""
    whole = {scope: dict(sums) for scope, sums in found.items() if not scope.startswith(SHARED)}
    parts = [sums for scope, sums in found.items() if scope.startswith(SHARED)]
    return {**whole, SHARED: reduce(add, parts, {})}


def _stored_sums(connection: Connection) -> dict[str, Sums]:
    rows = connection.execute(select(_seal.c.scope, _seal.c.sums).where(_seal.c.scope != ROOTS))
    return shared_as_one({row.scope: read_sums(row.sums) for row in rows})


def _past(connection: Connection, source: str) -> Iterable[Entry]:
    shots = {row.id: row for row in connection.execute(select(_snapshot).where(_snapshot.c.source == source))}
    query = select(_check).where(_check.c.source == source).order_by(_check.c.checked_at, _check.c.id)
    for row in connection.execute(query).all():
        shot = shots.get(row.snapshot)
        bare = read_content(checked_at=row.checked_at, sha256=row.body)
        yield Entry(
            kind=LinkKind.BACKFILLED,
            content=stored_content(shot) if shot else bare,
            checked_at=row.checked_at,
            outcome=row.outcome,
            snapshot=shot.id if shot else None,
        )
