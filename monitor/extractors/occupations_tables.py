"""Which rows of a table are occupations: by a column of codes, or by cells that name their code in words."""

import re
from collections.abc import Iterator

from msgspec import Struct

from monitor.extractors.amounts import straight
from monitor.extractors.declarations import OccupationColumns
from monitor.extractors.grid import column_names, distinct_cells, is_band, row_text
from monitor.extractors.occupations_codes import NOC, FoundCode, clean_title, find_codes, find_named_codes, read_entry
from monitor.extractors.scope import matches_any
from monitor.model import Cell, Table

Row = tuple[Cell, ...]
_CODE = re.compile(r"\bcodes?\b", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:occupations?|titles?|jobs?|professions?|positions?|trades?|names?)\b", re.IGNORECASE)
_LIST = re.compile(r"\bcategor(?:y|ies)\b|\bsectors?\b|\bgroups?\b|\blists?\b", re.IGNORECASE)
_TEER = re.compile(r"\b(?:TEER|skill (?:level|type))\b", re.IGNORECASE)
_OLD = re.compile(r"\b(?:2006|2011|2016)\b")
_FOUR = re.compile(r"\W*(?!(?:19|20)\d\d)\d{4}(?!\d)")
_PLAIN = re.compile(r"(?:TEER\s*)?[0-5A-D]?\W*", re.IGNORECASE)


class OccupationRow(Struct, frozen=True, kw_only=True):
    """One occupation of a row. ``above``: what may name its list, nearest first; ``pure``: the row says no more."""

    row: int
    code: str
    title: str | None
    above: tuple[str, ...]
    quote: str
    pure: bool


class _Layout(Struct, frozen=True, kw_only=True):
    code: int | None
    title: int | None
    list: int | None
    four_digits: bool


def find_occupation_rows(table: Table, path: tuple[str, ...], columns: OccupationColumns) -> list[OccupationRow]:
    """The occupations of a table, in reading order; several for a cell that holds several codes."""
    names = [straight(name) for name in column_names(table)]
    layout = _layout(table, names, columns, around=" ".join((table.caption, *path[-2:], *names)))
    band, rows = "", []
    for index, row in enumerate(table.rows):
        if is_band(row):
            band = row[0].text
            if not find_named_codes(band):
                continue
        above = tuple(filter(None, (_text(row, layout.list), band, table.caption, *reversed(path))))
        found = list(_read_row(row, layout))
        pure = bool(found) and _is_pure(row, layout)
        quote = row_text(row)
        rows += [
            OccupationRow(row=index, code=code, title=title, above=above, quote=quote, pure=pure)
            for code, title in found
        ]
    return rows


def _layout(table: Table, names: list[str], columns: OccupationColumns, *, around: str) -> _Layout:
    old = _OLD.search(" ".join((table.caption, *names))) is not None
    named = [column for column, name in enumerate(names) if _is_code_column(name, columns, around)]
    five = [column for column in named if _holds_codes(table, column, four_digits=False)]
    four = [
        column
        for column in named
        if (old or _is_all_four(table, column)) and _holds_codes(table, column, four_digits=True)
    ]
    code = next(iter([*five, *four]), None)
    others = [column for column in range(len(names)) if column != code]
    return _Layout(
        code=code,
        title=next((column for column in others if _is_named(names[column], columns.title, _TITLE)), None),
        list=next((column for column in others if _is_named(names[column], columns.list, _LIST)), None),
        four_digits=code is not None and code not in five,
    )


def _is_all_four(table: Table, column: int) -> bool:
    """Whether every cell begins with four digits that are no year, as codes before 2021 are written."""
    texts = [row[column].text.strip() for row in table.rows if not is_band(row)]
    return bool(texts) and all(_FOUR.match(text) for text in texts)


def _is_code_column(name: str, columns: OccupationColumns, around: str) -> bool:
    """Whether a column may hold codes: by its declared name, the word NOC, or a vaguer name in a table about NOC."""
    if columns.code:
        return matches_any(name, (columns.code,))
    if NOC.search(name):
        return True
    vague = not name or _CODE.search(name) is not None or _is_named(name, columns.title, _TITLE)
    return vague and (NOC.search(around) is not None or "occupation" in around.casefold())


def _is_named(name: str, declared: str, usual: re.Pattern[str]) -> bool:
    if declared:
        return matches_any(name, (declared,))
    return usual.search(name) is not None and not _TEER.search(name)


def _holds_codes(table: Table, column: int, *, four_digits: bool) -> bool:
    """Whether at least half of the filled cells of a column begin with a code, or with few words before it."""
    texts = [row[column].text for row in table.rows if not is_band(row) and row[column].text.strip()]
    codes = [next(iter(find_codes(text, four_digits=four_digits)), None) for text in texts]
    return bool(texts) and sum(1 for code in codes if code and code.start <= len("Subset (part) of NOC ")) * 2 >= len(
        texts
    )


def _read_row(row: Row, layout: _Layout) -> Iterator[tuple[str, str | None]]:
    if layout.code is None:
        for _, cell in distinct_cells(row):
            yield from read_words(cell.text)
        return
    text = row[layout.code].text
    found = find_codes(text, four_digits=layout.four_digits)
    beside = _title_beside(row, layout) if len({code.code for code in found}) == 1 else None
    for code in found:
        yield code.code, _title_within(text, code) or beside


def read_words(text: str) -> Iterator[tuple[str, str | None]]:
    """The occupations that a text names in words, line by line: with a title where the line is nothing else."""
    for line in text.split("\n"):
        entry = read_entry(line)
        if entry is not None and entry.named:
            yield entry.code, entry.title
        else:
            yield from ((code.code, None) for code in find_named_codes(line))


def _title_within(cell: str, code: FoundCode) -> str | None:
    """The title on the code's own line: "21231 - Software engineers and designers"."""
    start = cell.rfind("\n", 0, code.start) + 1
    end = cell.find("\n", code.end)
    entry = read_entry(cell[start : end if end >= 0 else len(cell)])
    return entry.title if entry and entry.code == code.code and find_codes(entry.title or "") == [] else None


def _title_beside(row: Row, layout: _Layout) -> str | None:
    text = _text(row, layout.title)
    entry = read_entry(text)
    return entry.title if entry else clean_title(text)


def _text(row: Row, column: int | None) -> str:
    return "" if column is None else row[column].text


def _is_pure(row: Row, layout: _Layout) -> bool:
    """Whether the row holds nothing but code, title, TEER and list, so that no rule is left in it."""
    for column, cell in distinct_cells(row):
        if column == layout.list or _PLAIN.fullmatch(cell.text):
            continue
        lines = cell.text.split("\n")
        if column == layout.title and len(lines) == 1 and not re.search(r"[*.;]\s*\w", cell.text):
            continue
        if all(read_entry(line) or _only_code(line, layout) for line in lines):
            continue
        return False
    return True


def _only_code(line: str, layout: _Layout) -> bool:
    return bool(find_codes(line, four_digits=layout.four_digits)) and not re.search(r"[a-z]{2}", line)
