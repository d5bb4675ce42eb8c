"""The tables: what is kept, in which form, and which questions have an index."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.event import listens_for

REVISION = "0007"
"""The newest migration; a database that carries another one is upgraded or refused when opened."""


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time to the microsecond: fixed-width text on SQLite, ``timestamptz`` on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The same moment in UTC; a naive time is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The stored moment, aware."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is ordered and ranged over by its bytes on every database."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _partial_index(name: str, *columns: ColumnElement[Any], where: str, unique: bool = False) -> None:
    """An index on those rows alone for which ``where`` is true."""
    Index(name, *columns, unique=unique, sqlite_where=text(where))


@listens_for(metadata, "before_create")
def _limit_indexes(target: MetaData, connection: Connection, **_: object) -> None:
    """Partial on PostgreSQL too; said only when tables are made there, as its name imports its whole dialect."""
    if connection.dialect.name != "postgresql":
        return
    for table in target.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


source = Table(
    "source",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("reads_since_change", Integer, nullable=False),
    Column("last_good_read", UtcTime),
    Column("last_check", UtcTime),
    Column("last_change", UtcTime),
    Column("health", Text, nullable=False),
    Column("problem", Text),
    Column("next_due", UtcTime),
    Column("version", NAME),
    Column("final_url", Text, nullable=False),
    Column("memory", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("settings_hash", Text, nullable=False),
    Index("ix_source_next_due", "next_due"),
)

# ``zstd``: the content compressed, with the content of ``base`` as its dictionary; digest and size are the content's.
blob = Table(
    "blob",
    metadata,
    Column("sha256", NAME, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("zstd", LargeBinary, nullable=False),
    Column("base", NAME, ForeignKey("blob.sha256")),
    Index("ix_blob_base", "base"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("source", NAME, ForeignKey("source.id"), nullable=False),
    Column("fetched_at", UtcTime, nullable=False),
    Column("status", Integer, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("blob", NAME, ForeignKey("blob.sha256"), nullable=False),
    Index("ix_snapshot_source_time", "source", "fetched_at", "blob"),
    Index("ix_snapshot_blob", "blob"),
)

# The counters as they stood after each check, so that any past moment is answered by one row. ``body``: the SHA-256 of
# the bytes read where they are not kept, because the page said what was known.
check = Table(
    "check_",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", NAME, ForeignKey("source.id"), nullable=False),
    Column("checked_at", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("http_status", Integer),
    Column("version", NAME),
    Column("snapshot", NAME, ForeignKey("snapshot.id")),
    Column("events", Text),
    Column("problem_code", Text),
    Column("problem", Text),
    Column("elapsed_ms", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("reads_since_change", Integer, nullable=False),
    Column("last_good_read", UtcTime),
    Column("last_change", UtcTime),
    Column("body", NAME),
    Index("ix_check_source_time", "source", "checked_at", "id"),
)

version = Table(
    "version",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("source", NAME, ForeignKey("source.id"), nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("snapshot", NAME, ForeignKey("snapshot.id"), nullable=False),
    Column("sha256", NAME, nullable=False),
    Column("update_marker", Text),
    Column("cause", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Index("ix_version_source_time", "source", "seen_at", "ordinal"),
    Index("ix_version_source_sha256", "source", "sha256", "seen_at", "ordinal"),
)

fact = Table(
    "fact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", NAME, ForeignKey("source.id"), nullable=False),
    Column("key", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("value", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("compare", Text),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime),
    Column("ended_at", UtcTime),
    Column("version", NAME, ForeignKey("version.id"), nullable=False),
    Column("superseded_by", NAME),
    Index("ix_fact_source_time", "source", "first_seen"),
    Index("ix_fact_version", "version"),
)
_partial_index(
    "ux_fact_current",
    fact.c.source,
    fact.c.key,
    unique=True,
    where="ended_at IS NULL",
)

event = Table(
    "event",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("source", NAME, ForeignKey("source.id"), nullable=False),
    Column("publisher", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key", NAME),
    Column("observed_at", UtcTime, nullable=False),
    Column("position", Integer, nullable=False),
    Column("confirmed_at", UtcTime),
    Column("occurred_on", Date),
    Column("effective_on", Date),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("changed", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("strictness", Text),
    Column("sentence", NAME),
    Column("part_of", NAME),
)
Index("ix_event_time", event.c.observed_at.desc(), event.c.source, event.c.position, event.c.id)
Index("ix_event_source_time", event.c.source, event.c.observed_at.desc(), event.c.position, event.c.id)
Index("ix_event_kind_time", event.c.kind, event.c.observed_at.desc())
_partial_index(
    "ix_event_provisional",
    event.c.source,
    event.c.observed_at,
    event.c.position,
    where="state = 'provisional'",
)

_partial_index(
    "ix_event_sentence",
    event.c.sentence,
    event.c.observed_at,
    where="sentence IS NOT NULL",
)
_partial_index(
    "ix_event_part_of",
    event.c.part_of,
    where="part_of IS NOT NULL",
)

affect = Table(
    "affect",
    metadata,
    Column("event", NAME, ForeignKey("event.id"), primary_key=True),
    Column("guide", NAME, primary_key=True),
    Column("assumption", NAME, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_affect_assumption", "guide", "assumption", "event"),
)

guide = Table(
    "guide",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("first_loaded", UtcTime, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("guide", NAME, primary_key=True),
    Column("assumption", NAME, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("as_of", UtcTime, nullable=False),
    Column("payload", Text, nullable=False),
)

recheck = Table(
    "recheck",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guide", NAME, nullable=False),
    Column("assumption", NAME, nullable=False),
    Column("event", NAME, ForeignKey("event.id")),
    Column("opened_at", UtcTime, nullable=False),
    Column("due", Date),
    Column("state", Text, nullable=False),
    Column("outcome", Text),
    Column("note", Text),
    Column("closed_by", Text),
    Column("closed_at", UtcTime),
    Index("ix_recheck_assumption", "guide", "assumption"),
    Index("ix_recheck_event", "event"),
)
_partial_index(
    "ux_recheck_open",
    recheck.c.guide,
    recheck.c.assumption,
    unique=True,
    where="state = 'open'",
)

recheck_reason = Table(
    "recheck_reason",
    metadata,
    Column("recheck", Integer, ForeignKey("recheck.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("event", NAME, ForeignKey("event.id")),
    Column("reason", Text, nullable=False),
    Index("ix_recheck_reason_event", "event"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("severity", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("guide", NAME),
    Column("payload", Text, nullable=False),
)

alert_event = Table(
    "alert_event",
    metadata,
    Column("alert", NAME, ForeignKey("alert.id"), primary_key=True),
    Column("event", NAME, ForeignKey("event.id"), primary_key=True),
    Index("ix_alert_event_event", "event"),
)

# ``due_at`` is when a worker may take the row: at once, at the next attempt or when the lease runs out; NULL never.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert", NAME, ForeignKey("alert.id"), nullable=False),
    Column("channel", NAME, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime),
    Column("lease_until", UtcTime),
    Column("next_attempt", UtcTime),
    Column("last_error", Text),
    Column("sent_at", UtcTime),
    Column("maybe_duplicate", Boolean, nullable=False),
    Column("bundle", NAME),
    Index("ux_delivery_alert_channel", "alert", "channel", unique=True),
    Index("ix_delivery_due", "due_at", "id"),
    Index("ix_delivery_channel_due", "channel", "due_at", "id"),
    Index("ix_delivery_channel_sent", "channel", "sent_at"),
    Index("ix_delivery_bundle", "bundle"),
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("alert", NAME, ForeignKey("alert.id"), primary_key=True),
    Column("acknowledged_at", UtcTime, nullable=False),
    Column("acknowledged_by", Text),
    Column("note", Text),
)

# Either a source, or a guide and its assumption.
snooze = Table(
    "snooze",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", NAME),
    Column("guide", NAME),
    Column("assumption", NAME),
    Column("until", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text),
    Column("note", Text),
    Index("ix_snooze_until", "until"),
)

# What processes of a cluster share. ``slot``: the due check of a source that was handed out last. ``host``: from when
# on it may be asked again, and until when those who ask it now may take. Times of ``host`` are the server's.
slot = Table(
    "slot",
    metadata,
    Column("source", NAME, primary_key=True),
    Column("due", UtcTime, nullable=False),
    Column("deferred_at", UtcTime, nullable=False),
)

host = Table(
    "host",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("next_at", UtcTime, nullable=False),
    Column("busy", Text().with_variant(ARRAY(DateTime(timezone=True)), "postgresql"), nullable=False),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", NAME, primary_key=True),
    Column("text", Text, nullable=False),
    Column("read_at", UtcTime, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("value", Text, nullable=False),
)

# One line of a source's chain: what was recorded then, joined to the line before it by its digest.
link = Table(
    "link",
    metadata,
    Column("source", NAME, nullable=False),
    Column("position", Integer, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("checked_at", UtcTime),
    Column("outcome", Text),
    Column("snapshot", NAME),
    Column("content", Text, nullable=False),
    Column("detail", Text),
    Column("digest", Text, nullable=False),
    PrimaryKeyConstraint("source", "position"),
    Index("ix_link_day", "day"),
)

# One digest over all chains at the end of a day, joined to that of the day before.
root = Table(
    "root",
    metadata,
    Column("day", Date, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("sources", Integer, nullable=False),
    Column("links", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)

# What must be there: sums over the digests of rows by table, of each source and of all the rest; a chain's last line.
seal = Table(
    "seal",
    metadata,
    Column("scope", NAME, primary_key=True),
    Column("sums", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("head", Text),
)

stamps = MetaData()
alembic_version = Table(
    "alembic_version",
    stamps,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, made here so that a new database needs no import of Alembic."""
