"""Finds the checkable claims of a guide: which sentences say something an official page could confirm or deny.

Of one clause the strongest class of claim counts (codes, then money, draws, quotas, points, levels, lengths of time,
counts, TEER, streams, dates, rules), so that "50 points with CLB 7" is one claim about points. Clauses beside it that
state a number or a closing of their own are further claims.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from monitor.extractors.amounts import find_money, straight
from monitor.extractors.durations import find_durations
from monitor.model import FactKind
from monitor.suggest import code_words, draw_words, stream_words
from monitor.suggest import numbers as said
from monitor.suggest.claim import Claim, Form
from monitor.suggest.clauses import other_clauses
from monitor.suggest.place import Place
from monitor.suggest.sentences import Sentence
from monitor.suggest.topics import Topics
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
        points = after == FactKind.THRESHOLD and found[-1].unit == "points"
        text = straight(sentence.text)
        place = Place(sentence=sentence, text=text, topic=topic, after=after, wage=wage, points=points, codes=codes)
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


def _claims(place: Place) -> list[Claim]:
    text = place.text
    stated = without_lead(text)
    if text.rstrip().endswith("?") or len(text) > _LONGEST or place.sentence.is_run_in:
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


def _beside(place: Place, claims: Sequence[Claim]) -> list[Claim]:
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
    if claim.form == Form.TEER:
        return first.form == Form.LISTED and claim.sentence.text[: claim.start].endswith(" and ")
    if "-" in claim.sentence.text[claim.start : claim.end]:
        return False  # "a one-year credential"
    return claim.kind != FactKind.STREAM or (claim.form == Form.CLOSED and first.kind != FactKind.OCCUPATION)


def _codes(place: Place) -> Iterator[Claim]:
    sentence, text = place.sentence, place.text
    if draw_words.are_invited(text):
        return
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


def _money(place: Place) -> Iterator[Claim]:
    text = place.text
    if draw_words.is_enough(text) or place.find_drawn():
        return
    if place.after != FactKind.FEE and not place.is_official() and not (place.is_placed() and said.FEE.search(text)):
        return
    sums = find_money(text)
    if said.is_others_price(text):
        return
    if len(sums) > 2 and sums[0].amount == sum(money.amount for money in sums[1:]):  # noqa: PLR2004 - a total of two
        sums = sums[1:]
    if len(sums) > 1 and said.FROM_TO.search(text):
        sums = sums[-1:]
    for number, money in enumerate(sums):
        rate = said.rate_after(text, money.end) if money.rate else ""
        fee = (
            not rate
            and (said.PAID.search(text[: money.start]) or not said.FUNDS.search(f"{text} {place.over}"))
            and (said.FEE.search(text) is not None or not place.wage)
        )
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


def _draws(place: Place) -> Iterator[Claim]:
    carried = place.after == FactKind.DRAW or draw_words.speaks_of_draws(place.topic.last)
    draw = place.find_drawn() or draw_words.find_draw(place.text, carried=carried)
    if draw is not None:
        form = Form.ENDED if draw.ended else Form.HELD
        yield place.claim(FactKind.DRAW, form, (draw.start, draw.end), draw=draw)


def _allocations(place: Place) -> Iterator[Claim]:
    match = said.ALLOCATION.search(place.text)
    group = next((name for name in ("n", "m", "k") if match and match[name]), "")
    amount = said.number(match[group]) if match and group else None
    if match and amount is not None:
        yield place.claim(
            FactKind.ALLOCATION,
            Form.AMOUNT,
            match.span(group),
            low=amount,
            high=amount,
            unit="nominations",
        )


def _points(place: Place) -> Iterator[Claim]:
    carried = place.points or "points" in place.topic.near.lower()
    for match in said.find_points(place.text, carried=carried):
        yield place.claim(FactKind.THRESHOLD, Form.AMOUNT, match.span, low=match.low, high=match.high, unit="points")


def _levels(place: Place) -> Iterator[Claim]:
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


def _times(place: Place) -> Iterator[Claim]:
    text = place.text
    lengths = [
        length
        for length in find_durations(said.counted_articles(text))
        if not said.AGO.match(text, length.end) and not said.EVERY.search(text[: length.start])
    ]
    if not lengths or is_vague(text) or not (place.is_official() or place.after or place.is_placed()):
        return
    bound = said.REQUIREMENT.search(text) is not None
    if said.WAITING.search(place.over):
        bound, text = False, f"{text} processing"
    kind = FactKind.PROCESSING_TIME if said.PROCESSING.search(text) and not bound else FactKind.THRESHOLD
    # In a clause beside another claim "within three years" is that one's circumstance.
    first = [] if text[:1].isspace() and said.IN_SPAN.search(text[: lengths[0].start]) else lengths[:1]
    kept = [*first, *(length for length in lengths[1:] if not said.IN_SPAN.search(text[: length.start]))]
    for length in kept:
        yield place.claim(
            kind, Form.AMOUNT, (length.start, length.end), low=length.low, high=length.high, unit=length.unit
        )


def _counts(place: Place) -> Iterator[Claim]:
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


def _teers(place: Place) -> Iterator[Claim]:
    match = said.TEER.search(place.text)
    if match:
        level = Decimal(match["n"])
        codes = place.codes if said.ALL_OF_THEM.search(place.text) else ()
        if not is_praise(place.text) or codes:
            yield place.claim(
                FactKind.OCCUPATION, Form.TEER, match.span("teer"), low=level, high=level, unit="TEER", codes=codes
            )


def _members(place: Place) -> Iterator[Claim]:
    """That an occupation named in words is in a list or category, or is not."""
    match = said.MEMBER.search(place.text)
    if match and not is_praise(place.text) and not is_vague(place.text):
        yield place.claim(FactKind.OCCUPATION, Form.WORDS, match.span())


def _streams(place: Place) -> Iterator[Claim]:
    status = stream_words.find_status(
        place.text, carried=place.after == FactKind.STREAM or stream_words.speaks_of_streams(place.topic.last)
    )
    if status is not None and (status.name or not is_praise(place.text)):
        form = Form.CLOSED if status.closed else Form.OPEN
        yield place.claim(FactKind.STREAM, form, (status.start, status.end), title=status.name)


def _dates(place: Place) -> Iterator[Claim]:
    match = said.DATED.search(place.text)
    if match and place.is_official() and said.EFFECT.search(place.text):
        yield place.claim(FactKind.DEADLINE, Form.WORDS, match.span())


def _rules(place: Place) -> Iterator[Claim]:
    """Whatever else is stated of an official matter, unless it ranks, feels or generalises."""
    text = place.text
    named = (
        place.is_official()
        or (place.is_placed() and said.CHANGED.search(text))
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


_ORDER: tuple[Callable[[Place], Iterator[Claim]], ...] = (
    _codes,
    _money,
    _draws,
    _allocations,
    _points,
    _levels,
    _times,
    _counts,
    _teers,
    _members,
    _streams,
    _dates,
    _rules,
)

_FURTHER = (_money, _allocations, _points, _levels, _times, _counts, _teers, _streams)

__all__ = ["Claim", "Form", "find_claims"]
