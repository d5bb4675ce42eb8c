"""Which cells of a table are thresholds: points grids, wage floors, funds, and criteria told in words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors import thresholds_labels as labels
from monitor.extractors.amounts import find_cell_money, find_money, straight, tidy
from monitor.extractors.fee_prose import Around, is_fee_heading
from monitor.extractors.grid import column_names, distinct_cells, is_band, offset_in_row, row_text, turned
from monitor.extractors.occupations_codes import find_codes
from monitor.extractors.processing_prose import is_processing_heading
from monitor.extractors.scope import is_found
from monitor.extractors.thresholds_prose import find_maxima, find_thresholds
from monitor.extractors.thresholds_quantities import rate_of, read_quantity
from monitor.extractors.thresholds_sums import CellValue, find_sums, only_sums
from monitor.model import Cell, Table
from monitor.pages.dates import find_dates
from monitor.pages.wording import split_sentences

Row = tuple[Cell, ...]
_POINTS = re.compile(r"\b(?:points?|pts|max(?:imum)?|scores?|scoring)\b", re.IGNORECASE)
_GRID = re.compile(r"\b(?:points?|scor(?:e|es|ing)|ranking|selection factors?)\b", re.IGNORECASE)
_LOG = re.compile(
    r"\b(?:dates?|invitations?|registrations?|candidates|nominations|number of (?!family|people|persons|members|"
    r"children|dependants|dependents)|rounds?|draws?|range|tie-?break\w*|issued)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\$|\bCAD\b|\b(?:wages?|salar(?:y|ies)|funds?|amounts?|incomes?|net worth|investments?|revenues?|dollars?|"
    r"hourly|rate|fonds|montants?|revenus?|salaires?)\b",
    re.IGNORECASE,
)
_MONEY_TABLE = re.compile(
    r"\b(?:wages?|salar(?:y|ies)|funds?|incomes?|net worth|investments?|revenues?|fonds|revenus?|salaires?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[^\w$]*(?P<n>\d{1,4}(?:\.\d+)?)\s*(?:points?|pts)?\W*", re.IGNORECASE)
_NONE = re.compile(
    r"(?:n\W?/?a|not applicable|does not apply|not eligible.*|none|nil|-+|)\W*", re.IGNORECASE | re.DOTALL
)
_INELIGIBLE = re.compile(r"not eligible|ineligible|do(?:es)? not qualify", re.IGNORECASE)
_BELOW = re.compile(
    r"\W*(?:below|less than|lower than|under)\s(?:CLB|NCLC)\s(?:level\s)?(?P<n>\d{1,2})\W*", re.IGNORECASE
)
_SCALE = re.compile(
    r"\b(?:benchmarks?|CLB|NCLC)\b|^years of\b|^(?:years?|levels?|amounts?|lengths?|numbers?|scores?|ranges?|steps?)$",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"^(?:(?:maximum )?points?(?: given)?|score|number of points|amount|value)\b(?: for\b)?\s*", re.IGNORECASE
)
_SAID = "as said"
"""In place of the unit of a column, where each cell says its own: "CLB 5", "6 months", "6.4" under "Rate (%)"."""
_PROSE_WORDS = 3
_SHORT_CELL = 25


class CellThreshold(Struct, frozen=True, kw_only=True):
    """A threshold in a table; ``row`` None means its head. ``start`` and ``end`` are offsets in the row's text.

    ``apart``: of words between them that it does not say. ``pure``: its row says no more than such numbers and what
    they are of. ``is_table``: the whole table does.
    """

    row: int | None
    label: str
    amount: Decimal
    unit: str
    place: str
    quote: str
    pure: bool = False
    is_table: bool = False
    start: int = 0
    end: int = 0
    apart: tuple[int, int] = (0, 0)


class _Grid(Struct, frozen=True, kw_only=True):
    """How a table is read: the unit of each column of values, and the words that go into its labels."""

    units: Mapping[int, str]
    names: tuple[str, ...]
    factor: str
    place: str
    path: tuple[str, ...]
    repeated: frozenset[str]


def find_cell_thresholds(table: Table, path: tuple[str, ...], declared: Mapping[str, str]) -> list[CellThreshold]:
    """The thresholds of a table, in reading order. ``declared``: regex of a column's name → unit of its numbers."""
    names = tuple(straight(name) for name in column_names(table))
    if _is_log(names) and not declared:
        return []
    grid = _layout(table, names, path, declared)
    if not grid.units and (wide := turned(table)) is not None:
        found = _along_the_top(table, wide, path, declared)
        if found:
            return found
    found = list(_head(grid, table)) if grid.units else []
    for index, row in enumerate(table.rows):
        if not is_band(row):
            found += _read_row(row, index, grid)
    return found


def _along_the_top(
    table: Table, wide: Table, path: tuple[str, ...], declared: Mapping[str, str]
) -> list[CellThreshold]:
    """The thresholds of a table that names them along the top and has one line of values a unit."""
    names = tuple(straight(name) for name in column_names(wide))
    grid = _layout(wide, names, path, declared)
    lines = (*table.header, *table.rows)
    found = [cell for index, row in enumerate(wide.rows) for cell in _read_row(row, index, grid)] if grid.units else []
    is_all = len(found) == len(wide.rows) * (len(lines) - 1)
    return [replace(cell, row=None, quote=row_text(lines[min(grid.units)]), is_table=is_all) for cell in found]


def _is_log(names: tuple[str, ...]) -> bool:
    """Whether the columns are those of a record of rounds or a pool, whose numbers decide nothing."""
    return any(_LOG.search(name) for name in names) and not any(
        _MONEY_TABLE.search(name) and not re.search(r"\bminimum\b", name, re.IGNORECASE) for name in names
    )


def _layout(table: Table, names: tuple[str, ...], path: tuple[str, ...], declared: Mapping[str, str]) -> _Grid:
    around = " ".join((table.caption, *path[-1:], *names))
    units = {
        column: unit
        for column in range(len(names))
        if (unit := _unit(table, names, column, around, declared)) and (column or _declared(names[column], declared))
    }
    if not declared and "points" not in units.values():
        units |= {
            column: _SAID for column in range(1, len(names)) if column not in units and _says(table, names, column)
        }
    factor = labels.heading(names[0]) if names else ""
    if not factor or _SCALE.search(factor):
        scale = factor
        factor = labels.heading(table.caption) or (labels.nearest(path[1:]) if _SCALE.search(scale) else "") or scale
    counts = Counter(labels.row(row[0].text) for row in table.rows if not is_band(row))
    place = labels.heading(table.caption) or labels.place_of(path)
    repeated = frozenset(label for label, count in counts.items() if count > 1)
    return _Grid(units=units, names=names, factor=factor, place=place, path=path, repeated=repeated)


def _declared(name: str, declared: Mapping[str, str]) -> str:
    return next((unit for pattern, unit in declared.items() if is_found(pattern, name)), "")


def _unit(table: Table, names: tuple[str, ...], column: int, around: str, declared: Mapping[str, str]) -> str:
    name = names[column]
    given = _declared(name, declared)
    texts = [straight(row[column].text).strip() for row in table.rows if not is_band(row)]
    if given or is_processing_heading(name) or is_fee_heading(name):
        return given
    numbers = sum(1 for text in texts if _NUMBER.fullmatch(text))
    others = sum(1 for text in texts if not _NUMBER.fullmatch(text) and not _NONE.fullmatch(text))
    said = all(_POINTS.search(text) for text in texts if _NUMBER.fullmatch(text))
    if numbers and not others and (said or _POINTS.search(name) or _GRID.search(around)):
        return "points"
    about = (_MONEY.search(name) and _MONEY_TABLE.search(around)) or _MONEY_TABLE.search(name)
    if not about and _MONEY_TABLE.search(around) and all(map(_is_signed, filter(None, texts))):
        about = _MONEY_TABLE.search(around)
    priced = sum(1 for text in texts if _opening_money(text, bare=about is not None))
    if about and priced and not is_fee_heading(around) and _money_or_words(texts):
        return "CAD"
    return ""


def _is_signed(text: str) -> bool:
    return only_sums(text) and bool(find_money(text))


def _says(table: Table, names: tuple[str, ...], column: int) -> bool:
    """Whether a column's cells are each a language level, a length of time or a share, and say so themselves."""
    if is_processing_heading(names[column]) or is_fee_heading(names[column]):
        return False
    texts = [straight(row[column].text).strip() for row in table.rows if not is_band(row)]
    told = [text for text in texts if not _NONE.fullmatch(text)]
    return bool(told) and all(read_quantity(text, names[column]) for text in told)


def _money_or_words(texts: list[str]) -> bool:
    """Whether a column that holds sums holds nothing but sums and the words that stand for none."""
    return all(_opening_money(text, bare=True) or not re.search(r"\d", text.split("\n")[0]) for text in texts)


def _opening_money(text: str, *, bare: bool) -> bool:
    money = find_cell_money(text) if bare else next(iter(find_money(text)), None)
    return money is not None and money.start <= len("at least ")


def _head(grid: _Grid, table: Table) -> Iterator[CellThreshold]:
    several = len(grid.units) > 1
    quote = row_text(table.header[-1]) if table.header else ""
    for column in grid.units:
        for found in find_maxima(grid.names[column]):
            label = labels.joined(grid.factor or re.sub(r"^(?:points )?breakdown of ", "", grid.place), found.label)
            name = _with_column(label, grid.names[column], "", several=several)
            yield CellThreshold(
                row=None, label=name, amount=found.amount, unit=found.unit, place=grid.place, quote=quote
            )


def _with_column(label: str, name: str, unit: str, *, several: bool) -> str:
    lines = [line for line in name.split("\n") if _POINTS.search(line) or _MONEY.search(line)]
    words = labels.column(_COLUMN.sub("", labels.column(_undated(lines[-1] if lines else name))))
    per = unit.partition("/")[2]
    return ", ".join(filter(None, (label, words if several else "", f"per {per}" if per else "")))


def _undated(text: str) -> str:
    for found in reversed(find_dates(text)):
        text = text[: found.start] + text[found.end :]
    return text


def _read_row(row: Row, index: int, grid: _Grid) -> Iterator[CellThreshold]:
    quote = row_text(row)
    label = _row_label(row, grid)
    found = list(_ineligible(row, index, grid, label, quote))
    if found:
        yield from found
        return
    valued = [(column, cell) for column, cell in distinct_cells(row) if column in grid.units]
    several = len([column for column in grid.units if not _is_empty_column(column, grid)]) > 1
    values = [(column, value) for column, cell in valued for value in _values(cell, grid, column)]
    pure = bool(values) and _is_pure(row, grid)
    for column, value in values:
        name = _with_column(label, grid.names[column], value.unit, several=several)
        start, end = _place_in(row, column, value)
        yield CellThreshold(
            row=index,
            label=f"{name}, {value.aside}" if value.aside else name,
            amount=value.amount,
            unit=value.unit,
            place=grid.place,
            quote=quote,
            pure=pure,
            start=start,
            end=end,
        )
    yield from _in_words(row, index, grid, quote)


def _is_empty_column(column: int, grid: _Grid) -> bool:
    return re.search(r"does not apply|not applicable|n/a", grid.names[column], re.IGNORECASE) is not None


def _values(cell: Cell, grid: _Grid, column: int) -> list[CellValue]:
    """The number of a cell, or the sums in it, each further one by what sets it apart."""
    unit, text = grid.units[column], straight(cell.text)
    if unit.startswith("CAD"):
        return find_sums(text, unit, rate_of(grid.names[column]) or rate_of(grid.place))
    if unit == _SAID:
        said = read_quantity(text, grid.names[column])
        return [CellValue(amount=said.amount, unit=said.unit, start=said.start, end=said.end)] if said else []
    match = _NUMBER.fullmatch(text)
    if match is None:
        return []
    return [CellValue(amount=tidy(Decimal(match["n"])), unit=unit, start=match.start("n"), end=match.end("n"))]


def _row_label(row: Row, grid: _Grid) -> str:
    codes = [code.code for code in find_codes(row[0].text)]
    label = " ".join(dict.fromkeys(codes)) if codes else labels.row(row[0].text)
    if _is_repeated(row, grid):
        between = {row[column].origin: row[column].text for column in range(1, min(grid.units))}
        label = labels.joined(label, *(labels.row(text) for origin, text in between.items() if origin != row[0].origin))
    if codes:
        return label
    if grid.factor in {"age", "candidate's age"}:
        label = re.sub(r"\s?years of age\b", "", label)
    return label if label.startswith(grid.factor) else f"{grid.factor} {label}".strip()


def _is_repeated(row: Row, grid: _Grid) -> bool:
    """Whether other rows have the same label, so that the cells up to the values belong to it."""
    return bool(grid.units) and labels.row(row[0].text) in grid.repeated


def _ineligible(row: Row, index: int, grid: _Grid, label: str, quote: str) -> Iterator[CellThreshold]:
    """A row that says below which language level nobody is eligible."""
    match = _BELOW.fullmatch(straight(row[0].text))
    if match and grid.units and all(_INELIGIBLE.search(cell.text) for _, cell in distinct_cells(row)[1:]):
        name = labels.joined(grid.factor or label, "minimum CLB")
        yield CellThreshold(
            row=index, label=name, amount=Decimal(match["n"]), unit="CLB", place=grid.place, quote=quote, pure=True
        )


def _is_pure(row: Row, grid: _Grid) -> bool:
    """Whether the row holds nothing but its label and its values, so that no rule is left in it."""
    named = range(min(grid.units)) if _is_repeated(row, grid) else range(1)
    for column, cell in distinct_cells(row):
        text = straight(cell.text).strip()
        if column in grid.units:
            plain = _NUMBER.fullmatch(text) or _NONE.fullmatch(text) or only_sums(text) or grid.units[column] == _SAID
        else:
            plain = _NONE.fullmatch(text) or (column in named and not labels.has_aside(text))
        if not plain:
            return False
    return True


def _place_in(row: Row, column: int, value: CellValue) -> tuple[int, int]:
    """Where a value stands in the row's text, which has the cells one after another on one line."""
    before = straight(row[column].text)[: value.start]
    lead = len(" ".join(before.split())) + (1 if before[-1:].isspace() and before.strip() else 0)
    start = offset_in_row(row, column) + lead
    return start, start + value.end - value.start


def _in_words(row: Row, index: int, grid: _Grid, quote: str) -> Iterator[CellThreshold]:
    """The thresholds that cells tell in sentences: a criteria table's cells, and what a long label cell adds."""
    label = _row_label(row, grid)
    several = len({cell.origin for cell in row[1:]}) > 1
    for column, cell in distinct_cells(row):
        sentences = split_sentences(cell.text)
        sentences = sentences[1:] if row[0].origin == cell.origin else sentences
        if column in grid.units:
            continue
        for sentence in sentences:
            if len(sentence.split()) < _PROSE_WORDS:
                continue
            head = f"{label}, {labels.column(grid.names[column])}" if several and column else label
            named = len(cell.text.split()) > _SHORT_CELL or bool(find_codes(row[0].text))
            for found in find_thresholds(sentence, Around(path=(*grid.path, label))):
                within = " ".join(cell.text.split()).find(" ".join(sentence.split()))
                offset = offset_in_row(row, column) + max(within, 0)
                own = row[0].origin == cell.origin
                name = found.label if own else labels.joined(label, found.label) if named else head
                yield CellThreshold(
                    row=index,
                    label=name,
                    amount=found.amount,
                    unit=found.unit,
                    place=labels.joined(grid.place, labels.row(row[0].text)),
                    quote=quote,
                    start=offset + found.start,
                    end=offset + found.end,
                    apart=(offset + found.apart[0], offset + found.apart[1]),
                )
