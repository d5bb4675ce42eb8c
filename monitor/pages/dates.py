"""Which words are a calendar date, in the spellings the official pages use (English and French).

All-numeric day-month-year dates such as "12-04-2023" are not decided here: nothing on the page says which is which.
"""

import re
from datetime import date

from msgspec import Struct

_ENGLISH_MONTHS = "january february march april may june july august september october november december"
_FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = _ENGLISH_MONTHS.split()
_FRENCH = _FRENCH_MONTHS.split()
_UNACCENTED = {"fevrier": 2, "aout": 8, "decembre": 12}
_SHORT = {
    **{name[:3]: number for number, name in enumerate(_ENGLISH, 1)},
    "sept": 9,
    "janv": 1,
    "févr": 2,
    "avr": 4,
    "juil": 7,
    "déc": 12,
}
_MONTHS = (
    {name: number for number, name in enumerate(_ENGLISH, 1)}
    | {name: number for number, name in enumerate(_FRENCH, 1)}
    | _UNACCENTED
    | _SHORT
)
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_GAP = r"[\s\u00a0\u202f]*"
_DATE = re.compile(
    rf"""
      \b(?P<m1>{_NAME})\b\.?{_GAP}(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?{_GAP}[.,]?{_GAP}(?P<y1>(?:19|20|21)\d\d)(?!\d)
    | \b(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er)?{_GAP}(?:of{_GAP}|de{_GAP})?(?P<m2>{_NAME})\b\.?{_GAP},?{_GAP}
      (?P<y2>(?:19|20|21)\d\d)(?!\d)
    | (?<![\d-])(?P<y3>(?:19|20|21)\d\d)(?P<mark>[-/])(?P<m3>\d\d)(?P=mark)(?P<d3>\d\d)(?![\d-])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_YEAR = re.compile(r"[12][019]\d\d(?!\d)")
"""Stands in every date, and is looked for much faster."""
_MONTH = re.compile(rf"\W*(?:{_NAME})\b\.?(?:\W*(?:19|20|21)\d\d)?\W*")
"""In small letters."""
_AROUND = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|on|le|,|:|\s)*",
    re.IGNORECASE,
)


class FoundDate(Struct, frozen=True, kw_only=True):
    """A date in a text; ``text[start:end]`` are its words."""

    date: date
    start: int
    end: int


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """All dates in the text, in order; impossible ones (February 30) are left out."""
    if not _YEAR.search(text):
        return ()
    found = []
    for match in _DATE.finditer(text):
        day = _date_of(match)
        if day is not None:
            found.append(FoundDate(date=day, start=match.start(), end=match.end()))
    return tuple(found)


def parse_date(text: str) -> date | None:
    """The date that the text as a whole is, a weekday or "on" before it allowed; None when it is anything else."""
    match = _DATE.search(text) if _YEAR.search(text) else None
    if match is None or not _AROUND.fullmatch(text, 0, match.start()):
        return None
    rest = text[match.end() :].strip(" \t\n\u00a0.,:;")
    return _date_of(match) if not rest or re.match(r"T?\d\d:\d\d", rest) else None


def is_month(text: str) -> bool:
    """Whether a text is nothing but a month, with or without its year: the head of a group in a list of news."""
    return _MONTH.fullmatch(text.lower()) is not None


def _date_of(match: re.Match[str]) -> date | None:
    for form in "123":
        if match[f"y{form}"]:
            year, month, day = match[f"y{form}"], match[f"m{form}"], match[f"d{form}"]
            number = int(month) if month.isdigit() else _MONTHS[month.lower()]
            try:
                return date(int(year), number, int(day))
            except ValueError:
                return None
    return None
