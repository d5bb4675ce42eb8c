"""One entry, one event: what a dated entry says of its draw is told with it, also in words in which none is read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz import fuzz

from monitor.changes.rolling import entry_day
from monitor.changes.wording import plain_words
from monitor.model import Draw, Fact, KnownFact, Notice, Rule
from monitor.pages.dates import find_dates
from monitor.pages.wording import split_sentences

Pair = tuple[Fact, Fact]
"""A known fact and what it is today."""

ALIKE = 60.0
"""Least likeness (0 to 100) of two wordings of what an entry says of its draw."""
PART_ALIKE = 75.0
"""The same of a sentence and the likest part of all that was said."""
_TAKES_BACK = re.compile(
    r"\b(?:not|never|cancel\w*|withdr[ae]w\w*|rescind\w*|revok\w*|retract\w*|annul\w*|void\w*|suspend\w*|postpone\w*"
    r"|in error|by mistake|no longer)\b",
    re.IGNORECASE,
)


class _Saying(Struct, frozen=True, kw_only=True):
    """A sentence that stands under a day, and its words as they are compared."""

    text: str
    words: str
    days: frozenset[date]


def sentences_of(fact: Fact) -> tuple[str, ...]:
    """The sentences of a rule or a notice."""
    value = fact.value
    return split_sentences(value.text) if isinstance(value, Notice) else (fact.quote,)


def standing(missing: Sequence[Fact], known: Iterable[Fact], today: Iterable[Fact]) -> list[Pair]:
    """(known, today) of draws of prose whose entry is still there though no draw can be read in it.

    One of its sentences is new and much like what it said before, or is the one by which it has been known since. The
    draw stands with its values and that sentence for its quote: an entry edited is no draw withdrawn. Words that take
    it back leave it among the missing.
    """
    gone = [fact for fact in missing if isinstance(fact.value, Draw) and fact.compare is not None]
    if not gone:
        return []
    before = {saying.words for saying in _sayings(known)}
    sayings = list(_sayings(today))
    scored = sorted(
        (-likeness, i, j)
        for i, fact in enumerate(gone)
        for j, saying in enumerate(sayings)
        if (likeness := _likeness(fact, saying, before))
    )
    pairs: dict[int, Pair] = {}
    taken: set[int] = set()
    for _, i, j in scored:
        if i not in pairs and j not in taken:
            taken.add(j)
            pairs[i] = (gone[i], replace(gone[i], quote=sayings[j].text, compare=sayings[j].words))
    return list(pairs.values())


def with_unread_words(pairs: Sequence[Pair], known: Iterable[Fact], today: Iterable[Fact]) -> list[Pair]:
    """The pairs; a draw that lost its count or score quotes the new sentence that stands where those were said."""
    poorer = {id(new) for old, new in pairs if _lost_a_figure(old, new)}
    if not poorer:
        return list(pairs)
    before = {saying.words for saying in _sayings(known)}
    sayings = [saying for saying in _sayings(today) if saying.words not in before]
    return [(old, _with_saying(old, new, sayings) if id(new) in poorer else new) for old, new in pairs]


def _lost_a_figure(old: Fact, new: Fact) -> bool:
    was, now = old.value, new.value
    if not (isinstance(was, Draw) and isinstance(now, Draw) and old.compare and new.compare):
        return False
    return any(
        one and not two for one, two in ((was.invitations_text, now.invitations_text), (was.score_text, now.score_text))
    )


def _with_saying(old: Fact, new: Fact, sayings: Sequence[_Saying]) -> Fact:
    days = {old.value.date} if isinstance(old.value, Draw) else set()
    likeness = {
        saying.text: fuzz.partial_ratio(saying.words, plain_words(old.compare or ""))
        for saying in sayings
        if saying.days & days and saying.text not in new.quote
    }
    text = max(likeness, key=lambda text: likeness[text], default="")
    return replace(new, quote=f"{text} {new.quote}") if text and likeness[text] >= PART_ALIKE else new


def is_unread(draw: Fact) -> bool:
    """Whether the draw only stands because its entry does (see ``standing``)."""
    return draw.compare == plain_words(draw.quote)


def _likeness(draw: Fact, saying: _Saying, before: set[str]) -> float:
    """How much a sentence is like one of the draw's; 0 for one of another day, an old one, one that takes it back."""
    if not (isinstance(draw.value, Draw) and draw.value.date in saying.days):
        return 0.0
    if saying.words in before or (_TAKES_BACK.search(saying.text) and not _TAKES_BACK.search(draw.quote)):
        return 100.0 if saying.words == draw.compare else 0.0
    quotes = map(plain_words, split_sentences(draw.quote))
    return max((fuzz.ratio(quote, saying.words, score_cutoff=ALIKE) for quote in quotes), default=0.0)


def _sayings(facts: Iterable[Fact]) -> Iterator[_Saying]:
    for fact in facts:
        if not isinstance(fact.value, Rule | Notice):
            continue
        day = fact.value.date if isinstance(fact.value, Notice) else entry_day(fact)
        for text in sentences_of(fact):
            named = {found.date for found in find_dates(text)}
            yield _Saying(text=text, words=plain_words(text), days=frozenset({*named, *filter(None, [day])}))


def without_told_sentences(added: Sequence[Fact], known: Mapping[str, KnownFact]) -> list[Fact]:
    """The facts that appeared, less the rules that came with the entry of a new draw.

    Those stand under a heading that came with the draw or are one, or repeat words known from an earlier entry of the
    page. They are kept as facts all the same, so that a later edit in them is seen.
    """
    draws = [fact for fact in added if isinstance(fact.value, Draw)]
    if not draws:
        return list(added)
    old_headings = {heading for item in known.values() for heading in item.fact.path}
    came = {heading for fact in draws for heading in fact.path} - old_headings
    wordings = set(_wordings(item.fact for item in known.values()))
    return [fact for fact in added if not (isinstance(fact.value, Rule) and _is_told(fact, came, wordings))]


def _is_told(fact: Fact, came: set[str], wordings: set[str]) -> bool:
    return not came.isdisjoint((*fact.path, fact.quote)) or fact.compare in wordings


def _wordings(facts: Iterable[Fact]) -> Iterable[str]:
    return (fact.compare for fact in facts if isinstance(fact.value, Rule) and fact.compare)
