"""Where publishers say when a page was last updated: found, and taken out, so that a new stamp alone is no change.

Shapes: canada.ca (``dcterms.modified``, ``<time property="dateModified">``, ``<gcds-date-modified>``), welcomebc.ca
("Last updated: ..." split over tags, 2022 "This page was last updated on ..."), ontario.ca
(``<small>Updated: ...</small>``, ``article:modified_time``).
"""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement
from msgspec import Struct
from msgspec.structs import replace

from monitor.model import Block, BlockKind
from monitor.pages.dates import find_dates, parse_date
from monitor.pages.wording import has_any, tidy

_LABEL = (
    r"(?:this page was |page |content )?last (?:updated|modified|revised)(?: on)?|date modified|page updated"
    r"|dernière mise à jour(?: le)?|date de modification|date de la dernière mise à jour"
)
_STAMP = re.compile(rf"(?:{_LABEL})\s*:?\s*(?P<rest>.*)", re.IGNORECASE)
_LABELLED = re.compile(rf"(?:{_LABEL})\s*:\s*(?P<rest>\S.{{0,39}})", re.IGNORECASE)
_SHORT_STAMP = re.compile(r"(?P<label>updated|mis à jour|mise à jour)\s*:\s*(?P<rest>.+)", re.IGNORECASE)
_SMALL = re.compile(
    r"(?P<label>updated|published|mis à jour|mise à jour|publié|date de publication)\s*(?:le\s*)?:\s*(?P<rest>.+)",
    re.IGNORECASE,
)
_STAMPED = ("updat", "modifi", "revised", " à jour")
"""One of these stands, in small letters, in the label of every stamp line."""
_PUBLISHED = ("published", "publié", "date de publication")
_META = ("dcterms.modified", "dc.date.modified", "last-modified")


class ElementMarkers(Struct, frozen=True, kw_only=True):
    """What elements say: the marker's words (best first), and the elements to leave out of the content."""

    words: tuple[str, ...]
    elements: tuple[HtmlElement, ...]


def as_marker(words: str) -> str:
    """The marker as ``YYYY-MM-DD`` when a date stands in the words, else the words themselves, tidied."""
    found = find_dates(words)
    return found[0].date.isoformat() if found else tidy(words)


def find_element_markers(root: HtmlElement) -> ElementMarkers:
    """The markers that stand in elements of their own, anywhere in the document."""
    words: list[str] = [text for text in _meta(root) if text]
    elements: list[HtmlElement] = []
    for element in root.iter("gcds-date-modified", "time", "small"):
        found = _read_element(element)
        if found is not None:
            elements.append(element)
            words.append(found)
    published = [text for text in root.xpath("//meta[@property='article:modified_time']/@content") if text]
    small = [_SMALL.fullmatch(tidy(element.text_content())) for element in elements]
    released = [match["rest"] for match in small if match and match["label"].lower().startswith(_PUBLISHED)]
    return ElementMarkers(words=(*filter(None, words), *published, *released), elements=tuple(elements))


def split_block_markers(blocks: Sequence[Block]) -> tuple[tuple[str, ...], tuple[Block, ...]]:
    """(the words of stamp lines, the blocks without them); a stamp before other words goes, the words stay."""
    words: list[str] = []
    kept: list[Block] = []
    for block in blocks:
        if block.kind not in {BlockKind.PARAGRAPH, BlockKind.ITEM} or not has_any(block.text.lower(), _STAMPED):
            kept.append(block)
            continue
        lines = [_split_line(line) for line in block.text.split("\n")]
        found = [stamp for stamp, _ in lines if stamp]
        if not found:
            kept.append(block)
            continue
        words += found
        text = "\n".join(rest for _, rest in lines if rest)
        if text:
            lead = block.lead if text.startswith(block.lead) else ""
            kept.append(replace(block, text=text, lead=lead))
    return tuple(words), tuple(kept)


def _meta(root: HtmlElement) -> Iterator[str]:
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("http-equiv") or "").lower()
        if name in _META:
            yield element.get("content") or ""


def _read_element(element: HtmlElement) -> str | None:
    """The stamp in this element; "" for one that is to go without being a marker; None when it is content."""
    text = tidy(element.text_content())
    if element.tag == "gcds-date-modified":
        return text
    if element.tag == "time":
        return (element.get("datetime") or text) if element.get("property") == "dateModified" else None
    match = _SMALL.fullmatch(text)
    if match is None or parse_date(match["rest"]) is None:
        return None
    return "" if match["label"].lower().startswith(_PUBLISHED) else match["rest"]


def _split_line(line: str) -> tuple[str, str]:
    """(the stamp's words or "", what else the line says)."""
    short = _SHORT_STAMP.fullmatch(line)
    if short and parse_date(short["rest"]):
        return short["rest"], ""
    stamp = _STAMP.fullmatch(line)
    if stamp is None:
        return "", line
    found = find_dates(stamp["rest"])
    if found and parse_date(stamp["rest"][: found[0].end]):
        return stamp["rest"][: found[0].end], stamp["rest"][found[0].end :].lstrip(" .,:;-")
    labelled = _LABELLED.fullmatch(line)
    return (labelled["rest"], "") if labelled else ("", line)
