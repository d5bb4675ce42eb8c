"""Deliveries that go out together; what was acknowledged, and what is snoozed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the bundle of a delivery, and the tables of what keeps people from being told again."""
    with op.batch_alter_table("delivery", recreate="auto") as delivery:
        delivery.add_column(sa.Column("bundle", NAME))
    op.create_index("ix_delivery_channel_due", "delivery", ["channel", "due_at", "id"])
    op.create_index("ix_delivery_channel_sent", "delivery", ["channel", "sent_at"])
    op.create_index("ix_delivery_bundle", "delivery", ["bundle"])
    op.create_table(
        "acknowledgement",
        sa.Column("alert", NAME, nullable=False),
        sa.Column("acknowledged_at", TIME, nullable=False),
        sa.Column("acknowledged_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_acknowledgement_alert")),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_acknowledgement")),
    )
    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", NAME),
        sa.Column("guide", NAME),
        sa.Column("assumption", NAME),
        sa.Column("until", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
    )
    op.create_index("ix_snooze_until", "snooze", ["until"])
