"""An element tree as flat steps, without chrome and without recursion, however deep it nests."""

from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Protocol

from lxml import etree
from lxml.html import HtmlElement

from monitor.pages.chrome import SECTIONING, is_chrome
from monitor.pages.wording import word_set

BLOCK = word_set("""
    p div section article main header footer aside ul ol li dl dt dd menu table caption thead tbody tfoot tr td th
    colgroup h1 h2 h3 h4 h5 h6 blockquote figure figcaption form fieldset legend details summary address hr pre center
    hgroup search dir listing body html
""")
"""Elements that start and end on their own line."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
REGION_TAGS = word_set("section article aside details fieldset blockquote figure li dd td th")
REGION_CLASSES = word_set("""
    alert well panel card callout ontario-alert ontario-callout ontario-aside accordion-item modal-content overlay-def
    mfp-hide tab-pane
""")
"""Elements, by name or by class, whose headings rule no further than their end."""
_INLINE_COMPONENTS = frozenset({"gcds-link", "gcds-button"})
Attributes = Mapping[str, str]


class Walker(Protocol):
    """What is told of each step of a walk, in document order."""

    def open(self, element: HtmlElement, tag: str, attributes: Attributes) -> bool:
        """An element opens; whether to go into it. It closes in either case."""
        ...

    def close(self, element: HtmlElement, tag: str) -> None:
        """An element closes."""
        ...

    def add(self, text: str) -> None:
        """Some text."""
        ...


def walk(root: HtmlElement, dropped: Container[HtmlElement], walker: Walker, *, sections: int) -> None:
    """Tell of every element of a tree and its text, but for chrome and ``dropped`` ones; the root is told of always.

    ``sections``: how many sections the root stands in (``sections_around``).
    """
    events = etree.iterwalk(root, events=("start", "end"))
    absent = None
    for event, element in events:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            attributes = dict(element.items())
            if element is not root and (
                element in dropped or is_chrome(element, tag, attributes, sectioned=sections > 0)
            ):
                events.skip_subtree()
                absent = element
                continue
            sections += tag in SECTIONING
            if not walker.open(element, tag, attributes):
                events.skip_subtree()
            elif text := element.text:
                walker.add(text)
            continue
        if element is absent:
            absent = None
        else:
            sections -= tag in SECTIONING
            walker.close(element, tag)
        if element is not root and (tail := element.tail):
            walker.add(tail)


def sections_around(root: HtmlElement) -> int:
    """How many elements that a header or footer may belong to stand around this one."""
    return sum(1 for element in root.iterancestors() if element.tag in SECTIONING)


@lru_cache(maxsize=1024)
def is_block(tag: str) -> bool:
    """Whether an element of this name stands on its own lines; unknown web components do."""
    return tag in BLOCK or ("-" in tag and tag not in _INLINE_COMPONENTS)
