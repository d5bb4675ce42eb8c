"""Which numbers and sums of money a text holds, and where: shared by the extractors."""

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from monitor.pages.wording import has_any

DEFAULT_CURRENCY = "CAD"


class Money(Struct, frozen=True, kw_only=True):
    """A sum as written: ``start`` and ``end`` are offsets in the text, ``rate`` says it is by the hour, year or so."""

    amount: Decimal
    currency: str
    start: int
    end: int
    rate: bool = False


_DIGITS = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"
_MONEY = re.compile(
    rf"""
    (?<![\w.])
    (?: (?P<mark>US\s?\$|USD\s?\$?|CAD\s?\$?|CA\$|CDN\s?\$?|C\$|A\$|\$)\s?
        (?P<sum>(?:{_DIGITS})(?:\.\d{{1,2}}(?!\d))?)
        (?P<scale>\s?(?:thousand|million|billion)\b|[kKMB]\b)?
        (?P<unit>\s?(?:CAD|CDN|USD|US)\b|\s\(?(?:US|American|Canadian)\s(?:dollars|funds|currency)\b)?
    |   (?P<french>\d{{1,3}}(?:[\s\u00a0\u202f]\d{{3}})+(?:,\d{{2}})?|\d+,\d{{2}}|(?:{_DIGITS})(?:\.\d{{2}})?)
        \s?(?P<after>\$(?:\s?(?:CA|US)\b)?|CAD\b|USD\b|(?:US\s|Canadian\s)?dollars\b)
        (?!\s?\d)
    )""",
    re.VERBOSE,
)
_CURRENCIES = ("$", "CAD", "CDN", "USD", "dollars")
"""One of these stands in every sum, and is looked for much faster."""
_SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "b": 10**9, "billion": 10**9}
_RATE = re.compile(
    r"\s?(?:CAD\s?)?(?:(?:/|(?:per|an|a|each|every)\s)\s?(?:hour|hr|h|year|yr|annum|week|month|day)\b"
    r"|(?:hourly|annually|yearly|monthly|annual|weekly)\b)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![\w.,/-])(?:(?:{_DIGITS})\.\d{{2}}|\d{{1,3}}(?:,\d{{3}})+|\d+)(?![\w/]|[.,-]\d)")
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b{_MONTHS}\s\d{{1,2}}(?:,?\s\d{{4}})?\b|\b\d{{1,2}}\s{_MONTHS}\s\d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b", re.IGNORECASE
)

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_JOINED = {f"{ten}-{_UNITS[unit]}": tens + unit for ten, tens in _TENS.items() for unit in range(1, 10)}
WORD_NUMBERS = {word: number for number, word in enumerate(_UNITS)} | _TENS | _JOINED
"""English number words below a hundred, as official prose uses them for small counts."""

_WORDS = rf"(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_UNITS[1:10])})\b)?|{'|'.join(reversed(_UNITS))}"
NUMBER = rf"(?:(?:{_DIGITS})(?:\.\d+)?|(?:{_WORDS})(?:\s\(\d+\))?)"
"""A regex for one number in digits or words: ``1,123``, ``2.5``, ``two``, ``twenty-four``, ``two (2)``."""


_STRAIGHT = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " "}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)


def straight(text: str) -> str:
    """The text with plain quotes, hyphens and spaces; as long as before, so offsets stay right."""
    return text if text.isascii() else text.translate(_STRAIGHT)


def read_number(text: str) -> Decimal | None:
    """The number a NUMBER match holds; None when the text is none."""
    word = text.split("(", maxsplit=1)[0].strip().lower()
    if word in WORD_NUMBERS:
        return Decimal(WORD_NUMBERS[word])
    plain = word.replace(",", "")
    return Decimal(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else None


def tidy(amount: Decimal) -> Decimal:
    """The amount in its one spelling: whole when whole, else with at least two decimals (so 1,590.00 is 1590)."""
    if amount == amount.to_integral_value():
        return amount.quantize(Decimal(1))
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()


def find_money(text: str) -> tuple[Money, ...]:
    """Every sum that carries a currency, in reading order."""
    if not has_any(text, _CURRENCIES):
        return ()
    return tuple(_money(match, text) for match in _MONEY.finditer(text))


def find_cell_money(text: str) -> Money | None:
    """The first sum of a cell in a column of money, where the currency sign may be missing; dates are no sums."""
    signed = find_money(text)
    if signed:
        return signed[0]
    blank = _DATE.sub(lambda match: " " * len(match[0]), text)
    bare = next(iter(sorted(_BARE.finditer(blank), key=lambda match: (not _priced(match[0]), match.start()))), None)
    if bare is None:
        return None
    amount = tidy(Decimal(bare[0].replace(",", "")))
    return Money(amount=amount, currency=DEFAULT_CURRENCY, start=bare.start(), end=bare.end())


def mask(text: str, spans: Sequence[tuple[int, int]], filler: str = "…") -> str:
    """The text with each (start, end) replaced by the filler; spans may overlap."""
    kept, position = [], 0
    for start, end in sorted(spans):
        if start >= position:
            kept += [text[position:start], filler]
        position = max(position, end)
    return "".join([*kept, text[position:]])


def _priced(text: str) -> bool:
    return "," in text or "." in text


def _money(match: re.Match[str], text: str) -> Money:
    return Money(
        amount=_amount(match),
        currency=_currency(match),
        start=match.start(),
        end=match.end(),
        rate=_RATE.match(text, match.end()) is not None,
    )


def _amount(match: re.Match[str]) -> Decimal:
    if match["french"]:
        digits = re.sub(r"\s", "", match["french"])
        comma_decimal = re.fullmatch(r"\d+,\d{2}", digits) is not None
        return tidy(Decimal(digits.replace(",", "." if comma_decimal else "")))
    scale = (match["scale"] or "").strip().lower()
    return tidy(Decimal(match["sum"].replace(",", "")) * _SCALES.get(scale, 1))


def _currency(match: re.Match[str]) -> str:
    signs = " ".join(filter(None, (match["mark"], match["unit"], match["after"]))).upper()
    return "USD" if re.search(r"\bUS|AMERICAN", signs) else DEFAULT_CURRENCY
