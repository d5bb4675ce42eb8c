"""An HTML body → Page: the content in scope as blocks, without scripts, chrome and stamps."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.html import HtmlElement
from msgspec import Struct

from monitor.errors import PageError
from monitor.model import Block, BlockKind, Page, Snapshot, Source, content_sha256
from monitor.pages.blocks import read_blocks
from monitor.pages.decode import decode_body
from monitor.pages.html_limits import ensure_parsable
from monitor.pages.inline import absolute
from monitor.pages.markers import as_marker, find_element_markers, split_block_markers
from monitor.pages.rendering import render_blocks
from monitor.pages.selectors import compiled
from monitor.pages.tree import parse_tree
from monitor.pages.walk import HEADINGS
from monitor.pages.wording import tidy, without_controls

_INDEX_TITLES = frozenset(
    {"on this page", "sur cette page", "table of contents", "table des matières", "in this section"}
)
_LANGUAGES = {"eng": "en", "fra": "fr", "fre": "fr"}
_WRAPPERS = re.compile(
    r"</?(?:div|section|article|span|font|b|i|u|em|strong|small|a|p|ul|ol|li|blockquote|center)\b[^>]*>",
    re.IGNORECASE,
)
_TABLES = re.compile(r"</?(?:table|tbody|tr|td)\b[^>]*>", re.IGNORECASE)
_TITLE_SUFFIX = re.compile(r"\s+(?:[-–|])\s+(?:Canada\.ca|ontario\.ca|WelcomeBC|welcomebc\.ca)\s*$", re.IGNORECASE)  # noqa: RUF001 - an en dash is meant


class _Document(Struct, frozen=True, kw_only=True):
    root: HtmlElement
    base: str


def read_html(snapshot: Snapshot, source: Source) -> Page:
    """The page in an HTML snapshot.

    Raises PageError ``empty_body``, ``too_large``, ``too_slow`` or ``too_deep``.
    """
    document = _parse(decode_body(snapshot), snapshot.final_url)
    root = document.root
    stamps = find_element_markers(root)
    dropped = {
        *stamps.elements,
        *_select(root, source.scope.drop),
        *_in_page_indexes(root),
    }
    blocks = read_blocks(_scope(root, source.scope.keep), base=document.base, dropped=dropped)
    words, blocks = split_block_markers(blocks)
    text = render_blocks(blocks)
    own = _own_marker(root, source)
    marker = next((as_marker(stamp) for stamp in (*own, *stamps.words, *words) if stamp.strip()), None)
    return Page(
        title=_title(root, blocks),
        final_url=snapshot.final_url,
        canonical_url=_canonical(document),
        language=_language(root),
        update_marker=marker,
        blocks=blocks,
        text=text,
        sha256=content_sha256(text),
    )


def _parse(text: str, address: str) -> _Document:
    text = without_controls(text)
    if not text.strip():
        raise PageError("The body is empty.", code="empty_body")
    ensure_parsable(text)
    try:
        root, is_whole = parse_tree(text)
        for wrappers in (_WRAPPERS, _TABLES):
            if not is_whole:
                text = wrappers.sub("<hr>", text)
                root, is_whole = parse_tree(text)
    except etree.ParserError:
        raise PageError("The body holds no HTML.", code="empty_body") from None
    if not is_whole:
        raise PageError("The HTML is nested too deeply to be read whole.", code="too_deep")
    base = root.find(".//base[@href]")
    start = absolute(address, base.get("href") or "") if base is not None else None
    return _Document(root=root, base=start or address)


def _scope(root: HtmlElement, keep: Sequence[str]) -> list[HtmlElement]:
    """The elements that hold the content, outermost only, in document order."""
    if keep:
        chosen = set(_select(root, keep))
        if len(chosen) == 1:
            return list(chosen)
        return [
            element
            for element in root.iter()
            if element in chosen and not any(above in chosen for above in element.iterancestors())
        ]
    for path in ("//main", "//*[@role='main']", "//body"):
        found = root.xpath(path)
        if found:
            return [element for element in found if not any(above in found for above in element.iterancestors())]
    return [root]


def _select(root: HtmlElement, selectors: Sequence[str]) -> Iterator[HtmlElement]:
    for selector in selectors:
        yield from compiled(selector)(root)


def _in_page_indexes(root: HtmlElement) -> Iterator[HtmlElement]:
    """Headings such as "On this page" and the list of links under it: every word of it stands again further down."""
    for heading in root.iter(*HEADINGS):
        if tidy(heading.text_content()).lower() in _INDEX_TITLES:
            index = heading.getnext()
            if index is not None and index.tag in {"ul", "ol"} and _links_within(index):
                yield heading
                yield index


def _links_within(index: HtmlElement) -> bool:
    """Whether all the words of a list are links into its own page."""
    links = [link for link in index.iter("a") if (link.get("href") or "").startswith("#")]
    linked = "".join("".join(link.text_content().split()) for link in links)
    return linked == "".join(index.text_content().split())


def _own_marker(root: HtmlElement, source: Source) -> tuple[str, ...]:
    """The words at ``source.marker``, which for HTML is a CSS selector."""
    if not source.marker:
        return ()
    found = next(_select(root, (source.marker,)), None)
    return () if found is None else (found.get("content") or found.get("datetime") or found.text_content(),)


def _title(root: HtmlElement, blocks: Sequence[Block]) -> str:
    """The page's first main heading; publishers give whole sites one ``<title>``."""
    for block in blocks:
        if block.kind is BlockKind.HEADING and block.level == 1:
            return block.text
    return _TITLE_SUFFIX.sub("", tidy(root.findtext(".//title") or ""))


def _canonical(document: _Document) -> str | None:
    for link in document.root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return absolute(document.base, link.get("href") or "")
    return None


def _language(root: HtmlElement) -> str | None:
    """The declared language as written ("en-CA"), ISO 639-2 codes shortened; None when nothing says."""
    declared = [root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang"), root.get("xml:lang")]
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("http-equiv") or "").lower()
        if name in {"dcterms.language", "content-language"}:
            declared.append(element.get("content"))
    language = next((text.strip() for text in declared if text and text.strip()), None)
    return _LANGUAGES.get(language, language) if language else None
