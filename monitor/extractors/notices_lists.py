"""Dated entries that are one list item or one table row each, as in lists of notices and program delivery updates."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from monitor.extractors.grid import column_names, distinct_cells, is_band
from monitor.extractors.notices_entry import Entry, read_bare_date, split_title_date
from monitor.model import Block, BlockKind, Cell, Table
from monitor.pages.wording import split_sentences

_DATED = re.compile(r"\b(?:date|posted|published|issued|released|updated)\b", re.IGNORECASE)
_TITLED = re.compile(r"\b(?:title|subject|notice|update|description|topic|name|news|release|document)\b", re.IGNORECASE)
_MOSTLY = 0.6
"""Least share of rows whose date cell holds nothing but a date."""


def item_entry(blocks: Sequence[Block], number: int) -> Entry | None:
    """The entry of a list item that opens or closes with its date; the items below it are its text."""
    block = blocks[number]
    dated = split_title_date(block.text)
    if dated is None or not re.search(r"[^\W\d_]{2}", dated[1]):
        return None
    title = _title(block, dated[1])
    below = _below(blocks, number)
    texts = [dated[1], *(blocks[index].text for index in below)]
    if dated[1] == title:
        texts = texts[1:]
    return Entry(
        day=dated[0],
        title=title,
        text="\n".join(texts),
        head=number,
        body=(number, *below),
        path=block.path,
    )


def _title(block: Block, words: str) -> str:
    """Its only link's text, else its first line or sentence."""
    if len(block.links) == 1 and block.links[0].text in words:
        return block.links[0].text
    return split_sentences(words)[0].rstrip(".")


def _below(blocks: Sequence[Block], number: int) -> tuple[int, ...]:
    level, found = blocks[number].level, []
    for index in range(number + 1, len(blocks)):
        if blocks[index].kind is not BlockKind.ITEM or blocks[index].level <= level:
            break
        found.append(index)
    return tuple(found)


def table_entries(block: Block, number: int) -> Iterator[Entry]:
    """The entries of a table with a column of dates and one of titles; nothing for other tables."""
    table = block.table
    columns = _columns(table) if table else None
    if table is None or columns is None:
        return
    dated, titled = columns
    for index, row in enumerate(table.rows):
        day = None if is_band(row) else read_bare_date(row[dated].text)
        if day is not None and row[titled].text.strip():
            yield Entry(
                day=day,
                title=_first_line(row[titled]),
                text=_rest(row, dated, titled),
                head=number,
                row=index,
                path=block.path,
            )


def _columns(table: Table) -> tuple[int, int] | None:
    names = column_names(table)
    dated = next((column for column in _ranked(names, _DATED) if _holds_dates(table, column)), None)
    if dated is None:
        return None
    others = [column for column in _ranked(names, _TITLED) if column != dated]
    if not others or (len(others) > 1 and not _TITLED.search(names[others[0]])):
        return None
    return dated, others[0]


def _ranked(names: Sequence[str], pattern: re.Pattern[str]) -> list[int]:
    """All columns, those whose name matches first."""
    return sorted(range(len(names)), key=lambda column: not pattern.search(names[column]))


def _holds_dates(table: Table, column: int) -> bool:
    rows = [row for row in table.rows if not is_band(row) and row[column].text.strip()]
    days: list[date] = [day for row in rows if (day := read_bare_date(row[column].text))]
    return bool(rows) and len(days) >= _MOSTLY * len(rows)


def _first_line(cell: Cell) -> str:
    return cell.text.split("\n", maxsplit=1)[0]


def _rest(row: tuple[Cell, ...], dated: int, titled: int) -> str:
    """What the row says besides date and title: its category, the further lines of its title cell."""
    more = row[titled].text.partition("\n")[2]
    others = (cell.text for column, cell in distinct_cells(row) if column not in {dated, titled})
    return "\n".join(filter(None, (*others, more)))
