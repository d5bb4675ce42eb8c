"""The hash chain: links, daily roots and seals. What stood before is linked and sealed after the steps are taken."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "link",
        sa.Column("source", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("checked_at", TIME),
        sa.Column("outcome", sa.Text()),
        sa.Column("snapshot", NAME),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "position", name=op.f("pk_link")),
    )
    op.create_index("ix_link_day", "link", ["day"])
    op.create_table(
        "root",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_root")),
    )
    op.create_table(
        "seal",
        sa.Column("scope", NAME, nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text()),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_seal")),
    )
