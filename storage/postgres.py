"""All that is particular to PostgreSQL: its settings for a connection, its locks, its errors and the ways out."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from sqlalchemy import URL, Connection, text

from monitor.errors import UsageError
from storage.addresses import parse_address

APPLICATION = "stilltrue"
IDLE_SECONDS = 60
"""A transaction whose program says nothing for so long is ended by the server: its machine froze or lost its power, and
it may hold the lock for which every writer waits."""

_LIBPQ = {
    "application_name": APPLICATION,
    "connect_timeout": "10",
    # A peer that is gone without a word is noticed in half a minute, by us and by the server.
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SERVER = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_IDLE = "idle_in_transaction_session_timeout"

_AREA = 0x5354  # our part of the space of advisory locks, which all programs on a database share

_BROKEN_CONNECTION = "08"
_REFUSED = frozenset({"22", "54"})  # data exceptions and exceeded limits, of whatever kind
_TRANSIENT = frozenset(
    {
        "25P03",  # idle_in_transaction_session_timeout
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "53300",  # too_many_connections
        "55P03",  # lock_not_available
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)
_ADVICE = {
    "25P03": "ended a transaction in which this program said nothing for too long; it is tried again",
    "28000": "refused us: check the user in its address and the server's pg_hba.conf",
    "28P01": "refused the password: check the address",
    "3D000": "does not exist; create it (createdb) or name another with --db",
    "42501": "may not be used by this user: grant it the rights on the schema and its tables",
    "53100": "could not grow: the server's disk is full; free some space, nothing of this write was kept",
    "53300": "takes no more connections: raise max_connections or run fewer processes",
    "57P01": "was shut down; it is tried again",
    "57P02": "was shut down by a crash; it is tried again",
    "57P03": "is starting or stopping; it is tried again",
}


class Key(IntEnum):
    """What the advisory locks of a database stand for."""

    WRITING = 1
    DAEMON = 2


def options(url: URL) -> dict[str, Any]:
    """How to connect, unless the address itself says so. Dead connections are noticed when they are taken up."""
    return {"pool_pre_ping": True, "connect_args": _arguments(url, _SERVER)}


def _arguments(url: URL, settings: Mapping[str, str]) -> dict[str, str]:
    """What to tell libpq, and through it the server, besides what the address says; what the address says stands."""
    asked = {name: value for name, value in _LIBPQ.items() if name not in url.query}
    own = url.query.get("options", ())
    given = " ".join([own] if isinstance(own, str) else own)
    return {**asked, "options": " ".join([*(f"-c {name}={value}" for name, value in settings.items()), given]).strip()}


def conninfo(url: str) -> str:
    """The address as libpq reads it, with its password; raises UsageError when it is no PostgreSQL database."""
    parsed = parse_address(url)
    if parsed.get_backend_name() != "postgresql":
        raise UsageError("a cluster shares one server: give `database` a postgresql+psycopg:// address")
    _, named = parsed.get_dialect()().create_connect_args(parsed)
    # The queue's transactions are short, and each holds locks that others wait for.
    settings = {**named, **_arguments(parsed, {**_SERVER, _IDLE: f"{IDLE_SECONDS}s"})}
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in settings.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def lock_writing(connection: Connection, *, alone: bool) -> None:
    """Wait for this transaction's turn to write: alone, or beside others who do not ask to be alone.

    What only concerns one source is guarded by its revision and may be written side by side; whatever looks at
    several rows before it decides (who was told, what nothing refers to) must be alone, as every writer is on SQLite.
    """
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    patience = f"set_config('{_IDLE}', :patience, true)"
    values = {"area": _AREA, "key": Key.WRITING, "patience": f"{IDLE_SECONDS}s"}
    connection.execute(text(f"SELECT {patience}, {function}(:area, :key)"), values)


def take_time(connection: Connection) -> None:
    """Let this transaction, which nobody waits for, be silent for as long as it likes."""
    connection.execute(text(f"SET LOCAL {_IDLE} = 0"))


def try_hold(connection: Connection, *, shared: bool) -> bool:
    """Take the daemon's lock for as long as this connection lives; False when another one is in the way."""
    function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    return bool(connection.scalar(text(f"SELECT {function}(:area, :key)"), {"area": _AREA, "key": Key.DAEMON}))


def is_held(connection: Connection) -> bool:
    """Whether a daemon holds the database."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = :area AND objid = :key "
        "AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    return bool(connection.scalar(text(query), {"area": _AREA, "key": Key.DAEMON}))


def explain(error: BaseException, place: str) -> str:
    """What went wrong with the database at ``place``, and the way out."""
    advice = _ADVICE.get(_state(error))
    if advice:
        return f"the database {place} {advice}"
    words = " ".join(str(error).split())
    if is_transient(error):
        return f"the database {place} cannot be reached: {words}"
    return f"the database {place} failed: {words}"


def is_transient(error: BaseException) -> bool:
    """Whether the same may work in a moment: the server restarts, the connection broke, or two writers met.

    A broken or refused connection carries no code of the server.
    """
    state = _state(error)
    if state:
        return state in _TRANSIENT or state.startswith(_BROKEN_CONNECTION)
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)


def is_refused(error: BaseException) -> bool:
    """Whether the database is well but takes no such value: a text with a NUL, a key too long for its index."""
    state = _state(error)
    if state:
        return state[:2] in _REFUSED
    return any(kind.__name__ == "DataError" for kind in type(error).__mro__)


def _state(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""
