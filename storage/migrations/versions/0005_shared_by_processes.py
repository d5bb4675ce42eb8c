"""What processes of a cluster share: slots handed out, turns at hosts, robots.txt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; on SQLite they stay empty."""
    op.create_table(
        "slot",
        sa.Column("source", NAME, nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("deferred_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_slot")),
    )
    op.create_table(
        "host",
        sa.Column("name", NAME, nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("busy", sa.Text().with_variant(postgresql.ARRAY(TIME), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "robots",
        sa.Column("origin", NAME, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )
