"""The job queue: Procrastinate's tables in a schema of their own beside ours, and putting jobs into them.

A due check is deferred on the very connection, and in the transaction, that notes it as handed out: both are stored or
neither. Each job stands in a savepoint, since a queueing lock that is taken would otherwise spoil the transaction.
"""

import importlib.resources
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import procrastinate
import psycopg
from msgspec import Struct
from procrastinate import exceptions
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from psycopg import conninfo as conninfos
from psycopg import sql

from monitor.cluster.steady import Connection
from monitor.errors import StorageError
from monitor.model import stamp
from monitor.sharing import Slot

SCHEMA = "stilltrue_queue"
CHECKS, DELIVERIES, GUIDES = "checks", "deliveries", "guides"
CHECK, DELIVER, REMIND = "check", "deliver", "remind"
TELLING = 10
"""Deliveries go before checks, however many of those wait."""

_SLOW_PLANS = ("hashjoin", "mergejoin", "seqscan", "bitmapscan")
"""The queue's statements look up a few rows by index. A planner that knows a table of yesterday's size, and this one
is empty or full, would rather read all of it: with 20,000 jobs waiting that took half a second a job."""
_LOCK = (0x5354, 3)
_POOL = 4
_APPLIED = sql.SQL("CREATE TABLE {}.applied (name TEXT PRIMARY KEY)").format(sql.Identifier(SCHEMA))
# Procrastinate looks for other jobs with the same lock at each fetch, and has no index that begins with the lock.
_INDEX = sql.SQL(
    "CREATE INDEX stilltrue_jobs_lock ON {}.procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')"
).format(sql.Identifier(SCHEMA))


class QueueState(Struct, frozen=True, kw_only=True):
    """Jobs that wait or are being done, by task, and how many workers have given a sign of life lately."""

    waiting: Mapping[str, int]
    doing: Mapping[str, int]
    workers: int


def open_app(conninfo: str) -> procrastinate.App:
    """Procrastinate on this database, for deferring and for working; not yet connected."""
    # What there is to say we say ourselves, in our words.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    connector = procrastinate.PsycopgConnector(
        conninfo=as_worker(conninfo), connection_class=Connection, min_size=1, max_size=_POOL, timeout=10.0
    )
    return procrastinate.App(connector=connector)


def as_worker(conninfo: str) -> str:
    """The address with the settings of a connection that serves the queue alone.

    What it writes need not reach the disk before it answers: a job that a crash of the server forgets to have been done
    is taken again, and finds its check made.
    """
    settings = [f"search_path={SCHEMA}", "synchronous_commit=off", *(f"enable_{plan}=off" for plan in _SLOW_PLANS)]
    options = {"options": " ".join(f"-c {one}" for one in settings), "application_name": "stilltrue-queue"}
    return _with_options(conninfo, options)


def _with_options(conninfo: str, more: Mapping[str, str]) -> str:
    known = conninfos.conninfo_to_dict(conninfo)
    options = " ".join(filter(None, [str(known.get("options") or ""), more["options"]]))
    return conninfos.make_conninfo(conninfo, **{**more, "options": options})


def install_queue(conninfo: str) -> None:
    """Make the queue's tables, or bring them to the installed version of Procrastinate. Raises StorageError."""
    with _translated(), psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", _LOCK)
        if connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.applied",)).fetchone() == (None,):
            with connection.transaction():
                _make(connection)
            return
        applied = {name for (name,) in connection.execute(_select_applied())}
        known = migrations()
        if unknown := applied - known.keys():
            raise StorageError(f"the queue was made by a newer Procrastinate ({max(unknown)}); update this machine's")
        for name in sorted(known.keys() - applied):
            with connection.transaction():
                _enter(connection)
                connection.execute(known[name])
                _note(connection, [name])


def migrations() -> dict[str, str]:
    """The installed Procrastinate's own steps between its schemas, by name; their names sort as they follow."""
    folder = importlib.resources.files("procrastinate.sql") / "migrations"
    return {it.name: it.read_text(encoding="utf-8") for it in folder.iterdir() if it.name.endswith(".sql")}


def _make(connection: "psycopg.Connection[Any]") -> None:
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
    _enter(connection)
    connection.execute(SchemaManager.get_schema())
    connection.execute(_INDEX)
    connection.execute(_APPLIED)
    _note(connection, sorted(migrations()))


def _select_applied() -> sql.Composed:
    return sql.SQL("SELECT name FROM {}.applied").format(sql.Identifier(SCHEMA))


def _note(connection: "psycopg.Connection[Any]", names: Sequence[str]) -> None:
    statement = sql.SQL("INSERT INTO {}.applied (name) SELECT unnest(%s::text[])").format(sql.Identifier(SCHEMA))
    connection.execute(statement, (list(names),))


def _enter(connection: "psycopg.Connection[Any]") -> None:
    """Let the rest of this transaction see the queue's tables; its functions name them without their schema."""
    connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(SCHEMA)))


def check_job(slot: Slot) -> Job:
    """The job that reads a source for a slot: queued once for it, and not beside another job of the same source."""
    due = stamp(slot.due)
    return Job(
        queue=CHECKS,
        lock=slot.source,
        queueing_lock=f"{CHECK}:{slot.source}@{due}",
        task_name=CHECK,
        task_kwargs={"source": slot.source, "due": due},
    )


def deliver_job(channel: str) -> Job:
    """The job that sends what a channel is due: one at a time for each channel, so that its order is kept."""
    name = f"{DELIVER}:{channel}"
    return Job(
        queue=DELIVERIES,
        priority=TELLING,
        lock=name,
        queueing_lock=name,
        task_name=DELIVER,
        task_kwargs={"channel": channel},
    )


def remind_job(guides: Sequence[str]) -> Job:
    """The job that asks for the rechecks which time makes due in some guides."""
    name = f"{REMIND}:{guides[0]}"
    return Job(queue=GUIDES, lock=name, queueing_lock=name, task_name=REMIND, task_kwargs={"guides": list(guides)})


def defer(app: procrastinate.App, connection: Any, wanted: Sequence[Job]) -> int:
    """Put jobs into the queue within the open transaction of this connection; returns how many were not there yet.

    All in one savepoint; when a queueing lock is taken, each in its own. Raises StorageError.
    """
    with _translated():
        _enter(connection)
        new = _not_waiting(connection, wanted)
        try:
            with connection.transaction():
                app.job_manager.batch_defer_jobs(new, connection=connection)
        except exceptions.AlreadyEnqueued:
            return sum(_defer_one(app, connection, job) for job in new)
        return len(new)


def _not_waiting(connection: Any, wanted: Sequence[Job]) -> list[Job]:
    query = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%s)"
    waiting = {name for (name,) in connection.execute(query, ([job.queueing_lock for job in wanted],))}
    return [job for job in wanted if job.queueing_lock not in waiting]


def _defer_one(app: procrastinate.App, connection: Any, job: Job) -> bool:
    try:
        with connection.transaction():
            app.job_manager.defer_job(job, connection=connection)
    except exceptions.AlreadyEnqueued:
        return False
    return True


def count_anew(conninfo: str) -> None:
    """Let the server's planner know how many jobs there are now, after many were put in at once."""
    with _translated(), psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("ANALYZE {}.procrastinate_jobs").format(sql.Identifier(SCHEMA)))


def without_job(conninfo: str, locks: Sequence[str]) -> list[str]:
    """Those of the locks that no job in the queue has."""
    if not locks:
        return []
    with _translated(), psycopg.connect(conninfo) as connection:
        _enter(connection)
        query = "SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND lock = ANY(%s)"
        present = {lock for (lock,) in connection.execute(query, (list(locks),))}
    return [lock for lock in locks if lock not in present]


def defer_now(app: procrastinate.App, conninfo: str, wanted: Sequence[Job]) -> int:
    """Put jobs into the queue in a transaction of their own; returns how many were not there yet."""
    if not wanted:
        return 0
    with _translated(), psycopg.connect(conninfo) as connection:
        return defer(app, connection, wanted)


def queue_state(conninfo: str, *, alive: float) -> QueueState | None:
    """How the queue stands; None where there is none. ``alive``: the seconds a worker may be silent."""
    with _translated(), psycopg.connect(conninfo) as connection:
        if connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.applied",)).fetchone() == (None,):
            return None
        _enter(connection)
        query = "SELECT status::text, task_name, count(*) FROM procrastinate_jobs GROUP BY status, task_name"
        counts: dict[str, dict[str, int]] = {"todo": {}, "doing": {}}
        for status, task, count in connection.execute(query):
            counts.setdefault(status, {})[task] = count
        seen = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)"
        row = connection.execute(seen, (alive,)).fetchone()
        return QueueState(waiting=counts["todo"], doing=counts["doing"], workers=row[0] if row else 0)


def stuck_locks(conninfo: str, longest: float) -> list[str]:
    """What the jobs have locked that have been in hand for more than so many seconds, by name."""
    query = """
        SELECT job.lock FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON event.job_id = job.id
        WHERE job.status = 'doing' AND event.type = 'started' AND job.lock IS NOT NULL
        GROUP BY job.id HAVING max(event.at) < now() - make_interval(secs => %s) ORDER BY job.lock
    """
    with _translated(), psycopg.connect(conninfo) as connection:
        _enter(connection)
        return [lock for (lock,) in connection.execute(query, (longest,))]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        cause = error.__cause__ if isinstance(error, exceptions.ConnectorException) and error.__cause__ else error
        transient = isinstance(cause, psycopg.OperationalError)
        raise StorageError(f"the queue failed: {' '.join(str(cause).split())}", transient=transient) from error
