"""Which runs of blocks stand under one date: under a dated heading, a dated line, or a heading with a date below."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct, field

from monitor.extractors.notices_entry import MARKS, read_bare_date, split_title_date
from monitor.model import Block, BlockKind
from monitor.pages.dates import is_month

_LINE = 7
"""The rank of a date that is no heading: below all of them."""
_TAIL = re.compile(
    r"(?:related|archive[sd]?|previous|past|older|earlier|contact|subscribe|follow us|stay |share|more news|see also|"
    r"news archive|questions|about (?:this|the)|date modified|help)\b",
    re.IGNORECASE,
)


class Section(Struct, kw_only=True):
    """A run under one date. ``title``: what the date's own line says besides; ``said``: words that follow it there.

    ``opener`` is the block of the date, ``inside`` the blocks after it.
    """

    day: date
    opener: int
    level: int
    title: str = ""
    said: str = ""
    below: bool = False
    inside: list[int] = field(default_factory=list)


def find_sections(blocks: Sequence[Block]) -> Iterator[Section]:
    """The sections in page order. A dated heading inside a dated one of higher rank belongs to that one's text."""
    current: Section | None = None
    for number, block in enumerate(blocks):
        if current is not None and current.below and number == current.opener + 1:
            continue
        opened = _opened(blocks, number)
        if current is not None and opened is not None and _is_inner(current, opened):
            opened = None
        if current is not None and (opened is not None or _ends(current, block)):
            yield current
            current = None
        if opened is not None:
            current = opened
        elif current is not None:
            current.inside.append(number)
    if current is not None:
        yield current


def _opened(blocks: Sequence[Block], number: int) -> Section | None:
    block = blocks[number]
    if block.kind is BlockKind.HEADING:
        return _under_heading(blocks, number) if block.level > 1 else None
    if block.kind is not BlockKind.PARAGRAPH:
        return None
    day = read_bare_date(block.text)
    if day is not None:
        return Section(day=day, opener=number, level=_LINE)
    first, _, rest = block.text.partition("\n")
    day = read_bare_date(first)
    if day is not None:
        return Section(day=day, opener=number, level=_LINE, said=rest)
    return _under_lead(block, number)


def _under_heading(blocks: Sequence[Block], number: int) -> Section | None:
    block = blocks[number]
    dated = split_title_date(block.text)
    if dated is not None:
        return Section(day=dated[0], opener=number, level=block.level, title=dated[1])
    if is_month(block.text):
        return None
    after = blocks[number + 1] if number + 1 < len(blocks) else None
    day = read_bare_date(after.text) if after is not None and after.kind is BlockKind.PARAGRAPH else None
    if day is None:
        return None
    return Section(day=day, opener=number, level=block.level, title=block.text, below=True)


def _under_lead(block: Block, number: int) -> Section | None:
    """A paragraph that opens with a date in bold: "**April 23, 2026** - The fee has changed."."""
    dated = split_title_date(block.lead) if block.lead and block.text.startswith(block.lead) else None
    if dated is None:
        return None
    said = block.text[len(block.lead) :]
    if not dated[1] and re.match(r"\s*[a-z]", said):
        return None
    return Section(day=dated[0], opener=number, level=_LINE, title=dated[1], said=said.strip(MARKS))


def _is_inner(current: Section, opened: Section) -> bool:
    return current.level < _LINE and opened.level > current.level


def _ends(current: Section, block: Block) -> bool:
    if block.kind is not BlockKind.HEADING:
        return False
    if current.level == _LINE:
        return bool(current.inside or current.title or current.said)
    return block.level < current.level or (block.level == current.level and _closes(current, block))


def _closes(current: Section, block: Block) -> bool:
    """Whether a heading of the date's own rank opens something else than a part of the entry."""
    return current.below or bool(_TAIL.match(block.text))
