"""Notices: the dated entries of news and updates pages and feeds, each told once, whole, when it is posted.

A notice owns the words under its date: rules do not repeat them, and whatever changes in an old one is a change of its
text. What other extractors read there (an amount, a deadline) is left out of the comparison, for they tell it.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from monitor.extractors.amounts import mask
from monitor.extractors.declarations import Notices
from monitor.extractors.drafts import Draft, to_facts
from monitor.extractors.draws_sentences import find_issued, find_scores, split_counted
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.notices_entry import Entry
from monitor.extractors.notices_news import read_news
from monitor.extractors.notices_records import find_records
from monitor.extractors.rules import normalise
from monitor.extractors.scope import matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_partly_used, is_used, sentences_by_block
from monitor.model import BlockKind, FactKind, Format, Notice, Page, Source

_BACKGROUNDER = re.compile(r"\b(?:backgrounder|quick facts|document d'information)\b\W*", re.IGNORECASE)
_SAME_RELEASE_DAYS = 7
_OF_DRAWS = re.compile(r"\binvit|\bnotif|\bdraws?\b|\brounds?\b", re.IGNORECASE)


def read(page: Page, source: Source, declaration: Notices, used: frozenset[Span]) -> Extraction:
    """The page's dated entries but those that only report a draw already read; uses up their blocks and the index."""
    if page.data is not None:
        records = [draft for draft in find_records(page.data) if _is_titled(draft, declaration)]
        return Extraction(facts=tuple(to_facts(records[::-1], FactKind.NOTICE, source.id))[::-1])
    news = read_news(page)
    reader = _Reader(page, used)
    drafts = [
        reader.draft(entry) for entry in news.entries if _is_wanted(entry, declaration) and not reader.is_read(entry)
    ]
    spans = {span for draft in drafts for span in draft.spans} | {Span(block=block) for block in news.index}
    if source.format is Format.FEED:
        drafts = list(_released_once(drafts))
    # Pages grow at the top, so of equal titles the lowest keeps the plain key.
    facts = tuple(to_facts(drafts[::-1], FactKind.NOTICE, source.id))[::-1]
    return Extraction(facts=facts, used=frozenset(spans))


def _released_once(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """The entries of a feed less what repeats them: a release sent twice, and the backgrounder of a release."""
    told: set[tuple[date | None, str]] = set()
    for draft in drafts:
        day, title = _day_and_title(draft)
        if (day, title) not in told and not any(_is_background(draft, other) for other in drafts):
            told.add((day, title))
            yield draft


def _day_and_title(draft: Draft) -> tuple[date | None, str]:
    value = draft.value
    return (value.date, normalise(value.title)) if isinstance(value, Notice) else (None, "")


def _is_background(draft: Draft, other: Draft) -> bool:
    """Whether an entry gives the background of another of about the same day."""
    (day, title), (other_day, other_title) = _day_and_title(draft), _day_and_title(other)
    bare = normalise(_BACKGROUNDER.sub("", title))
    if bare == title or bare != other_title or day is None or other_day is None:
        return False
    return abs((day - other_day).days) <= _SAME_RELEASE_DAYS


def _is_wanted(entry: Entry, declaration: Notices) -> bool:
    return _is_named(" > ".join((*entry.path, entry.title)), entry.title, declaration)


def _is_titled(record: Draft, declaration: Notices) -> bool:
    title = " > ".join(record.path)
    return _is_named(title, title, declaration)


def _is_named(place: str, title: str, declaration: Notices) -> bool:
    if declaration.headings and not matches_any(place, declaration.headings):
        return False
    return not matches_any(title, declaration.ignore)


class _Reader:
    """Reads the words of entries, knowing which of them other extractors used."""

    def __init__(self, page: Page, used: frozenset[Span]) -> None:
        self._blocks = page.blocks
        self._used = by_block_of(used)
        self._sentences = sentences_by_block(page)

    def draft(self, entry: Entry) -> Draft:
        """The entry as a fact to be."""
        return Draft(
            value=Notice(title=entry.title, date=entry.day, text=entry.text),
            label=f"{entry.day.isoformat()} {entry.title}",
            same=normalise(entry.text),
            quote=" ".join((entry.text or entry.title).split()),
            path=(*entry.path, entry.title),
            place=self._blocks[entry.head].anchor or "",
            row=entry.row is not None,
            spans=self._spans(entry),
            compare=self._compare(entry),
        )

    def is_read(self, entry: Entry) -> bool:
        """Whether another extractor has read the entry: its row, or a draw at its beginning or under a title of one."""
        if entry.row is not None:
            return is_used(Span(block=entry.head, row=entry.row), self._used.get(entry.head, frozenset()))
        told = [sentence for block in entry.body for sentence in self._sentences.get(block, ())]
        told = [sentence for sentence in told if sentence.kind is not BlockKind.HEADING]
        draws = [sentence for sentence in told if self._is_of_draw(sentence)]
        return bool(draws) and (draws[0] is told[0] or bool(_OF_DRAWS.search(entry.title)))

    def _is_of_draw(self, sentence: Sentence) -> bool:
        mine = self._used.get(sentence.block, frozenset())
        # Of a sentence that also binds a reader a draw uses only the figures: the rules tell the rest.
        if not is_partly_used(sentence.span(0, len(sentence.text)), mine):
            return False
        text, listed = sentence.text, sentence.kind is BlockKind.ITEM
        return bool(find_issued(text, listed=listed) or find_scores(text) or split_counted(text))

    def _spans(self, entry: Entry) -> frozenset[Span]:
        if entry.row is not None:
            return frozenset({Span(block=entry.head, row=entry.row)})
        return frozenset(Span(block=block) for block in entry.blocks)

    def _compare(self, entry: Entry) -> str:
        if entry.row is not None:
            return normalise(f"{entry.title} | {entry.text}")
        return " | ".join([normalise(entry.title), *(normalise(text) for text in self._masked(entry))])

    def _masked(self, entry: Entry) -> Iterator[str]:
        """The words of each block without those that other facts carry."""
        for number in entry.body:
            mine, block = self._used.get(number, frozenset()), self._blocks[number]
            if Span(block=number) in mine:
                continue
            if block.table is None:
                parts = [(span.start, span.end) for span in mine if span.start is not None and span.end is not None]
                yield mask(block.text, parts)
                continue
            for index, row in enumerate(block.table.rows):
                if Span(block=number, row=index) not in mine:
                    yield " ".join(cell.text for cell in row)
