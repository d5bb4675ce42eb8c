"""What can be wrong with a database, as one kind of finding."""

from msgspec import Struct

MOST_SHOWN = 20
"""Flaws of one kind that are listed singly."""
READABLE = frozenset(
    {
        *("altered_rows", "altered_snapshot", "lost_check", "unlinked_check", "unlinked_snapshot"),
        *("chain_gap", "chain_broken", "chain_end", "root_broken", "root_end"),
    }
)
"""Codes of what is not as it was written, though it can be read."""


class Flaw(Struct, frozen=True, kw_only=True):
    """Something wrong with the database: a stable code, what it concerns, a sentence; ``serious``: data is at risk."""

    code: str
    subject: str
    message: str
    serious: bool = True
