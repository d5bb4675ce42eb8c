"""Contents kept as differences from earlier ones; checks of unchanged pages keep a digest instead of the bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the base of a blob and the digest of a read; what is stored stays as it is and is its own base."""
    with op.batch_alter_table("blob", recreate="auto") as blob:
        blob.add_column(sa.Column("base", NAME))
        blob.create_foreign_key(op.f("fk_blob_base"), "blob", ["base"], ["sha256"])
    op.create_index("ix_blob_base", "blob", ["base"])
    op.create_index("ix_snapshot_blob", "snapshot", ["blob"])
    with op.batch_alter_table("check_", recreate="auto") as check:
        check.add_column(sa.Column("body", NAME))
