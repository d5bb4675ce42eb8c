"""A database's address: which can be used, and how it is told without the secrets it may hold."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import UsageError

POSTGRES = "postgresql+psycopg"
_FORMS = "sqlite:///stilltrue.db or postgresql+psycopg://user@host/name"
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", POSTGRES})


def parse_address(text: str) -> URL:
    """The address, with the one driver we use; raises UsageError, which repeats nothing of it, for any other."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError(f"that is not a database URL; write it as {_FORMS}") from None
    except ValueError:
        raise UsageError(f"the port of the database URL is no number; write it as {_FORMS}") from None
    if url.drivername not in _DRIVERS:
        raise UsageError(f"that kind of database is not supported; write {_FORMS}")
    url = url.set(drivername=POSTGRES) if url.drivername == "postgresql" else url
    _refuse_misplaced(url)
    try:
        url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        raise UsageError("a setting behind the ? of the database URL cannot be read, such as a port") from None
    return url


def _refuse_misplaced(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        if url.host or url.username or url.port:
            raise UsageError("a SQLite file is on no host; write sqlite:///stilltrue.db, or four slashes for /a/b.db")
    elif "@" in f"{url.host or ''}{url.database or ''}":
        raise UsageError(
            "the database URL has an @ too many; in a user or password write %40 for @, %3A for :, %2F for /"
        )


def shown(url: URL) -> str:
    """What people know a database by: the path of a file, else scheme, host, port and name; no user and no setting."""
    if url.get_backend_name() == "sqlite":
        return url.database if url.database and url.database != ":memory:" else "in memory"
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()
