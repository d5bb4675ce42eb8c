"""Which dated entries a news or updates page holds: sections under dates split into entries, and dated lists.

An entry that stands in an index and again over its body is one entry; the index is remembered only to be left out.
"""

import re
from collections.abc import Container, Iterator, Sequence
from datetime import date
from urllib.parse import urldefrag

from msgspec import Struct, field

from monitor.extractors.draw_names import words
from monitor.extractors.notices_entry import MARKS, Entry, is_link
from monitor.extractors.notices_lists import item_entry, table_entries
from monitor.extractors.notices_sections import Section, find_sections
from monitor.model import Block, BlockKind, Page
from monitor.pages.remembering import once_a_page
from monitor.pages.wording import split_sentences

_LONGEST_TITLE = 14
"""Words of a first paragraph that may be a title without bold type."""

Piece = tuple[int, str]
"""A block's index and the words of it that belong to an entry."""


class News(Struct, frozen=True, kw_only=True):
    """A page's entries in reading order, the blocks that only index them, and the entry of each block."""

    entries: tuple[Entry, ...] = ()
    index: frozenset[int] = frozenset()
    by_block: dict[int, Entry] = field(default_factory=dict)


@once_a_page
def read_news(page: Page) -> News:
    """The page's dated entries; a page without any (a program's rules, a feed of figures) has none."""
    sections = list(find_sections(page.blocks))
    indexes = _Indexes(page, sections)
    entries = [
        entry for section in sections for entry in _entries(page.blocks, section, indexes.without_index(section))
    ]
    covered = frozenset(block for section in sections for block in (section.opener, *section.inside))
    days = {section.day for section in sections}
    entries += [entry for entry in _listed(page.blocks, covered) if not indexes.leads_to(entry, days)]
    entries.sort(key=lambda entry: (entry.head, entry.row or 0))
    by_block = {block: entry for entry in entries for block in entry.blocks}
    return News(entries=tuple(entries), index=frozenset(indexes.found), by_block=by_block)


class _Indexes:
    """Knows where the page's links into itself lead, and so which blocks only index what stands further down."""

    def __init__(self, page: Page, sections: Sequence[Section]) -> None:
        self.found: set[int] = set()
        self._blocks = page.blocks
        self._here = {urldefrag(url).url for url in (page.final_url, page.canonical_url) if url}
        self._anchors = {block.anchor: number for number, block in enumerate(page.blocks) if block.anchor}
        self._headings = {words(block.text) for block in page.blocks if block.kind is BlockKind.HEADING}
        self._places = {block: (section.day, section.opener) for section in sections for block in section.inside}

    def without_index(self, section: Section) -> list[int]:
        """The section's blocks that are no index of entries elsewhere on the page."""
        if self._leads_on(section):
            self.found.update((section.opener, *section.inside))
        else:
            self.found.update(number for number in section.inside if self._is_mention(number))
        return [number for number in section.inside if number not in self.found]

    def leads_to(self, entry: Entry, days: Container[date]) -> bool:
        """Whether a dated list item only leads to what stands under the same date further down, by whatever title."""
        if entry.row is not None or entry.day not in days or not self._targets(entry.head):
            return False
        self.found.update(entry.blocks)
        return True

    def _targets(self, number: int) -> list[str]:
        parts = (urldefrag(link.url) for link in self._blocks[number].links)
        return [part.fragment for part in parts if part.fragment and part.url in self._here]

    def _is_mention(self, number: int) -> bool:
        """Whether a list item is only a link to an entry of this page; its address may name a wrong one."""
        block = self._blocks[number]
        if block.kind is not BlockKind.ITEM or not is_link(block):
            return False
        targets = self._targets(number)
        return bool(targets) and (targets[0] in self._anchors or words(block.text) in self._headings)

    def _leads_on(self, section: Section) -> bool:
        """Whether a link of the section leads to another section of the same day."""
        for number in section.inside:
            for name in self._targets(number):
                place = self._places.get(self._anchors.get(name, -1))
                if place is not None and place[0] == section.day and place[1] != section.opener:
                    return True
        return False


def _listed(blocks: Sequence[Block], covered: frozenset[int]) -> Iterator[Entry]:
    """Entries that are one list item or one table row each, outside dated sections."""
    taken = set(covered)
    for number, block in enumerate(blocks):
        if number in taken:
            continue
        if block.table is not None:
            yield from table_entries(block, number)
        elif block.kind is BlockKind.ITEM and (entry := item_entry(blocks, number)):
            taken.update(entry.body)
            yield entry


def _entries(blocks: Sequence[Block], section: Section, inside: Sequence[int]) -> Iterator[Entry]:
    said = [(section.opener, section.said)] if section.said else []
    pieces: list[Piece] = [*said, *((number, blocks[number].text) for number in inside)]
    if section.title:
        yield _entry(blocks, section.day, section.opener, section.title, pieces)
    elif pieces and all(_is_linked_item(blocks[number]) for number, _ in pieces):
        for number, text in pieces:
            yield _entry(blocks, section.day, number, text, [])
    else:
        for group in _groups(blocks, pieces):
            yield _titled(blocks, section.day, group)


def _is_linked_item(block: Block) -> bool:
    return block.kind is BlockKind.ITEM and is_link(block)


def _groups(blocks: Sequence[Block], pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The runs that each open with a title: the first heading, and later ones with an id where that has one too.

    Occupation groups and parts of an entry are headings without an id, of any rank.
    """
    group: list[Piece] = []
    title: Block | None = None
    for piece in pieces:
        block = blocks[piece[0]]
        if block.kind is BlockKind.HEADING and _opens_entry(title, block, bool(group)):
            title = block
            if group:
                yield group
                group = []
        group.append(piece)
    if group:
        yield group


def _opens_entry(title: Block | None, block: Block, begun: bool) -> bool:
    if title is None:
        return not begun or block.anchor is not None
    return title.anchor is not None and block.anchor is not None and block.level <= title.level


def _titled(blocks: Sequence[Block], day: date, group: Sequence[Piece]) -> Entry:
    number, text = group[0]
    title = _title(blocks[number], text)
    rest = text[len(title) :].strip(MARKS) if text.startswith(title) and title != _sentence(text) else text
    body = group[1:] if title == text else [(number, rest), *group[1:]]
    if blocks[number].kind is not BlockKind.HEADING:
        title = title.rstrip(MARKS) or title
    return _entry(blocks, day, number, title, body)


def _title(block: Block, text: str) -> str:
    """A heading, the bold words a paragraph opens with, its short first line, else its first sentence."""
    if block.kind is BlockKind.HEADING:
        return text
    if block.lead and text.startswith(block.lead) and _stands_apart(block.lead, text):
        return block.lead
    line = text.partition("\n")[0]
    if len(line.split()) <= _LONGEST_TITLE and not re.search(r"[.!?:;,]$", line):
        return line
    return _sentence(text)


def _sentence(text: str) -> str:
    return split_sentences(text)[0]


def _stands_apart(lead: str, text: str) -> bool:
    """Whether bold words are a title rather than an emphasis in the first sentence or a mark such as "Note:"."""
    rest = text[len(lead) :]
    if not rest:
        return True
    if len(lead.split()) == 1:
        return False
    return rest[0] == "\n" or lead[-1] in ".:!?\u2013\u2014-" or bool(re.match(r"\s*[A-Z\u2013\u2014:]", rest))


def _entry(blocks: Sequence[Block], day: date, head: int, title: str, body: Sequence[Piece]) -> Entry:
    return Entry(
        day=day,
        title=title,
        text="\n".join(text for _, text in body if text),
        head=head,
        body=tuple(number for number, _ in body),
        path=blocks[head].path,
    )
