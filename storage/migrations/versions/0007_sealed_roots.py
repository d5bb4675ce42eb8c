"""The daily roots are sealed as rows too; what stood before is sealed after the steps are taken."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Change no table: only what the seal of the roots holds is new."""
