"""Decides at which declared sources to look a claim up: whose matter it is, what they are read for, their titles."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from monitor.model import FactKind, Source
from monitor.pages.wording import word_set
from monitor.suggest.claims import Claim, Form
from monitor.suggest.likeness import content
from monitor.suggest.topics import EARLIER, HEADING, OWN, find_category, same_publisher

_GENERIC = word_set("feed page pdf html json rss atom canada others shown application")
_LOOKED_FOR = {
    FactKind.FEE: "fee list",
    FactKind.DRAW: "rounds of invitations to apply notifications updates",
    FactKind.PROCESSING_TIME: "processing times",
    FactKind.ALLOCATION: "news updates",
    FactKind.STREAM: "updates news notices",
    FactKind.DEADLINE: "updates news notices",
    FactKind.OCCUPATION: "NOC occupations requirements",
}
_BY_UNIT = {
    "points": "Comprehensive Ranking System criteria",
    "CLB": "requirements",
    "CAD": "proof of funds",
    "CAD/hour": "invitations requirements",
    "occupations": "category-based selection occupations",
}
_PLAIN = word_set("stream program class worker category express entry nominee")
"""Words of titles that name no single program."""
_PROGRAMS = frozenset({"fsw", "fst", "cec"})
_UNNAMED = 0.4
_UPDATES = re.compile(r"\b(?:news(?! releases)|notices|updates)\b", re.IGNORECASE)
_TOLD, _LIKELY, _NAMED = HEADING, EARLIER, OWN - 0.1
_BEST, _CLOSE = 0.75, 0.03
"""Other sources count too when they fit at least this share as well as the best."""


class Choice(Struct, frozen=True, kw_only=True):
    """A source and how well it fits: ``publisher`` and ``title`` 0 to 1, ``score`` for ordering.

    ``reads``: it is read for the claim's kind of fact; ``news``: it is a page of notices or updates.
    """

    source: Source
    publisher: float
    title: float
    score: float
    reads: bool
    news: bool = False


class Shelf:
    """The sources that are switched on, with what their titles say."""

    def __init__(self, sources: Mapping[str, Source], kinds_read: Mapping[str, Collection[FactKind]]) -> None:
        self.sources = {name: source for name, source in sources.items() if source.enabled}
        self._kinds = kinds_read
        self._titles = {name: title_words(source) for name, source in self.sources.items()}
        counts = Counter(word for words in self._titles.values() for word in words)
        self._weights = {word: 1 / math.sqrt(count) for word, count in counts.items()}

    def reads(self, source: str, kind: FactKind) -> bool:
        """Whether a source is read for facts of this kind."""
        return kind in self._kinds.get(source, ())

    def rank(self, claim: Claim) -> list[Choice]:
        """The sources whose publisher the claim may concern, best first."""
        named = claim.topic.publishers
        choices = []
        for source in self.sources.values():
            publisher = min(named.get(same_publisher(source.publisher), 0.0), OWN + 0.1) if named else _UNNAMED
            if publisher:
                choices.append(self._choice(source, publisher, claim))
        return sorted(choices, key=lambda choice: -choice.score)

    def _choice(self, source: Source, publisher: float, claim: Claim) -> Choice:
        reads, title = self.reads(source.id, claim.kind), self._fit(source.id, claim)
        # A page of news takes up whatever no page of its own is about.
        news = _UPDATES.search(source.title) is not None
        score = publisher**3 * (1 + 0.6 * reads + 2 * title + 0.3 * news)
        return Choice(source=source, publisher=publisher, title=title, score=score, reads=reads, news=news)

    def everywhere(self, claim: Claim) -> list[Choice]:
        """All sources, those of the claim's own publishers first: the codes of occupations are the same for all."""
        ranked = self.rank(claim)
        known = {choice.source.id for choice in ranked}
        others = [self._choice(it, _UNNAMED, claim) for name, it in self.sources.items() if name not in known]
        return [*ranked, *sorted(others, key=lambda choice: -choice.score)]

    def fits_title(self, source: str, claim: Claim) -> bool:
        """Whether the claim may be about this page: not if its title names a program that is not spoken of."""
        program, other = find_category(self.sources[source].title), claim.topic.category
        if program in _PROGRAMS and other in _PROGRAMS:
            return program == other
        words = self._titles[source] - _PLAIN
        spoken = {*content(claim.sentence.text), *content(claim.topic.near), *content(_looked_for(claim))}
        return len(words) < 2 or bool(words & spoken)  # noqa: PLR2004 - one word is no name

    def _fit(self, name: str, claim: Claim) -> float:
        words = self._titles[name]
        own = set(content(" ".join((claim.sentence.text, *claim.sentence.columns))))
        near, kind = set(content(claim.topic.near)), set(content(_looked_for(claim)))
        hits = ((word, 1.0 if word in own else 0.7 if word in kind else 0.4 if word in near else 0) for word in words)
        total = sum(self._weights[word] for word in words)
        return sum(self._weights[word] * part for word, part in hits) / (total + 0.5) if total else 0.0


def _looked_for(claim: Claim) -> str:
    by_unit = _BY_UNIT.get(claim.unit, "") if claim.kind in {FactKind.THRESHOLD, FactKind.OCCUPATION} else ""
    if by_unit or claim.form == Form.TEER:
        return by_unit or "NOC"
    return _LOOKED_FOR.get(claim.kind, "")


def title_words(source: Source) -> frozenset[str]:
    """The words of a source's title that tell it from the publisher's other pages."""
    publisher = set(content(source.publisher)) | {word.lower() for word in source.publisher.split()}
    words = (word for word in content(source.title or source.id) if word not in publisher)
    return frozenset(word for word in words if word not in _GENERIC and not word.isdigit())


def best(choices: Sequence[Choice], *, most: int = 2) -> list[Choice]:
    """The first choice of the likeliest publisher and those of it that fit nearly as well."""
    closest = max((choice.publisher for choice in choices), default=0) - _CLOSE
    own = [choice for choice in choices if choice.publisher >= closest]
    return [choice for choice in own if choice.score >= own[0].score * _BEST][:most] if own else []


def candidates(choices: Sequence[Choice]) -> list[Choice]:
    """The best choices, with the best of each other publisher that is named too, or is likely where none is named."""
    chosen = best(choices)
    least = _LIKELY if chosen and chosen[0].publisher < _TOLD else _NAMED
    others = {choice.source.publisher: choice for choice in reversed(choices) if choice.publisher >= least}
    if not chosen or others.keys() <= {chosen[0].source.publisher}:
        return chosen
    return [chosen[0], *(choice for name, choice in others.items() if name != chosen[0].source.publisher)]
