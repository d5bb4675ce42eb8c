"""Tells cheaply that a page says what it said before, without reading it: by its bytes, else by its bare words.

Equal words here mean that the reader of pages would find the same text and the same stamp. What differs only in
scripts, comments, blanks, inline tags or attributes that no reader of ours looks at leaves the same imprint; anything
else may or may not change the text, so the page is then read.
"""

import re
from functools import lru_cache

from lxml import etree
from lxml.html import document_fromstring

from monitor.errors import PageError
from monitor.model import Format, Imprint, Snapshot, Source, content_sha256, digest
from monitor.pages.chrome import HIDING, MARKED_CLASSES, MARKED_IDS, UNREAD
from monitor.pages.html_limits import ensure_parsable
from monitor.pages.tree import html_parser
from monitor.pages.wording import without_controls, word_set

_INLINE = word_set("a abbr acronym b bdi bdo big cite code em font i ins kbd mark q samp span strong tt u var")
_ENDS_OF_INLINE = tuple(f"/{name}" for name in sorted(_INLINE))
_TAG = re.compile(r"<([a-zA-Z][\w:.-]*)((?:\s[^<>]*?)?)(/?)>")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)="([^"]*)\"""")
_TOLD = word_set("""
    colspan rowspan hidden role lang dir start value reversed type datetime property content name http-equiv tag
    aria-level aria-controls details-title notice-title heading data-ktc-search-exclude
""")
"""Attributes that decide what stands in a page's text or stamp, besides classes, ids and styles that hide."""
_NEVER_TOLD = ("href", "src", "srcset", "title", "alt", "rel", "target")
"""The commonest of the others: without them most tags of a page are alike."""
MOST_TAGS = 4096
MOST_MARKS = 16
"""Tags that are remembered, for so many different choices of what counts; sources mostly choose alike."""
_PICKED = re.compile(r"[.#](-?[\w-]+)")
_INTRICATE = re.compile(r"[\[:+~>]")


def imprint(snapshot: Snapshot, source: Source, revision: str) -> Imprint:
    """The imprint of what was fetched. ``revision`` names today's extractors."""
    return Imprint(
        context=context(snapshot.final_url, source, revision),
        body=body_imprint(snapshot),
        words=words_imprint(snapshot, source),
    )


def context(final_url: str, source: Source, revision: str) -> str:
    """What else must be equal before two pages may be held for one: address, settings and extractors."""
    return digest(final_url, source.settings_hash, revision)


def body_imprint(snapshot: Snapshot) -> str:
    """Equal for equal answers: status, type and bytes."""
    kind = snapshot.headers.get("content-type", "")
    return digest(str(snapshot.status), kind, content_sha256(snapshot.body))


def words_imprint(snapshot: Snapshot, source: Source) -> str | None:
    """Equal for pages that say the same; None when that cannot be told without reading the page."""
    if source.format is not Format.HTML or _is_intricate(source):
        return None
    try:
        text = without_controls(snapshot.body.decode())
        ensure_parsable(text)
        root = document_fromstring(text.encode(), parser=html_parser())
    except (PageError, UnicodeDecodeError, etree.LxmlError, ValueError):
        return None
    etree.strip_elements(root, *UNREAD, with_tail=False)
    etree.strip_attributes(root, *_NEVER_TOLD)
    said = _bare(etree.tostring(root, encoding="unicode", method="xml"), _marks(_selectors(source)))
    return digest(str(snapshot.status), snapshot.headers.get("content-type", ""), said)


def _selectors(source: Source) -> tuple[str, ...]:
    return (*source.scope.keep, *source.scope.drop, source.marker or "")


def _is_intricate(source: Source) -> bool:
    """Whether what is kept and dropped may hang on more than tags, classes and ids."""
    return any(_INTRICATE.search(selector) for selector in _selectors(source))


@lru_cache(maxsize=1024)
def _marks(selectors: tuple[str, ...]) -> frozenset[str]:
    named = {name for selector in selectors for name in _PICKED.findall(selector)}
    return MARKED_CLASSES | MARKED_IDS | named


class _Tags(dict[str, str]):
    """What is left of each tag that was met: those of its attributes that count; nothing of an inline tag without such.

    ``inline`` are the inline tags of which something is left, and any that cannot be told. On a page with one of them
    the ends of inline tags are left too; otherwise they are dropped.
    """

    def __init__(self, marks: frozenset[str], *, keeps_ends: bool) -> None:
        super().__init__({} if keeps_ends else dict.fromkeys(_ENDS_OF_INLINE, ""))
        self._marks = marks
        self.inline = set[str]()

    def __missing__(self, tag: str) -> str:
        match = _TAG.fullmatch(f"<{tag}>")
        if match is None:
            if tag[:1].isalpha():
                self.inline.add(tag)
            self[tag] = f"<{tag}>"
            return self[tag]
        name, attributes, end = match.groups()
        told = _told(attributes, self._marks) if attributes else ""
        if told and name in _INLINE:
            self.inline.add(tag)
        self[tag] = "" if name in _INLINE and not told else f"<{name}{told}{end}>"
        return self[tag]


_known_tags: dict[tuple[frozenset[str], bool], _Tags] = {}


def _tags_of(marks: frozenset[str], *, keeps_ends: bool) -> _Tags:
    """Pages are written with the same tags over and over; what is left of them is kept from page to page."""
    tags = _known_tags.get((marks, keeps_ends))
    if tags is None or len(tags) > MOST_TAGS:
        if len(_known_tags) >= MOST_MARKS:
            _known_tags.clear()
        tags = _known_tags[marks, keeps_ends] = _Tags(marks, keeps_ends=keeps_ends)
    return tags


def _bare(text: str, marks: frozenset[str]) -> str:
    """A document with its blanks evened out and nothing in its tags but what may decide what the page says.

    ``text`` is as lxml writes it: any ``<`` or ``>`` is the edge of a tag.
    """
    parts = text.replace(">", "<").split("<")  # words and tags by turns
    written = parts[1::2]
    tags = _tags_of(marks, keeps_ends=False)
    parts[1::2] = map(tags.__getitem__, written)
    if not tags.inline.isdisjoint(written):
        parts[1::2] = map(_tags_of(marks, keeps_ends=True).__getitem__, written)
    return " ".join("".join(parts).split()).replace("> ", ">").replace(" <", "<")


def _told(attributes: str, marks: frozenset[str]) -> str:
    """Those of a tag's attributes that count."""
    return "".join(
        f" {key}={value}"
        for key, value in _ATTRIBUTE.findall(attributes)
        if key in _TOLD
        or (key in {"class", "id"} and not marks.isdisjoint(value.split()))
        or (key == "style" and HIDING.search(value))
    )
