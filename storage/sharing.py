"""What several processes on one PostgreSQL database share: slots handed out, turns at hosts, robots.txt.

Every statement on a host stands alone and is short. Its commit need not reach the disk before it answers: a pause that
a crash of the server forgets does no harm, while two waits for the disk a request would.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Row, exists, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import UsageError
from monitor.sharing import Defer, RobotsText, Shared, Slot, Turn
from storage import schema
from storage.database import Database, chunks, connect, translated

LOOK_AGAIN = 0.5
"""Seconds after which to ask again for a host that others are busy with: when they end is not known."""

_FREE = datetime(1970, 1, 1, tzinfo=UTC)

_UNHURRIED = "set_config('synchronous_commit', 'off', true)"
_LIVE = "SELECT until FROM unnest(busy) AS until WHERE until > clock_timestamp()"
_SECONDS = "make_interval(secs => CAST(:{} AS double precision))"

_TAKE = text(
    f"""
    UPDATE host SET
        busy = array_append(ARRAY({_LIVE}), clock_timestamp() + {_SECONDS.format("lease")}),
        next_at = clock_timestamp() + {_SECONDS.format("pause")}
    WHERE name = :name AND next_at <= clock_timestamp() AND (SELECT count(*) FROM ({_LIVE}) AS live) < :per_host
    RETURNING busy[cardinality(busy)] AS until, {_UNHURRIED}
    """  # noqa: S608 - constants
)
_WAIT = text(
    f"""
    SELECT extract(epoch FROM next_at - clock_timestamp()) AS pause,
        (SELECT count(*) FROM ({_LIVE}) AS live) >= :per_host AS busy
    FROM host WHERE name = :name
    """  # noqa: S608 - constants
)
_MEET = text("INSERT INTO host (name, next_at, busy) VALUES (:name, clock_timestamp(), '{}') ON CONFLICT DO NOTHING")
_END = text(
    f"""
    UPDATE host SET busy = array_remove(busy, :until),
        next_at = greatest(next_at, clock_timestamp() + {_SECONDS.format("pause")})
    WHERE name = :name RETURNING {_UNHURRIED}
    """  # noqa: S608 - constants
)
_HOLD = text(
    f"""
    INSERT INTO host AS known (name, next_at, busy)
    VALUES (:name, clock_timestamp() + {_SECONDS.format("pause")}, '{{}}')
    ON CONFLICT (name) DO UPDATE SET next_at = greatest(known.next_at, excluded.next_at) RETURNING {_UNHURRIED}
    """  # noqa: S608 - constants
)
_ROBOTS = text("SELECT text, extract(epoch FROM clock_timestamp() - read_at) AS age FROM robots WHERE origin = :origin")
_KEEP_ROBOTS = text(
    "INSERT INTO robots (origin, text, read_at) VALUES (:origin, :text, clock_timestamp()) "
    "ON CONFLICT (origin) DO UPDATE SET text = excluded.text, read_at = excluded.read_at"
)


class SharedTables(Shared):
    """Slots, turns and robots.txt in the database's tables; for use by several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.engine.dispose()

    def take_slots(self, slots: Sequence[Slot], now: datetime, *, again: datetime, defer: Defer) -> int:
        """Hand out what nobody has since ``again`` and defer it in the same transaction; returns how many."""
        if not slots:
            return 0
        with self._database.writing(alone=False) as connection:
            taken = _take(connection, slots, now, again)
            if taken:
                defer(connection.connection.dbapi_connection, taken)
        return len(taken)

    def free_slots(self, sources: Sequence[str]) -> None:
        """Let the slots of these sources be handed out again at once."""
        with self._database.writing(alone=False) as connection:
            for chunk in chunks(sorted(sources)):
                mine = schema.slot.c.source.in_(chunk)
                connection.execute(update(schema.slot).where(mine), {"deferred_at": _FREE})

    def unserved(self, before: datetime, *, limit: int) -> list[str]:
        """The sources whose slot was handed out before then, and which were not read since it was due."""
        slot, source = schema.slot.c, schema.source.c
        query = select(slot.source).join(schema.source, source.id == slot.source, isouter=True)
        waiting = or_(source.last_check.is_(None), source.last_check < slot.due)
        query = query.where(slot.deferred_at > _FREE, slot.deferred_at < before, waiting).limit(limit)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def overdue(self, now: datetime, *, again: datetime, limit: int) -> list[Slot]:
        """The sources whose stored next time has come and was not handed out since ``again``, longest due first."""
        due, slot = schema.source.c.next_due, schema.slot.c
        out = exists().where(slot.source == schema.source.c.id, slot.due == due, slot.deferred_at >= again)
        query = select(schema.source.c.id, due).where(due <= now, ~out).order_by(due).limit(limit)
        with self._database.reading() as connection:
            return [Slot(source=row.id, due=row.next_due) for row in connection.execute(query)]

    def take_turn(self, host: str, *, per_host: int, pause: float, lease: float) -> Turn | float:
        """A turn, or the seconds after which to ask again."""
        wanted = {"name": host, "per_host": per_host, "pause": pause, "lease": lease}
        with self._quick() as connection:
            row = connection.execute(_TAKE, wanted).one_or_none()
            if row is not None:
                return Turn(host=host, until=row.until)
            found = connection.execute(_WAIT, {"name": host, "per_host": per_host}).one_or_none()
            if found is not None:
                return _seconds(found)
            connection.execute(_MEET, {"name": host})
        return 0.0

    def end_turn(self, turn: Turn, *, pause: float) -> None:
        """The request is over; the next one to this host starts after ``pause``."""
        with self._quick() as connection:
            connection.execute(_END, {"name": turn.host, "until": turn.until, "pause": pause})

    def hold_host(self, host: str, seconds: float) -> None:
        """No further start to this host for so long."""
        with self._quick() as connection:
            connection.execute(_HOLD, {"name": host, "pause": seconds})

    def find_robots(self, origin: str) -> RobotsText | None:
        """What was last read of an origin's robots.txt."""
        query = text(
            "SELECT text, extract(epoch FROM clock_timestamp() - read_at) AS age FROM robots WHERE origin = :it"
        )
        with self._quick() as connection:
            row = connection.execute(query, {"it": origin}).one_or_none()
        return None if row is None else RobotsText(text=row.text, age=float(row.age))

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep what was read of it now."""
        # PostgreSQL's texts hold no NUL, and no rule needs one.
        with self._quick() as connection:
            connection.execute(_KEEP_ROBOTS, {"origin": origin, "text": text.replace("\0", "")})

    @contextmanager
    def _quick(self) -> Iterator[Connection]:
        """Statements that each are a transaction."""
        with translated(self._database.place), self._database.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")


def _take(connection: Connection, slots: Sequence[Slot], now: datetime, again: datetime) -> list[Slot]:
    # In one order for all, so that two who hand out the same never wait for each other crosswise.
    ordered = sorted(slots, key=lambda slot: slot.source)
    taken: set[str] = set()
    for chunk in chunks(ordered):
        statement = insert(schema.slot).values(
            [{"source": slot.source, "due": slot.due, "deferred_at": now} for slot in chunk]
        )
        new = statement.excluded
        stale = or_(schema.slot.c.due != new.due, schema.slot.c.deferred_at < again)
        upsert = statement.on_conflict_do_update(
            index_elements=["source"], set_={"due": new.due, "deferred_at": new.deferred_at}, where=stale
        )
        taken.update(connection.scalars(upsert.returning(schema.slot.c.source)))
    return [slot for slot in slots if slot.source in taken]


def _seconds(row: Row[Any]) -> float:
    pause = max(0.0, float(row.pause))
    return max(pause, LOOK_AGAIN) if row.busy else pause


def open_shared(url: str) -> SharedTables:
    """What processes share at this address; its tables are those of the store, which must have been opened before.

    Raises UsageError when it is no PostgreSQL database.
    """
    database = connect(url)
    if not database.is_postgres:
        raise UsageError(f"{database.place} is a file of one machine; a cluster needs postgresql+psycopg://…")
    return SharedTables(database)
