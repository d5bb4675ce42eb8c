"""Finds the checkable claims of a guide: which sentences say something an official page could confirm or deny.

Of one clause the strongest class of claim counts (codes, then money, draws, quotas, points, levels, lengths of time,
counts, TEER, streams, dates, rules), so that "50 points with CLB 7" is one claim about points. Clauses beside it that
state a number or a closing of their own are further claims.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.extractors.amounts import find_money, straight
from monitor.extractors.durations import find_durations
from monitor.model import FactKind
from monitor.suggest import code_words, draw_words, stream_words
from monitor.suggest import numbers as said
from monitor.suggest.claim import Claim, Form
from monitor.suggest.clauses import other_clauses
from monitor.suggest.sentences import Sentence
from monitor.suggest.topics import NEAR, Topic, Topics, is_official
from monitor.suggest.vocabulary import (
    is_advice,
    is_binding,
    is_of_regulator,
    is_opinion,
    is_praise,
    is_vague,
    without_lead,
)

_LONGEST = 1000
"""More letters than a sentence has: something else that found no full stop."""
_LEAST_WORDS = 4
"""A rule takes as many; less is a run-in heading ("British Columbia.")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A sentence with all that deciding on it needs; ``after`` says the sentence before it was a claim of that kind."""

    sentence: Sentence
    text: str
    topic: Topic
    after: FactKind | None
    wage: bool
    codes: tuple[str, ...]

    def claim(self, kind: FactKind, form: Form, span: tuple[int, int], **values: object) -> Claim:
        claim = Claim(
            kind=kind,
            form=form,
            sentence=self.sentence,
            start=span[0],
            end=span[1],
            topic=self.topic,
            subject=self.text,
        )
        return replace(claim, **values)  # type: ignore[arg-type]


def find_claims(sentences: Sequence[Sentence], topics: Topics) -> list[Claim]:
    """The checkable claims in reading order; opinions, advice, stories and questions are left out."""
    found: list[Claim] = []
    section: tuple[str, ...] | None = None
    after: FactKind | None = None
    for sentence in sentences:
        topic = topics.follow(sentence)
        after = after if sentence.headings == section else None
        section = sentence.headings
        codes = tuple(dict.fromkeys(code for claim in found for code in claim.codes if claim.form == Form.LISTED))
        wage = after == FactKind.THRESHOLD and not sentence.cells and found[-1].unit.startswith("CAD")
        text = straight(sentence.text)
        place = _Place(sentence=sentence, text=text, topic=topic, after=after, wage=wage, codes=codes)
        claims = [_dated(claim, found) for claim in _claims(place)]
        found += claims
        after = claims[0].kind if claims else None
    return found


def _dated(claim: Claim, before: Sequence[Claim]) -> Claim:
    """A claim about "it" with the day of the draw the sentence before it spoke of."""
    earlier = before[-1].draw if before else None
    if claim.draw is None or earlier is None or claim.draw.dates or not claim.draw.back:
        return claim
    days = tuple(date for date in earlier.dates if len(date) == len("2026-01-31"))
    return replace(claim, draw=replace(claim.draw, dates=days))


def _claims(place: _Place) -> list[Claim]:
    text = place.text
    stated = without_lead(text)
    if text.rstrip().endswith("?") or len(text) > _LONGEST:
        return []
    # "Keep them for six years" is put as advice, but states an official term.
    advised = stated == text and not place.sentence.cells and is_advice(text) and not said.TERM.match(text)
    for find in _ORDER:
        # A code is right or wrong even where the sentence around it advises or tells a story.
        if find is not _codes and (advised or is_opinion(stated)):
            return []
        claims = list(find(place))
        if claims:
            return [*claims, *_beside(place, claims)]
    return []


def _beside(place: _Place, claims: Sequence[Claim]) -> list[Claim]:
    """What further clauses of the sentence state, each its strongest class; a table row is one record."""
    if place.sentence.cells or claims[0].form == Form.WORDS:
        return []
    found: list[Claim] = []
    for text in other_clauses(place.text, [(claim.start, claim.end) for claim in claims]):
        clause = replace(place, text=text, after=claims[0].kind)
        found += next((some for find in _FURTHER if (some := list(find(clause)))), [])
    said = {_said(claim) for claim in claims}
    return [claim for claim in found if _said(claim) not in said and _is_own(claim, claims[0])]


def _said(claim: Claim) -> tuple[object, ...]:
    return claim.kind, claim.form, claim.low, claim.high, claim.unit


def _is_own(claim: Claim, first: Claim) -> bool:
    """Whether a further clause is more than a circumstance of the first, as the level or the years that earn points."""
    if first.kind == FactKind.DRAW or first.unit == "points":
        return claim.kind in {FactKind.FEE, FactKind.PROCESSING_TIME}
    if "-" in claim.sentence.text[claim.start : claim.end]:
        return False  # "a one-year credential"
    return claim.kind != FactKind.STREAM or (claim.form == Form.CLOSED and first.kind != FactKind.OCCUPATION)


def _is_official(place: _Place) -> bool:
    """Whether the sentence is an official matter: by its own words, its table or list, or what it goes on about."""
    around = " ".join((*place.sentence.columns, place.sentence.opener))
    if is_official(place.sentence.text) or is_official(around):
        return True
    if place.sentence.cells:
        return is_official(place.topic.near)
    return _is_placed(place) and is_binding(place.sentence.text)


def _is_placed(place: _Place) -> bool:
    """Whether it is clear whose matter is spoken of."""
    return max(place.topic.publishers.values(), default=0) >= NEAR


def _codes(place: _Place) -> Iterator[Claim]:
    sentence, text = place.sentence, place.text
    listed = code_words.listed_codes(sentence, text)
    codes = listed or ([] if find_money(text) else code_words.prose_codes(text, sentence.headings, place.topic.near))
    unlisted = code_words.is_removed(text)
    for number, code in enumerate(codes):
        end = codes[number + 1].start if number + 1 < len(codes) else len(text)
        title = code_words.title_beside(text, code, end, sentence.cells)
        form = Form.UNLISTED if unlisted else Form.LISTED
        yield place.claim(
            FactKind.OCCUPATION, form, (code.start, code.end), codes=(code.code,), title=title, subject=text[:end]
        )


def _money(place: _Place) -> Iterator[Claim]:
    text = place.text
    if not _is_official(place) and not (_is_placed(place) and said.FEE.search(text)):
        return
    sums = find_money(text)
    if len(sums) > 1 and said.FROM_TO.search(text):
        sums = sums[-1:]
    for number, money in enumerate(sums):
        rate = said.rate_after(text, money.end) if money.rate else ""
        fee = not rate and not said.FUNDS.search(text) and (said.FEE.search(text) is not None or not place.wage)
        begin = sums[number - 1].end if number else 0
        yield place.claim(
            FactKind.FEE if fee else FactKind.THRESHOLD,
            Form.AMOUNT,
            (money.start, money.end),
            low=money.amount,
            high=money.amount,
            unit=f"{money.currency}{rate}",
            subject=_around(text, begin, sums[number + 1].start if number + 1 < len(sums) else len(text), len(sums)),
        )
    free = said.FREE.search(text)
    if not sums and free:
        yield place.claim(FactKind.FEE, Form.AMOUNT, free.span(), low=Decimal(0), high=Decimal(0), unit="CAD")


def _around(text: str, start: int, end: int, parts: int) -> str:
    # Two sums in one sentence: each has the words up to the next one, and the first words for their common subject.
    return text if parts == 1 else f"{text[: min(start, 60)] if start else ''} {text[start:end]}".strip()


def _draws(place: _Place) -> Iterator[Claim]:
    draw = draw_words.find_draw(
        place.text, carried=place.after == FactKind.DRAW or draw_words.speaks_of_draws(place.topic.last)
    )
    if draw is not None:
        form = Form.ENDED if draw.ended else Form.HELD
        yield place.claim(FactKind.DRAW, form, (draw.start, draw.end), draw=draw)


def _allocations(place: _Place) -> Iterator[Claim]:
    match = said.ALLOCATION.search(place.text)
    amount = said.number(match["n"] or match["m"]) if match else None
    if match and amount is not None:
        yield place.claim(
            FactKind.ALLOCATION,
            Form.AMOUNT,
            match.span("n" if match["n"] else "m"),
            low=amount,
            high=amount,
            unit="nominations",
        )


def _points(place: _Place) -> Iterator[Claim]:
    for match in said.find_points(place.text):
        yield place.claim(FactKind.THRESHOLD, Form.AMOUNT, match.span, low=match.low, high=match.high, unit="points")


def _levels(place: _Place) -> Iterator[Claim]:
    matches = list(said.LEVEL.finditer(place.text))
    if not matches or is_vague(place.text):
        return
    for number, match in enumerate(matches):
        value = Decimal(match["n"])
        end = matches[number + 1].start() if number + 1 < len(matches) else len(place.text)
        begin = matches[number - 1].end() if number else 0
        subject = _around(place.text, begin, end, len(matches))
        yield place.claim(
            FactKind.THRESHOLD, Form.AMOUNT, match.span(), low=value, high=value, unit="CLB", subject=subject
        )


def _times(place: _Place) -> Iterator[Claim]:
    text = place.text
    lengths = [length for length in find_durations(said.counted_articles(text)) if not said.AGO.match(text, length.end)]
    if not lengths or is_vague(text) or not (_is_official(place) or place.after or _is_placed(place)):
        return
    bound = said.REQUIREMENT.search(text) is not None
    around = " ".join((*place.sentence.columns, *place.sentence.headings[-1:])) if place.sentence.cells else ""
    if place.sentence.cells and said.WAITING.search(around):
        bound, text = False, f"{text} processing"
    kind = FactKind.PROCESSING_TIME if said.PROCESSING.search(text) and not bound else FactKind.THRESHOLD
    kept = [lengths[0], *(length for length in lengths[1:] if not said.IN_SPAN.search(text[: length.start]))]
    for length in kept:
        yield place.claim(
            kind, Form.AMOUNT, (length.start, length.end), low=length.low, high=length.high, unit=length.unit
        )


def _counts(place: _Place) -> Iterator[Claim]:
    match = said.COUNT.search(place.text) or said.THERE_ARE.search(place.text)
    amount = said.number(match["n"]) if match else None
    if match and amount is not None and not is_praise(place.text):
        yield place.claim(
            FactKind.OCCUPATION if said.CODES.search(match["what"]) else FactKind.THRESHOLD,
            Form.COUNT,
            match.span("n"),
            low=amount,
            high=amount,
            unit=match["what"].lower(),
        )


def _teers(place: _Place) -> Iterator[Claim]:
    match = said.TEER.search(place.text)
    if match:
        level = Decimal(match["n"])
        codes = place.codes if said.ALL_OF_THEM.search(place.text) else ()
        if not is_praise(place.text) or codes:
            yield place.claim(
                FactKind.OCCUPATION, Form.TEER, match.span("teer"), low=level, high=level, unit="TEER", codes=codes
            )


def _streams(place: _Place) -> Iterator[Claim]:
    status = stream_words.find_status(place.text, carried=place.after == FactKind.STREAM)
    if status is not None and (status.name or not is_praise(place.text)):
        form = Form.CLOSED if status.closed else Form.OPEN
        yield place.claim(FactKind.STREAM, form, (status.start, status.end), title=status.name)


def _dates(place: _Place) -> Iterator[Claim]:
    match = said.DATED.search(place.text)
    if match and _is_official(place) and said.EFFECT.search(place.text):
        yield place.claim(FactKind.DEADLINE, Form.WORDS, match.span())


def _rules(place: _Place) -> Iterator[Claim]:
    """Whatever else is stated of an official matter, unless it ranks, feels or generalises."""
    text = place.text
    named = (
        _is_official(place)
        or (_is_placed(place) and said.CHANGED.search(text))
        or (place.after is not None and said.REFERS_BACK.match(text) and is_binding(text))
    )
    if (
        named
        and len(text.split()) >= _LEAST_WORDS
        and not (is_praise(text) or is_vague(text) or said.CONDITIONAL.match(text) or text.endswith(":"))
        and not is_of_regulator(text)
    ):
        # "They were removed" right after a list of occupations is about that list.
        listed = place.after == FactKind.OCCUPATION and said.CHANGED.search(text)
        yield place.claim(FactKind.OCCUPATION if listed else FactKind.RULE, Form.WORDS, (0, len(text)))


_ORDER: tuple[Callable[[_Place], Iterator[Claim]], ...] = (
    _codes,
    _money,
    _draws,
    _allocations,
    _points,
    _levels,
    _times,
    _counts,
    _teers,
    _streams,
    _dates,
    _rules,
)

_FURTHER = (_money, _allocations, _points, _levels, _times, _counts, _streams)

__all__ = ["Claim", "Form", "find_claims"]
