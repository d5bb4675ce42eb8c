"""A run of text as it is met: pieces with their bold and link, cut into paragraphs where lines break twice."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urljoin

from lxml.html import HtmlElement
from msgspec import Struct, field

from monitor.model import Link
from monitor.pages.wording import tidy

_BOLD = frozenset({"b", "strong"})
BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
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


class Run(Struct):
    """The pieces since the last block ended, and the inline elements that are open."""

    base: str
    pieces: list[Piece] = field(default_factory=list)
    is_blank: bool = True
    """Whether no word has come yet."""
    _bold: list[bool] = field(default_factory=list)
    """Of each inline element that is open, whether it makes its text bold."""
    _link: tuple[int, str] | None = None
    _anchors: int = 0
    _is_broken: bool = False

    def add(self, text: str) -> None:
        """Take in some text."""
        if self.is_blank and _SEEN.search(text):
            self.is_blank = False
        self.pieces.append(Piece(text, True in self._bold, self._link))

    def open(self, element: HtmlElement, tag: str, attributes: Mapping[str, str]) -> None:
        """An inline element opens."""
        style = attributes.get("style")
        self._bold.append(tag in _BOLD or (style is not None and BOLD_STYLE.search(style) is not None))
        if tag == "br":
            self.break_line()
        elif tag == "a" and attributes.get("href"):
            self._anchors += 1
            self._link = (self._anchors, attributes["href"])
        elif tag == "sup" and _is_footnote_mark(element):
            self.add(" [")

    def close(self, element: HtmlElement, tag: str) -> None:
        """The inline element that opened last closes."""
        self._bold.pop()
        if tag == "a":
            self._link = None
        elif tag == "sup" and _is_footnote_mark(element):
            self.add("]")

    def break_line(self, times: int = 1) -> None:
        """Take in a line break; two in a row end a paragraph."""
        if self.pieces:
            self.pieces.extend([Piece(None)] * times)
            self._is_broken = True

    def take(self) -> list["Paragraph"]:
        """The paragraphs so far; the run is blank again."""
        pieces, is_blank, is_broken = self.pieces, self.is_blank, self._is_broken
        self.pieces, self.is_blank, self._is_broken = [], True, False
        if is_blank:
            return []
        groups = [(group, _lines(group)) for group in (_paragraphs(pieces) if is_broken else [pieces])]
        return [Paragraph(group, lines, self.base) for group, lines in groups if lines]


class Paragraph(NamedTuple):
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
        return tidy("".join(words)) if words else ""

    @property
    def links(self) -> tuple[Link, ...]:
        """Its anchors with absolute addresses, in order."""
        if len(self.pieces) == 1:  # as most items in a list of links are
            return _links(self.base, self.pieces[0].link, self.lines[0])
        found: list[Link] = []
        for link, group in groupby(self.pieces, key=lambda piece: piece.link if piece.text is not None else None):
            if link is not None:
                found += _links(self.base, link, tidy("".join([piece.text or "" for piece in group])))
        return tuple(found)

    @property
    def is_bold(self) -> bool:
        """Whether all its words are bold."""
        worded = [piece for piece in self.pieces if piece.text and piece.text.strip()]
        return bool(worded) and all(piece.bold for piece in worded)


def absolute(base: str, address: str) -> str | None:
    """The address made absolute; None for what is no address of a document."""
    address = address.strip()
    try:
        if _PLAIN_PATH.fullmatch(address):
            return f"{_origin(base)}{address}"
        if not address or not _SCHEMES.match(address):
            return None
        return urljoin(base, address)
    except ValueError:  # a malformed host such as "http://[x"
        return None


@lru_cache(maxsize=64)
def _origin(base: str) -> str:
    """Scheme and host of an address, as joining a path to it keeps them."""
    return urljoin(base, "/")[:-1]


def _links(base: str, link: tuple[int, str] | None, text: str) -> tuple[Link, ...]:
    address = absolute(base, link[1]) if link and text else None
    return (Link(text=text, url=address),) if address else ()


def _is_footnote_mark(sup: HtmlElement) -> bool:
    """Whether a superscript points to a note: joined to a number before it, it would read as another number."""
    text = sup.text_content().strip()
    previous = sup.getprevious()
    parent = sup.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
    return bool(text) and bool(_MARK.fullmatch(text)) and not _METRES.search(before.rstrip())


def _lines(pieces: list[Piece]) -> list[str]:
    if len(pieces) == 1:
        written = [pieces[0].text or ""]
    else:
        written = "".join(["\x1e" if piece.text is None else piece.text for piece in pieces]).split("\x1e")
    return [line for line in map(tidy, written) if line]


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
