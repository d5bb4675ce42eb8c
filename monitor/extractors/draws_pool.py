"""Pool counts out of tables: how many registrations stand in each score range, with the day they were counted."""

import re
from collections.abc import Sequence
from datetime import date

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_names import find_program
from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_sentences import Sentence, sentences
from monitor.extractors.draws_values import read_count, read_date
from monitor.extractors.extraction import Span
from monitor.model import Block, Pool, Table
from monitor.pages.dates import find_dates
from monitor.pages.rendering import render_row
from monitor.pages.wording import tidy

_BAND = re.compile(r"\b(?:scores?|points?|CRS)\b(?:.*\brange)?|\branges?\b", re.IGNORECASE)
_COUNT = re.compile(r"registra|candidates|profiles|\bpeople\b|in the pool", re.IGNORECASE)
_AS_OF = re.compile(r"\b(?:as (?:of|at|on)|en date du|au)\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"\b(?:tables?|break\s?-?down|following|below|pool|registrations|distribution|score ranges?)\b|:\W*$", re.IGNORECASE
)
_RANGE = re.compile(
    r"\W*(?:total|\d[\d,]*\s*(?:[-\u2013+]|to\b|and\b|or\b)|(?:below|under|over|above)\b)", re.IGNORECASE
)
_COLUMNS = 2
_NEAR = 3
"""How many blocks above the table may hold its "as of" date."""


def read_pool(blocks: Sequence[Block], index: int, settings: Draws) -> tuple[list[Found], set[Span]]:
    """The bands of the table at ``index`` when it is a pool table; nothing else."""
    block = blocks[index]
    rows = _pool_rows(block.table) if block.table else []
    if not rows:
        return [], set()
    day, spoken = _as_of(blocks, index)
    program = find_program(block.path, settings) or ""
    found = [
        Found(
            value=Pool(program=program, band=band, count=read_count(count), as_of=day),
            quote=quote,
            path=block.path,
            at=(index, number),
        )
        for number, (band, count, quote) in enumerate(rows)
    ]
    return found, {Span(block=index), *spoken}


def _pool_rows(table: Table) -> list[tuple[str, str, str]]:
    """(band, count, words) of each row; empty when the head does not speak of a score range and of people."""
    grid = (*table.header, *table.rows)
    if not grid or len(grid[0]) != _COLUMNS or not (_BAND.search(grid[0][0].text) and _COUNT.search(grid[0][1].text)):
        return []
    rows = ((tidy(band.text), tidy(count.text), render_row((band, count))) for band, count in grid[1:])
    return [(band.rstrip(" :"), count, quote) for band, count, quote in rows if _RANGE.match(band) and _is_count(count)]


def _is_count(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _as_of(blocks: Sequence[Block], index: int) -> tuple[date | None, set[Span]]:
    """The day of the count, and the words that say it: they change with every count and bind nobody."""
    table = blocks[index].table
    day = _find_day(table.caption) if table else None
    near = [number for number in range(index - 1, max(0, index - _NEAR) - 1, -1) if blocks[number].table is None]
    for number in near if day is None else ():
        block = blocks[number]
        for sentence in sentences(block.text):
            day = _find_day(sentence.text)
            if day:
                return day, {_spoken(block, number, sentence)}
    return day, set()


def _spoken(block: Block, number: int, sentence: Sentence) -> Span:
    """All of a sentence that introduces the counts; of another one only its end from "as of" on."""
    start, end = sentence.start, sentence.end
    if not _INTRODUCES.search(sentence.text):
        start += max(
            match.start() for match in _AS_OF.finditer(sentence.text) if read_date(sentence.text[match.end() :])
        )
        end = start + max(found.end for found in find_dates(block.text[start:end])[:1])
    whole = (start, end) == (0, len(block.text))
    return Span(block=number) if whole else Span(block=number, start=start, end=end)


def _find_day(text: str) -> date | None:
    days = (read_date(text[match.end() :]) for match in _AS_OF.finditer(text))
    return next(filter(None, days), None)
