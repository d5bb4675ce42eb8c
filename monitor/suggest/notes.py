"""Reads half sentences as notes and table cells have them: a bare number whose meaning stands beside or above it."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from monitor.extractors.amounts import read_number
from monitor.extractors.durations import find_durations, read_duration
from monitor.model import FactKind
from monitor.suggest.claim import Claim, Form
from monitor.suggest.draw_words import DrawSaid
from monitor.suggest.numbers import DATED, LEVEL, REQUIREMENT, TERM_OF, YEAR_SAID, iso_dates, rate_after
from monitor.suggest.place import Place
from monitor.suggest.sentences import Sentence


class _Meaning(Struct, frozen=True, kw_only=True):
    """What a number without a unit may stand for, by the words around it, if it lies between ``least`` and ``most``."""

    kind: FactKind
    unit: str
    least: int
    most: int
    words: re.Pattern[str]


def _meaning(kind: FactKind, unit: str, least: int, most: int, words: str) -> _Meaning:
    return _Meaning(kind=kind, unit=unit, least=least, most=most, words=re.compile(rf"\b(?:{words})\b", re.IGNORECASE))


_FUNDS = _meaning(
    FactKind.THRESHOLD,
    "CAD",
    1_000,
    100_000_000,
    r"funds|savings|settlement|revenue|turnover|income|net worth|invest\w*|salary",
)
_WAGE = _meaning(FactKind.THRESHOLD, "CAD/hour", 10, 400, r"wages?|floors?|hourly|hour|pay floor")
_DRAW = _meaning(
    FactKind.DRAW,
    "",
    1,
    1_200,
    r"draws?|drawn|rounds?|cut-?offs?|invited|invitations|notifications?|latest selections?",
)
_POINTS = _meaning(
    FactKind.THRESHOLD,
    "points",
    0,
    1_200,
    r"points?|CRS|Comprehensive Ranking\w*|scores?|scoring|grid|pass mark|transferability|core",
)
_FEE = _meaning(FactKind.FEE, "CAD", 10, 100_000, r"fees?|costs?|prices?|money|charges?|payable|cash|budget|bills?|pay")
_QUOTA = _meaning(FactKind.ALLOCATION, "nominations", 100, 100_000, r"quotas?|allocations?|spaces|nominations")
_SAID = (_FUNDS, _WAGE, _DRAW, _POINTS, _QUOTA, _FEE)
_PAID_FOR = _meaning(
    FactKind.FEE,
    "CAD",
    50,
    20_000,
    r"applications?|registrations?|reviews?|permits?|biometrics|fingerprints|landing|permanent residence|visas?|"
    r"extensions?|renewals?|per position|restoration|LMIAs?|labour market impact assessments?",
)
"""What a sum is paid for; weak, for these have times and levels too."""

_NUMBER = re.compile(
    r"(?<![\w.,$/#-])\+?(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d)?)(?:/\d+|-\d+)?(?![\w%]|[.,]\d|-\w)"
)
_PART = re.compile(r";\s+|,\s+|\s+/\s+|\s+[+&]\s+|\s+-+\s+|\s+(?=(?:and|or|then|plus|vs\.?)\s)", re.IGNORECASE)
_LABEL = re.compile(r"(?P<label>[^:;(]{1,60}?):\s")
_COUNTED = re.compile(
    r"\s+(?:[\w-]+\s+){0,2}?(?P<what>staff|employees|workers|codes|occupations|categories|streams|programs|partners|"
    r"hours|people|persons|jobs)\b",
    re.IGNORECASE,
)
_CODES = re.compile(r"codes|occupations|jobs", re.IGNORECASE)
_CODE = re.compile(r"\b(?:NOC\s?)?\d[0-5]\d{3}\b(?!,)")
_TEER = re.compile(r"\bTEERs?\s+\d(?:\s*(?:-|,|to|and|or)\s*\d)*\b", re.IGNORECASE)
_DAY = re.compile(
    r"\b(?:\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2})\b(?!,\d{3})"
)
_ENDED = re.compile(
    r"\b(?:nothing|none|dead|gone|over|ended|stopped|last(?: one)?|no more|no longer|closed)\b", re.IGNORECASE
)
_SIZE = re.compile(r"\((?P<a>\d[\d,]*)\)|(?P<b>\d[\d,]*) (?:invited|people|candidates|invitations|ITAs)", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|am|has|have|had|do|does|did|must|(?-i:may)|might|can|cannot|could|will|would|shall|should|"
    r"needs?|needed|costs?(?= \w)|takes?|took|gets?|got|gives?|gave|asks?|asked|pays?|paid|wants?|requires?|adds?|"
    r"brings?|brought|goes|went|counts?|counted|expires?|charges?(?= \w)|makes?|made|says?|said|becomes?|became|"
    r"stands?|stood|lasts?|stays?|stayed|invited|drew|rose|fell|opened|closes?|began|starts?|received|accepts?|"
    r"drops?|dropped|holds?|held|reached|earns?|told|thought|knows?|knew|you're|it's|that's|there's)\b|n't\b",
    re.IGNORECASE,
)
"""A verb that makes a sentence whole."""
_PAST = re.compile(r"\b(?!need|[Ss]killed|[Uu]nchanged|[Rr]equired|[Ll]isted)\w{3,}ed\b")
_BRACKETED = re.compile(r"\([^)]*\)")
_BY_CLAUSE = re.compile(r"\s(?:if|when|where|because|since|that|which|who|while|unless)\s")
_FEW_WORDS = 14
_UNIT = re.compile(r"\b(?:(?:business|working|calendar) )?(?:days|weeks|months|years)\b", re.IGNORECASE)


def is_note(sentence: Sentence) -> bool:
    """Whether it is a half sentence: a cell, or an item or a few words in which no verb makes the sentence whole."""
    if sentence.cells:
        return True
    if _FINITE.search(_BRACKETED.sub("", _BY_CLAUSE.split(sentence.text, maxsplit=1)[0])):
        return False
    few = len(sentence.text.split()) <= _FEW_WORDS or _LABEL.match(sentence.text) is not None
    return sentence.item or (few and not _PAST.search(_BRACKETED.sub("", sentence.text)))


def read_note(place: Place) -> list[Claim]:
    """What the bare numbers of a half sentence or cell state; empty when what they mean stands nowhere."""
    text = place.text
    label = _LABEL.match(text)
    start = label.end() if label and any(map(str.isdigit, text[label.end() :])) else 0
    blank = _without_other_numbers(text)
    length = _read_length(place, blank)
    if length is not None:
        return [length]
    meaning = _find_meaning(place, text, text)
    goes_on = place.after == FactKind.DRAW and (meaning is None or DATED.search(text) or _DAY.search(text))
    under = _first(" ".join(place.sentence.headings[-1:])) is _DRAW and meaning in {_POINTS, _WAGE}
    if meaning is _DRAW or _DRAW.words.search(text) or goes_on or under:
        return list(_drawn(place, blank, start))
    return list(_valued(place, blank, start))


def _read_length(place: Place, blank: str) -> Claim | None:
    """The length of time a cell states whose unit stands in its row's label or column ("Days to apply | 60")."""
    numbers = list(_NUMBER.finditer(blank))
    unit = _UNIT.search(place.text) or _UNIT.search(place.column or "")
    if place.column is None or not unit or len(numbers) != 1 or rate_after(blank, numbers[0].end()):
        return None
    length = read_duration(numbers[0]["n"], unit[0])
    if length is None or _FEE.words.search(place.column):
        return None
    waited = not TERM_OF.search(place.text) and not REQUIREMENT.search(place.text)
    kind = FactKind.PROCESSING_TIME if waited else FactKind.THRESHOLD
    return place.claim(kind, Form.AMOUNT, numbers[0].span("n"), low=length.low, high=length.high, unit=length.unit)


def _without_other_numbers(text: str) -> str:
    """The text with dates, lengths of time, levels and codes blanked out: what their numbers mean is clear."""
    for pattern in (_DAY, DATED, YEAR_SAID, LEVEL, _CODE, _TEER):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    for length in find_durations(text):
        text = text[: length.start] + " " * (length.end - length.start) + text[length.end :]
    return text


def _parts(text: str, start: int) -> Iterator[tuple[int, int]]:
    cuts = [start, *(match.end() for match in _PART.finditer(text, start)), len(text)]
    yield from pairwise(cuts)


def _valued(place: Place, blank: str, start: int) -> Iterator[Claim]:
    for first, end in _parts(blank, start):
        numbers = list(_NUMBER.finditer(blank, first, end))
        if not numbers:
            continue
        counted = next((match for match in numbers if _COUNTED.match(blank, match.end())), None)
        match = counted or numbers[-1]
        amount = read_number(match["n"])
        part = place.text[first:end]
        meaning = _find_meaning(place, part, place.text)
        if amount is None:
            continue
        if counted:
            yield _count(place, counted, amount)
        elif rate_after(blank, match.end()):
            yield _claim(place, FactKind.THRESHOLD, f"CAD{rate_after(blank, match.end())}", match, amount, part)
        elif meaning is not None and meaning.least <= amount <= meaning.most:
            yield _claim(place, meaning.kind, meaning.unit, match, amount, part)


def _claim(place: Place, kind: FactKind, unit: str, match: re.Match[str], amount: Decimal, part: str) -> Claim:
    return place.claim(
        kind, Form.AMOUNT, match.span("n"), low=amount, high=amount, unit=unit, subject=_subject(place, part)
    )


def _subject(place: Place, part: str) -> str:
    label = _LABEL.match(place.text)
    return part if label is None or part.startswith(label["label"]) else f"{label['label']} {part}"


def _count(place: Place, match: re.Match[str], amount: Decimal) -> Claim:
    noun = _COUNTED.match(place.text, match.end())
    what = noun["what"].lower() if noun else ""
    kind = FactKind.OCCUPATION if _CODES.search(what) else FactKind.THRESHOLD
    return place.claim(kind, Form.COUNT, match.span("n"), low=amount, high=amount, unit=what)


def _find_meaning(place: Place, part: str, whole: str) -> _Meaning | None:
    """By the words beside the number, else those over it, the nearest first; else by what may be paid for."""
    # The title tells what all is about, not what this number is.
    headings = place.sentence.headings
    around = (part, whole, place.sentence.opener, place.over, *reversed(headings[1:] or headings))
    said = next((found for words in around if (found := _first(words))), None)
    return said or (_PAID_FOR if _PAID_FOR.words.search(whole) else None)


def _first(words: str) -> _Meaning | None:
    places = [(match.start(), number) for number, it in enumerate(_SAID) if (match := it.words.search(words))]
    return _SAID[min(number for _, number in places)] if places else None


def _drawn(place: Place, blank: str, start: int) -> Iterator[Claim]:
    """A draw for each score or wage the note states; one that they have ended where it says so and has none."""
    text = place.text
    sizes = {match.start("a" if match["a"] else "b"): match for match in _SIZE.finditer(blank)}
    found = False
    for first, end in _parts(blank, start):
        plain = blank.replace("$", " ")
        numbers = [it for it in _NUMBER.finditer(plain, first, end) if it.start("n") not in sizes]
        score = next(
            (it for it in numbers if _DRAW.least <= int(it["n"].replace(",", "").split(".")[0]) <= _DRAW.most), None
        )
        if score is None:
            continue
        found = True
        wage = bool(rate_after(blank, score.end()))
        size = next((it for at, it in sizes.items() if score.end() <= at <= end), None)
        yield _draw(place, score.span("n"), None if wage else score["n"], size, text[first:end])
    if not found and _ENDED.search(text):
        said = DrawSaid(start=0, end=len(text), dates=tuple(iso_dates(text)), ended=True)
        yield place.claim(FactKind.DRAW, Form.ENDED, (0, len(text)), draw=said)
    elif not found and sizes:
        size = next(iter(sizes.values()))
        yield _draw(place, size.span("a" if size["a"] else "b"), None, size, text)


def _draw(place: Place, span: tuple[int, int], score: str | None, size: re.Match[str] | None, part: str) -> Claim:
    dates: Sequence[str] = iso_dates(part) or iso_dates(place.text)
    counted = read_number(size["a"] or size["b"]) if size else None
    said = DrawSaid(
        start=span[0],
        end=span[1],
        score=int(score) if score and score.isdigit() else None,
        invitations=int(counted) if counted is not None else None,
        dates=tuple(dates),
    )
    return place.claim(FactKind.DRAW, Form.HELD, span, draw=said, subject=part)
