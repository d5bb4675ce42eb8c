"""Tells cheaply that a page says what it said before, without reading it: by its bytes, else by its bare words.

Equal words here mean that the reader of pages would find the same blocks, links and stamp. What differs only in the
contents of scripts, comments, blanks between words or attributes that no reader of ours looks at leaves the same
imprint; anything else may or may not change what is read, so the page is then read. Should a difference that matters
go unnoticed all the same, it does so for a day at most.
"""

import re
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from monitor.errors import PageError
from monitor.model import Format, Imprint, Snapshot, Source, content_sha256, digest
from monitor.pages.chrome import HIDING, MARKED_CLASSES, MARKED_IDS
from monitor.pages.decode import decode_body
from monitor.pages.html_limits import ensure_parsable
from monitor.pages.inline import BOLD_STYLE
from monitor.pages.tree import parse_tree
from monitor.pages.walk import REGION_CLASSES, is_block
from monitor.pages.wording import without_controls, word_set

_TAG = re.compile(r"""(/?)([a-zA-Z][^\s"<>/]*)((?:\ [^\s"<>]+="[^"]*")*)(/?)""", re.VERBOSE)
_ATTRIBUTE = re.compile(r"""\ ([^\s"<>]+)="([^"]*)\"""", re.VERBOSE)
_TOLD = word_set("""
    colspan rowspan hidden role lang xml:lang dir start value reversed type datetime property content name http-equiv
    tag aria-level aria-controls details-title notice-title heading data-ktc-search-exclude
""")
"""Attributes that decide what is read of a page, besides classes, ids and styles that hide, part or stress."""
_NEVER_TOLD = ("href", "src", "srcset", "title", "alt", "rel", "target")
"""The commonest of the others: without them most tags of a page are alike. Where links lead is told apart from tags."""
_CODE = ("script", "style")
_WRITTEN_BLANK = re.compile("&#(?:9|10|13);")
_LEADING = etree.XPath("//a/@href", smart_strings=False)
_ANCHORS = etree.XPath("count(//a)")
MOST_TAGS = 4096
LONGEST_TAG = 500
"""Characters of a tag that is remembered: the long ones hold data, which is other on each page."""
MOST_MARKS = 16
"""Tags that are remembered, for so many different choices of what counts; sources mostly choose alike."""
_PICKED = re.compile(r"[.#](-?[\w-]+)")
_INTRICATE = re.compile(r"[\[:+~>|\\]")


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
    """Equal for pages of one day that say the same; None when that cannot be told without reading the page."""
    if source.format is not Format.HTML or _is_intricate(source):
        return None
    try:
        text = without_controls(decode_body(snapshot))
        ensure_parsable(text)
        root, is_whole = parse_tree(text)
        if not is_whole or _has_another(root):
            return None
        links = _links(root)
        for element in root.iter(*_CODE):
            element.text = None
        etree.strip_attributes(root, *_NEVER_TOLD)
        said = _bare(etree.tostring(root, encoding="unicode", method="xml"), _marks(_selectors(source)))
    except (PageError, etree.LxmlError, ValueError):
        return None
    kind, day = snapshot.headers.get("content-type", ""), snapshot.fetched_at.date().isoformat()
    return digest(str(snapshot.status), kind, day, links, said)


def _has_another(root: HtmlElement) -> bool:
    """Whether another document stands beside this one, as after a first ``</html>``: readers find parts of both."""
    return any(True for preceding in (False, True) for _ in root.itersiblings(preceding=preceding))


def _links(root: HtmlElement) -> str:
    """Where the page leads and what it calls itself."""
    leading = _LEADING(root)
    if len(leading) < _ANCHORS(root):  # which of them lead nowhere counts as well
        leading = [anchor.get("href") or "" for anchor in root.iter("a")]
    bases = [base.get("href") or "" for base in root.iter("base")]
    named = [(link.get("rel") or "", link.get("href") or "") for link in root.iter("link")]
    own = [address for relation, address in named if "canonical" in relation.lower().split()]
    return "\n".join([*leading, "", *bases, "", *own])


def _selectors(source: Source) -> tuple[str, ...]:
    return (*source.scope.keep, *source.scope.drop, source.marker or "")


def _is_intricate(source: Source) -> bool:
    """Whether what is kept and dropped may hang on more than tags, classes and ids."""
    return any(_INTRICATE.search(selector) for selector in _selectors(source))


@lru_cache(maxsize=1024)
def _marks(selectors: tuple[str, ...]) -> frozenset[str]:
    named = {name for selector in selectors for name in _PICKED.findall(selector)}
    return MARKED_CLASSES | MARKED_IDS | REGION_CLASSES | named


class _Tags(dict[str, str]):
    """What is left of each tag that was met: its name, and those of its attributes that count.

    Raises ValueError for what is no tag: an attribute's name may hold a ``<``, so that tags and words cannot be told
    apart.
    """

    def __init__(self, marks: frozenset[str]) -> None:
        super().__init__()
        self._marks = marks

    def __missing__(self, tag: str) -> str:
        match = _TAG.fullmatch(tag)
        if match is None:
            raise ValueError(f"no tag: {tag[:80]}")
        start, name, attributes, end = match.groups()
        left = f"<{start}{name}{_told(attributes, self._marks)}{end}>"
        if is_block(name):
            left = f" {left} "  # whatever blanks stand beside it say nothing
        if len(tag) <= LONGEST_TAG:
            self[tag] = left
        return left


_known_tags: dict[frozenset[str], _Tags] = {}


def _tags_of(marks: frozenset[str]) -> _Tags:
    """Pages are written with the same tags over and over; what is left of them is kept from page to page."""
    tags = _known_tags.get(marks)
    if tags is None or len(tags) > MOST_TAGS:
        if len(_known_tags) >= MOST_MARKS:
            _known_tags.clear()
        tags = _known_tags[marks] = _Tags(marks)
    return tags


def _bare(text: str, marks: frozenset[str]) -> str:
    """A document with its blanks evened out and nothing in its tags but what may decide what is read of the page.

    ``text`` is as lxml writes it: but in names of attributes, any ``<`` or ``>`` is the edge of a tag. Raises
    ValueError where it is not.
    """
    parts = text.replace(">", "<").split("<")  # words and tags by turns
    parts[1::2] = map(_tags_of(marks).__getitem__, parts[1::2])
    return " ".join("".join(parts).split())


def _told(attributes: str, marks: frozenset[str]) -> str:
    """Those of a tag's attributes that count."""
    written = ((key, _WRITTEN_BLANK.sub(" ", value)) for key, value in _ATTRIBUTE.findall(attributes))
    return "".join(
        f" {key}={value}"
        for key, value in written
        if key in _TOLD
        or (key in {"class", "id"} and not marks.isdisjoint(value.split()))
        or (key == "style" and (HIDING.search(value) or BOLD_STYLE.search(value)))
    )
