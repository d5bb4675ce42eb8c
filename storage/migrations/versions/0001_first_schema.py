"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables, a table after those it refers to."""
    _create_source()
    _create_blob()
    _create_snapshot()
    _create_check()
    _create_version()
    _create_fact()
    _create_event()
    _create_affect()
    _create_guide()
    _create_verdict()
    _create_recheck()
    _create_recheck_reason()
    _create_alert()
    _create_alert_event()
    _create_delivery()
    _create_meta()


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", NAME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("reads_since_change", sa.Integer(), nullable=False),
        sa.Column("last_good_read", TIME),
        sa.Column("last_check", TIME),
        sa.Column("last_change", TIME),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("next_due", TIME),
        sa.Column("version", NAME),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("settings_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_index("ix_source_next_due", "source", ["next_due"])


def _create_blob() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", NAME, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("zstd", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )


def _create_snapshot() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("blob", NAME, nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_snapshot_source")),
        sa.ForeignKeyConstraint(["blob"], ["blob.sha256"], name=op.f("fk_snapshot_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
    )
    op.create_index("ix_snapshot_source_time", "snapshot", ["source", "fetched_at", "blob"])


def _create_check() -> None:
    op.create_table(
        "check_",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("version", NAME),
        sa.Column("snapshot", NAME),
        sa.Column("events", sa.Text()),
        sa.Column("problem_code", sa.Text()),
        sa.Column("problem", sa.Text()),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("reads_since_change", sa.Integer(), nullable=False),
        sa.Column("last_good_read", TIME),
        sa.Column("last_change", TIME),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_check__source")),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.id"], name=op.f("fk_check__snapshot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_")),
    )
    op.create_index("ix_check_source_time", "check_", ["source", "checked_at", "id"])


def _create_version() -> None:
    op.create_table(
        "version",
        sa.Column("id", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("snapshot", NAME, nullable=False),
        sa.Column("sha256", NAME, nullable=False),
        sa.Column("update_marker", sa.Text()),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_version_source")),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.id"], name=op.f("fk_version_snapshot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
    )
    op.create_index("ix_version_source_sha256", "version", ["source", "sha256", "seen_at", "ordinal"])
    op.create_index("ix_version_source_time", "version", ["source", "seen_at", "ordinal"])


def _create_fact() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("compare", sa.Text()),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("last_seen", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("version", NAME, nullable=False),
        sa.Column("superseded_by", NAME),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_fact_source")),
        sa.ForeignKeyConstraint(["version"], ["version.id"], name=op.f("fk_fact_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_source_time", "fact", ["source", "first_seen"])
    op.create_index("ix_fact_version", "fact", ["version"])
    op.create_index(
        "ux_fact_current",
        "fact",
        ["source", "key"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", NAME),
        sa.Column("observed_at", TIME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", TIME),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("old", sa.Text()),
        sa.Column("new", sa.Text()),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_event_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_kind_time", "event", ["kind", sa.literal_column("observed_at DESC")])
    op.create_index(
        "ix_event_provisional",
        "event",
        ["source", "observed_at", "position"],
        sqlite_where=sa.text("state = 'provisional'"),
        postgresql_where=sa.text("state = 'provisional'"),
    )
    op.create_index(
        "ix_event_source_time", "event", ["source", sa.literal_column("observed_at DESC"), "position", "id"]
    )
    op.create_index("ix_event_time", "event", [sa.literal_column("observed_at DESC"), "source", "position", "id"])


def _create_affect() -> None:
    op.create_table(
        "affect",
        sa.Column("event", NAME, nullable=False),
        sa.Column("guide", NAME, nullable=False),
        sa.Column("assumption", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_affect_event")),
        sa.PrimaryKeyConstraint("event", "guide", "assumption", name=op.f("pk_affect")),
    )
    op.create_index("ix_affect_assumption", "affect", ["guide", "assumption", "event"])


def _create_guide() -> None:
    op.create_table(
        "guide",
        sa.Column("id", NAME, nullable=False),
        sa.Column("first_loaded", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide")),
    )


def _create_verdict() -> None:
    op.create_table(
        "verdict",
        sa.Column("guide", NAME, nullable=False),
        sa.Column("assumption", NAME, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("as_of", TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guide", "assumption", name=op.f("pk_verdict")),
    )


def _create_recheck() -> None:
    op.create_table(
        "recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guide", NAME, nullable=False),
        sa.Column("assumption", NAME, nullable=False),
        sa.Column("event", NAME),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_at", TIME),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_recheck_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck")),
    )
    op.create_index("ix_recheck_assumption", "recheck", ["guide", "assumption"])
    op.create_index("ix_recheck_event", "recheck", ["event"])
    op.create_index(
        "ux_recheck_open",
        "recheck",
        ["guide", "assumption"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_recheck_reason() -> None:
    op.create_table(
        "recheck_reason",
        sa.Column("recheck", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", NAME),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recheck"], ["recheck.id"], name=op.f("fk_recheck_reason_recheck")),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_recheck_reason_event")),
        sa.PrimaryKeyConstraint("recheck", "position", name=op.f("pk_recheck_reason")),
    )
    op.create_index("ix_recheck_reason_event", "recheck_reason", ["event"])


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", NAME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("guide", NAME),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )


def _create_alert_event() -> None:
    op.create_table(
        "alert_event",
        sa.Column("alert", NAME, nullable=False),
        sa.Column("event", NAME, nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_alert_event_alert")),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_alert_event_event")),
        sa.PrimaryKeyConstraint("alert", "event", name=op.f("pk_alert_event")),
    )
    op.create_index("ix_alert_event_event", "alert_event", ["event"])


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("lease_until", TIME),
        sa.Column("next_attempt", TIME),
        sa.Column("last_error", sa.Text()),
        sa.Column("sent_at", TIME),
        sa.Column("maybe_duplicate", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_delivery_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due", "delivery", ["due_at", "id"])
    op.create_index("ux_delivery_alert_channel", "delivery", ["alert", "channel"], unique=True)


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
