"""What a change of a rule asks, and which events tell of the same words on several pages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns of an event that grouping and strictness need, with their indexes."""
    with op.batch_alter_table("event", recreate="auto") as event:
        event.add_column(sa.Column("strictness", sa.Text()))
        event.add_column(sa.Column("sentence", NAME))
        event.add_column(sa.Column("part_of", NAME))
    for name, columns in (("sentence", ["sentence", "observed_at"]), ("part_of", ["part_of"])):
        only = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_event_{name}", "event", columns, sqlite_where=only, postgresql_where=only)
