"""Chain and seals across an upgrade: what stood before either is linked and sealed, and no flaw is sealed over."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, MetaData, delete, select, update

from monitor.model import LinkKind, read_content
from storage import schema
from storage.chaining import ROOTS, append, begin, root_sums, sealed_tables, settle, shared_as_one, stored_content
from storage.past import Entry
from storage.sealing import SHARED, Sums, add, insert_or_skip, read_sums, subtract, sum_rows, write_sums

_seal = schema.seal


def start(connection: Connection, now: datetime) -> None:
    """Give a database of the time before chains its links and seals, the links marked as back-filled."""
    begin(connection)
    for source in connection.scalars(select(schema.source.c.id).order_by(schema.source.c.id)).all():
        append(connection, source, list(_past(connection, source)), now)
    settle(connection)
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
    unsealed = update(_seal).where(_seal.c.scope == ROOTS, _seal.c.sums == "{}")
    connection.execute(unsealed, {"sums": write_sums(root_sums(connection))})


def _stored_sums(connection: Connection) -> dict[str, Sums]:
    rows = connection.execute(select(_seal.c.scope, _seal.c.sums).where(_seal.c.scope != ROOTS))
    return shared_as_one({row.scope: read_sums(row.sums) for row in rows})


def _past(connection: Connection, source: str) -> Iterable[Entry]:
    shots = {
        row.id: row for row in connection.execute(select(schema.snapshot).where(schema.snapshot.c.source == source))
    }
    query = (
        select(schema.check)
        .where(schema.check.c.source == source)
        .order_by(schema.check.c.checked_at, schema.check.c.id)
    )
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
