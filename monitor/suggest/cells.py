"""Takes a table row apart: each cell with its row's label, and the text in which only those two stand."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.suggest.sentences import Sentence

_SAYS_NOTHING = re.compile(
    r"\W*(?:n/?a|not applicable|see (?:above|below|note)|same|idem|unknown|\?)?\W*", re.IGNORECASE
)
_NONE = re.compile(r"\s*(?:none|nothing|no(?:ne)? fee|free(?: of charge)?|no charge|no cost|0|zero)\b", re.IGNORECASE)


_PAST = re.compile(r"\b(?:until|before|previous(?:ly)?|old|former(?:ly)?|earlier|was|last year)\b", re.IGNORECASE)
_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|20[12]\d)\b"
)
"""Columns side by side of several times tell a history, of which only the last is what holds now."""


class Cell(NamedTuple):
    """One cell that states something: its column's name, and the row's text with all but it and the label blank."""

    column: str
    text: str
    start: int
    end: int


def read_cells(row: Sentence, text: str) -> Iterator[Cell]:
    """The cells beside the first one; ``text`` is that of the row, its cells joined by a bar."""
    spans = list(_spans(text))
    filled = [number for number, cell in enumerate(row.cells) if cell]
    if len(filled) != len(spans) or not filled or filled[0] != 0:
        return
    label = spans[0]
    months = [number for number, name in enumerate(row.columns) if _MONTH.search(name)]
    if "$" in text[label[0] : label[1]]:
        # No label: the row's first cell is a sum as the others are.
        yield Cell(row.columns[0] if row.columns else "", text[: label[1]] + " " * (len(text) - label[1]), *label)
        label = (0, 0)
    for number, (start, end) in zip(filled[1:], spans[1:], strict=True):
        if _SAYS_NOTHING.fullmatch(text[start:end]):
            continue
        column = row.columns[number] if number < len(row.columns) else ""
        if _PAST.search(column) or (_MONTH.search(column) and number < months[-1]):
            continue
        kept = "".join(
            letter if label[0] <= at < label[1] or start <= at < end else " " for at, letter in enumerate(text)
        )
        yield Cell(column, kept, start, end)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for bar in re.finditer(r" \| ", text):
        yield start, bar.start()
        start = bar.end()
    yield start, len(text)


def says_none(text: str) -> bool:
    """Whether a cell says that nothing is due."""
    return _NONE.match(text) is not None
