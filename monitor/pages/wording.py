"""How official words are written down: one kind of space, no stray spaces round brackets, sentences told apart."""

import re
import unicodedata
from collections.abc import Iterable

from monitor.pages.remembering import SHORT


def word_set(words: str) -> frozenset[str]:
    """The blank-separated words as a set: tables of names stay readable on a few lines."""
    return frozenset(words.split())


def has_any(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands anywhere in the text."""
    for word in words:  # noqa: SIM110 - any() of a generator takes twice as long, and every sentence is asked
        if word in text:
            return True
    return False


_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_NO_WORD = "".join(map(chr, (*range(0x09), *range(0x0E, 0x20), 0x7F, *_INVISIBLE)))
_NO_WORDS = re.compile(f"[{_NO_WORD}]+")
_STRAY_SPACE = re.compile(r"[)\]}”,;:!?.…(\[{“](?:(?<= [)\]}”,;:!?.…])|(?<=[(\[{“]) )")
"""Looks for the marks first: they are rarer than spaces."""
_BEFORE_MARK = re.compile(r" ([,;:!?.…]+)(?=[\s)\]}”’\"']|$)")  # noqa: RUF001 - typographic quotes are meant
_BEFORE_CLOSING = re.compile(r" +([)\]}”])")
_AFTER_OPENING = re.compile(r"([(\[{“]) +")

LONGEST_SENTENCE = SHORT
LONGEST_WORD = 60
"""Characters looked at before a full stop: looking at all would take the square of a long line."""

# Words whose full stop ends no sentence, in the spelling of the publishers (English and French).
_ABBREVIATIONS = word_set("""
    no nos e.g i.e etc vs cf al approx art arts app apt ave dept dr ed est fig figs gov inc jr ltd max min mme mlle mr
    mrs ms mt para paras par pp prof rd reg regs sec sect sr st ste s ss subs supp tel temp u.s u.k b.c o n.b p.e.i
    n.s n.l q.c d.c ph.d m.a b.a jan feb mar apr jun jul aug sep sept oct nov dec janv févr avr juil déc a.m p.m c s.o
    l.c
""")
_MAY_END = word_set("etc a.m p.m b.c inc ltd u.s u.k d.c ph.d s.o l.c dec no")
_STOP = re.compile(r"[.!?…][.!?…]*[\"'”’)\]]*(?=\s|$)")  # noqa: RUF001 - typographic quotes are meant
_ENUMERATOR = re.compile(
    r"\s*[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[ivxlc]{1,5}|[a-z])\.(?:\s*\([\w.]{1,5}\))*", re.IGNORECASE
)
"""What numbers an item or a section of law belongs to its first sentence."""
_A_NUMBER = re.compile(r"\s*\d")
_LAST_WORD = re.compile(r"([^\s(\[“\"']+)$")
_STARTS_SENTENCE = re.compile(r"\s+[\"'“‘(\[]*(?:[A-ZÀ-Þ0-9$•*]|$)")  # noqa: RUF001 - typographic quotes are meant


def without_controls(text: str) -> str:
    """The text without control and invisible characters; line ends and tabs stay."""
    # Looking for each by itself takes a fiftieth of what a set of them takes, and most pages have none.
    return _NO_WORDS.sub("", text) if has_any(text, _NO_WORD) else text


def tidy(text: str) -> str:
    """The text on one line: NFC, single plain spaces, none before closing or after opening punctuation.

    Toggling an ``<abbr>`` or splitting a date over tags leaves spaces such as "( OINP )" or "May 15 , 2026"; both
    come out as people read them.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    plain = " ".join(text.split())
    if not _STRAY_SPACE.search(plain):
        return plain
    plain = _AFTER_OPENING.sub(r"\1", _BEFORE_CLOSING.sub(r"\1", plain))
    return _BEFORE_MARK.sub(r"\1", plain)


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a block's text in order; a line end is a boundary, an abbreviation or a decimal is none."""
    sentences: list[str] = []
    for line in text.split("\n"):
        start = 0
        for stop in _STOP.finditer(line):
            if _is_boundary(line, stop) and not _ENUMERATOR.fullmatch(line, start, stop.end()):
                sentences += _pieces(line[start : stop.end()].strip())
                start = stop.end()
        sentences += _pieces(line[start:].strip())
    return tuple(sentences)


def _pieces(sentence: str) -> list[str]:
    """The sentence, in several pieces where it is far longer than any is: some questions take the square of it."""
    if len(sentence) <= LONGEST_SENTENCE:
        return [sentence] if sentence else []
    pieces, start = [], 0
    while len(sentence) - start > LONGEST_SENTENCE:
        cut = sentence.rfind(" ", start + 1, start + LONGEST_SENTENCE) + 1 or start + LONGEST_SENTENCE
        pieces.append(sentence[start:cut].strip())
        start = cut
    return list(filter(None, [*pieces, sentence[start:].strip()]))


def _is_boundary(line: str, stop: re.Match[str]) -> bool:
    if not _STARTS_SENTENCE.match(line, stop.end()):
        return stop.end() == len(line)
    if stop.group()[0] != ".":
        return True
    before = _LAST_WORD.search(line, max(0, stop.start() - LONGEST_WORD), stop.start())
    word = before.group(1).lower() if before else ""
    if word in _ABBREVIATIONS:
        return word in _MAY_END and not _A_NUMBER.match(line, stop.end())
    return not (len(word) == 1 and word.isalpha() and before is not None and before.group(1).isupper() and word != "i")
