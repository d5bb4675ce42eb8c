"""Decides what to expect of draws: that there are still some, none since, or what one of them was like."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.assess.patterns import match_glob
from monitor.model import Draw, Expect, FactKind, KnownFact, Operator, Watch
from monitor.pages.wording import word_set
from monitor.suggest.choosing import Choice, Shelf
from monitor.suggest.claims import Claim, Form
from monitor.suggest.likeness import content, coverage
from monitor.suggest.matching import Facts
from monitor.suggest.numbers import YEAR_SAID
from monitor.suggest.proposal import Confidence, Proposal
from monitor.suggest.topics import find_category

_STILL = timedelta(days=365)
_NAMED_ITSELF = 0.9
_NAMED = 0.6
_CLOSE = 0.75
_PROVINCIAL = re.compile(r"\bprovincial (?!nominee)|\bprovinces\b", re.IGNORECASE)
_EMPTY = word_set("express entry draw round general program")


def propose_draws(claim: Claim, choices: Sequence[Choice], facts: Facts, now: datetime) -> Iterator[Proposal]:
    """Candidates for a claim about draws, grounded in known draws of its category or stream where there are any."""
    reading = [choice for choice in choices if choice.reads]
    for choice in reading:
        known = facts.get((choice.source.id, str(FactKind.DRAW)), ())
        where = _series(claim, known)
        if where is not None:
            yield from _of_series(claim, choice, known, where, now)
            return
    for choice in reading[:1]:
        if facts.get((choice.source.id, str(FactKind.DRAW))) and _is_single(claim):
            # One draw of a series the page does not list (any more): its absence says nothing.
            return
        guess = {"category": claim.topic.category} if claim.topic.category else {}
        if guess or not facts.get((choice.source.id, str(FactKind.DRAW))):
            expect = _expected(claim, guess, (), now)
            if expect is not None:
                yield Proposal(sources=(choice.source.id,), confidence=Confidence.MEDIUM, expect=expect, watch=_WATCH)


def propose_route(claim: Claim, choices: Sequence[Choice], facts: Facts, shelf: Shelf) -> Iterator[Proposal]:
    """For a stream said to be open: that its category is still drawn; a route without draws leads nowhere."""
    text = claim.sentence.text
    category = find_category(text)
    # That a route was opened on a day stays true; "provincial streams" are none of the federal rounds.
    if claim.form != Form.OPEN or category is None or YEAR_SAID.search(text) or _PROVINCIAL.search(text):
        return
    for choice in choices:
        known = facts.get((choice.source.id, str(FactKind.DRAW)), ())
        drawn = any(isinstance(item.fact.value, Draw) and item.fact.value.category == category for item in known)
        if shelf.reads(choice.source.id, FactKind.DRAW) and (drawn or (known and choice.publisher >= _NAMED_ITSELF)):
            expect = _expect({"category": category}, Operator.NEWEST_WITHIN, _STILL)
            yield Proposal(sources=(choice.source.id,), confidence=Confidence.MEDIUM, expect=expect, watch=_WATCH)
            return


_WATCH = Watch(kinds=("draw",))


def _series(claim: Claim, known: Sequence[KnownFact]) -> dict[str, Any] | None:
    """The filter for the known draws a claim speaks of; None when it names no series among them."""
    draws = [item.fact.value for item in known if isinstance(item.fact.value, Draw)]
    if not draws:
        return None
    spoken, near = set(content(claim.sentence.text)), set(content(claim.topic.near))
    if claim.draw is not None and claim.draw.back:
        spoken |= near
    streams = Counter(draw.stream for draw in draws if draw.stream)
    categories = Counter(draw.category for draw in draws if draw.category)
    stream = _likest(streams, spoken, near if claim.topic.category is None else set())
    category = claim.topic.category if claim.topic.category in categories else _likest(categories, spoken, set())
    shared = [draw for draw in draws if draw.stream == stream and draw.category == category]
    if stream and category and len(streams) < len(categories) + 3 and shared:
        return {"stream": f"*{stream}*", "category": category}
    if category:
        return {"category": category}
    if stream:
        return {"stream": f"*{stream}*"}
    return {} if claim.topic.category is None and _speaks_of_all(claim) else None


def _likest(names: Counter[str], spoken: set[str], near: set[str]) -> str | None:
    scored = []
    for name in names:
        words = [word for word in content(name.replace("-", " ")) if word not in _EMPTY]
        said = coverage(words, spoken, near)
        if words and set(words) & spoken and (said >= _CLOSE or (said >= _NAMED and len(words) > 1)):
            scored.append((said, len(words), names[name], name))
    return max(scored)[3] if scored else None


def _speaks_of_all(claim: Claim) -> bool:
    return re.search(r"\b(?:draws|rounds)\b", claim.sentence.text, re.IGNORECASE) is not None


def _of_series(
    claim: Claim, choice: Choice, known: Sequence[KnownFact], where: dict[str, Any], now: datetime
) -> Iterator[Proposal]:
    dated = [item.fact.value for item in known if isinstance(item.fact.value, Draw) and item.fact.value.date]
    fitting = [draw for draw in dated if _fits(draw, where)]
    expect = _expected(claim, where, fitting, now)
    if expect is None:
        return
    strong = Confidence.HIGH if where and choice.publisher >= 0.6 else Confidence.MEDIUM  # noqa: PLR2004 - named near
    yield Proposal(sources=(choice.source.id,), confidence=strong, expect=expect, watch=_WATCH)


def _fits(draw: Draw, where: dict[str, Any]) -> bool:
    stream = str(where.get("stream", "*")).strip("*")
    return where.get("category") in {None, draw.category} and stream in (draw.stream or "")


def _expected(claim: Claim, where: dict[str, Any], fitting: Sequence[Draw], now: datetime) -> Expect | None:
    said = claim.draw
    if said is None or (claim.form == Form.HELD and not _is_single(claim)):
        return _held(claim, where, now)
    if claim.form == Form.ENDED:
        return _none_since(where, said.dates, now)
    dates = _dates(said.dates, newest=said.newest, fitting=fitting)
    one = where | ({"date": dates} if dates else {})
    meant = [draw for draw in fitting if dates is None or match_glob(dates, str(draw.date))]
    if said.score is not None and (len(meant) == 1 or (dates and "*" not in dates)):
        day = {"date": str(meant[0].date)} if meant else {}
        return _expect(one | day | _counted(said.invitations), Operator.EQUALS, said.score)
    if fitting and not meant:
        # The page may never have listed that draw, or not yet: its absence would contradict nothing.
        return None
    score = {} if said.score is None else {"score": said.score}
    return _expect(one | score | _counted(said.invitations), Operator.PRESENT, operand=True)


def _is_single(claim: Claim) -> bool:
    said = claim.draw
    if said is None:
        return False
    days = [date for date in said.dates if len(date) > len("2026")]
    return said.score is not None or said.invitations is not None or (bool(days) and said.newest)


def _held(claim: Claim, where: dict[str, Any], now: datetime) -> Expect:
    every = claim.draw.every if claim.draw else None
    if claim.draw is not None and claim.draw.times is not None and every is None:
        year = {"date": f"{claim.draw.dates[0]}-*"} if claim.draw.dates and not _is_since(claim) else {}
        return _expect(where | year, Operator.COUNT, claim.draw.times)
    past = [date for date in (claim.draw.dates if claim.draw else ()) if date < f"{now.year}" and not _is_since(claim)]
    if past and len(past) == 1:
        return _expect(where | {"date": f"{past[0]}*"}, Operator.PRESENT, operand=True)
    limit = timedelta(days=2 * every) if every else _STILL
    return _expect(where, Operator.NEWEST_WITHIN, min(limit, _STILL))


def _is_since(claim: Claim) -> bool:
    return re.search(r"\bsince\b", claim.sentence.text, re.IGNORECASE) is not None


def _none_since(where: dict[str, Any], dates: Sequence[str], now: datetime) -> Expect:
    last = int(max(dates)[:4]) if dates else now.year - 1
    years = [f"{year}-*" for year in range(last + 1, max(now.year, last + 1) + 2)]
    return _expect(where | {"date": years}, Operator.PRESENT, operand=False)


def _dates(said: Sequence[str], *, newest: bool, fitting: Sequence[Draw]) -> str | None:
    if said:
        return said[0] if len(said[0]) == len("2026-01-01") else f"{said[0]}-*"
    days = [draw.date for draw in fitting if draw.date is not None]
    return str(max(days)) if newest and days else None


def _counted(invitations: int | None) -> dict[str, Any]:
    return {} if invitations is None else {"invitations": invitations}


def _expect(where: dict[str, Any], operator: Operator, operand: Any) -> Expect:
    return Expect(fact="draw:*", where=where, operator=operator, operand=operand)
