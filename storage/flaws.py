"""What can be wrong with a database, as one kind of finding."""

from dataclasses import dataclass

MOST_SHOWN = 20
"""Flaws of one kind that are listed singly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something wrong with the database: a stable code, what it concerns, a sentence; ``serious``: data is at risk."""

    code: str
    subject: str
    message: str
    serious: bool = True
