"""The status of streams told without a sentence: a table with a column of it, and entries such as "Masters: open"."""

import re
from collections.abc import Iterator

from msgspec import Struct

from monitor.extractors.amounts import straight
from monitor.extractors.extraction import Span
from monitor.extractors.grid import column_names, distinct_cells, is_band, row_text
from monitor.extractors.streams_names import Names
from monitor.model import Block, BlockKind, StreamStatus, Table

_COLUMN = re.compile(r"\bstatus\b|^(?:intake|state|availability)$", re.IGNORECASE)
_SAID = (
    (
        StreamStatus.PAUSED,
        re.compile(r"(?:temporarily\s)?(?:paused|suspended|on hold|closed temporarily|not accepting)\b"),
    ),
    (
        StreamStatus.CLOSED,
        re.compile(r"(?:permanently\s|now\s)?(?:closed|ended|discontinued|no longer (?:open|available))\b"),
    ),
    (
        StreamStatus.OPEN,
        re.compile(r"(?:now\s|currently\s)?(?:open|re-?opened|accepting applications|active)\b(?! to\b)"),
    ),
)
_ENTRY = re.compile(r"(?P<name>[^:]{3,80}?)(?:\s?:|\s-)\s+(?P<status>[^:;]{4,60}?)\W*")


class StatusEntry(Struct, frozen=True, kw_only=True):
    """The status that a row or a line gives of one stream; ``span`` is all of it."""

    name: str
    status: StreamStatus
    quote: str
    path: tuple[str, ...]
    span: Span


def find_status_entries(block: Block, index: int, names: Names) -> Iterator[StatusEntry]:
    """The streams of a block that are told so, in reading order."""
    if block.table is not None:
        yield from _rows(block, block.table, index, names)
    elif block.kind is not BlockKind.HEADING and (match := _ENTRY.fullmatch(straight(block.text))):
        found, status = names.find(match["name"]), _status(match["status"])
        if len(found) == 1 and status:
            yield StatusEntry(name=found[0], status=status, quote=block.text, path=block.path, span=Span(block=index))


def _rows(block: Block, table: Table, index: int, names: Names) -> Iterator[StatusEntry]:
    columns = [at for at, name in enumerate(column_names(table)) if at and _COLUMN.search(name.strip())]
    for number, row in enumerate(table.rows) if len(columns) == 1 else ():
        found, status = names.find(row[0].text), _status(row[columns[0]].text)
        if is_band(row) or len(found) != 1 or not status:
            continue
        whole = {column for column, _ in distinct_cells(row)} <= {0, columns[0]}
        start = max(row_text(row).find(" ".join(row[columns[0]].text.split())), 0)
        end = start + len(" ".join(row[columns[0]].text.split()))
        span = Span(block=index, row=number) if whole else Span(block=index, row=number, start=start, end=end)
        yield StatusEntry(name=found[0], status=status, quote=row_text(row), path=block.path, span=span)


def _status(text: str) -> StreamStatus | None:
    said = straight(text).strip().lower()
    return next((status for status, pattern in _SAID if pattern.match(said)), None)
