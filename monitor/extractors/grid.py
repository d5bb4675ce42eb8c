"""How a table's rows and columns read: column names, section rows, a row in words."""

from monitor.model import Cell, Table

_FEW_LINES = 4
HEAD = -1
CAPTION = -2
"""In place of a body row in a span: some of the text of the table's head (``head_text``), or of its caption."""


def column_names(table: Table) -> list[str]:
    """The name of each column: the distinct texts of its header cells; empty where there is no header."""
    width = len((table.header or table.rows or ((),))[0])
    return [_distinct([row[column] for row in table.header]) for column in range(width)]


def head_text(table: Table) -> str:
    """The distinct names of the columns in one line; empty where there is no header."""
    return " | ".join(dict.fromkeys(filter(None, column_names(table))))


def is_band(row: tuple[Cell, ...]) -> bool:
    """Whether one cell spans the whole row, as a heading inside the table does."""
    return len(row) > 1 and len({cell.origin for cell in row}) == 1


def distinct_cells(row: tuple[Cell, ...]) -> list[tuple[int, Cell]]:
    """The row's cells with their column, a merged cell only once, empty ones left out."""
    first = {cell.origin: (column, cell) for column, cell in reversed(list(enumerate(row)))}
    return sorted((pair for pair in first.values() if pair[1].text.strip()), key=lambda pair: pair[0])


def turned(table: Table) -> Table | None:
    """A wide table of few lines with its lines as columns, for tables that name things along the top.

    None for a table that has as many lines as columns. Line n of the table is column n of the turned one.
    """
    lines = (*table.header, *table.rows)
    if not lines or not 1 < len(lines) <= _FEW_LINES or len(lines[0]) <= len(lines):
        return None
    columns = tuple(tuple(line[column] for line in lines) for column in range(len(lines[0])))
    return Table(caption=table.caption, header=columns[:1], rows=columns[1:])


def row_text(row: tuple[Cell, ...]) -> str:
    """The row as one reads it, cell after cell: fit for a quote and for finding the place in a browser."""
    return " ".join(" ".join(cell.text for _, cell in distinct_cells(row)).split())


def offset_in_row(row: tuple[Cell, ...], column: int) -> int:
    """Where a column's cell begins in the row's text (``row_text``)."""
    earlier = [cell for position, cell in distinct_cells(row) if position < column]
    return sum(len(" ".join(cell.text.split())) + 1 for cell in earlier)


def _distinct(cells: list[Cell]) -> str:
    texts = {cell.origin: cell.text for cell in cells}
    return " ".join(text for text in texts.values() if text)
