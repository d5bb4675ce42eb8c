"""Finds words in a text as a reader would, whatever the white space, typographic marks, case and Markdown."""

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from monitor.pages.fragment import text_fragment
from monitor.pages.remembering import remember_short

_SAME = str.maketrans("\u2019\u2018\u201c\u201d\u2010\u2011\u2013\u2014\u2212", "''\"\"-----", "\xad")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)|<[^>\n]+>")
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+|\d+[.)]\s+)+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|no|approx|B\.C|St|Mr|Ms|Dr|Reg|O)\.$", re.IGNORECASE)
_BULLET = re.compile(r"^[-*\u2022]\s+")
_WINDOW = 160

__all__ = ["find_phrase", "find_quote", "find_quotes", "folded", "text_fragment"]


def folded(text: str) -> str:
    """The text in one case and one kind of space, quotation mark and dash."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SAME).casefold().split())


def _bare(line: str) -> str:
    """A Markdown line as a reader sees it."""
    plain = _MARKS.sub("", _LINK.sub(r"\1", _LEAD.sub("", line)))
    return " ".join(plain.replace("|", " ").split()) if line.lstrip().startswith("|") else plain


class _Paragraph(Struct, frozen=True, kw_only=True):
    """Lines that a reader sees as one; ``starts`` gives the offset in ``text`` at which each line begins."""

    text: str
    starts: tuple[tuple[int, int], ...]

    def line_at(self, offset: int) -> int:
        return max(line for start, line in self.starts if start <= offset)


def find_quote(text: str, quote: str) -> tuple[int, str] | None:
    """The line (from 1) at which a quote begins in a Markdown text, and the whole sentence around it.

    White space, line breaks inside a paragraph, emphasis, links, case and typographic marks make no difference. None
    when the quote is not there or holds no words.
    """
    wanted = folded(_bare(quote))
    if not wanted:
        return None
    for paragraph in _paragraphs(text):
        at = folded_find(paragraph.text, wanted)
        if at is not None:
            return paragraph.line_at(at[0]), _sentence(paragraph.text, *at)
    return None


def find_quotes(text: str, quote: str) -> list[int]:
    """The line of each place at which a quote begins, as ``find_quote`` finds the first."""
    wanted = folded(_bare(quote))
    if not wanted:
        return []
    return [paragraph.line_at(at) for paragraph in _paragraphs(text) for at, _ in _places(paragraph.text, wanted)]


@lru_cache(maxsize=64)
def _paragraphs(text: str) -> tuple[_Paragraph, ...]:
    # All the claims of a guide look for their words in one text.
    found: list[_Paragraph] = []
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), start=1):
        if not line.strip() or _LEAD.match(line) or line.lstrip().startswith("|"):
            _close(found, lines)
        if line.strip():
            lines.append((number, " ".join(_bare(line).split())))
        if line.lstrip().startswith("#"):
            _close(found, lines)
    _close(found, lines)
    return tuple(found)


def _close(found: list[_Paragraph], lines: list[tuple[int, str]]) -> None:
    if not lines:
        return
    starts: list[tuple[int, int]] = []
    offset = 0
    for number, line in lines:
        starts.append((offset, number))
        offset += len(line) + 1
    found.append(_Paragraph(text=" ".join(line for _, line in lines), starts=tuple(starts)))
    lines.clear()


def folded_find(text: str, wanted: str) -> tuple[int, int] | None:
    """Start and end in ``text`` of already folded words; None when they are not there."""
    return next(_places(text, wanted), None)


def _places(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Start and end in ``text`` of each place where the folded words stand, none over another."""
    plain, places = _letters(text)
    at = plain.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        yield places[at], places[end - 1] + 1
        at = plain.find(wanted, end)


@remember_short(256)
@lru_cache(maxsize=8)  # a whole page is asked about many times in a row
def _letters(text: str) -> tuple[str, Sequence[int]]:
    """The text folded letter by letter, and where in ``text`` each letter of it stands."""
    pieces: list[str] = []
    places = array("I")
    last = " "
    for place, letter in enumerate(text):
        plain = _letter(letter)
        if plain == last == " ":
            continue
        for each in plain:
            pieces.append(each)
            places.append(place)
        last = plain or last
    return "".join(pieces), places


@lru_cache(maxsize=2048)
def _letter(letter: str) -> str:
    plain = unicodedata.normalize("NFKC", letter).translate(_SAME).casefold()
    return " " if plain.isspace() else plain


def _sentence(text: str, start: int, end: int) -> str:
    ends = [found for found in _SENTENCE_END.finditer(text) if not _ABBREVIATION.search(text[: found.start()])]
    begin = max((found.end() for found in ends if found.end() <= start), default=0)
    finish = min((found.start() for found in ends if found.start() >= end), default=len(text))
    return text[begin:finish].strip()


def find_phrase(text: str, phrase: str) -> str | None:
    """The line, item or cell of a page that holds a phrase as whole words; None when it is not there.

    A number never matches inside a longer one: ``10 business days`` is not in ``110 business days``.
    """
    pattern = _phrase_pattern(phrase)
    if pattern is None:
        return None
    for line in text.splitlines():
        if pattern.search(_folded_line(line)):
            return _part(line, pattern)
    found = pattern.search(whole := folded(text))
    return None if found is None else whole[max(found.start() - _WINDOW, 0) : found.end() + _WINDOW].strip()


@lru_cache(maxsize=4096)
def _phrase_pattern(phrase: str) -> re.Pattern[str] | None:
    wanted = re.escape(folded(phrase))
    if not wanted:
        return None
    return re.compile(rf"(?<!\w)(?<!\d[.,]){wanted}(?!\w)(?![.,]\d)" if _wordy(phrase) else wanted)


_folded_line = remember_short(512)(folded)
"""Many assumptions look for their words in the same few lines."""


def _part(line: str, pattern: re.Pattern[str]) -> str:
    # A browser finds the words of one cell or item, not the marks that a text rendering puts between them.
    cells = [_BULLET.sub("", " ".join(cell.split())) for cell in line.split(" | ")]
    return next((cell for cell in cells if pattern.search(folded(cell))), " ".join(line.split()))


def _wordy(phrase: str) -> bool:
    stripped = phrase.strip()
    return stripped[0].isalnum() and stripped[-1].isalnum()
