"""A table element → a full grid: merged cells resolved, header rows recognised, however it is marked up."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement
from msgspec import Struct

from monitor.model import Cell, Link, Table
from monitor.pages.chrome import is_chrome
from monitor.pages.inline import Run
from monitor.pages.walk import is_block, sections_around, walk

MAX_SLOTS = 200_000
"""Slots of a grid; a larger one is no table of an official page and is read as lines instead."""
MAX_COLSPAN = 1000
"""HTML Standard, 4.9.11: larger values count as 1000."""
MAX_STEPS = 10 * MAX_SLOTS


class TableReading(Struct, frozen=True, kw_only=True):
    """What a table element holds; ``table`` is None when its grid would be too large, then ``lines`` has its rows."""

    table: Table | None
    links: tuple[Link, ...]
    lines: tuple[str, ...] = ()


class _Around(NamedTuple):
    """What a table stands in: the page's address, what is left out of it, and how many sections there are around."""

    base: str
    dropped: Container[HtmlElement]
    sections: int


class _Source(NamedTuple):
    """One td or th as written."""

    text: str
    links: tuple[Link, ...]
    colspan: int
    rowspan: int
    is_head: bool
    is_bold: bool


class _Row(NamedTuple):
    cells: tuple[_Source, ...]
    in_head: bool
    last_of_group: int


class _Placed(NamedTuple):
    cell: _Source
    row: int
    column: int
    height: int
    width: int


def is_layout(table: HtmlElement) -> bool:
    """Whether a table only arranges content: it says so, has one cell, or holds tables and no header cells."""
    if (table.get("role") or "").lower() in {"presentation", "none"}:
        return True
    cells = [cell for row, _ in _own_rows(table) for cell in row if cell.tag in {"td", "th"}]
    if len(cells) <= 1:
        return True
    return next(table.iterdescendants("table"), None) is not None and all(cell.tag == "td" for cell in cells)


def read_table(table: HtmlElement, *, base: str, dropped: Container[HtmlElement]) -> TableReading:
    """The grid of a table. A row or column that holds only parts of merged cells is left out."""
    around = _Around(base, dropped, sections_around(table))
    caption, links = _caption(table, around)
    rows = _source_rows(table, around)
    links += tuple(link for row in rows for cell in row.cells for link in cell.links)
    grid = _grid(rows)
    if grid is None:
        lines = (" | ".join(cell.text.replace("\n", " ") for cell in row.cells) for row in rows)
        return TableReading(table=None, links=links, lines=tuple(filter(None, (caption, *lines))))
    slots, kept = grid
    depth = _header_depth([rows[index] for index in kept], slots)
    worded = [index for index, row in enumerate(slots) if any(cell.text for cell in row)]
    full = _without_blank_rows(slots, worded)
    depth = bisect_left(worded, depth)
    return TableReading(table=Table(caption=caption, header=full[:depth], rows=full[depth:]), links=links)


def _without_blank_rows(slots: Sequence[Sequence[Cell]], worded: Sequence[int]) -> tuple[tuple[Cell, ...], ...]:
    """The rows with words; origins count these rows only."""
    if len(worded) == len(slots):
        return tuple(map(tuple, slots))
    return tuple(
        tuple(Cell(cell.text, (bisect_left(worded, cell.origin[0]), cell.origin[1])) for cell in slots[index])
        for index in worded
    )


def _own_rows(table: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement]]:
    """(row, row group) of this table, not of tables inside it, tfoot last (HTML Standard, 4.9.12)."""
    feet = []
    for child in table:
        if child.tag == "tr":
            yield child, table
        elif child.tag in {"thead", "tbody"}:
            yield from ((row, child) for row in child if row.tag == "tr")
        elif child.tag == "tfoot":
            feet += [(row, child) for row in child if row.tag == "tr"]
    yield from feet


def _source_rows(table: HtmlElement, around: _Around) -> list[_Row]:
    written = [
        (row, group)
        for row, group in _own_rows(table)
        if _is_shown(row, around.dropped) and (group is table or _is_shown(group, around.dropped))
    ]
    last = {group: index for index, (_, group) in enumerate(written)}
    return [
        _Row(
            cells=tuple(
                _read_cell(cell, around) for cell in row if cell.tag in {"td", "th"} and _is_shown(cell, around.dropped)
            ),
            in_head=group.tag == "thead",
            last_of_group=last[group],
        )
        for row, group in written
    ]


def _is_shown(element: HtmlElement, dropped: Container[HtmlElement]) -> bool:
    return element not in dropped and not is_chrome(element, str(element.tag), dict(element.items()), sectioned=True)


def _caption(table: HtmlElement, around: _Around) -> tuple[str, tuple[Link, ...]]:
    for child in table:
        if child.tag == "caption" and child not in around.dropped:
            text, links, _ = _read_text(child, around)
            return text.replace("\n", " "), links
    return "", ()


def _read_cell(cell: HtmlElement, around: _Around) -> _Source:
    text, links, is_bold = _read_text(cell, around)
    return _Source(
        text=text,
        links=links,
        colspan=min(_span(cell, "colspan") or 1, MAX_COLSPAN),
        rowspan=_span(cell, "rowspan"),
        is_head=cell.tag == "th",
        is_bold=is_bold,
    )


def _span(cell: HtmlElement, name: str) -> int:
    """The attribute as a number from 0; 1 when it is missing or none."""
    digits = (cell.get(name) or "").strip()[:6]
    return int(digits) if digits.isascii() and digits.isdigit() else 1


def _read_text(cell: HtmlElement, around: _Around) -> tuple[str, tuple[Link, ...], bool]:
    """A cell's text (paragraphs and list items on lines of their own), its links and whether all of it is bold."""
    inside = _Inside(cell, around.base)
    walk(cell, around.dropped, inside, sections=around.sections)
    paragraphs = inside.run.take()
    text = "\n".join(" ".join(part.lines) for part in paragraphs)
    return text, tuple(link for part in paragraphs for link in part.links), all(part.is_bold for part in paragraphs)


class _Inside:
    """Takes in what stands in a cell; a block in it starts and ends a paragraph."""

    def __init__(self, cell: HtmlElement, base: str) -> None:
        self.run = Run(base)
        self._cell = cell
        self.add = self.run.add

    def open(self, element: HtmlElement, tag: str, attributes: Mapping[str, str]) -> bool:
        if element is not self._cell and is_block(tag):
            self.run.break_line(2)
        else:
            self.run.open(element, tag, attributes)
        return True

    def close(self, element: HtmlElement, tag: str) -> None:
        if element is not self._cell and is_block(tag):
            self.run.break_line(2)
        else:
            self.run.close(element, tag)


def _grid(rows: Sequence[_Row]) -> tuple[list[tuple[Cell, ...]], list[int]] | None:
    """The full grid and which source rows it kept; None when it has too many slots."""
    if sum(cell.colspan for row in rows for cell in row.cells) > MAX_SLOTS:
        return None
    placed = _place(rows)
    if placed is None:
        return None
    columns = sorted({place.column for place in placed})
    kept = sorted({place.row for place in placed})
    if len(columns) * len(kept) > MAX_SLOTS:
        return None
    slots: list[list[Cell | None]] = [[None] * len(columns) for _ in kept]
    for place in placed:
        top, left = bisect_left(kept, place.row), bisect_left(columns, place.column)
        cell = Cell(place.cell.text, (top, left))
        for row in range(top, bisect_left(kept, place.row + place.height)):
            for column in range(left, bisect_left(columns, place.column + place.width)):
                slots[row][column] = cell
    full = [
        tuple([cell or Cell("", (row, column)) for column, cell in enumerate(cells)]) for row, cells in enumerate(slots)
    ]
    return full, kept


def _place(rows: Sequence[_Row]) -> list[_Placed] | None:
    """Each cell's corner and size; a merged cell ends at its row group and gives way to one already there.

    None when finding free slots takes too long, as only a table made to do so needs.
    """
    busy: dict[int, int] = {}
    placed: list[_Placed] = []
    steps = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in row.cells:
            start = column
            while busy.get(column, -1) >= number:
                column += 1
            below = row.last_of_group - number + 1
            height = min(cell.rowspan or below, below)
            width = 0
            while width < cell.colspan and busy.get(column + width, -1) < number:
                busy[column + width] = number + height - 1
                width += 1
            placed.append(_Placed(cell=cell, row=number, column=column, height=height, width=width))
            column += width
            steps += column - start
        if steps > MAX_STEPS:
            return None
    return placed


def _header_depth(rows: Sequence[_Row], slots: Sequence[Sequence[Cell]]) -> int:
    """How many leading rows are headers: all of thead, rows of th only, or a first row all in bold.

    A head that has no row left below it is a head still.
    """
    head = sum(1 for row in rows if row.in_head)
    if 0 < head < len(rows) or (head == len(rows) == 1 and _all_heads(rows[0])):
        return head
    depth = 0
    while depth < len(rows) - 1 and _all_heads(rows[depth]):
        depth += 1
    return depth or _bold_depth(rows, slots)


def _all_heads(row: _Row) -> bool:
    return len(row.cells) > 1 and all(cell.is_head for cell in row.cells)


def _bold_depth(rows: Sequence[_Row], slots: Sequence[Sequence[Cell]]) -> int:
    """Header rows written as bold td: the first, and those its merged cells reach or a title row stands over."""
    depth = 0
    while depth < len(rows) - 1 and _all_bold(rows[depth]):
        depth += 1
        first, below = slots[depth - 1], slots[depth]
        is_title = len({cell.origin for cell in first}) == 1 and len(first) > 1
        if not is_title and not any(cell.origin[0] < depth for cell in below):
            break
    if depth and all(len({cell.origin for cell in row}) == 1 for row in slots[:depth]) and len(slots[0]) > 1:
        return 0
    return depth


def _all_bold(row: _Row) -> bool:
    worded = [cell for cell in row.cells if cell.text]
    return bool(worded) and all(cell.is_bold or cell.is_head for cell in worded)
