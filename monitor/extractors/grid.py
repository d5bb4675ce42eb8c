"""How a table's rows and columns read: column names, section rows, a row in words."""

from monitor.model import Cell, Table


def column_names(table: Table) -> list[str]:
    """The name of each column: the distinct texts of its header cells; empty where there is no header."""
    width = len((table.header or table.rows or ((),))[0])
    return [_distinct([row[column] for row in table.header]) for column in range(width)]


def is_band(row: tuple[Cell, ...]) -> bool:
    """Whether one cell spans the whole row, as a heading inside the table does."""
    return len(row) > 1 and len({cell.origin for cell in row}) == 1


def distinct_cells(row: tuple[Cell, ...]) -> list[tuple[int, Cell]]:
    """The row's cells with their column, a merged cell only once, empty ones left out."""
    first = {cell.origin: (column, cell) for column, cell in reversed(list(enumerate(row)))}
    return sorted((pair for pair in first.values() if pair[1].text.strip()), key=lambda pair: pair[0])


def row_text(row: tuple[Cell, ...]) -> str:
    """The row as one reads it, cell after cell: fit for a quote and for finding the place in a browser."""
    return " ".join(" ".join(cell.text for _, cell in distinct_cells(row)).split())


def _distinct(cells: list[Cell]) -> str:
    texts = {cell.origin: cell.text for cell in cells}
    return " ".join(text for text in texts.values() if text)
