"""Finds each class of claim in a sentence or clause: codes, money, draws, points, lengths of time, rules, and so on."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from monitor.extractors.amounts import find_money
from monitor.extractors.durations import find_durations
from monitor.model import FactKind
from monitor.suggest import code_words, draw_words, stream_words
from monitor.suggest import numbers as said
from monitor.suggest.claim import Claim, Form
from monitor.suggest.draw_words import DrawSaid
from monitor.suggest.ellipsis import find_left_out
from monitor.suggest.place import Place
from monitor.suggest.vocabulary import is_binding, is_of_regulator, is_praise, is_vague

_LEAST_WORDS = 4
"""A rule takes as many; less is a run-in heading ("British Columbia.")."""

_GONE = re.compile(r"(?:gone|closed|ended|abolished|paused|suspended)\b", re.IGNORECASE)
_CONDITIONS = frozenset({"if", "when", "once", "unless", "while"})
_A_YEARS_WAGE = 15_000

Find = Callable[[Place], Iterator[Claim]]


def _codes(place: Place) -> Iterator[Claim]:
    sentence, text = place.sentence, place.text
    if draw_words.are_invited(text) or draw_words.tells_last(text):
        return
    listed = code_words.listed_codes(sentence, text)
    codes = (
        listed
        or code_words.titled_code(text)
        or ([] if find_money(text) else code_words.prose_codes(text, sentence.headings, place.topic.near))
    )
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
    going_on = place.after == FactKind.FEE or place.unit.startswith("CAD") or said.REFERS_BACK.match(text) is not None
    if (
        not going_on
        and not place.is_official()
        and not (place.is_placed() and (said.FEE.search(text) or said.FREE.search(text)))
    ):
        return
    sums = find_money(text)
    if said.is_others_price(text) or (
        (place.after == FactKind.DRAW or said.ASKED_ON_A_DAY.search(text)) and any(money.rate for money in sums)
    ):
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
            and (said.FEE.search(text) is not None or not _goes_on_about_wages(place, money.amount))
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


def _goes_on_about_wages(place: Place, amount: Decimal) -> bool:
    """Whether a bare sum is another wage or sum of funds, as the sentence before it gave one."""
    return (
        place.unit.startswith("CAD") and not place.sentence.cells and (place.unit == "CAD" or amount >= _A_YEARS_WAGE)
    )


def _around(text: str, start: int, end: int, parts: int) -> str:
    # Two sums in one sentence: each has the words up to the next one, and the first words for their common subject.
    return text if parts == 1 else f"{text[: min(start, 60)] if start else ''} {text[start:end]}".strip()


def _draws(place: Place) -> Iterator[Claim]:
    carried = place.after == FactKind.DRAW or draw_words.speaks_of_draws(place.topic.last)
    draw = place.find_drawn() or draw_words.find_draw(place.text, carried=carried)
    wage = next((money for money in find_money(place.text) if money.rate), None)
    asked = said.ASKED_ON_A_DAY.search(place.text) is not None
    if draw is None and wage is not None and (place.after == FactKind.DRAW or asked):
        # The wage that was asked for in the draw spoken of.
        draw = DrawSaid(start=wage.start, end=wage.end, dates=tuple(said.iso_dates(place.text)), back=True)
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
    carried = (
        place.unit == "points" or "points" in place.topic.near.lower() or said.EARNS.search(place.text) is not None
    )
    if said.OWN_SCORE.search(place.text):
        return
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
    clear = place.is_official() or place.after or place.is_placed() or said.TAKES.search(text) or said.TERM.match(text)
    if not lengths or is_vague(text) or not clear:
        return
    kind = FactKind.PROCESSING_TIME if _is_waited(place) else FactKind.THRESHOLD
    # In a clause beside another claim "within three years" is that one's circumstance.
    first = [] if text[:1].isspace() and said.IN_SPAN.search(text[: lengths[0].start]) else lengths[:1]
    kept = [*first, *(length for length in lengths[1:] if not said.IN_SPAN.search(text[: length.start]))]
    for length in kept:
        yield place.claim(
            kind, Form.AMOUNT, (length.start, length.end), low=length.low, high=length.high, unit=length.unit
        )


def _is_waited(place: Place) -> bool:
    """Whether a length of time is how long an office takes: by the words beside it, else by those over it."""
    text = place.text
    text = said.CLASSES.sub("", text)
    if said.TERM_OF.search(text):
        return False
    if said.OFFICE_NEEDS.search(text):
        return True
    if said.WAITING.search(place.over):
        return said.REQUIREMENT.search(text) is None or place.column is not None
    if said.PROCESSING.search(text):
        return said.REQUIREMENT.search(text) is None
    over = " ".join(place.sentence.headings[-1:])
    return said.WAITING.search(over) is not None and said.REQUIREMENT.search(text) is None


def _counts(place: Place) -> Iterator[Claim]:
    match = said.COUNT.search(said.TEERS.sub(_blank, place.text)) or said.THERE_ARE.search(place.text)
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


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


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


def _endings(place: Place) -> Iterator[Claim]:
    """Streams that are gone, however many they were."""
    return (claim for claim in _streams(place) if claim.form == Form.CLOSED and _GONE.match(place.text))


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


def _rules_beside(place: Place) -> Iterator[Claim]:
    """What a clause beside a number says must or cannot be ("... and it cannot be recovered from the worker")."""
    text = place.text
    words = text.split()
    if (
        len(words) >= _LEAST_WORDS
        and words[0].lower() not in _CONDITIONS
        and said.OBLIGES.search(text)
        and not (is_praise(text) or is_vague(text))
    ):
        start = len(text) - len(text.lstrip())
        yield place.claim(FactKind.RULE, Form.WORDS, (start, len(text.rstrip())))


ORDER: tuple[Find, ...] = (
    _codes,
    _money,
    _draws,
    _allocations,
    _points,
    _levels,
    _times,
    find_left_out,
    _endings,
    _counts,
    _teers,
    _members,
    _streams,
    _dates,
    _rules,
)
"""The classes, the strongest first."""
CODES = _codes
"""A code is right or wrong even where the sentence around it advises or tells a story."""
LASTING: tuple[Find, ...] = (_codes, _money, _points, _levels)
"""What is the same for everybody, so that a story holds it as well: not how long somebody waited."""
FURTHER: tuple[Find, ...] = (
    _money,
    _allocations,
    _points,
    _levels,
    _times,
    find_left_out,
    _counts,
    _teers,
    _streams,
    _rules_beside,
)
"""What a clause beside another claim may state of its own."""
