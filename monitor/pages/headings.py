"""What headings say: which of those above a text name what it is about, and which state something of their own."""

import re

from monitor.pages.dates import find_dates, is_month

_PAGE = re.compile(r"Page \d+")


def page_heading(number: int) -> str:
    """The outermost heading of all that stands on this page of a document."""
    return f"Page {number}"


def naming(path: tuple[str, ...]) -> tuple[str, ...]:
    """The headings without the page number: a section goes on under it when pages are put in before."""
    return path[1:] if path and _PAGE.fullmatch(path[0]) else path


_STAMP = re.compile(r"\(?\b(?:updated|as of|as at|modified|published|posted|reviewed|revised)\b.*", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ORDINAL = re.compile(
    r"\b(?:step|part|section|situation|option|phase|table|figure|appendix|annex|schedule|chapter|article|question"
    r"|category|class|page|TEER|NOC)\s+\d+(?:\.\d+)*\b|^\W*\d{1,2}(?:\.\d+)*[.):]?(?=\s+\W*[A-Z])",
    re.IGNORECASE,
)
_IN_FORCE = re.compile(
    r"\b(?:from|until|till|before|after|by|since|effective|starting|beginning|on or after)\W+…", re.IGNORECASE
)


def without_stamp(text: str) -> str:
    """A heading without the day it was brought up to date: "Occupations (updated December 2022)"."""
    return _STAMP.sub("", text)


def without_days(text: str) -> str:
    """A heading with "…" for each of its days and years."""
    for day in reversed(find_dates(text)):
        text = f"{text[: day.start]}…{text[day.end :]}"
    return _YEAR.sub("…", text)


def is_day(text: str) -> bool:
    """Whether a heading is nothing but a day or a month, as that of an entry among news is."""
    return is_month(text) or not re.search(r"[^\W\d_]{3}", without_days(text))


def states_figure(text: str) -> bool:
    """Whether a heading says a number of its own ("Minimum score: 65", "Fees from 1 April 2026").

    What only counts or names something ("Step 2", "Category 1"), dates the text or names a year states none.
    """
    rest = without_days(_ORDINAL.sub("", without_stamp(text)))
    return re.search(r"\d", rest) is not None or _IN_FORCE.search(rest) is not None
