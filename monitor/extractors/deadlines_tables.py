"""Which cells of a table are deadlines or days from which something holds: by the name of their column or row."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from monitor.extractors import thresholds_labels as labels
from monitor.extractors.amounts import straight
from monitor.extractors.grid import column_names, distinct_cells, is_band, row_text
from monitor.extractors.scope import matches_any
from monitor.model import Cell, Table
from monitor.pages.dates import find_dates, parse_date

Row = tuple[Cell, ...]
_COLUMN = re.compile(
    r"\b(?:deadlines?|clos(?:es?|ing)|due|effective|in (?:effect|force)|expir\w+|valid (?:from|until|to)|open(?:s|"
    r"ing)|(?:start|end|coming into force|cut-?off) date|from|until|starts?|ends?)\b",
    re.IGNORECASE,
)
_LOG = re.compile(r"\b(?:invitations?|draws?|rounds?|scores?|candidates)\b", re.IGNORECASE)
_STAMP = re.compile(r"\b(?:news|notice|updated|published|posted)\b", re.IGNORECASE)


class DeadlineCell(Struct, frozen=True, kw_only=True):
    """A date in a table: its body row, and whether the row says no more than labels and dates.

    ``start`` and ``end`` are its offsets in the row's text, which is the quote.
    """

    row: int
    label: str
    date: date
    section: str
    quote: str
    pure: bool
    start: int
    end: int


def find_deadline_cells(table: Table, declared: Sequence[str]) -> list[DeadlineCell]:
    """The deadlines of a table, in reading order; ``declared`` are regexes of further column names."""
    names = [straight(name) for name in column_names(table)]
    columns = [column for column, name in enumerate(names) if _is_date_column(name, names, declared)]
    section, found = "", []
    for index, row in enumerate(table.rows):
        if is_band(row):
            section = row[0].text
            continue
        found += list(_read_row(row, index, names, columns, section))
    return found


def _is_date_column(name: str, names: list[str], declared: Sequence[str]) -> bool:
    if declared:
        return matches_any(name, declared)
    return _COLUMN.search(name) is not None and not _STAMP.search(name) and not any(map(_LOG.search, names))


def _read_row(row: Row, index: int, names: list[str], columns: list[int], section: str) -> Iterator[DeadlineCell]:
    quote = row_text(row)
    named = columns or (
        [1] if len(row) > 1 and _COLUMN.search(row[0].text) and not any(map(_LOG.search, (*names, row[0].text))) else []
    )
    label = next((labels.row(row[column].text) for column in range(len(row)) if column not in columns), "")
    for column in named:
        days = find_dates(straight(row[column].text))
        if not days:
            continue
        name = f"{label}, {labels.column(names[column])}" if columns and names[column] else label
        pure = all(position in {0, column} or parse_date(cell.text) for position, cell in distinct_cells(row))
        pure = pure and parse_date(row[column].text) is not None
        words = " ".join(row[column].text[days[0].start : days[0].end].split())
        start = max(quote.rfind(words), 0)
        yield DeadlineCell(
            row=index,
            label=name,
            date=days[0].date,
            section=section,
            quote=quote,
            pure=pure,
            start=start,
            end=start + len(words),
        )
