"""Which digits in a text are codes of the National Occupational Classification, and the titles beside them."""

import re

from msgspec import Struct

from monitor.extractors.amounts import straight


class FoundCode(Struct, frozen=True, kw_only=True):
    """A code in a text; ``text[start:end]`` are its digits. ``named`` says that the word NOC stands right before it."""

    code: str
    start: int
    end: int
    named: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """A line that is one occupation and nothing more: its code, and its title if the line gives one."""

    code: str
    title: str | None
    named: bool


# NOC 2021: five digits, the second (TEER) is 0 to 5. Before it, NOC 2016: four digits, and the page says so.
_FIVE = r"\d[0-5]\d{3}"
_FOUR = r"(?!(?:19|20)\d\d)\d{4}"
_EDGES = r"(?<![\w$€£#.,/])(?<!\d-){code}(?![\w%$]|[.,/]\d|-\d)"  # no years, sums, telephone or postal codes
_CODE_5 = re.compile(_EDGES.format(code=f"(?P<code>{_FIVE})"))
_CODE_ANY = re.compile(_EDGES.format(code=f"(?P<code>{_FIVE}|{_FOUR})"))
NOC = re.compile(r"\b(?:NOCs?|CNP)\b|\bnational occupation(?:al)? classification\b", re.IGNORECASE)
_NAME = (
    r"(?:\b(?:NOCs?|CNP)\b|\bnational occupation(?:al)? classification\b(?:\s*\(NOC\))?)\s*(?:(?:20(?:06|11|16|21|"
    r"26)(?:\.0)?|v(?:ersion)?\s*20\d\d(?:\.0)?|v?1\.\d)\s*)?(?:(?:unit )?(?:groups?|codes?|numbers?|"
    r"no\.)\s*)?(?:is |are |in |of )?[\s:#(=-]*"
)
_NAMED = re.compile(_NAME + "$", re.IGNORECASE)
_LINK = re.compile(r"(?:\s*\([^()]*\)?\)?)?\s*(?:[,;/&]|\band\b|\bor\b|\bto\b|\s)+$", re.IGNORECASE)
_LED_TO = re.compile(
    r"\b(?:occupations?|occupation codes?|eligible codes?|listed codes?|unit groups?)\b[^.;\d]{0,60}?"
    r"(?:\b(?:are|is|includes?|including|as|under|in)\b|:)\s*\(?$",
    re.IGNORECASE,
)
_TITLE_AFTER = re.compile(r"[\s*†‡]*(?:\((?P<aside>[^()\d][^()]{2,120})\)|-\s(?P<dash>[^\W\d][^,;.()]{2,120}))")
_COUNTED = re.compile(
    r"\s+(?:\w+\s)?(?:candidates?|people|persons?|applica\w+|workers|invitations?|nominat\w+|points?|hours|jobs|"
    r"employees|spaces|spots|profiles|registrations?|positions?)\b",
    re.IGNORECASE,
)
_MARKS = r"[\s*†‡§•·\-]*"
_PART = r"(?:(?:a )?(?:sub-?set|part) of\s+|(?:sub-?set|partial)\s*[:-]?\s*)?"
_CODE_FIRST = re.compile(
    rf"{_MARKS}{_PART}(?P<name>{_NAME})?(?P<code>{_FIVE}|{_FOUR})(?![\w%$]|[.,/]\d)\)?{_MARKS}"
    r"(?:(?P<mark>[:.|,-])\s*)?(?P<title>[^\W\d].*)?",
    re.IGNORECASE,
)
_CODE_LAST = re.compile(
    rf"{_MARKS}(?P<title>[^\W\d].{{2,160}}?)[\s:,(\[|*-]*(?P<name>{_NAME})?"
    rf"(?<![\w$€£#.,/])(?P<code>{_FIVE}|{_FOUR})(?![\w%$]|[.,/]\d)[\s)\].;,*†‡]*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\b(?:must|you|your|we|our|is|are|was|were|will|have|has|had|invited|issued|may|can|should|call|phone|if|this|that)\b",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"(?:with|in|or|and|who|that|must|is|are|for|if|at|on|of|to|from|as|by|will|may|has|have|includes?|including|"
    r"see|excludes?|excluding|except|under)\b",
    re.IGNORECASE,
)
_TITLE_WORDS = 24


def find_codes(text: str, *, four_digits: bool = False) -> list[FoundCode]:
    """All codes in a text that is known to hold codes, such as a cell of a code column, in reading order."""
    plain = straight(text)
    pattern = _CODE_ANY if four_digits else _CODE_5
    return [FoundCode(code=match["code"], start=match.start(), end=match.end()) for match in pattern.finditer(plain)]


def find_named_codes(text: str) -> list[FoundCode]:
    """The codes that prose calls NOC: right after the word, or in the enumeration that goes on from there."""
    plain = straight(text)
    found: list[FoundCode] = []
    for match in _CODE_ANY.finditer(plain):
        named = _NAMED.search(plain, 0, match.start()) is not None or _opens_list(plain, match)
        last = found[-1] if found else None
        linked = last is not None and len(last.code) == len(match["code"]) and _follows(plain, last.end, match)
        if named or linked:
            found.append(FoundCode(code=match["code"], start=match.start(), end=match.end(), named=named))
    return found


def title_after(text: str, found: FoundCode) -> str | None:
    """The title that follows a code in brackets or after a dash: "12345 (Pilots)"."""
    match = _TITLE_AFTER.match(straight(text), found.end)
    title = (match["aside"] or match["dash"]) if match else ""
    return clean_title(title) if title and not _SENTENCE.search(title) else None


def _opens_list(text: str, match: re.Match[str]) -> bool:
    """Whether words of occupations lead up to a code: "Eligible occupations are 12345 (Pilots), …"."""
    return len(match["code"]) == len("12345") and _LED_TO.search(text, 0, match.start()) is not None


def read_entry(line: str) -> Entry | None:
    """The occupation that a whole line is: "NOC 12345 - Title", "12345 Title", "Title (NOC 12345)"; else None.

    Four digits count only right after the word NOC, as codes of the classification of 2016 are written.
    """
    plain = straight(line).strip()
    for pattern in (_CODE_FIRST, _CODE_LAST):
        match = pattern.fullmatch(plain)
        if match is None or (len(match["code"]) == 4 and not match["name"]):  # noqa: PLR2004 - digits of a 2016 code
            continue
        if _CODE_5.search(match["title"] or ""):
            continue
        title = clean_title(match["title"] or "")
        words = (title or "").split()
        if not _SENTENCE.search(title or "") and len(words) <= _TITLE_WORDS and _is_title(match["title"]):
            return Entry(code=match["code"], title=title, named=bool(match["name"]))
    return None


def clean_title(text: str) -> str | None:
    """An occupation's title without footnotes, marks and the code's own words; None when nothing is left."""
    first = re.split(r"[*†‡§\n]|\s\[\d+\]", straight(text).strip(" *†‡§-:,;"), maxsplit=1)[0]
    first = re.sub(r"\(\s*$|\s+only$|\s*\((?:NOC)?\W*\)", "", first.strip(), flags=re.IGNORECASE)
    words = " ".join(first.split()).strip(" -:,;|(")
    return (words if re.search(r"\.\w\.$", words) else words.strip(" .")) or None


def teer_of(code: str) -> int | None:
    """The TEER of a five-digit code: its second digit (NOC 2021, "structure"); None for an older code."""
    return int(code[1]) if len(code) == len("12345") else None


def _is_title(title: str | None) -> bool:
    return not title or _NO_TITLE.match(title) is None


def _follows(text: str, end: int, match: re.Match[str]) -> bool:
    between = text[end : match.start()]
    return _LINK.fullmatch(between) is not None and _COUNTED.match(text, match.end()) is None
