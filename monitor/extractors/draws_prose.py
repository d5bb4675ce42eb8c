"""Draws out of dated prose: which sections stand under a date, and which headings and sentences tell of one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, takewhile

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_names import Words, find_program, find_streams, read_category, words
from monitor.extractors.draws_announced import as_announced
from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_rounds import (
    Context,
    Entry,
    Place,
    Round,
    add_counted,
    add_scored,
    close_round,
    finished,
    is_under_other_group,
    open_round,
    start_round,
)
from monitor.extractors.draws_sentences import (
    Counted,
    Issued,
    figures,
    find_issued,
    find_scores,
    kind_of_receipt,
    sentences,
    split_counted,
    split_issued,
    split_shared,
)
from monitor.extractors.draws_values import find_days_on, find_leading_date, find_listed_code
from monitor.extractors.extraction import Span
from monitor.extractors.modality import modality
from monitor.model import Block, BlockKind, Modality, Page

_ENTRY = re.compile(r"\binvited\b|\binvitations?\b|\bnotifications?\b|\bdraws?\b|\bstreams?\b", re.IGNORECASE)
_NO_GROUP = re.compile(
    r"\bapply|\binformation\b|next steps|contact|eligib|\blist of\b|question|\bnote\b|\bNOCs?\b|codes?\b", re.IGNORECASE
)
_GROUP = re.compile(r"\b(?:occupations?|regions?|candidates?|trades)\b|^(?:more|further) information\b", re.IGNORECASE)
_BELOW_ALL = 7
_SPOKEN = 8
"""The rank of a section that a sentence with a day of its own opens."""
_NAME_LENGTH = 100
"""Longer blocks are no bare stream name."""


def read_prose(
    page: Page, settings: Draws, types: Sequence[str], tabled: Mapping[int, Sequence[Found]]
) -> tuple[list[Found], set[Span]]:
    """The draws of the page's dated prose and the spans read.

    ``types``: the draw types its tables name. ``tabled``: block → the draws of a table without dates, which are those
    of the round that the prose above it announces, if any does.
    """
    headings = frozenset(block.text.casefold() for block in page.blocks if block.kind is BlockKind.HEADING)
    context = Context(settings=settings, types=_type_words(types, settings), headings=headings)
    found: list[Found] = []
    used: set[Span] = set()
    left = dict(tabled)
    for entry, blocks in _sections(page.blocks, settings):
        for position, (index, block) in enumerate(blocks):
            if block.kind is BlockKind.HEADING:
                _read_heading(entry, block, blocks[position + 1 :], context)
            elif index in left:
                found += as_announced(entry, left.pop(index), context)
            else:
                _read_block(entry, index, block, context)
        close_round(entry, context)
        found += finished(entry)
        used |= entry.used
    return [*found, *chain.from_iterable(left.values())], used


def _type_words(types: Sequence[str], settings: Draws) -> dict[Words, str]:
    """Each type by its words, whole and after its colon; longer names first, so that the more exact one wins."""
    named = {words(name): category for name, category in settings.categories.items()}
    for name in types:
        category = read_category(name, settings.categories)
        if category:
            named.setdefault(words(name), category)
            named.setdefault(words(name.partition(":")[2] or name), category)
    return dict(sorted(named.items(), key=lambda item: -len(item[0])))


def _sections(blocks: Sequence[Block], settings: Draws) -> Iterator[tuple[Entry, list[tuple[int, Block]]]]:
    """The runs of blocks under one date; the next date or a heading above the date's rank ends a run."""
    entry: Entry | None = None
    inside: list[tuple[int, Block]] = []
    level = 0
    for index, block in enumerate(blocks):
        day, content = _opens(block)
        spoken = _day_issued(block) if day is None and (entry is None or level == _SPOKEN) else None
        if entry is not None and (day or spoken or _ends(block, level)):
            yield entry, inside
            entry = None
        if opened := day or spoken:
            entry, inside = _entry(block, opened, settings, spoken=day is None), []
            level = block.level if block.kind is BlockKind.HEADING else _BELOW_ALL if day else _SPOKEN
        if entry is not None and content:
            inside.append((index, block))
    if entry is not None:
        yield entry, inside


def _entry(block: Block, day: date, settings: Draws, *, spoken: bool) -> Entry:
    """The section that a dated heading, a bold day, or a sentence with a day opens."""
    if spoken:
        return Entry(day=day, program=find_program((*block.path, block.text), settings), path=block.path)
    path = (*block.path, block.text if block.kind is BlockKind.HEADING else block.lead)
    return Entry(day=day, program=find_program(block.path, settings), path=path)


def _ends(block: Block, level: int) -> bool:
    """Whether a block is no part of a section of this rank; one that a sentence opened has lists, tables, figures."""
    if block.kind is BlockKind.HEADING:
        return block.level < level
    return level == _SPOKEN and block.kind is BlockKind.PARAGRAPH and not _tells(block)


def _day_issued(block: Block) -> date | None:
    """The one day on which a paragraph or item under no date says that invitations went out."""
    if block.kind not in {BlockKind.PARAGRAPH, BlockKind.ITEM}:
        return None
    told = [sentence.text for sentence in sentences(block.text) if find_issued(sentence.text)]
    days = {day for text in told for day in find_days_on(text)}
    return days.pop() if len(days) == 1 else None


def _opens(block: Block) -> tuple[date | None, bool]:
    """The date that a heading or a bold opening states, and whether the block says more than that date."""
    text = {BlockKind.HEADING: block.text, BlockKind.PARAGRAPH: block.lead}.get(block.kind)
    dated = find_leading_date(text) if text else None
    if dated is None:
        return None, True
    return dated[0], bool(dated[1] or block.text[len(text or "") :].strip(" :.-\u2013\u2014"))


def _read_block(entry: Entry, index: int, block: Block, context: Context) -> None:
    if block.table is not None:
        _take_codes(entry, [code for row in block.table.rows if row and (code := find_listed_code(row[0].text))])
    elif block.kind is BlockKind.ITEM and block.text.casefold() in context.headings:
        return
    elif block.kind is BlockKind.ITEM and (code := find_listed_code(block.text)):
        if _take_codes(entry, [code]):
            entry.used.add(Span(block=index))
    elif not _is_stream_line(entry, block, context):
        _read_sentences(entry, index, block, context)


def _read_heading(entry: Entry, block: Block, after: Sequence[tuple[int, Block]], context: Context) -> None:
    """A heading opens an entry, names a stream within it, or names a group of occupations."""
    streams = find_streams(block.text, context.settings)
    if entry.title is None or _is_title(entry.title, block, after):
        close_round(entry, context)
        entry.title, entry.group, entry.streams = block, None, streams
    elif streams:
        _part_by_stream(entry, streams, context)
    elif not _NO_GROUP.search(block.text):
        entry.group = block.text
        if entry.current:
            entry.current.parted = True
            entry.current.codes.clear()


def _is_title(title: Block, block: Block, after: Sequence[tuple[int, Block]]) -> bool:
    """Whether a heading opens another entry: it says so, or is as high as the title and no group of the draw.

    Headings of groups and of entries share their ranks on the pages, and ids come and go.
    """
    if block.level > title.level:
        return False
    return bool(_ENTRY.search(block.text)) or not (_GROUP.search(block.text) or _tells_group(after))


def _tells_group(after: Sequence[tuple[int, Block]]) -> bool:
    """Whether the text down to the next heading lists codes, or says a score or count."""
    below = (block for _, block in takewhile(lambda item: item[1].kind is not BlockKind.HEADING, after))
    return any(_tells(block) for block in below)


def _tells(block: Block) -> bool:
    if block.table is not None:
        return any(row and find_listed_code(row[0].text) for row in block.table.rows)
    if block.kind is BlockKind.ITEM and find_listed_code(block.text):
        return True
    texts = [sentence.text for sentence in sentences(block.text)]
    return any(find_issued(text) or split_counted(text) or find_scores(text) for text in texts)


def _is_stream_line(entry: Entry, block: Block, context: Context) -> bool:
    """Whether the block is nothing but a stream's name: a sub-heading without heading markup; then it is taken so."""
    if len(block.text) > _NAME_LENGTH:
        return False
    streams = find_streams(block.text, context.settings, guess=False)
    bare = re.sub(r"\bstreams?\b|[:*]", "", block.text, flags=re.IGNORECASE)
    if len(streams) != 1 or words(bare) != words(streams[0]):
        return False
    _part_by_stream(entry, streams, context)
    return True


def _part_by_stream(entry: Entry, streams: tuple[str, ...], context: Context) -> None:
    """What follows belongs to one stream; a round announced for all of them waits for it without its total."""
    current = entry.current
    if current is not None and (current.drafts or (len(current.streams) == 1 and current.streams != streams)):
        close_round(entry, context)
    elif current is not None:
        current.parted, current.streams = True, streams
        current.issued = Issued(kind=current.issued.kind)
    entry.streams, entry.group = streams, None


def _take_codes(entry: Entry, codes: Sequence[str]) -> bool:
    """Give listed codes to the newest draw of the round, or keep them for the one to come; False without a round."""
    current = entry.current
    if current is None:
        return False
    newest = current.drafts[-1] if current.drafts else None
    mine = newest.codes if newest and not is_under_other_group(entry, newest) else current.codes
    mine.extend(codes)
    return True


def _read_sentences(entry: Entry, index: int, block: Block, context: Context) -> None:
    for sentence in sentences(block.text):
        place = Place(sentence=sentence, block=block, index=index)
        if not _read_sentence(entry, place, context):
            continue
        if modality(sentence.text) is not Modality.IS:
            places = ((sentence.start + start, sentence.start + end) for start, end in figures(sentence.text))
            entry.used |= {Span(block=index, start=start, end=end) for start, end in places}
        else:
            whole = sentence.start == 0 and sentence.end == len(block.text)
            span = Span(block=index) if whole else Span(block=index, start=sentence.start, end=sentence.end)
            entry.used.add(span)


def _read_sentence(entry: Entry, place: Place, context: Context) -> bool:
    """Whether the sentence told of a round."""
    text, listed = place.sentence.text, place.block.kind is BlockKind.ITEM
    issued, counted = (
        find_issued(text, listed=listed),
        split_counted(text) or _by_stream(text, context) or split_shared(text),
    )
    scores = () if counted else find_scores(text)
    if issued and not (counted and listed and entry.current):
        open_round(entry, issued, place, context)
    elif scores and (entry.current is None or _is_of_another_stream(entry.current, place, context)):
        _imply_round(entry, place, context)
    if entry.current is None:
        return False
    if counted:
        add_counted(entry, counted, place, context)
    elif scores:
        add_scored(entry, scores, place, context)
    return bool(issued or counted or scores)


def _by_stream(text: str, context: Context) -> tuple[Counted, ...]:
    """The streams of a sentence that counts the invitations of each: "220 under the one stream and 31 under …"."""
    parts = split_issued(text)
    streams = [find_streams(part.text, context.settings, guess=False) for part in parts]
    named = {names for names in streams if len(names) == 1}
    return parts if len(parts) == len(named) > 1 else ()


def _is_of_another_stream(current: Round, place: Place, context: Context) -> bool:
    """Whether the sentence goes on in a paragraph that names another stream than the round before it."""
    before = _streams_before(place, context) if place.index != current.block else ()
    return bool(before and current.streams) and before != current.streams


def _streams_before(place: Place, context: Context) -> tuple[str, ...]:
    """The streams that the paragraph names before this sentence."""
    return find_streams(place.block.text[: place.sentence.start], context.settings, guess=False)


def _imply_round(entry: Entry, place: Place, context: Context) -> None:
    """A score said of those who received something reports a round even when no sentence before says so.

    Its stream is the one that the sentence names, else the paragraph before it, else the entry.
    """
    kind = kind_of_receipt(place.sentence.text)
    streams = find_streams(place.sentence.text, context.settings, guess=False)
    streams = streams or _streams_before(place, context) or entry.streams
    if kind is not None and streams:
        close_round(entry, context)
        start_round(entry, Issued(kind=kind), streams, place)
