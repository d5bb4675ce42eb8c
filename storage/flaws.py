"""What can be wrong with a database, as one kind of finding."""

from dataclasses import dataclass

MOST_SHOWN = 20
"""Flaws of one kind that are listed singly."""
READABLE = frozenset(
    {
        *("altered_rows", "altered_snapshot", "lost_check", "unlinked_check", "unlinked_snapshot"),
        *("chain_gap", "chain_broken", "chain_end", "root_broken", "root_end"),
    }
)
"""Codes of what is not as it was written, though it can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something wrong with the database: a stable code, what it concerns, a sentence; ``serious``: data is at risk."""

    code: str
    subject: str
    message: str
    serious: bool = True
