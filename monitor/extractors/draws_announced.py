"""Draws of a table without dates, and what the sentence that announces their round says once of them all."""

from collections.abc import Sequence

from msgspec.structs import replace

from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_rounds import Context, Entry, Round, category_of
from monitor.extractors.draws_sentences import to_count
from monitor.model import Draw


def as_announced(entry: Entry, rows: Sequence[Found], context: Context) -> list[Found]:
    """The draws of a table with what the sentence above says once of them: their kind, their category, their sum.

    A sum beside the counts of each stays with its sentence, as a rule.
    """
    current = entry.current
    if current is None or current.drafts:
        return list(rows)
    entry.current = None
    counted = any(isinstance(row.value, Draw) and row.value.invitations_text for row in rows)
    if counted:
        entry.used = {span for span in entry.used if span.block != current.block or (span.start or 0) < current.start}
    category = category_of(entry, current.text, "", None, context)
    total = None if counted else current.issued.count_text
    return [_announced(row, current, category, total, alone=len(rows) == 1) for row in rows]


def _announced(row: Found, current: Round, category: str | None, total: str | None, *, alone: bool) -> Found:
    draw = row.value
    if not isinstance(draw, Draw):
        return row
    value = replace(
        draw,
        kind=current.issued.kind,
        category=draw.category or category,
        invitations=to_count(total) if alone and total else draw.invitations,
        invitations_text=total or draw.invitations_text,
    )
    return replace(row, value=value, quote=f"{current.text}\n{row.quote}")
