"""Which sums in a sentence are fees, what for, and from when."""

import re
from bisect import bisect_left
from decimal import Decimal

from msgspec import Struct

from monitor.extractors import labels
from monitor.extractors.amounts import DEFAULT_CURRENCY, Money, find_money, straight
from monitor.pages.remembering import remember_short
from monitor.pages.wording import has_any


class Around(Struct, frozen=True, kw_only=True):
    """What stands around a sentence: the headings above it and the sentence that opens its list."""

    path: tuple[str, ...] = ()
    lead_in: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """A fee in a sentence; ``start`` and ``end`` are the amount's offsets in it."""

    label: str
    amount: Decimal
    currency: str
    start: int
    end: int


FEE = re.compile(r"\bfees?\b(?!-for|s?-for)|\bfrais\b", re.IGNORECASE)
_FEE_HEADING = re.compile(r"\b(?:fees?|costs?|charges?|frais)\b(?!-for)", re.IGNORECASE)
_WEAK = re.compile(r"\b(?:costs?|costing|charge[sd]?|pay|pays|payable|paid|payment)\b", re.IGNORECASE)
_NOT_FEE = re.compile(
    r"\b(?:fees?-for-service|fund|wages?|salar(?:y|ies)|incomes?|earn(?:s|ed|ings?)?|revenues?|fund(?:s|ing)|net worth|"
    r"worth|assets?|equity|invest(?:s|ed|ing|ments?|ors?)?|penalt(?:y|ies)|fined?|fines|amps?|sales?|turnover|tuition|"
    r"savings?|loans?|bonds?|deposits?|budget|living|remuneration|compensation|benefits?|grants?|coverage|"
    r"insurance|purchase|value)\b",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:from|was|were|previously|formerly|used to be|instead of|rather than|(?:up|down) from|old)\s*(?:\(?CAD\s?)?$",
    re.IGNORECASE,
)
_MOVED_FROM = re.compile(
    r"\b(?:increas|rais|chang|rose|risen|r[ei]se|went|gone|go|going|lower|reduc|decreas|cut)\w*\b[^.;]{0,40}\bfrom\s*"
    r"(?:\(?CAD\s?)?$",
    re.IGNORECASE,
)
"""What it was before, also where the text does not say what it is now: "increased from $10 on January 1"."""
_NO_FEE = re.compile(
    r"\bthere(?:'s| is| are| will be)\s+(?P<none>no\s+(?P<phrase>(?:[\w-]+\s){0,6}?)(?:fees?|charges?|costs?))\b"
    r"(?!\s*(?:refunds?|increases?|changes?|if|when|unless|waivers?|exemptions?)\b)"
    r"|(?P<none2>\bno\s+(?P<phrase2>(?:[\w-]+\s){0,6}?)(?:fees?|charges?))\s+(?:(?:is|are)\s+(?:required|charged|payable)"
    r"|applies|apply)\b|(?P<none3>\bno\s+(?:fees?|charges?|costs?))\s+(?=(?:to|for)\s)",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"^(?P<subject>[^,;:]{3,60}?)(?P<link>\s+(?:is|are)\s+|\s*[:-]\s*)"
    r"(?P<none>free(?: of charge)?|no (?:fee|charge|cost)|nil)\W*$",
    re.IGNORECASE,
)
_SUM = ("$", "cad", "cdn", "usd", "dollars")
"""One of these stands, in small letters, in every sentence that states a sum."""
_NONE = re.compile(r"no\s(?<=\bno\s)|free\b(?<=\bfree)|nil\b(?<=\bnil)")
"""Stands, in small letters, in every sentence that says there is nothing to pay."""
MOST_SUMS = 200
"""More in one sentence than anybody states: it is a list of something, or made to keep us busy."""
_BEFORE = 200
"""Characters before a sum in which it may be called a former one."""
_CURRENCY = re.compile(r"^\s*\(?(?:CAD|CDN|Canadian(?: dollars| funds)?)\b\)?", re.IGNORECASE)
_REQUIRED = re.compile(r"^\s*(?:(?:is|are)\s+(?:required|charged|payable)|applies|apply)\b", re.IGNORECASE)
_PROCESS = re.compile(
    r"\b(?:regist\w+|appl(?:y|ying|ications?)|profiles?|submi\w+|expressions? of interest|reviews?)\b", re.IGNORECASE
)


def find_fees(sentence: str, around: Around) -> list[Found]:
    """The fees this sentence states, in reading order: sums near words of paying, and plain "no fee" as zero.

    Wages, incomes, funds, investments, penalties, sums by the hour or year and former amounts are no fees.
    """
    text = straight(sentence)
    if not may_state_fees(text):
        return []
    monies = find_money(text)
    if len(monies) > MOST_SUMS:
        return []
    words = _Words(fee=_places(FEE, text), other=_places(_NOT_FEE, text), weak=_WEAK.search(text) is not None)
    sums = [money for money in monies if _is_fee(words, money, around) and not _is_former(text, money, monies)]
    return sorted((*_priced(text, sums, around), *_free(text, around)), key=lambda found: found.start)


def may_state_fees(text: str) -> bool:
    """Whether the text speaks of a sum, or of none; tells most sentences from those that ``find_fees`` is for."""
    return has_any(text.lower(), _SUM) or may_be_free(text)


def may_be_free(text: str) -> bool:
    """Whether the text speaks of nothing to pay."""
    return _NONE.search(text.lower()) is not None


@remember_short(256)
def is_fee_heading(text: str) -> bool:
    """Whether a heading, caption, column name or lead-in is about fees and not about wages, funds and the like."""
    return _FEE_HEADING.search(text) is not None and _NOT_FEE.search(straight(text)) is None


@remember_short(256)
def is_not_fee(text: str) -> bool:
    """Whether the words speak of wages, funds, investments, penalties or the like."""
    return _NOT_FEE.search(straight(text)) is not None


class _Words(Struct, frozen=True, kw_only=True):
    """Where a sentence speaks of fees and of other sums, as (start, end), and whether it speaks of paying."""

    fee: list[tuple[int, int]]
    other: list[tuple[int, int]]
    weak: bool


def _places(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text)]


def _is_fee(words: _Words, money: Money, around: Around) -> bool:
    if money.rate:
        return False
    fee, other = _distance(words.fee, money), _distance(words.other, money)
    if fee is not None:
        return other is None or fee < other
    if other is not None:
        return False
    return words.weak or _about_fees(around)


def _about_fees(around: Around) -> bool:
    if is_not_fee(around.lead_in):
        return False
    opened = is_fee_heading(around.lead_in) or _WEAK.search(around.lead_in) is not None
    return opened or (bool(around.path) and is_fee_heading(around.path[-1]))


def _distance(places: list[tuple[int, int]], money: Money) -> int | None:
    after = bisect_left(places, (money.start, 0))
    near = places[max(0, after - 1) : after + 1]
    return min((max(start - money.end, money.start - end) for start, end in near), default=None)


def _is_former(text: str, money: Money, monies: tuple[Money, ...]) -> bool:
    before = text[max(0, money.start - _BEFORE) : money.start]
    return _MOVED_FROM.search(before) is not None or (len(monies) > 1 and _FORMER.search(before) is not None)


def _priced(text: str, sums: list[Money], around: Around) -> list[Found]:
    found: list[Found] = []
    for index, money in enumerate(sums):
        start = sums[index - 1].end if index else 0
        end = sums[index + 1].start if index + 1 < len(sums) else len(text)
        before, after = text[start : money.start], _CURRENCY.sub("", text[money.end : end])
        if index and not FEE.search(f"{before} {after}"):
            label = _shared_label(found[-1].label, text[sums[index - 1].end : money.start], after)
        else:
            label = _label(before, after, around, alone=len(sums) == 1)
        found.append(_found(label, money))
    return found


def _found(label: str, money: Money) -> Found:
    return Found(label=label, amount=money.amount, currency=money.currency, start=money.start, end=money.end)


def _label(before: str, after: str, around: Around, *, alone: bool) -> str:
    name = _noun(before, after) or _entry(before, around)
    opened = _from_lead_in(around)
    if not name and not opened:
        name = _purpose(before, after)
        if name:
            return name
    name = name or opened or labels.heading_label(around.path) or "fee"
    told_apart = not alone or (around.lead_in and not before.strip())
    ending = labels.unit_after(after) or (labels.qualifier_after(after) if told_apart else "")
    return f"{name} {ending}" if ending and ending.lower() not in name.lower() else name


def _entry(before: str, around: Around) -> str:
    """The name of a list entry, with what the words that open the list say the fees are for."""
    name, opened = labels.subject(before), _from_lead_in(around)
    return f"{opened} {name}" if name and opened.lower() not in name.lower() else name


def _noun(before: str, after: str) -> str:
    nouns = list(FEE.finditer(before))
    if nouns:
        noun = nouns[-1]
        return labels.words_before(before[: noun.start()]) or labels.words_after(before[noun.end() :])
    follow = FEE.search(after)
    if follow and not re.search(r"[.;:]", after[: follow.start()]):
        return labels.words_before(after[: follow.start()]) or labels.words_after(after[follow.end() :])
    return ""


def _purpose(before: str, after: str) -> str:
    cost = re.search(r"\bcosts?\b", before, re.IGNORECASE)
    return labels.words_after(after) or (labels.words_after(before[cost.end() :]) if cost else "")


def _from_lead_in(around: Around) -> str:
    noun = FEE.search(straight(around.lead_in))
    return _noun(straight(around.lead_in), "") if noun else ""


def _shared_label(label: str, after_last: str, after: str) -> str:
    """The label of a further amount that has no noun of its own: the last one's, with this one's condition."""
    purpose = labels.words_after(after)
    if purpose and label == labels.words_after(after_last):
        return purpose
    ending = labels.unit_after(after) or labels.qualifier_after(after)
    stem = re.sub(r"\s(?:per|inside|outside|within|in|for|if|with|without|when|where)\b.*$", "", label)
    return f"{stem} {ending}" if ending else label


def _free(text: str, around: Around) -> list[Found]:
    found = []
    for match in _NO_FEE.finditer(text):
        group = next(name for name in ("none", "none2", "none3") if match[name])
        phrase = match["phrase"] or match["phrase2"] or ""
        name = labels.words_before(phrase) or labels.words_after(_REQUIRED.sub("", text[match.end(group) :]))
        name = name or labels.subject(text[: match.start(group)]) or labels.heading_label(around.path)
        found.append(_zero(name or "fee", match.span(group)))
    free = _FREE.match(text)
    entry = free is not None and free["link"].strip() in {":", "-"} and _about_fees(around)
    if free and not found and (entry or _PROCESS.search(free["subject"])):
        found.append(_zero(labels.subject(free["subject"]) or "fee", free.span("none")))
    return found


def _zero(label: str, span: tuple[int, int]) -> Found:
    return Found(label=label, amount=Decimal(0), currency=DEFAULT_CURRENCY, start=span[0], end=span[1])
