"""Reads numbers whose unit was said before them: "17 days, and your employer 14"; "For construction it was 108"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from monitor.extractors.amounts import find_money
from monitor.extractors.durations import find_durations
from monitor.model import FactKind
from monitor.suggest.claim import Claim, Form
from monitor.suggest.draw_words import DrawSaid
from monitor.suggest.numbers import ANY_NUMBER, DATED, LEVEL, YEAR_SAID, number
from monitor.suggest.place import Place
from monitor.suggest.topics import MATTER
from monitor.suggest.vocabulary import is_vague

_LONGEST = 12
"""Words of a clause that still only adds a number to what was said."""
_BARE = re.compile(
    rf"(?P<n>{ANY_NUMBER})(?=\s*(?:$|[.,;:!)])|\s+(?:if|for|in|inside|outside|elsewhere|otherwise|at|with|without|when|on|to|"
    r"under|everywhere|anywhere|after|before|here|there|again|last|this|these|only|at all|alone|or|and|but|then)\b)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\bTEERs? \d(?:\s*(?:,|or|and|to|-)\s*\d)*|\b(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December)(?: \d{1,2})?\b|\b\d[0-5]\d{3}\b(?!,)"
)
_NUMBERS = re.compile(rf"{ANY_NUMBER}|\b(?:and|or|to|for|if|the|it|was|is)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{2,}", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:from (?=\$|\d)|used to|had been|against|out of|ours|mine|his|hers|theirs|feels?)\b", re.IGNORECASE
)
"""What was before, or of one person: not what is."""
_ONE = re.compile(r"\bone\b", re.IGNORECASE)
_LEAST_SUM, _SCORES, _POINTS = 10, range(10, 1_201), range(601)


def find_left_out(place: Place) -> Iterator[Claim]:
    """The claim of a clause that gives a number alone, of the kind and unit of the claim before it."""
    before, text = place.before, place.text
    if before is None or (before.low is None and before.draw is None) or len(text.split()) > _LONGEST:
        return
    if is_vague(text) or _PAST.search(text) or not _WORD.search(_NUMBERS.sub("", text)):
        return
    numbers = [match for match in _BARE.finditer(_without_others(text)) if not _ONE.fullmatch(match["n"])]
    amount = number(numbers[-1]["n"]) if numbers else None
    if amount is None:
        return
    span = numbers[-1].span("n")
    named = max(place.topic.publishers.values(), default=0) > MATTER
    place = place if named else replace(place, topic=before.topic)
    if before.kind == FactKind.DRAW:
        if amount in _SCORES and amount == int(amount):
            said = DrawSaid(start=span[0], end=span[1], score=int(amount), back=True)
            yield place.claim(FactKind.DRAW, Form.HELD, span, draw=said)
    elif before.form in {Form.AMOUNT, Form.COUNT} and _is_of_size(amount, before):
        amount *= _factor(before)
        yield place.claim(before.kind, before.form, span, low=amount, high=amount, unit=before.unit)


def _without_others(text: str) -> str:
    for pattern in (DATED, YEAR_SAID, LEVEL, _OTHER):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    spans = [(it.start, it.end) for it in find_durations(text)] + [(it.start, it.end) for it in find_money(text)]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _is_of_size(amount: Decimal, before: Claim) -> bool:
    if before.unit.startswith("CAD"):
        return amount >= _LEAST_SUM
    return before.unit != "points" or amount in _POINTS


def _factor(before: Claim) -> int:
    """Years were counted as months."""
    written = before.subject.lower()
    return 12 if before.unit == "months" and re.search(r"\byears?\b", written) and "month" not in written else 1
