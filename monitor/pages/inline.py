"""A run of text as it is met: pieces with their bold and link, cut into paragraphs where lines break twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urljoin

from lxml.html import HtmlElement

from monitor.model import Link
from monitor.pages.wording import tidy

_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_MARK = re.compile(r"\W*(?:footnote|note de bas de page|note)?\s*\(?[\d*]{1,3}\)?\W*", re.IGNORECASE)
_METRES = re.compile(r"(?:^|[\s\d])[ckm]?m$")
_SEEN = re.compile(r"[^\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""A character that shows."""
_PLAIN_PATH = re.compile(r"/(?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*", re.ASCII)
"""An address from the root of its host that needs no working out: no dots alone, no question, no fragment."""
_SCHEMES = re.compile(r"(?!javascript:|data:|vbscript:)", re.IGNORECASE)


class Piece(NamedTuple):
    """Some text, or a line break when ``text`` is None."""

    text: str | None
    bold: bool = False
    link: tuple[int, str] | None = None
    """A number of its own for each anchor element, and its address."""


@dataclass(slots=True)
class Run:
    """The pieces since the last block ended, and the inline elements that are open."""

    base: str
    pieces: list[Piece] = field(default_factory=list)
    _bold: int = 0
    _link: tuple[int, str] | None = None
    _anchors: int = 0

    def add(self, text: str) -> None:
        """Take in some text."""
        self.pieces.append(Piece(text, self._bold > 0, self._link))

    def open(self, element: HtmlElement) -> None:
        """An inline element opens."""
        if _is_bold(element):
            self._bold += 1
        if element.tag == "br":
            self.break_line()
        elif element.tag == "a" and element.get("href"):
            self._anchors += 1
            self._link = (self._anchors, element.get("href") or "")
        elif element.tag == "sup" and _is_footnote_mark(element):
            self.add(" [")

    def close(self, element: HtmlElement) -> None:
        """An inline element closes."""
        if _is_bold(element):
            self._bold -= 1
        if element.tag == "a":
            self._link = None
        elif element.tag == "sup" and _is_footnote_mark(element):
            self.add("]")

    @property
    def is_blank(self) -> bool:
        """Whether no word has come yet."""
        return not self.pieces or not any(piece.text and _SEEN.search(piece.text) for piece in self.pieces)

    def break_line(self, times: int = 1) -> None:
        """Take in a line break; two in a row end a paragraph."""
        if self.pieces:
            self.pieces.extend([Piece(None)] * times)

    def take(self) -> list["Paragraph"]:
        """The paragraphs so far; the run is blank again."""
        if self.is_blank:
            self.pieces.clear()
            return []
        pieces, self.pieces = self.pieces, []
        if len(pieces) == 1:  # as most items and headings are
            return [Paragraph(pieces=pieces, lines=_lines(pieces), base=self.base)]
        groups = ((group, _lines(group)) for group in _paragraphs(pieces))
        return [Paragraph(pieces=group, lines=lines, base=self.base) for group, lines in groups if lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Pieces that belong together, and their text line by line as broken in the source."""

    pieces: list[Piece]
    lines: list[str]
    base: str

    @property
    def lead(self) -> str:
        """The text that opens it in bold."""
        words: list[str] = []
        for piece in self.pieces:
            if piece.text is None:
                if tidy("".join(words)):
                    break
            elif piece.bold or not piece.text.strip():
                words.append(piece.text)
            else:
                break
        return tidy("".join(words))

    @property
    def links(self) -> tuple[Link, ...]:
        """Its anchors with absolute addresses, in order."""
        if all(piece.link is None for piece in self.pieces):
            return ()
        found = []
        for key, group in groupby(self.pieces, key=lambda piece: piece.link if piece.text is not None else None):
            if key is not None:
                address = absolute(self.base, key[1])
                text = tidy("".join(piece.text or "" for piece in group))
                if address and text:
                    found.append(Link(text=text, url=address))
        return tuple(found)

    @property
    def is_bold(self) -> bool:
        """Whether all its words are bold."""
        worded = [piece for piece in self.pieces if piece.text and piece.text.strip()]
        return bool(worded) and all(piece.bold for piece in worded)


def absolute(base: str, address: str) -> str | None:
    """The address made absolute; None for what is no address of a document."""
    address = address.strip()
    if not address or not _SCHEMES.match(address):
        return None
    try:
        if _PLAIN_PATH.fullmatch(address):
            return f"{_origin(base)}{address}"
        return urljoin(base, address)
    except ValueError:  # a malformed host such as "http://[x"
        return None


@lru_cache(maxsize=64)
def _origin(base: str) -> str:
    """Scheme and host of an address, as joining a path to it keeps them."""
    return urljoin(base, "/")[:-1]


def _is_bold(element: HtmlElement) -> bool:
    return element.tag in {"b", "strong"} or bool(_BOLD_STYLE.search(element.get("style") or ""))


def _is_footnote_mark(sup: HtmlElement) -> bool:
    """Whether a superscript points to a note: joined to a number before it, it would read as another number."""
    text = sup.text_content().strip()
    previous = sup.getprevious()
    parent = sup.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
    return bool(text) and bool(_MARK.fullmatch(text)) and not _METRES.search(before.rstrip())


def _lines(pieces: list[Piece]) -> list[str]:
    joined = "".join("\x1e" if piece.text is None else piece.text for piece in pieces)
    return [line for line in map(tidy, joined.split("\x1e")) if line]


def _paragraphs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    breaks = 0
    for piece in pieces:
        if piece.text is None:
            breaks += 1
        elif _SEEN.search(piece.text):
            if breaks > 1:
                yield group
                group = []
            elif breaks == 1 and group:
                group.append(Piece(None))
            breaks = 0
            group.append(piece)
        elif not breaks:
            group.append(piece)
    yield group
