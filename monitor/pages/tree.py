"""HTML text → element tree, by the one parser that all of our readers use."""

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from monitor.pages.wording import has_any

_ALWAYS_EMPTY = re.compile(r"<(embed|source|track)\b[^>]*>", re.IGNORECASE)
"""Void elements (HTML Standard, 13.1.2) that libxml2 takes for open ones: what follows would stand inside."""


def _parser() -> HTMLParser:
    """A parser that leaves out comments and processing instructions, and makes every element a plain HtmlElement.

    Left alone, lxml asks a Python function for the class of each element that it hands out: two thirds of a walk.
    """
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def parse_tree(text: str) -> tuple[HtmlElement, bool]:
    """(root, whether the parser took in all of it): beyond 2,048 levels libxml2 leaves the rest out.

    Raises lxml's ParserError for nothing but a doctype or a comment.
    """
    parser = _parser()
    if has_any(text.lower(), ("<embed", "<source", "<track")):
        text = _ALWAYS_EMPTY.sub(r"\g<0></\1>", text)
    root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    deep = any("depth" in entry.message for entry in parser.error_log.filter_from_fatals())
    return root, not deep
