"""Word diffs of two wordings and block diffs of two pages, for people to read."""

import difflib
import re
from collections.abc import Sequence

from msgspec import Struct

from monitor.model import Block, Page

_TOKEN = re.compile(r"\s+|[\w$€£%.,]*\w|[^\w\s]")


class Hunk(Struct, frozen=True, kw_only=True):
    """One stretch of a diff. ``op`` is equal, insert, delete or replace; ``path`` the headings it stands under."""

    op: str
    old: str
    new: str
    path: tuple[str, ...] = ()


def plain_words(text: str) -> str:
    """The words and numbers of a text alone, in small letters."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def word_diff(old: str, new: str) -> list[Hunk]:
    """How one text became the other, word by word; joined ``old`` and ``new`` give both texts back."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [Hunk(op=op, old="".join(before[i:j]), new="".join(after[k:m])) for op, i, j, k, m in matcher.get_opcodes()]


def page_diff(old: Page, new: Page) -> list[Hunk]:
    """How one page became the other, block by block (line by line where a page has no blocks)."""
    before, after = _units(old), _units(new)
    matcher = difflib.SequenceMatcher(None, [text for text, _ in before], [text for text, _ in after], autojunk=False)
    hunks = []
    for op, i, j, k, m in matcher.get_opcodes():
        if op == "equal":
            continue
        place = after[k][1] if k < m else before[i][1]
        hunks.append(Hunk(op=op, old=_joined(before[i:j]), new=_joined(after[k:m]), path=place))
    return hunks


Unit = tuple[str, tuple[str, ...]]


def _units(page: Page) -> list[Unit]:
    if not page.blocks:
        return [(line, ()) for line in page.text.splitlines()]
    return [unit for block in page.blocks for unit in _block_units(block)]


def _block_units(block: Block) -> list[Unit]:
    if block.table is None:
        return [(block.text, block.path)]
    rows = (*block.table.header, *block.table.rows)
    return [(" | ".join(cell.text for cell in row), block.path) for row in rows]


def _joined(units: Sequence[Unit]) -> str:
    return "\n".join(text for text, _ in units)
