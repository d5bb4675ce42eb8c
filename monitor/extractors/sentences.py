"""A page's prose one sentence at a time, each with its place and the words that open its list."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from monitor.extractors.extraction import Span
from monitor.model import Block, BlockKind, Page
from monitor.pages.remembering import once_a_page
from monitor.pages.wording import split_sentences

_ENDS_IN_COLON = re.compile(r":\W*$")


class Sentence(NamedTuple):
    """One sentence. ``start`` is its offset in the block's text; ``whole`` says it is all of the block.

    ``lead_in``: the sentence that opens the list this item stands in, empty for other text.
    """

    text: str
    block: int
    start: int
    kind: BlockKind
    path: tuple[str, ...]
    lead_in: str = ""
    whole: bool = False

    def span(self, start: int, end: int) -> Span:
        """The span of some of this sentence, given offsets in it."""
        return Span(block=self.block, start=self.start + start, end=self.start + end)


@once_a_page
def read_sentences(page: Page) -> tuple[Sentence, ...]:
    """All sentences of headings, paragraphs and list items, in reading order; tables are left to row readers."""
    return tuple(chain.from_iterable(sentences_by_block(page).values()))


@once_a_page
def sentences_by_block(page: Page) -> Mapping[int, Sequence[Sentence]]:
    """The same by the index of the block that they stand in."""
    return dict(_read(page))


def _read(page: Page) -> Iterator[tuple[int, Sequence[Sentence]]]:
    openers: list[tuple[int, str]] = []
    for index, block in enumerate(page.blocks):
        level = block.level if block.kind is BlockKind.ITEM else 0
        while openers and openers[-1][0] >= level:
            openers.pop()
        if block.kind is BlockKind.TABLE:
            continue
        texts = split_sentences(block.text)
        yield index, _sentences(block, index, texts, openers[-1][1] if openers and level else "")
        if block.kind is not BlockKind.HEADING:
            openers.append((level, _opening(texts)))


def _sentences(block: Block, index: int, texts: Sequence[str], lead_in: str) -> list[Sentence]:
    sentences, position = [], 0
    whole = len(texts) == 1
    for text in texts:
        start = block.text.index(text, position)
        position = start + len(text)
        sentences.append(
            Sentence(
                text=text, block=index, start=start, kind=block.kind, path=block.path, lead_in=lead_in, whole=whole
            )
        )
    return sentences


def _opening(texts: Sequence[str]) -> str:
    """The last of a block's sentences if it ends in a colon, as one that opens a list does; else empty."""
    return texts[-1] if texts and _ENDS_IN_COLON.search(texts[-1]) else ""


def by_block_of(used: frozenset[Span]) -> dict[int, frozenset[Span]]:
    """The spans of each block, so that a long page need not look through all of them for each sentence."""
    groups: dict[int, set[Span]] = {}
    for span in used:
        groups.setdefault(span.block, set()).add(span)
    return {block: frozenset(spans) for block, spans in groups.items()}


def is_block_used(block: int, used: frozenset[Span]) -> bool:
    """Whether all of a block was read already."""
    return bool(used) and Span(block=block) in used


def is_used(span: Span, used: frozenset[Span]) -> bool:
    """Whether all of this span was read already: its block, its row, or a span that holds it."""
    if not used:
        return False
    if Span(block=span.block) in used or span in used:
        return True
    return any(start <= mine and end >= until for start, end, mine, until in _beside(span, used))


def is_partly_used(span: Span, used: frozenset[Span]) -> bool:
    """Whether any of the text of this span was read already."""
    if Span(block=span.block) in used or span in used:
        return True
    return any(start < until and mine < end for start, end, mine, until in _beside(span, used))


def _beside(span: Span, used: frozenset[Span]) -> Iterator[tuple[int, int, int, int]]:
    """(start, end) of each span read in the same text, beside those of this one; none for a block or a row."""
    for other in used:
        if other.block == span.block and other.row is None and None not in {other.start, span.start}:
            yield other.start or 0, other.end or 0, span.start or 0, span.end or 0
