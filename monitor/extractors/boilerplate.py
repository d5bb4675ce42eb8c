"""Which blocks of a page say nothing that binds anybody: navigation, bare links, indexes, date lines, images.

A list of links may be a list of things that count (designated partners, accepted tests), so its items stay, but for
tables of contents and lists of related pages.
"""

import re
from urllib.parse import urldefrag

from msgspec import Struct

from monitor.extractors.amounts import straight
from monitor.extractors.modality import modality
from monitor.model import Block, BlockKind, Modality, Page
from monitor.pages.dates import find_dates, is_month
from monitor.pages.remembering import remember_short

_NAVIGATION = re.compile(
    r"(?:learn more|read more|see more|more information|back to top|top of (?:the )?page|return to (?:top|footnote).*|"
    r"on this page|table of contents|contents|in this section|expand all|collapse all|(?:expand|collapse) all .*|"
    r"show (?:all|more|less)|skip to .*|share(?: this page)?|print(?: this page)?|report a problem.*|next|previous|"
    r"(?:next|previous)(?: page)?\s?:.*|was this (?:page|information) helpful.*|feedback|"
    r"(?:give|provide) (?:us )?feedback.*|"
    r"home|menu|search|close|apply now|get started|related links?|follow us.*|footnotes?|français|english|"
    r"did you find what you were looking for.*|thank you for your feedback.*|image|footnote \W?\w*)[\s.:>*!?]*"
)
"""In small letters."""
_DATE_LABEL = re.compile(
    r"(?:(?:page )?(?:was )?(?:last )?(?:updated|modified|reviewed|published)|date modified|date|posted"
    r"|as of|on|:|,|\s|-|\.)*",
    re.IGNORECASE,
)
_LINK_LIST = re.compile(
    r"(?:related|useful|other|quick|helpful)?\s*(?:links?|pages?|resources|services|topics|information)|on this page|"
    r"contact us|more information|see also|features",
    re.IGNORECASE,
)
_LONGEST_LINK = 12
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"\w+")


class Index(Struct, frozen=True, kw_only=True):
    """What tells a table of contents: the page's own address, the words of its headings and the first of each."""

    url: str
    headings: frozenset[str]
    openings: frozenset[str]

    def has_heading(self, text: str) -> bool:
        """Whether a text has the words of a heading; most differ in the first already."""
        opening = _WORD.search(text.casefold())
        return (opening[0] if opening else "") in self.openings and _words(text) in self.headings

    @classmethod
    def of(cls, page: Page) -> "Index":
        """The index of a page."""
        headings = frozenset(_words(block.text) for block in page.blocks if block.kind is BlockKind.HEADING)
        openings = frozenset(heading.partition(" ")[0] for heading in headings)
        return cls(url=urldefrag(page.final_url).url, headings=headings, openings=openings)


def is_boilerplate(block: Block, index: Index) -> bool:
    """Whether a paragraph or list item is navigation, a bare link, an index entry, a date line or an image's name."""
    if block.table is not None:
        return False
    text = straight(block.text).strip()
    if not _LETTER.search(text) or is_month(text):
        return True
    return _NAVIGATION.fullmatch(text.lower()) is not None or _is_date_line(text) or _is_link(block, text, index)


def _is_date_line(text: str) -> bool:
    dates = find_dates(text)
    if not dates:
        return False
    rest = text
    for found in reversed(dates):
        rest = rest[: found.start] + rest[found.end :]
    return _DATE_LABEL.fullmatch(rest) is not None


def _is_link(block: Block, text: str, index: Index) -> bool:
    if not block.links:
        return False
    linked = " ".join([link.text for link in block.links])
    if linked != text and _words(text) != _words(linked):
        return False
    if index.has_heading(text) or all(_is_here(link.url, index) for link in block.links):
        return True
    if not block.path and index.headings:
        return True  # above the first heading: the way to this page, whatever its markup calls it
    if block.kind is BlockKind.ITEM:
        return bool(block.path) and _heads_links(block.path[-1])
    return len(text.split()) <= _LONGEST_LINK and not text.endswith(".") and modality(text) is Modality.IS


@remember_short(256)
def _heads_links(heading: str) -> bool:
    """Whether nothing but links of the site stands under a heading."""
    return _LINK_LIST.fullmatch(straight(heading).strip(" :")) is not None


def _is_here(url: str, index: Index) -> bool:
    """Whether a link stays on the page, as an entry of its table of contents does."""
    if "#" not in url:
        return False
    bare, fragment = urldefrag(url)
    return bool(fragment) and bare == index.url


def _words(text: str) -> str:
    return " ".join(_WORD.findall(straight(text).casefold()))
