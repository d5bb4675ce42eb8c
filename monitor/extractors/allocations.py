"""Allocations: how many nominations an official page says a program may make in a year."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from monitor.extractors.allocations_tables import find_allocation_rows
from monitor.extractors.amounts import NUMBER, find_money, mask, read_number, straight
from monitor.extractors.declarations import Allocations
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.keys import fact_key
from monitor.extractors.notices_entry import Entry
from monitor.extractors.notices_news import News, read_news
from monitor.extractors.scope import in_scope, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, read_sentences
from monitor.model import Allocation, Fact, FactKind, Page, Source
from monitor.pages.dates import find_dates
from monitor.pages.wording import has_any


class _Stated(Struct, frozen=True, kw_only=True):
    """One number a sentence states for a year; ``posted``: the day of the entry it stands in."""

    year: int
    amount: Decimal
    sentence: Sentence
    start: int
    end: int
    posted: dt.date


_UNIT = (
    r"(?:(?:provincial |PNP |new |nominee |certificate )*"
    r"(?:nominations?|nomination (?:spaces|spots|certificates|places)|spaces|spots|places))"
)
_AMOUNT = re.compile(rf"(?<![\w$.,/-])(?P<n>{NUMBER})(?:\s+(?P<unit>{_UNIT})\b)?(?![\w%]|[.,-]?\d)", re.IGNORECASE)
_TOPIC = re.compile(r"\ballocat\w+|\ballotment\b|\bquota\b|\bnomination (?:limit|cap|target)\b", re.IGNORECASE)
_SUBJECTS = ("allocat", "allotment", "quota", "nomination")
"""One of these stands, in small letters, in every sentence about an allocation; most have none."""
_GRANTED = re.compile(
    r"\b(?:receiv\w+|granted|given|assigned|provided|awarded|confirmed)\b[^.;]{0,60}\bnominations?\b", re.IGNORECASE
)
_NOT_THE_WHOLE = re.compile(
    r"\b(?:by|additional|extra|further|another|remaining|from|than|requested|request for|asked for|to request"
    r"|compared (?:to|with)|instead of|about|approximately|nearly|over|only|reserved?|reserving|includ\w+|up to"
    r"|at least|set aside|half of|twice|double|more|first|last|issued|nominated|of those|of these|of which"
    r"|used|with)\s+"
    r"(?:a total of |the |its |all |another |an? )*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"^\W*(?:(?:it |we |they |were |was |had )*(?:requested|sought)|of (?:the|its|these|those)|more|additional"
    r"|fewer|less|for (?!20\d\d|the (?:year|calendar)))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:allocat\w+|quota|allotment|limit)\b(?:\s+(?:for|in|of|the|year|calendar|nominations?|from|federal|government"
    r"|IRCC|has|been|will|be|now|currently|is|was|are|stands|at|set|to|raised|increased|lowered|reduced|decreased|cut"
    r"|halved|changed|revised|doubled|remains?|20\d\d|confirmed|as))*\W*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d,.$/-])20\d\d(?![-,]?\d)")
_OF_YEAR = re.compile(r"\s*(?:in|for|of) (?:the )?(?:\w+ )?20\d\d\b", re.IGNORECASE)
_YEAR_NEAR = re.compile(
    r"\b(?P<a>20\d\d) (?:\w+ ){0,3}?(?:allocation|quota|allotment)"
    r"|(?:allocation|quota|allotment|nominations|spaces|spots) (?:for|in|of) (?:the )?(?:\w+ )?(?P<b>20\d\d)",
    re.IGNORECASE,
)
_THIS_YEAR = re.compile(r"\bthis (?:calendar )?year\b|\bcurrent year\b", re.IGNORECASE)
_MAYBE = re.compile(
    r"\b(?:if|unless|whether|could|would|may|might|expects?|hopes?|requested|asked for)\b", re.IGNORECASE
)
_LATE = 11
_LEAST = 50
"""A smaller number beside the word is no program's yearly allocation."""


def read(page: Page, source: Source, declaration: Allocations, used: frozenset[Span]) -> Extraction:
    """One fact a year: the number stated last, in the newest entry that states one, and the words it stands in.

    And one for each number of a table of allocations, under the name of its row.
    """
    if page.data is not None:
        return Extraction()
    news = read_news(page)
    stated = list(_stated(page, declaration, used, news))
    newest = {year: _newest(stated, year) for year in dict.fromkeys(item.year for item in stated)}
    chosen = [item for item in newest.values() if item is not None]
    program = declaration.program or source.publisher
    told = [item for item in stated if item in chosen or item.sentence.block not in news.by_block]
    facts = {fact.key: fact for fact in (_fact(item, program, source) for item in chosen)}
    spans = {item.sentence.span(item.start, item.end) for item in told}
    for fact, span in _tabled(page, source, declaration, used):
        if facts.setdefault(fact.key, fact) is fact and span is not None:
            spans.add(span)
    return Extraction(facts=tuple(facts.values()), used=frozenset(spans))


def _tabled(
    page: Page, source: Source, declaration: Allocations, used: frozenset[Span]
) -> Iterator[tuple[Fact, Span | None]]:
    """The allocations that tables tell, and the row of each if it says no more."""
    groups = by_block_of(used)
    for index, block in enumerate(page.blocks):
        mine = groups.get(index, frozenset())
        if block.table is None or not in_scope(block, declaration.headings) or is_block_used(index, mine):
            continue
        for row in find_allocation_rows(block.table, block.path):
            span = Span(block=index, row=row.row)
            if is_used(span, mine) or matches_any(row.quote, declaration.ignore):
                continue
            value = Allocation(program=row.program, year=row.year, amount=row.amount)
            yield _made(value, source, quote=row.quote, path=block.path), span if row.whole else None


def _stated(page: Page, declaration: Allocations, used: frozenset[Span], news: News) -> Iterator[_Stated]:
    groups = by_block_of(used)
    for sentence in read_sentences(page):
        block = page.blocks[sentence.block]
        if sentence.block in news.index or not in_scope(block, declaration.headings):
            continue
        if matches_any(sentence.text, declaration.ignore):
            continue
        found = _of_sentence(sentence, news.by_block.get(sentence.block))
        mine = groups.get(sentence.block, frozenset())
        if found is not None and not is_used(sentence.span(found.start, found.end), mine):
            yield found


def _of_sentence(sentence: Sentence, entry: Entry | None) -> _Stated | None:
    if not has_any(f"{sentence.lead_in} {sentence.text}".lower(), _SUBJECTS):
        return None
    lead_in, text = (_without_dates(straight(words)) for words in (sentence.lead_in, sentence.text))
    about = f"{lead_in} {text}".strip()
    if not (_TOPIC.search(about) or _GRANTED.search(about)) or _MAYBE.search(about):
        return None
    numbers = [match for match in _AMOUNT.finditer(text) if not _YEAR.fullmatch(match["n"])]
    whole = [match for match in numbers if _is_whole(match, text, listed=bool(lead_in))]
    amount = read_number(whole[0]["n"]) if len(whole) == 1 else None
    if amount is None or amount < _LEAST:
        return None
    others = [_with_year(match, text) for match in numbers if match not in whole]
    said = _OF_YEAR.match(text, whole[0].end())
    year = _year(said[0] if said else f"{lead_in} {mask(text, others)}", entry, sentence.path)
    if year is None:
        return None
    posted = entry.day if entry else dt.date.min
    return _Stated(
        year=year, amount=amount, sentence=sentence, start=whole[0].start(), end=whole[0].end(), posted=posted
    )


def _without_dates(text: str) -> str:
    """The text with dates and sums of money blanked, as long as before."""
    taken = [(found.start, found.end) for found in find_dates(text)]
    taken += [(money.start, money.end) for money in find_money(text)]
    for start, end in taken:
        text = text[:start] + "_" * (end - start) + text[end:]
    return text


def _is_whole(match: re.Match[str], text: str, *, listed: bool) -> bool:
    """Whether a number is the allocation itself: no part of it, no difference, no earlier or requested one."""
    before, after = text[: match.start()], text[match.end() :]
    if _NOT_THE_WHOLE.search(before) or _PART.match(after):
        return False
    return bool(match["unit"] or _NAMED.search(before)) or (listed and not before.strip())


def _with_year(match: re.Match[str], text: str) -> tuple[int, int]:
    """The span of a number and of the year it is said of."""
    year = _OF_YEAR.match(text, match.end())
    return match.start(), year.end() if year else match.end()


def _year(text: str, entry: Entry | None, path: Sequence[str]) -> int | None:
    """The year of the number: named beside the allocation, the sentence's only one, its title's, else the entry's.

    From November on an entry without a year may speak of the coming one: then none is taken for granted.
    """
    near = {int(match["a"] or match["b"]) for match in _YEAR_NEAR.finditer(text)}
    years = near if len(near) == 1 else {int(year) for year in _YEAR.findall(text)}
    if years:
        return years.pop() if len(years) == 1 else None
    if entry is not None and _THIS_YEAR.search(text):
        return entry.day.year
    titled = _titled_year((entry.title,) if entry else path)
    return titled or (entry.day.year if entry and entry.day.month < _LATE else None)


def _titled_year(titles: Sequence[str]) -> int | None:
    for title in reversed(titles):
        years = set(_YEAR.findall(_without_dates(straight(title))))
        if len(years) == 1:
            return int(years.pop())
    return None


def _newest(stated: Sequence[_Stated], year: int) -> _Stated | None:
    """The number that holds; None where the newest entry states several."""
    mine = [item for item in stated if item.year == year]
    posted = max(item.posted for item in mine)
    last = [item for item in mine if item.posted == posted]
    return last[0] if len({item.amount for item in last}) == 1 else None


def _fact(item: _Stated, program: str, source: Source) -> Fact:
    value = Allocation(program=program, year=item.year, amount=item.amount)
    return _made(value, source, quote=item.sentence.text, path=item.sentence.path)


def _made(value: Allocation, source: Source, *, quote: str, path: tuple[str, ...]) -> Fact:
    key = fact_key(FactKind.ALLOCATION, source.id, value.program, str(value.year))
    return Fact(key=key, kind=FactKind.ALLOCATION, source=source.id, value=value, quote=quote, path=path)
