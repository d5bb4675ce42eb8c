"""How rows stand on a terminal: as a table where it has room for every column, else each as a block of its own."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

PROSE = 24
"""Cells a column of sentences needs so that they can be read; a word, such as an id, is never broken in any column."""
_BETWEEN = 3
"""Cells between two columns of a table, and half as many at its sides."""
_GAP = 2

STYLES = {
    "holds": "green",
    "ok": "green",
    "sent": "green",
    "contradicted": "bold red",
    "dead": "bold red",
    "blocked": "yellow",
    "failing": "red",
    "failed": "red",
    "layout_changed": "yellow",
    "stale": "yellow",
    "stale_copy": "yellow",
    "unknown": "yellow",
    "manual": "cyan",
    "urgent": "bold red",
    "changed": "bold",
    "open": "yellow",
}


def draw(screen: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show the rows as wide as the terminal is."""
    cells = [[name, *column] for name, *column in zip(columns, *rows, strict=True)]
    widths = [_needed(column) for column in cells]
    spare = screen.width - sum(widths) - _BETWEEN * len(widths)
    if spare >= 0:
        screen.print(_table(columns, rows, _widened(widths, [_widest(column) for column in cells], spare)))
        return
    used = [name for name, *cells in zip(columns, *rows, strict=True) if any(cells)]
    for row in rows:
        draw_block(screen, list(zip(columns, row, strict=True)), indent=max(map(cell_len, used)) + _GAP)
        screen.print()


def draw_block(screen: Console, pairs: Sequence[tuple[str, str]], *, indent: int) -> None:
    """Each name with its value beside it, ``indent`` cells from the edge, broken between words; none without value."""
    for name, value in pairs:
        if not value:
            continue
        label = Text(name.ljust(indent), style="bold" if name == pairs[0][0] else "dim")
        for line in _lines(value, screen.width - indent):
            # The terminal may go on with a long word on its next line, where it is still one word to copy.
            screen.print(label + Text(line, style=STYLES.get(value, "")), soft_wrap=True)
            label = Text(" " * indent)


def _lines(text: str, width: int) -> Iterator[str]:
    """The text broken between words; a word is never broken, however long."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            if line and cell_len(line) + 1 + cell_len(word) > width:
                yield line
                line = ""
            line = f"{line} {word}" if line else word
        yield line


def _needed(cells: Sequence[str]) -> int:
    """The least width for a column with these cells."""
    words = max((cell_len(word) for cell in cells for word in cell.split()), default=1)
    return max(words, min(PROSE, _widest(cells)))


def _widest(cells: Sequence[str]) -> int:
    return max(cell_len(line) for cell in cells for line in cell.split("\n"))


def _widened(widths: Sequence[int], wanted: Sequence[int], spare: int) -> list[int]:
    """The widths with what is to spare given to the narrowest of those that want more, cell by cell."""
    found = list(widths)
    for _ in range(spare):
        wanting = [place for place, width in enumerate(found) if width < wanted[place]]
        if not wanting:
            break
        found[min(wanting, key=found.__getitem__)] += 1
    return found


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, width=width, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    return table
