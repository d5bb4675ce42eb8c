"""What the words of a draw mean: dates, counts, scores and occupation codes; never fails on odd text."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from monitor.pages.dates import find_dates, parse_date
from monitor.pages.wording import tidy

_NUMERIC = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\s*")
_RUN = re.compile(
    r"(\b[A-Za-zÀ-ÿ]{3,9}\.?\s\d{1,2})\s*(?:[-\u2013\u2014]|to|and|&)\s*\d{1,2}(?=\s*,?\s*\d{4})", re.IGNORECASE
)
_YEARLESS = re.compile(
    r"\s*(?:[A-Za-zéûÀ-ÿ]{3,9}\.?\s*\d{1,2}|\d{1,2}\s+[A-Za-zéûÀ-ÿ]{3,9}\.?)(?:st|nd|rd|th)?[\s*]*", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_ON = re.compile(r"\b(?<!or )(?:on|dated)\s$", re.IGNORECASE)
_FOOTNOTES = re.compile(r"[*†‡§]+|\[\d+\]")
_SMALL = re.compile(r"<|≤|\b(?:fewer|less) than\b|\bunder\b|\bup to\b|\bmoins de\b", re.IGNORECASE)
_COUNT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[, ]\d{3})+|\d+)(?![\d.,]*\d)")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?:,\d{3})*(?:\.\d+)?(?![\d])")
_NOCS = re.compile(r"\b(?:NOC|CNP)s?\b[\s:]*(?:codes?[\s:]*)?(\d{4,5}\b(?:(?:[\s,;/&]|and|or|et|ou)+\d{4,5}\b)*)")
_LISTED = re.compile(r"\W*(?:NOC|CNP)?\s*(?:code\s*)?(\d{4,5})\b(?!\s*%)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def read_date(text: str, *, year: int | None = None) -> date | None:
    """The first day the text names, in English or French; ``year`` stands in for a missing one. None when none does.

    Days that run together ("July 2 - 3, 2024") count as the first.
    """
    found = find_dates(re.sub(_RUN, r"\1", text))
    if found:
        return found[0].date
    return parse_date(f"{text.strip(' *')}, {year}") if year and _YEARLESS.fullmatch(text) else None


def read_numeric_dates(text: str) -> tuple[date, ...]:
    """Both readings of an all-digit date that ends in its year, day-month-year first; else what read_date finds.

    IRCC's #246 said ``12-04-2023`` for 12 April 2023 for months.
    """
    match = _NUMERIC.fullmatch(text)
    if match is None:
        found = read_date(text)
        return (found,) if found else ()
    one, two, year = map(int, match.groups())
    return tuple(filter(None, (_make(year, two, one), _make(year, one, two))))


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_leading_date(text: str) -> tuple[date, str] | None:
    """The date a heading or paragraph opens with and the words after it; None when it opens with other words."""
    for found in find_dates(text)[:1]:
        rest = text[found.end :]
        if parse_date(text[: found.end]) and re.match(r"\s*(?:$|[^\w\s])", rest):
            return found.date, re.sub(r"^[\W_]+", "", rest)
    return None


def find_days_on(text: str) -> Iterator[date]:
    """The days that a sentence opens with, or says something happened on."""
    for found in find_dates(text):
        before = text[: found.start]
        if not before.strip() or _ON.search(before):
            yield found.date


def find_year(texts: tuple[str, ...]) -> int | None:
    """The year the last of these headings names alone; None when none does or one names several."""
    for text in reversed(texts):
        years = set(_YEAR.findall(text))
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None


def without_footnotes(text: str | None) -> str | None:
    """The text without footnote marks; None for nothing."""
    return _FOOTNOTES.sub("", text).strip() or None if text else None


def read_count(text: str) -> int | None:
    """How many invitations a cell or phrase states exactly: ``4,500``, ``9 *``; None for ``<5``, ``N/A``, ranges."""
    if text.isdecimal():
        return int(text)
    plain = _FOOTNOTES.sub("", tidy(text))
    numbers: list[str] = _COUNT.findall(plain)
    if _SMALL.search(plain) or len(numbers) != 1:
        return None
    return int(re.sub(r"[, ]", "", numbers[0]))


def read_score(text: str) -> int | None:
    """The lowest score of a cell or phrase: ``130 - 139`` is 130; None for ``N/A`` and a wage."""
    if text.isdecimal():
        return int(text)
    if "$" in text:
        return None
    plain = re.sub(r"\((?:note|see)[^)]*\)", "", _FOOTNOTES.sub("", tidy(text)))
    numbers = [int(float(number.replace(",", ""))) for number in _NUMBER.findall(plain)]
    return min(numbers) if numbers else None


def find_codes(text: str) -> tuple[str, ...]:
    """The occupation codes a phrase selects (``NOCs 31103, 32104``); none where it speaks of exclusion."""
    if re.search(r"\bexclud", text, re.IGNORECASE):
        return ()
    found = (code for run in _NOCS.findall(text) for code in re.findall(r"\d{4,5}", run))
    return tuple(dict.fromkeys(found))


def find_listed_code(text: str) -> str | None:
    """The occupation code a list item opens with: ``NOC 21231 - …`` or ``21231 …``."""
    match = _LISTED.match(text)
    return match[1] if match else None
