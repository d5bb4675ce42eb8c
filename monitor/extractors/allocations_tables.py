"""Which rows of a table are allocations: numbers by province, territory or program, for one year or several."""

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from monitor.extractors import thresholds_labels as labels
from monitor.extractors.amounts import straight
from monitor.extractors.grid import column_names, distinct_cells, is_band, row_text
from monitor.model import Cell, Table

_TOPIC = re.compile(
    r"\ballocat\w+|\ballotments?\b|\bquotas?\b|\bnomination (?:limits?|caps?|targets?)\b", re.IGNORECASE
)
_COUNT = re.compile(r"\W*(?P<n>\d{1,3}(?:,\d{3})+|\d+)\W*")
_NONE = re.compile(r"(?:n\W?/?a|not applicable|none|-+|)\W*", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d,.$/-])20\d\d(?![-,]?\d)")
_SHARE = re.compile(r"%|\bper ?cent|\brate\b|\$", re.IGNORECASE)
_NEAREST = -2


class AllocationRow(Struct, frozen=True, kw_only=True):
    """One number of a table: its body row, whose it is and for which year. ``whole``: the row says no more."""

    row: int
    program: str
    year: int
    amount: Decimal
    quote: str
    whole: bool


def find_allocation_rows(table: Table, path: tuple[str, ...]) -> Iterator[AllocationRow]:
    """The allocations of a table whose caption, columns or nearest headings speak of them, in reading order."""
    names = [straight(name) for name in column_names(table)]
    if not _TOPIC.search(" ".join((table.caption, *path[_NEAREST:], *names))):
        return
    around = _year_of((table.caption, *reversed(path)))
    columns = [column for column in range(1, len(names)) if _counts(table, names[column], column)]
    years = {column: _year_of((names[column],)) or around for column in columns}
    several = len({years[column] for column in columns}) < len(columns)
    for index, row in enumerate(table.rows):
        if is_band(row):
            continue
        label = labels.clean(straight(row[0].text))
        whole = all(column in {0, *columns} for column, _ in distinct_cells(row))
        for column in columns:
            year, amount = years[column], _count(row[column])
            if year and amount is not None and label:
                program = f"{label}, {labels.clean(names[column])}" if several else label
                yield AllocationRow(
                    row=index, program=program, year=year, amount=amount, quote=row_text(row), whole=whole
                )


def _year_of(texts: tuple[str, ...]) -> int | None:
    for text in texts:
        years = set(_YEAR.findall(straight(text)))
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None


def _counts(table: Table, name: str, column: int) -> bool:
    """Whether all cells of a column are whole numbers of something that is no share and no money."""
    texts = [straight(row[column].text).strip() for row in table.rows if not is_band(row)]
    told = [text for text in texts if not _NONE.fullmatch(text)]
    return bool(told) and not _SHARE.search(name) and all(_COUNT.fullmatch(text) for text in told)


def _count(cell: Cell) -> Decimal | None:
    match = _COUNT.fullmatch(straight(cell.text).strip())
    return Decimal(match["n"].replace(",", "")) if match else None
