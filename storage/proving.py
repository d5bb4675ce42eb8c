"""Whether the records are as they were written: chains, daily roots and seals against the rows that are there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, Row, Table, func, null, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from monitor.model import GENESIS, READS, ChainLink, detail_content, link_digest, root_digest
from storage import chaining, schema
from storage.flaws import MOST_SHOWN, Flaw
from storage.past import Key, Past
from storage.schema import UtcTime
from storage.sealing import PASSING, SHARDS, SHARED, SOURCES, Sums, read_sums, subtract, sum_rows

_WAY_OUT = "Put a backup copy in its place, and keep the damaged file for repair."
_AGAIN = {schema.fact.name, schema.version.name, schema.event.name, schema.check.name, schema.source.name}
"""What `stilltrue reextract` derives anew from stored bytes."""
_TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_CLOCK = " [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]"


def prove(connection: Connection) -> Iterator[Flaw]:
    """Every difference between what was recorded and what is there; reads all rows, changes nothing."""
    if connection.dialect.name == "sqlite":
        yield from _odd_forms(connection)
    try:
        yield from _chain_flaws(connection)
        yield from _root_flaws(connection)
    except (ValueError, TypeError, LookupError) as error:
        yield _unreadable("the daily roots", error)
    yield from _seal_flaws(connection)


def has_digest(connection: Connection, digest: str) -> bool:
    """Whether a daily root has this digest, or a link one that begins so."""
    root = select(schema.root.c.day).where(schema.root.c.digest == digest)
    link = select(schema.link.c.position).where(schema.link.c.digest.startswith(digest, autoescape=True))
    return any(connection.execute(query.limit(1)).first() is not None for query in (root, link))


def _unreadable(what: str, error: Exception) -> Flaw:
    cause = getattr(error, "orig", None) or error  # without the statement and the library's own advice
    return Flaw(code="unreadable_rows", subject=what, message=f"Rows of {what} cannot be read ({cause}). {_WAY_OUT}")


def _odd_forms(connection: Connection) -> Iterator[Flaw]:
    """Values that SQLite holds in another form than we write, though they may read as the same thing."""
    records = [table for table in schema.metadata.sorted_tables if table.name not in PASSING]
    for table in (*records, schema.alembic_version):
        odd = [_odd(table, column.name, column.type) for column in table.columns]
        owner = table.c[SOURCES.get(table.name, "source")] if table.name in {*SOURCES, schema.link.name} else null()
        query = select(owner.label("whose"), func.count().label("rows")).select_from(table).where(or_(*map(text, odd)))
        try:
            found = connection.execute(query.group_by(text("whose")).order_by(text("whose"))).all()
        except SQLAlchemyError as error:
            yield _unreadable(str(table.name), error)
            continue
        for row in found[:MOST_SHOWN]:
            where = f"{table.name} of {row.whose}" if row.whose is not None else str(table.name)
            message = f"{row.rows} row(s) of {where} hold values in a form that stilltrue does not write. {_WAY_OUT}"
            yield Flaw(code="altered_rows", subject=where, message=message)


def _odd(table: Table, name: str, kind: Any) -> str:
    column = f'"{table.name}"."{name}"'
    if isinstance(kind, UtcTime):
        return f"({column} IS NOT NULL AND {column} NOT GLOB '{_TIME}{_CLOCK}')"
    if isinstance(kind, Date):
        return f"({column} IS NOT NULL AND {column} NOT GLOB '{_TIME}')"
    if isinstance(kind, Boolean):
        return f"({column} IS NOT NULL AND {column} NOT IN (0, 1))"
    expected = "integer" if isinstance(kind, Integer) else "blob" if table is schema.blob and name == "zstd" else "text"
    return f"typeof({column}) NOT IN ('{expected}', 'null')"


def _chain_flaws(connection: Connection) -> Iterator[Flaw]:
    ends = {row.scope: row for row in connection.execute(select(schema.seal))}
    sources = {*connection.scalars(select(schema.source.c.id)), *connection.scalars(select(schema.link.c.source))}
    checked = set(connection.scalars(select(schema.check.c.source).distinct()))
    for source in sorted({*sources, *checked, *(scope for scope in ends if not scope.startswith(SHARED))}):
        try:
            links = chaining.links(connection, source)
            yield from _capped(_broken_links(source, links, ends.get(source)))
            yield from _capped(_unlinked(connection, source, links))
        except (ValueError, TypeError, LookupError) as error:
            yield _unreadable(f"the chain of {source}", error)


def _capped(flaws: Iterator[Flaw]) -> Iterator[Flaw]:
    """The first of many flaws of a kind in one source."""
    seen: Counter[str] = Counter()
    for flaw in flaws:
        seen[flaw.code] += 1
        if seen[flaw.code] <= MOST_SHOWN:
            yield flaw


def _broken_links(source: str, links: Sequence[ChainLink], end: Row[Any] | None) -> Iterator[Flaw]:
    """Links that were altered, and gaps where some are gone."""
    expected, previous = 1, GENESIS
    for link in links:
        subject = f"{source}:{link.position}"
        if link.position != expected:
            message = f"The chain of {source} lacks links {expected} to {link.position - 1}. {_WAY_OUT}"
            yield Flaw(code="chain_gap", subject=subject, message=message)
        elif link.digest != link_digest(link, previous) or not _says_itself(link):
            message = f"Link {link.position} of {source} ({_when(link.checked_at)}) was altered. {_WAY_OUT}"
            yield Flaw(code="chain_broken", subject=subject, message=message)
        expected, previous = link.position + 1, link.digest
    if (end.position, end.head or GENESIS) != (expected - 1, previous) if end else links:
        message = f"The chain of {source} does not end where it should: its last links are gone or altered. {_WAY_OUT}"
        yield Flaw(code="chain_end", subject=source, message=message)


def _says_itself(link: ChainLink) -> bool:
    return link.kind in READS or link.content == detail_content(link.detail or "")


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "no read"


def _unlinked(connection: Connection, source: str, links: Sequence[ChainLink]) -> Iterator[Flaw]:
    """Checks and snapshots that the chain knows and that are gone or altered, and those it does not know."""
    past = Past.of(links)
    yield from _lost_checks(connection, source, past)
    query = select(schema.snapshot).where(schema.snapshot.c.source == source)
    shots = {row.id: row for row in connection.execute(query)}
    for link in past.reads:
        if link.snapshot is None or link.snapshot in past.swept:
            continue
        when = _when(link.checked_at)
        if link.snapshot not in shots:
            message = f"The snapshot of {source} of {when} is gone. {_WAY_OUT}"
            yield Flaw(code="lost_snapshot", subject=link.snapshot, message=message)
        elif chaining.stored_content(shots[link.snapshot]) != link.content:
            message = f"The snapshot of {source} of {when} is not as it was recorded. {_WAY_OUT}"
            yield Flaw(code="altered_snapshot", subject=link.snapshot, message=message)
    for unknown in sorted(shots.keys() - past.contents.keys() - past.copied.keys()):
        message = f"The chain of {source} does not know the snapshot of {_when(shots[unknown].fetched_at)}. {_WAY_OUT}"
        yield Flaw(code="unlinked_snapshot", subject=unknown, message=message)


def _lost_checks(connection: Connection, source: str, past: Past) -> Iterator[Flaw]:
    columns = (schema.check.c.checked_at, schema.check.c.snapshot, schema.check.c.body)
    rows = connection.execute(select(*columns).where(schema.check.c.source == source))
    expected, there = past.expected, past.keys(rows)
    for moment, _ in sorted((expected - there), key=_by_time):
        message = f"The check of {source} at {_when(moment)} is gone or altered. {_WAY_OUT}"
        yield Flaw(code="lost_check", subject=source, message=message)
    for moment, _ in sorted((there - expected), key=_by_time):
        message = f"The chain of {source} does not know a check at {_when(moment)}. {_WAY_OUT}"
        yield Flaw(code="unlinked_check", subject=source, message=message)


def _by_time(key: Key) -> str:
    return str(key[0])


def _root_flaws(connection: Connection) -> Iterator[Flaw]:
    previous, count = GENESIS, 0
    for root in chaining.roots(connection):
        heads, links = chaining.day_heads(connection, root.day)
        made = root_digest(root.day, heads, previous)
        if (root.digest, root.sources, root.links) != (made, len(heads), links):
            message = f"The daily root of {root.day} does not fit the chains of that day. {_WAY_OUT}"
            yield Flaw(code="root_broken", subject=str(root.day), message=message)
        previous, count = root.digest, count + 1
    end = connection.execute(select(schema.seal).where(schema.seal.c.scope == chaining.ROOTS)).one_or_none()
    if (end.position, end.head) != (count, previous) if end else count:
        message = f"The daily roots do not end where they should: the last ones are gone or altered. {_WAY_OUT}"
        yield Flaw(code="root_end", subject="root", message=message)
    if chaining.root_sums(connection) != (read_sums(end.sums) if end else {}):
        message = f"Daily roots (root) were altered, dropped or slipped in. {_WAY_OUT}"
        yield Flaw(code="altered_rows", subject="root", message=message)


def _seal_flaws(connection: Connection) -> Iterator[Flaw]:
    """Rows altered, dropped or slipped in, by source and table."""
    actual: dict[str, Sums] = {}
    for table in chaining.sealed_tables(schema.metadata):
        try:
            for scope, sums in sum_rows(connection, [table]).items():
                actual.setdefault(scope, {}).update(sums)
        except (ValueError, TypeError, SQLAlchemyError) as error:
            yield _unreadable(str(table.name), error)
    stored: dict[str, Sums] = {}
    for row in connection.execute(select(schema.seal).where(schema.seal.c.scope != chaining.ROOTS)):
        if row.scope.startswith(SHARED) and row.scope not in SHARDS:
            message = f"A seal has a name ({row.scope}) that stilltrue does not give: it was altered. {_WAY_OUT}"
            yield Flaw(code="altered_rows", subject=f"seal {row.scope}", message=message)
        try:
            stored[row.scope] = read_sums(row.sums)
        except ValueError:
            yield Flaw(code="altered_rows", subject=f"seal {row.scope}", message=f"A seal was altered. {_WAY_OUT}")
    yield from _differing(chaining.shared_as_one(stored), chaining.shared_as_one(actual))


def _differing(stored: Mapping[str, Sums], actual: Mapping[str, Sums]) -> Iterator[Flaw]:
    for scope in sorted({*stored, *actual}):
        for table in sorted(subtract(stored.get(scope, {}), actual.get(scope, {}))):
            whose = "" if scope == SHARED else f" of {scope}"
            advice = f" `stilltrue reextract {scope}` derives them anew." if table in _AGAIN and whose else ""
            message = f"Rows of {table}{whose} were altered, dropped or slipped in. {_WAY_OUT}{advice}"
            yield Flaw(code="altered_rows", subject=f"{table}{whose}", message=message)
