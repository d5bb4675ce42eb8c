"""Streams: whether each declared stream takes applications, by what an official page says of it in so many words.

A stream that is no longer named anywhere is not closed by that; where the page's words disagree there is no fact.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.extractors.amounts import straight
from monitor.extractors.declarations import Streams
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.keys import fact_key
from monitor.extractors.notices_entry import Entry
from monitor.extractors.notices_news import News, read_news
from monitor.extractors.scope import in_scope, is_found, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, read_sentences
from monitor.extractors.streams_entries import StatusEntry, find_status_entries
from monitor.extractors.streams_names import Clause, Names, split_clauses
from monitor.extractors.streams_wording import Claim, find_claims, may_claim
from monitor.model import BlockKind, Fact, FactKind, Page, Source, Stream, StreamStatus
from monitor.pages.dates import find_dates


class Statement(Struct, frozen=True, kw_only=True):
    """What one clause says of one stream. ``since`` is its own date; ``entry`` the dated entry it stands in."""

    name: str
    status: StreamStatus
    since: dt.date | None
    entry: Entry | None
    sentence: Sentence
    clause: Clause

    @property
    def titled(self) -> bool:
        """Whether it is the title of its entry, or another heading."""
        return self.sentence.kind is BlockKind.HEADING

    @property
    def day(self) -> dt.date:
        """The day it speaks of; what stands on a page without a date is older than all that is dated."""
        return self.since or (self.entry.day if self.entry else dt.date.min)


_SINCE = re.compile(
    r"\b(?:as of|effective|since|on|on or after|starting|beginning|from|at)(?: on| from)?\s*$", re.IGNORECASE
)


def read(page: Page, source: Source, declaration: Streams, used: frozenset[Span]) -> Extraction:
    """One fact a declared stream whose status the page states; of dated entries the newest that speaks of it wins."""
    if not declaration.streams or page.data is not None:
        return Extraction()
    statements = list(_statements(page, declaration, used))
    winners = {name: winner for name in declaration.streams if (winner := _newest(statements, name))}
    facts = [_fact(statement, source) for statement in winners.values()]
    entries = list(_entries(page, declaration, used))
    status = {statement.name: statement.status for statement in statements}
    for entry in entries:
        said = {other.status for other in entries if other.name == entry.name}
        if entry.name not in status and len(said) == 1:
            status[entry.name] = entry.status
            stream = Stream(name=entry.name, status=entry.status)
            facts.append(_stream_fact(stream, source, quote=entry.quote, path=entry.path))
    facts += _opened(page, source, declaration, frozenset((*status, *(entry.name for entry in entries))))
    told = [item for item in statements if item.entry is None or item in winners.values()]
    agreeing = [entry for entry in entries if status.get(entry.name) is entry.status]
    spans = {_span(statement) for statement in told} | {entry.span for entry in agreeing}
    return Extraction(facts=tuple(facts), used=frozenset(spans))


def _entries(page: Page, declaration: Streams, used: frozenset[Span]) -> Iterator[StatusEntry]:
    """What tables and bare lines say of the streams outside of dated entries."""
    names = Names(declaration.streams, declaration.aliases)
    news, groups = read_news(page), by_block_of(used)
    for index, block in enumerate(page.blocks):
        mine = groups.get(index, frozenset())
        dated = index in news.index or index in news.by_block
        if dated or is_block_used(index, mine) or not in_scope(block, declaration.headings):
            continue
        for entry in find_status_entries(block, index, names):
            if not is_used(entry.span, mine) and not matches_any(entry.quote, declaration.ignore):
                yield entry


def _statements(page: Page, declaration: Streams, used: frozenset[Span]) -> Iterator[Statement]:
    names = Names(declaration.streams, declaration.aliases)
    news, groups = read_news(page), by_block_of(used)
    for sentence in read_sentences(page):
        mine = groups.get(sentence.block, frozenset())
        if (
            not may_claim(f"{sentence.lead_in} {sentence.text}")
            or sentence.block in news.index
            or is_used(sentence.span(0, len(sentence.text)), mine)
        ):
            continue
        block = page.blocks[sentence.block]
        if in_scope(block, declaration.headings) and not matches_any(sentence.text, declaration.ignore):
            yield from _of_sentence(sentence, names, news)


def _of_sentence(sentence: Sentence, names: Names, news: News) -> Iterator[Statement]:
    entry = news.by_block.get(sentence.block)
    context = _context(names, entry, news)
    for clause in split_clauses(sentence.text):
        marked = names.mark(_spoken(sentence, clause), context=context)
        claims = find_claims(marked.text, titled=sentence.kind is BlockKind.HEADING, bare=len(context) == 1)
        meant = [(name, claim) for claim in claims for name in _meant(claim, marked.names, context)]
        for name in dict.fromkeys(name for name, _ in meant):
            said = {(claim.status, claim.future) for other, claim in meant if other == name}
            since = _since(clause.text)
            if len(said) == 1 and _has_come(said.pop()[1], since, entry):
                status = next(claim.status for other, claim in meant if other == name)
                yield Statement(name=name, status=status, since=since, entry=entry, sentence=sentence, clause=clause)


def _spoken(sentence: Sentence, clause: Clause) -> str:
    """The clause, after the words that open its list: "These streams are closed:" above "Skilled Trades"."""
    return f"{sentence.lead_in} {clause.text}" if sentence.lead_in and not clause.start else clause.text


def _context(names: Names, entry: Entry | None, news: News) -> tuple[str, ...]:
    """The streams that "this stream" means: those in the entry's title, or the page's only one."""
    if entry is not None:
        return names.find(entry.title)
    return names.streams if len(names.streams) == 1 and not news.entries else ()


def _meant(claim: Claim, marks: Mapping[str, tuple[str, ...]], context: Sequence[str]) -> Iterator[str]:
    if claim.bare:
        yield from context
    for mark in claim.marks:
        yield from marks.get(mark, ())


def _since(text: str) -> dt.date | None:
    """The date from which a clause says that something holds; None when it states none or several."""
    days = {found.date for found in find_dates(text) if _SINCE.search(straight(text[: found.start]))}
    return days.pop() if len(days) == 1 else None


def _has_come(future: bool, since: dt.date | None, entry: Entry | None) -> bool:
    """Whether what is said holds on the entry's day; "will be closed" needs a date that has come by then."""
    if since is not None and entry is not None:
        return since <= entry.day
    return not future


def _newest(statements: Sequence[Statement], name: str) -> Statement | None:
    """The statement that holds of a stream; None when there is none or the newest ones disagree."""
    mine = [statement for statement in statements if statement.name == name]
    if not mine:
        return None
    posted = max((item.entry.day for item in mine if item.entry), default=None)
    last = [item for item in mine if posted is None or (item.entry is not None and item.entry.day == posted)]
    day = max(item.day for item in last)
    same = {item.status for item in last} if posted is None else {item.status for item in last if item.day == day}
    titles = [item for item in last if item.titled]
    if len(same) > 1 and not (titles and posted is not None):
        return None
    status = titles[0].status if len(same) > 1 else same.pop()
    agreeing = [item for item in last if item.status == status]
    return max(agreeing, key=lambda item: (item.since is not None, not item.titled, -item.sentence.block))


def _fact(statement: Statement, source: Source) -> Fact:
    since = statement.since or (statement.entry.day if statement.entry else None)
    return _stream_fact(
        Stream(name=statement.name, status=statement.status, since=since),
        source,
        quote=statement.sentence.text,
        path=statement.sentence.path,
    )


def _stream_fact(stream: Stream, source: Source, *, quote: str, path: tuple[str, ...]) -> Fact:
    key = fact_key(FactKind.STREAM, source.id, stream.name)
    return Fact(key=key, kind=FactKind.STREAM, source=source.id, value=stream, quote=quote, path=path)


def _opened(page: Page, source: Source, declaration: Streams, told: frozenset[str]) -> Iterator[Fact]:
    """The streams that the declared words on the page mean to be open, less those the page speaks of otherwise."""
    if not declaration.open_when:
        return
    names = Names(declaration.streams, declaration.aliases)
    seen = set(told)
    for sentence in read_sentences(page):
        if is_found(declaration.open_when, straight(sentence.text)):
            meant = names.streams if len(names.streams) == 1 else names.find(sentence.text)
            for name in meant:
                if name not in seen:
                    stream = Stream(name=name, status=StreamStatus.OPEN)
                    yield _stream_fact(stream, source, quote=sentence.text, path=sentence.path)
            seen.update(meant)


def _span(statement: Statement) -> Span:
    return statement.sentence.span(statement.clause.start, statement.clause.end)
