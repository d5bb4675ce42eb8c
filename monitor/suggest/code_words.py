"""Which occupation codes a guide's sentence, list item or table row names, and the titles beside them."""

import re
from collections.abc import Sequence

from monitor.extractors.occupations_codes import FoundCode, clean_title, find_codes, find_named_codes, read_entry
from monitor.suggest.sentences import Sentence

_CODE_COLUMN = re.compile(r"\b(?:NOC|code|unit group)\b", re.IGNORECASE)
_REMOVED = re.compile(
    r"\b(?:taken off|off(?=\W*$)|removed|dropped|no longer (?:on|listed)|struck|deleted|not (?:on|listed|"
    r"eligible)|ineligible|"
    r"(?:is|are) not(?=\W*$))\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"^\W*(?:[-:(]\s*)?(?P<title>[A-Z][^).;|]*?)(?:\)|[.;|]|$|,\s*NOC|\s+(?:and|or)\s+NOC)")


_TITLE_WORDS = 8
_ABOUT_CODES = re.compile(
    r"\b(?:codes?|STEM|on it|Category B|occupations?|unit groups?|NOCs?|TEER)\b|"
    r"\(\d[0-5]\d{3}\)",
    re.IGNORECASE,
)


_CODED = re.compile(r"\bNOC\s?\d|\b\d[0-5]\d{3}\b.*\bTEER\b|\(\d[0-5]\d{3}\)")


def prose_codes(text: str, headings: Sequence[str], before: str = "") -> list[FoundCode]:
    """The codes in a sentence that speaks of codes or occupations, under a heading or after sentences that do."""
    about = _ABOUT_CODES.search(text) or (headings and _ABOUT_CODES.search(headings[-1])) or _ABOUT_CODES.search(before)
    return find_codes(text) if about else find_named_codes(text)


def titled_code(text: str) -> list[FoundCode]:
    """The code of a sentence that is no more than a title and its code ("Registered nurses: 31301.")."""
    entry = read_entry(text.strip().rstrip(".")) if len(text.split()) <= _TITLE_WORDS else None
    return [code for code in find_codes(text) if code.code == entry.code] if entry else []


def listed_codes(sentence: Sentence, text: str) -> list[FoundCode]:
    """The codes of a table row with a code column, or of a list item or row that is one occupation."""
    if sentence.cells:
        column = any(_CODE_COLUMN.search(name) for name in sentence.columns)
        codes = find_codes(text)
        return codes if column or (codes and read_entry(text.replace(" | ", " - "))) else []
    if not sentence.item:
        return []
    entry = read_entry(text)
    return [code for code in find_codes(text) if code.code == entry.code] if entry else []


def title_beside(text: str, code: FoundCode, end: int, cells: Sequence[str]) -> str:
    """The occupation's title beside its code; empty when none stands there."""
    if cells:
        others = [cell for cell in cells if code.code not in cell and re.match(r"[A-Za-z]", cell)]
        return clean_title(others[0]) or "" if others else ""
    entry = read_entry(text)
    if entry is not None and entry.code == code.code:
        return entry.title or ""
    after = _TITLE.match(text[code.end : end])
    if after:
        return clean_title(after["title"]) or ""
    before = re.search(r"([A-Z][\w ,/()-]*?)\s*\((?:NOC\s*)?(?:code\s*)?$", text[: code.start])
    return clean_title(before[1]) or "" if before else ""


def is_removed(text: str) -> bool:
    """Whether the sentence says that an occupation is off a list."""
    return _REMOVED.search(text) is not None
