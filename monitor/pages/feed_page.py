"""An RSS or Atom feed → Page: each entry a heading with its date, words and link, newest first."""

import re
from collections.abc import Iterator
from typing import Any

from monitor.errors import PageError
from monitor.model import Block, BlockKind, Link, Page, Snapshot, Source, content_sha256
from monitor.pages.decode import decode_body
from monitor.pages.markup import plain_words
from monitor.pages.rendering import render_blocks

DEEPEST = 200
"""Levels of elements in a feed; the deepest of the formats has a dozen."""
MOST_TAGS = 200_000
LONGEST = 20_000
"""More of an entry's words than this is cut: a feed is read for its notices."""

_ENTITIES = re.compile(r"<!ENTITY|<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(/?)[A-Za-z_][^<>]*?(/?)>")


def read_feed(snapshot: Snapshot, source: Source) -> Page:
    """The entries of a feed. Raises PageError ``not_feed``, ``xml_entities``, ``too_deep`` or ``too_large``.

    An entry is a heading of level 3 under its date (level 2, ``YYYY-MM-DD``), then its words.
    """
    _check_shape(decode_body(snapshot))
    import feedparser  # noqa: PLC0415 - slow to import, and few sources are feeds

    parsed = feedparser.parse(snapshot.body, sanitize_html=True, resolve_relative_uris=False)
    if not parsed.version:
        raise PageError("The body is no RSS or Atom feed.", code="not_feed")
    entries = sorted(parsed.entries, key=_order, reverse=True)
    blocks = tuple(block for entry in entries for block in _blocks(entry))
    text = render_blocks(blocks)
    return Page(
        title=plain_words(parsed.feed.get("title", "")) or source.title,
        final_url=snapshot.final_url,
        canonical_url=None,
        language=parsed.feed.get("language"),
        update_marker=_day(parsed.feed) or None,
        blocks=blocks,
        text=text,
        sha256=content_sha256(text),
    )


def _check_shape(text: str) -> None:
    """Refuse what would take a parser far more time or memory than its bytes do."""
    if _ENTITIES.search(text):
        raise PageError("The feed declares entities of its own, which no feed needs.", code="xml_entities")
    depth = tags = 0
    for tag in _TAG.finditer(_CDATA.sub("", text)):
        tags += 1
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > DEEPEST:
            raise PageError("The feed is nested too deeply to be read.", code="too_deep")
    if tags > MOST_TAGS:
        raise PageError(f"The feed has more than {MOST_TAGS:,} tags.", code="too_large")


def _order(entry: Any) -> tuple[str, str]:
    return _day(entry), entry.get("id", "")


def _day(thing: Any) -> str:
    moment = thing.get("published_parsed") or thing.get("updated_parsed")
    return f"{moment.tm_year:04}-{moment.tm_mon:02}-{moment.tm_mday:02}" if moment else ""


def _blocks(entry: Any) -> Iterator[Block]:
    day, title = _day(entry), plain_words(entry.get("title", ""))
    if day:
        yield Block(kind=BlockKind.HEADING, text=day, level=2)
    path = (day,) if day else ()
    link = entry.get("link", "")
    links = (Link(text=title, url=link),) if link.startswith(("https://", "http://")) else ()
    yield Block(kind=BlockKind.HEADING, text=title or "Untitled", path=path, level=3, links=links)
    words = plain_words(entry.get("summary", ""))[:LONGEST]
    if words:
        yield Block(kind=BlockKind.PARAGRAPH, text=words, path=(*path, title))
