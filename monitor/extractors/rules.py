"""Rules: every sentence, list item and table row in scope that no other extractor has read entirely.

A heading is one where it states something itself: a figure, a day from which, an obligation.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.extractors.amounts import mask, straight
from monitor.extractors.boilerplate import Index, is_boilerplate
from monitor.extractors.declarations import Rules
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.grid import CAPTION, HEAD, column_names, distinct_cells, head_text, is_band
from monitor.extractors.modality import modality
from monitor.extractors.scope import in_scope, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, sentences_by_block
from monitor.model import Block, BlockKind, Cell, Fact, FactKind, Modality, Page, Rule, Source, Table, digest
from monitor.pages.headings import is_day, naming, states_figure, without_stamp
from monitor.pages.remembering import remember_short


class _Draft(NamedTuple):
    """A rule before it has a key. ``core`` is the text that two versions are compared by."""

    text: str
    core: str
    path: tuple[str, ...]
    lead_in: str = ""


LEAST_WORDS = 4
"""A heading of fewer words names an obligation ("Required documents") and states none."""

_STATEMENT = 10
"""A band of so many words says more than what the rows below it are."""
_QUESTION = re.compile(
    r"\W*(?:who|what|when|where|which|how|why|if|whether|do|does|can|should|may|must)\b", re.IGNORECASE
)
_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W_]+(?:'[^\W_]+)*|[$%+<>=\u2264\u2265\u20ac\u00a3\u2026\u2713\u2717]")
_NUMBERING = re.compile(
    r"\s*(?:\d{1,3}(?:\.\d{1,3})*\.(?=\s)\s*)?(?:\([a-z\d.]{1,5}\)\s*)*(?=.*[^\W\d])", re.IGNORECASE | re.DOTALL
)
"""The number of an item or section, which moves when others come and go."""
_ENUMERATED = re.compile(r"\u2026(?: (?:and |or )?(?:nocs? )?\u2026)+")
"""How many other facts a text carries in a row is theirs to tell."""
_WORD = re.compile(r"\w")
_MARKS = str.maketrans(
    dict.fromkeys("\u2714\u2705\u2611", "\u2713") | dict.fromkeys("\u2718\u2715\u2716\u274c\u2612", "\u2717")
)
"""Ticks and crosses, which say yes and no in a cell, each in one shape."""
_TICKED = "\u2713 "
"""At the head of an item it is no more than a bullet."""
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")


def read(page: Page, source: Source, declaration: Rules, used: frozenset[Span]) -> Extraction:
    """A rule for each remaining sentence, list item and table row, in reading order. Uses nothing up itself."""
    drafts = [
        draft
        for draft in _drafts(page, declaration, used)
        if not matches_any(draft.text, declaration.ignore) and _WORD.search(draft.core)
    ]
    counts: dict[tuple[str, str], int] = {}
    facts = []
    for draft in drafts:
        place = (_section(draft.path), draft.core)
        counts[place] = counts.get(place, 0) + 1
        facts.append(_to_fact(draft, source.id, place[0], counts[place]))
    return Extraction(facts=tuple(facts))


@lru_cache(maxsize=1024)
def normalise(text: str) -> str:
    """The words and numbers alone: quotes, dashes, spaces, case, commas in thousands and punctuation never differ."""
    plain = _THOUSANDS.sub("", straight(text).casefold())
    plain = plain if plain.isascii() else plain.translate(_MARKS)
    tokens: list[str] = []
    for word in plain.split():
        if word.isalpha():
            tokens.append(word)
        else:
            tokens += _TOKEN.findall(word)
    return " ".join(tokens)


def _to_fact(draft: _Draft, source: str, section: str, ordinal: int) -> Fact:
    name = digest(normalise(section), draft.core) + (f"-{ordinal}" if ordinal > 1 else "")
    own = modality(draft.text)
    strength = _modality_of_list(draft.lead_in) if own is Modality.IS and draft.lead_in else own
    return Fact(
        key=f"{FactKind.RULE}:{source}/{name}",
        kind=FactKind.RULE,
        source=source,
        value=Rule(section=section, text=draft.text, modality=strength),
        quote=draft.text,
        path=draft.path,
        compare=draft.core,
    )


@remember_short(256)
def _modality_of_list(lead_in: str) -> Modality:
    """What the words that open a list oblige to; each of its items asks."""
    return modality(lead_in)


@lru_cache(maxsize=1024)
def _section(path: tuple[str, ...]) -> str:
    return " > ".join(naming(path))


def _drafts(page: Page, declaration: Rules, used: frozenset[Span]) -> Iterator[_Draft]:
    index = Index.of(page)
    by_block = sentences_by_block(page)
    groups = by_block_of(used)
    for position, block in enumerate(page.blocks):
        mine = groups.get(position, frozenset())
        if not in_scope(block, declaration.headings) or (block.kind is BlockKind.HEADING and _is_entry(block)):
            continue
        if is_block_used(position, mine) or is_boilerplate(block, index):
            continue
        if block.table is not None:
            yield from _rows(block, block.table, position, mine)
        for sentence in by_block.get(position, ()):
            yield from _sentence(sentence, mine)


def _sentence(sentence: Sentence, used: frozenset[Span]) -> Iterator[_Draft]:
    if used and is_used(sentence.span(0, len(sentence.text)), used):
        return
    text = mask(sentence.text, _used_within(sentence, used)) if used else sentence.text
    if sentence.kind is BlockKind.HEADING:
        if not (states_figure(text) or _obliges(text)):
            return
        text = without_stamp(text)
    core = _enumerated(normalise(_without_numbering(text)).removeprefix(_TICKED))
    yield _Draft(text=sentence.text, core=core, path=sentence.path, lead_in=sentence.lead_in)


def _without_numbering(text: str) -> str:
    numbering = None if text[:1].isalpha() else _NUMBERING.match(text)
    return text[numbering.end() :] if numbering else text


def _enumerated(core: str) -> str:
    """The text with one "\u2026" for several in a row."""
    return _ENUMERATED.sub("\u2026", core) if "\u2026 " in core else core


def _is_entry(heading: Block) -> bool:
    """Whether a heading belongs to a dated entry, which is a draw's or a notice's."""
    return is_day(heading.text) or any(map(is_day, heading.path))


def _obliges(heading: str) -> bool:
    """Whether a heading is a statement that binds, and not the question that the text below answers."""
    if _QUESTION.match(heading):
        return False
    return modality(heading) is not Modality.IS and len(heading.split()) >= LEAST_WORDS


def _used_within(sentence: Sentence, used: frozenset[Span]) -> list[tuple[int, int]]:
    """The parts of the sentence that other facts carry, as offsets in it."""
    parts = []
    for span in used:
        if span.block != sentence.block or span.start is None or span.end is None or span.row is not None:
            continue
        start, end = max(span.start - sentence.start, 0), min(span.end - sentence.start, len(sentence.text))
        if start < end:
            parts.append((start, end))
    return parts


def _rows(block: Block, table: Table, position: int, used: frozenset[Span]) -> Iterator[_Draft]:
    left = [
        index
        for index, row in enumerate(table.rows)
        if not is_used(Span(block=position, row=index), used) and not (is_band(row) and _only_names(row[0].text))
    ]
    if not left:
        return
    names = column_names(table)
    caption = "" if table.caption in block.path else table.caption
    for text, row in ((caption, CAPTION), (head_text(table), HEAD)):
        if text:
            core = normalise(mask(text, _read_within(used, position, row)))
            yield _Draft(text=text, core=core, path=block.path)
    told: set[str] = set()
    for index in left:
        read = _read_within(used, position, index)
        for draft in _row(block, table, names, index, read):
            # What is left of a row beside the facts read in it, and stands in other rows too, is one rule of the table.
            if not read or draft.core not in told:
                yield draft
            told.add(draft.core)


def _only_names(band: str) -> bool:
    """Whether a band of a table is like a heading that states nothing of its own."""
    return len(band.split()) < _STATEMENT and not (states_figure(band) or _obliges(band))


def _read_within(used: frozenset[Span], position: int, index: int) -> list[tuple[int, int]]:
    """The parts of a row's text that other facts carry, as offsets in it."""
    return [
        (span.start, span.end)
        for span in used
        if span.block == position and span.row == index and span.start is not None and span.end is not None
    ]


def _row(block: Block, table: Table, names: list[str], index: int, read: Sequence[tuple[int, int]]) -> Iterator[_Draft]:
    row = table.rows[index]
    cells = distinct_cells(row)
    if is_band(row):
        text = core = row[0].text
    else:
        text = "; ".join(f"{names[column]}: {cell.text}" if names[column] else cell.text for column, cell in cells)
        left = zip(cells, _unread(cells, read), strict=True)
        core = " | ".join(words for (column, _), words in left if _starts_here(table, index, column))
    if core:
        core = _enumerated(normalise(core))
        yield _Draft(text=" ".join(text.split()), core=core, path=block.path)


def _unread(cells: Sequence[tuple[int, Cell]], read: Sequence[tuple[int, int]]) -> Iterator[str]:
    """The words of each cell without what other facts carry, given as offsets in the row's text (``row_text``)."""
    start = 0
    for _, cell in cells:
        words = " ".join(cell.text.split())
        parts = [(max(begin - start, 0), min(end - start, len(words))) for begin, end in read]
        yield mask(words, [(begin, end) for begin, end in parts if begin < end])
        start += len(words) + 1


def _starts_here(table: Table, index: int, column: int) -> bool:
    """Whether a cell merged over several rows begins in this one; it counts once in a comparison."""
    return index == 0 or table.rows[index - 1][column].origin != table.rows[index][column].origin
