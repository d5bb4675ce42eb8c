"""Draws out of tables: which table is one is decided by its header words, never by its position."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_names import (
    find_category,
    find_program,
    find_streams,
    is_draw_note,
    names_streams,
    official_stream,
    read_category,
    split_targeted,
    split_type,
)
from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_values import find_codes, find_year, read_count, read_date, read_score, without_footnotes
from monitor.extractors.extraction import Span
from monitor.model import Block, Cell, Draw, DrawKind, Table
from monitor.pages.dates import find_dates
from monitor.pages.rendering import render_row
from monitor.pages.wording import tidy

Row = Sequence[Cell]
Rows = list[tuple[int, Row]]


class Role(StrEnum):
    """What a column of a draws table holds."""

    PROFILES = "profiles"
    NUMBER = "number"
    DATE = "date"
    SCORE = "score"
    COUNT = "count"
    TYPE = "type"
    STREAM = "stream"
    CATEGORY = "category"
    SELECTION = "selection"


_NOTIFICATION = re.compile(r"\bnotifications?\b|\bNOIs?\b", re.IGNORECASE)
_INVITED = re.compile(r"invit|\bITAs?\b|notification|\bNOIs?\b|\bdraws?\b|\bround", re.IGNORECASE)
_ROLES = (
    (Role.PROFILES, r"^(?!.*\b(?:scores?|CRS)\b).*(?:profile|created|submitted|submission|\bEOIs?\b)"),
    (Role.NUMBER, r"^(?:draw|round)?\s*(?:#|no\.?|id)$|^(?:draw|round)s?\s+number|^round$"),
    (Role.DATE, r"\bdates?\b|^(?:issued|drawn) on\b"),
    (Role.SCORE, r"scores?\b|\bCRS\b|\bpoints?\b|^min(?:imum|\.)?$|cut-?\s?off"),
    (Role.COUNT, r"invitations?\b|\bITAs? issued|\bITAs\b|\bNOIs?\b|notifications?\b|^numbers?\b|^(?:total )?issued$"),
    (Role.COUNT, r"\bcandidates (?:invited|notified)"),
    (Role.TYPE, r"\btype\b|^draw$"),
    (Role.STREAM, r"streams?\b|^program\b"),
    (Role.SELECTION, r"^selec"),
    (Role.SELECTION, r"factors?\b|consideration|^other|\bnotes?\b|criteria|comment|\btarget|occupation|\bNOC\b|detail"),
    (Role.TYPE, r"description"),
    (Role.CATEGORY, r"^categor(?:y|ies)$"),
)
_ROLE_PATTERNS = tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in _ROLES)
_MAX_HEADER = 90
"""Longer cells are no column heads."""
_HEADER_ROWS = 3
_HEADINGS = 4
"""How many headings above a table, less one, may name the day of its draws."""
_JOIN = "; "


class DrawsTable(Struct, frozen=True, kw_only=True):
    """A recognised table: its block index, columns by role, header texts, and the first body row.

    ``day``: the day of all its draws, where it has no column of dates.
    """

    index: int
    block: Block
    table: Table
    columns: Mapping[Role, int]
    heads: str
    first: int
    day: date | None = None


def find_draws_table(block: Block, index: int, declared: Mapping[str, str]) -> DrawsTable | None:
    """The table as draws, when a header row or one of the first body rows names a date and a score or count.

    The date may also stand above the table. ``declared``: what a column holds → regex of its name.
    """
    if block.table is None:
        return None
    around = " ".join((*block.path, block.table.caption))
    day = _day_above(block, block.table)
    for texts, first in _header_candidates(block.table):
        columns = _columns(texts, declared)
        heads = " ".join(texts)
        if _tells_draws(columns, heads, around) or (declared and _is_declared(columns, texts, declared)):
            return DrawsTable(index=index, block=block, table=block.table, columns=columns, heads=heads, first=first)
        if day and Role.DATE not in columns and _tells_groups(columns, heads, around):
            return DrawsTable(
                index=index, block=block, table=block.table, columns=columns, heads=heads, first=first, day=day
            )
    return None


def _day_above(block: Block, table: Table) -> date | None:
    """The one day that the caption or one of the nearest headings names."""
    for text in (table.caption, *block.path[:-_HEADINGS:-1]):
        days = {found.date for found in find_dates(text)}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _tells_groups(columns: Mapping[Role, int], heads: str, around: str) -> bool:
    """Whether the columns are groups of one round with the score or count of each."""
    named = not columns.keys().isdisjoint({Role.STREAM, Role.CATEGORY, Role.TYPE, Role.SELECTION})
    counted = not columns.keys().isdisjoint({Role.SCORE, Role.COUNT})
    return named and counted and _INVITED.search(f"{heads} {around}") is not None


def _header_candidates(table: Table) -> Iterator[tuple[tuple[str, ...], int]]:
    if table.header:
        yield (
            tuple(" ".join(dict.fromkeys(cell.text for cell in column)) for column in zip(*table.header, strict=True)),
            0,
        )
        yield from ((tuple(cell.text for cell in row), 0) for row in table.header)
    for number, row in enumerate(table.rows[:_HEADER_ROWS]):
        yield tuple(cell.text for cell in row), number + 1


def _is_declared(columns: Mapping[Role, int], texts: Sequence[str], declared: Mapping[str, str]) -> bool:
    """Whether a table has the declared columns: its date, and its score or count, by their declared names."""
    named = {role for role, column in columns.items() if _declared_role(tidy(texts[column]), declared) is role}
    return Role.DATE in columns and not named.isdisjoint({Role.SCORE, Role.COUNT})


def _declared_role(text: str, declared: Mapping[str, str]) -> Role | None:
    return next((Role(role) for role, pattern in declared.items() if re.search(pattern, text, re.IGNORECASE)), None)


def _columns(texts: Sequence[str], declared: Mapping[str, str]) -> dict[Role, int]:
    columns: dict[Role, int] = {}
    for number, text in enumerate(texts):
        role = _declared_role(tidy(text), declared) if declared and text else None
        role = role or _role(tidy(text))
        if role is not None:
            columns.setdefault(role, number)
    return columns


def _role(text: str) -> Role | None:
    if not text or len(text) > _MAX_HEADER or read_date(text):
        return None
    return next((role for role, pattern in _ROLE_PATTERNS if pattern.search(text)), None)


def _tells_draws(columns: Mapping[Role, int], heads: str, around: str) -> bool:
    if Role.DATE not in columns:
        return False
    if Role.COUNT in columns:
        return bool(_INVITED.search(heads) or _INVITED.search(around))
    return Role.SCORE in columns and bool(_INVITED.search(heads) or _INVITED.search(around))


def draw_types(table: DrawsTable) -> tuple[str, ...]:
    """The draw types the table names, as published: what the same page's prose is matched with."""
    column = table.columns.get(Role.TYPE)
    if column is None:
        return ()
    return tuple(dict.fromkeys(tidy(row[column].text) for row in table.table.rows[table.first :] if row[column].text))


def read_table(table: DrawsTable, settings: Draws) -> tuple[list[Found], set[Span]]:
    """One draw per row; rows that share their score and count are one draw. Spans: the rows read.

    A count merged over several draws is the total of all: each keeps its words, none has it as its number.
    """
    found: list[Found] = []
    used: set[Span] = {Span(block=table.index, row=number) for number in range(table.first)}
    draws = list(_draws(table))
    totals = _totals(table, draws)
    for day, rows in draws:
        cells = [row for _, row in rows]
        draw = _draw(table, day, cells, settings)
        if any(_origin(table, Role.COUNT, row) in totals for row in cells):
            draw = replace(draw, invitations=None)
        if draw.invitations_text or draw.score_text or draw.selection or draw.category:
            quote = "\n".join(render_row(row).strip(" |") for row in cells)
            found.append(Found(value=draw, quote=quote, path=_path(table.block), at=(table.index, rows[0][0])))
            used.update(Span(block=table.index, row=number) for number, _ in rows)
    if len(used) == len(table.table.rows):
        used = {Span(block=table.index)}
    return found, used if found else set()


def _path(block: Block) -> tuple[str, ...]:
    caption = block.table.caption if block.table else ""
    return (*block.path, tidy(caption)) if caption else block.path


def _draws(table: DrawsTable) -> Iterator[tuple[date, Rows]]:
    """Runs of rows of one day that are one draw: by a single score and count cell, or by the same words.

    The same words in all columns but the selection factors are a merged cell written out on each line.
    """
    run: Rows = []
    last: date | None = None
    for day, number, row in _dated_rows(table):
        if run and (day != last or not _is_one(table, run[-1][1], row)):
            yield last or day, run
            run = []
        run.append((number, row))
        last = day
    if last and run:
        yield last, run


def _is_one(table: DrawsTable, above: Row, row: Row) -> bool:
    counted = [role for role in (Role.SCORE, Role.COUNT) if role in table.columns]
    if all(_origin(table, role, above) == _origin(table, role, row) for role in counted):
        return True
    alike = [role for role in table.columns if role not in {Role.SELECTION, Role.DATE}]
    said = all(tidy(row[table.columns[role]].text) for role in counted)
    return said and all(_same(above[table.columns[role]], row[table.columns[role]]) for role in alike)


def _same(one: Cell, other: Cell) -> bool:
    return tidy(one.text).casefold() == tidy(other.text).casefold()


def _origin(table: DrawsTable, role: Role, row: Row) -> tuple[int, int] | None:
    return row[table.columns[role]].origin if role in table.columns else None


def _totals(table: DrawsTable, draws: Sequence[tuple[date, Rows]]) -> frozenset[object]:
    """The count cells that are merged over several draws."""
    cells = Counter(cell for _, rows in draws for cell in {_origin(table, Role.COUNT, row) for _, row in rows})
    return frozenset(cell for cell, count in cells.items() if cell is not None and count > 1)


def _dated_rows(table: DrawsTable) -> Iterator[tuple[date, int, Row]]:
    year = find_year((*table.block.path, table.table.caption))
    day: date | None = None
    for number, row in enumerate(table.table.rows[table.first :], start=table.first):
        banner = len({cell.origin for cell in row}) == 1
        if table.day and not banner:
            yield table.day, number, row
        if table.day:
            continue
        text = row[table.columns[Role.DATE]].text
        year = (find_year((text,)) or year) if banner else year
        stated = read_date(text, year=year)
        day = stated or (day if not text.strip() else None)
        if day is not None and not banner:
            yield day, number, row


def _joined(table: DrawsTable, role: Role, rows: Sequence[Row]) -> str | None:
    column = table.columns.get(role)
    if column is None:
        return None
    texts = dict.fromkeys(tidy(row[column].text) for row in rows)
    return _JOIN.join(filter(None, texts)) or None


def _draw(table: DrawsTable, day: date, rows: Sequence[Row], settings: Draws) -> Draw:
    texts = {role: _joined(table, role, rows) for role in Role}
    named, streams = _named(texts, settings)
    category, detail = _category(named, texts[Role.SELECTION], settings)
    stream = _stream(table, streams, settings)
    category = category or (None if stream else _category_above(table, settings))
    score, count = without_footnotes(texts[Role.SCORE]), without_footnotes(texts[Role.COUNT])
    return Draw(
        kind=_kind(table, settings),
        number=texts[Role.NUMBER],
        date=day,
        program=find_program(_path(table.block), settings),
        stream=stream,
        category=category,
        selection=texts[Role.SELECTION] or detail,
        occupations=find_codes(" ".join(filter(None, (texts[Role.TYPE], texts[Role.SELECTION])))),
        invitations=read_count(count or ""),
        invitations_text=count,
        score=read_score(score or ""),
        score_text=score,
    )


def _named(texts: Mapping[Role, str | None], settings: Draws) -> tuple[str | None, str | None]:
    """What the row says of its category and of its streams, which may stand in the type or the category cell."""
    group, kind = texts[Role.CATEGORY], texts[Role.TYPE]
    kind, tail = split_type(kind, settings) if kind else (None, None)
    streams = texts[Role.STREAM] or tail or group
    return kind or (None if group and names_streams(group, settings) else group), streams


def _kind(table: DrawsTable, settings: Draws) -> DrawKind:
    if _NOTIFICATION.search(table.heads):
        return DrawKind.NOTIFICATION
    if _INVITED.search(table.heads):
        return DrawKind.INVITATION if re.search(r"invit|\bITA", table.heads, re.IGNORECASE) else settings.kind
    return DrawKind.NOTIFICATION if _NOTIFICATION.search(" ".join(_path(table.block))) else settings.kind


def _stream(table: DrawsTable, text: str | None, settings: Draws) -> str | None:
    if text:
        return official_stream(text, settings)
    headings = _path(table.block)[::-1]
    declared = (find_streams(heading, settings, guess=False) for heading in headings)
    guessed = (find_streams(heading, settings) for heading in headings if re.search(r"[Ss]tream\b", heading))
    return next((found[0] for found in (*declared, *guessed) if len(found) == 1), None)


def _category_above(table: DrawsTable, settings: Draws) -> str | None:
    """The category that the caption or the nearest heading names, where no column tells the draws' kinds apart."""
    if not table.columns.keys().isdisjoint({Role.TYPE, Role.CATEGORY, Role.STREAM}):
        return None
    headings = [text for text in _path(table.block)[::-1] if not find_dates(text)]
    return find_category(headings[0], settings.categories) if headings else None


def _category(kind: str | None, note: str | None, settings: Draws) -> tuple[str | None, str | None]:
    """The category of a type cell, or of a note that names the draw's target; and what the type says besides."""
    text = kind or (note if note and is_draw_note(note) else None)
    if not text:
        return None, None
    group, detail = split_targeted(text)
    return read_category(group, settings.categories), detail or None
