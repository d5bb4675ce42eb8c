"""A big made-up database, written with few statements: as many sources, checks, versions and events as asked for."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from monitor.model import Cause, Evidence, Fee, Memory, to_json
from storage.store import open_store

START = datetime(2024, 1, 1, tzinfo=UTC)
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
_SOURCE = "'source-' || printf('%05d', i % :sources)"
_MOMENT = "strftime('%Y-%m-%d %H:%M:%S', '2024-01-01', '+' || CAST(i * {step} AS INTEGER) || ' seconds') || '.000000'"
_YEARS = 2 * 365 * 86_400


def fill(path: Path, *, sources: int, checks: int, versions: int, events: int) -> None:
    """Write the database; sources are called ``source-00000`` and on, and their checks reach over two years."""
    open_store(f"sqlite:///{path}", now=START).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=OFF")
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA cache_size=-200000")
        _sources(connection, sources, checks // sources)
        _versions(connection, sources, versions)
        _facts(connection, sources, versions)
        _events(connection, sources, events)
        _checks(connection, sources, checks)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def _run(connection: Connection, statement: str, **values: object) -> None:
    connection.execute(text(statement), values)


def _sources(connection: Connection, sources: int, each: int) -> None:
    moment = "2025-12-31 00:00:00.000000"
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO source (id, revision, checks, reads_since_change, last_good_read, last_check,
        last_change, health, next_due, version, final_url, memory, settings_hash)
        SELECT {_SOURCE}, :each, :each, 7, :moment, :moment, :moment, 'ok', :moment, 'v' || i,
        'https://example.org/' || i, :memory, '' FROM n""",  # noqa: S608 - fixed parts
        count=sources,
        sources=sources,
        each=each,
        moment=moment,
        memory=to_json(Memory()),
    )


def _versions(connection: Connection, sources: int, versions: int) -> None:
    moment = _MOMENT.format(step=_YEARS / versions)
    connection.execute(text("INSERT INTO blob (sha256, size, zstd) VALUES ('0', 0, x'28b52ffd2000010000')"))
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO snapshot (id, source, fetched_at, status, final_url, headers, blob)
        SELECT 's' || i, {_SOURCE}, {moment}, 200, 'https://example.org/', '{{}}', '0' FROM n""",  # noqa: S608 - same
        count=versions,
        sources=sources,
    )
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO version (id, source, seen_at, ordinal, snapshot, sha256, cause, bytes, final_url,
        revision) SELECT 'v' || i, {_SOURCE}, {moment}, i, 's' || i, 'x' || i, :cause, 50000,
        'https://example.org/', '2' FROM n""",  # noqa: S608 - same
        count=versions,
        sources=sources,
        cause=Cause.CONTENT.value,
    )


def _facts(connection: Connection, sources: int, versions: int) -> None:
    """One fact a version: it changes the fee before it, and the last ones stand."""
    moment = _MOMENT.format(step=_YEARS / versions)
    ended = _MOMENT.replace("i *", "(i + :sources * 10) *").format(step=_YEARS / versions)
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO fact (source, key, kind, value, quote, path, first_seen, last_seen, ended_at,
        version) SELECT {_SOURCE}, 'fee:' || {_SOURCE} || '/fee-' || (i / :sources % 10), 'fee', :value,
        'The fee is $100.', '[]', {moment}, {ended},
        CASE WHEN i + :sources * 10 < :count THEN {ended} END, 'v' || i FROM n""",  # noqa: S608 - same
        count=versions,
        sources=sources,
        value=to_json(Fee(label="Fee", amount=Decimal(100))),
    )


def _events(connection: Connection, sources: int, events: int) -> None:
    moment = _MOMENT.format(step=_YEARS / events)
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO event (id, kind, source, publisher, subject, key, observed_at, position,
        confirmed_at, severity, state, cause, old, new, changed, evidence)
        SELECT printf('%016x', i * 2654435761), CASE i % 3 WHEN 0 THEN 'fee.changed' WHEN 1 THEN 'rule.changed'
        ELSE 'page.restamped' END, {_SOURCE}, 'P', 'Something', 'fee:x/y', {moment}, 0, {moment}, 'notice',
        CASE WHEN i % 50 = 0 THEN 'retracted' ELSE 'confirmed' END, 'content', '{{}}', '{{}}', '[]', :evidence
        FROM n""",  # noqa: S608 - same
        count=events,
        sources=sources,
        evidence=to_json(Evidence()),
    )
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO affect (event, guide, assumption, position, verdict, reason)
        SELECT printf('%016x', i * 2654435761), 'big', 'A' || (i % 100), 0, 'holds', 'because' FROM n""",  # noqa: S608
        count=events // 10,
    )


def _checks(connection: Connection, sources: int, checks: int) -> None:
    moment = _MOMENT.format(step=_YEARS / checks)
    _run(
        connection,
        f"""{_NUMBERS} INSERT INTO check_ (source, checked_at, outcome, http_status, version, elapsed_ms, checks,
        reads_since_change, last_good_read, last_change)
        SELECT {_SOURCE}, {moment}, 'unchanged', 200, 'v' || (i % :sources), 120, i / :sources + 1, 3, {moment},
        '2024-01-01 00:00:00.000000' FROM n""",  # noqa: S608 - same
        count=checks,
        sources=sources,
    )
