"""What a dated entry of a news page is, and in which words an entry states its date."""

import re
from datetime import date

from msgspec import Struct

from monitor.extractors.draw_names import words
from monitor.model import Block
from monitor.pages.dates import FoundDate, find_dates, parse_date

_POSTED = r"(?:(?:date )?(?:posted|published|issued|released|updated|modified|posting date|date)(?: on)?\s*:?\s*)?"
_LABEL = re.compile(_POSTED, re.IGNORECASE)
_BEFORE_LAST = re.compile(rf"(?:^|\n|[(\[,|\u2013\u2014]\s*|\s-+\s*|\.\s+){_POSTED}$", re.IGNORECASE)
_AFTER_LAST = re.compile(r"[\s.)\]]*")
_OPENING = "[("
MARKS = " \n\t.,:;|\u2013\u2014-"
"""What may stand between a date, a title and a text."""


class Entry(Struct, frozen=True, kw_only=True):
    """One dated entry. ``head`` is the block its title stands in, ``body`` the blocks of its text.

    ``text`` is its words without date and title. ``row``: it is that row of the table at ``head``.
    """

    day: date
    title: str
    text: str
    head: int
    body: tuple[int, ...] = ()
    row: int | None = None
    path: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[int, ...]:
        """All blocks that are this entry's alone."""
        return () if self.row is not None else tuple(dict.fromkeys((self.head, *self.body)))


def read_bare_date(text: str) -> date | None:
    """The date that is all a line says, "Posted on" and the like apart."""
    label = _LABEL.match(text)
    return parse_date(text[label.end() :]) if label else None


def split_title_date(text: str) -> tuple[date, str] | None:
    """(date, the other words) of a heading or item that opens with a date or closes with one; None for neither.

    A date inside a sentence ("changes take effect April 30, 2026") is none.
    """
    found = find_dates(text)
    if not found:
        return None
    opening = _opens_with(text, found[0])
    if opening is not None:
        return found[0].date, opening
    last = found[-1]
    before = _BEFORE_LAST.search(text[: last.start])
    if before is None or not _AFTER_LAST.fullmatch(text, last.end):
        return None
    return last.date, text[: before.start()].strip(MARKS)


def _opens_with(text: str, found: FoundDate) -> str | None:
    """The words after the date a text opens with; None when it opens with others, or a sentence runs on from it."""
    if read_bare_date(text[: found.end].lstrip(_OPENING)) is None:
        return None
    rest = text[found.end :]
    if text.startswith(tuple(_OPENING)):
        rest = rest.lstrip(")]")
        return rest.strip(MARKS)
    if rest and not re.match(r"\s*[^\w\s]|\s*\n|\s+[A-Z]", rest):
        return None
    return rest.strip(MARKS)


def is_link(block: Block) -> bool:
    """Whether all the words of a block are links."""
    return bool(block.links) and words(block.text) == words(" ".join(link.text for link in block.links))
