"""An element tree as flat steps, without chrome and without recursion, however deep it nests."""

from collections.abc import Container, Iterator
from enum import Enum, auto
from typing import NamedTuple

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
_INLINE_COMPONENTS = frozenset({"gcds-link", "gcds-button"})


class Step(Enum):
    """What a walk meets."""

    OPEN = auto()
    CLOSE = auto()
    TEXT = auto()


class Visit(NamedTuple):
    """One step: an element opening or closing, or text."""

    step: Step
    element: HtmlElement
    text: str = ""


class Walk:
    """Iterates over the steps of a tree; ``skip`` leaves out the children of the element that has just opened."""

    def __init__(self, root: HtmlElement, dropped: Container[HtmlElement]) -> None:
        self._root = root
        self._dropped = dropped
        self._events = etree.iterwalk(root, events=("start", "end"))
        self._skipped = False

    def skip(self) -> None:
        """Do not enter the element that has just opened; it still closes."""
        self._events.skip_subtree()
        self._skipped = True

    def __iter__(self) -> Iterator[Visit]:
        """The steps in document order."""
        root, sectioned, absent = self._root, _is_sectioned(self._root), None
        for event, element in self._events:
            if not isinstance(element.tag, str):
                continue
            if event == "start":
                if element is not root and self._is_absent(element, sectioned=sectioned > 0):
                    self._events.skip_subtree()
                    absent = element
                    continue
                sectioned += element.tag in SECTIONING
                self._skipped = False
                yield Visit(Step.OPEN, element)
                if element.text and not self._skipped:
                    yield Visit(Step.TEXT, element, element.text)
                continue
            if element is absent:
                absent = None
            else:
                sectioned -= element.tag in SECTIONING
                yield Visit(Step.CLOSE, element)
            if element is not root and element.tail:
                yield Visit(Step.TEXT, element, element.tail)

    def _is_absent(self, element: HtmlElement, *, sectioned: bool) -> bool:
        return element in self._dropped or is_chrome(element, sectioned=sectioned)


def _is_sectioned(root: HtmlElement) -> int:
    return sum(1 for element in root.iterancestors() if element.tag in SECTIONING)


def is_block(element: HtmlElement) -> bool:
    """Whether the element stands on its own lines; unknown web components do."""
    tag = str(element.tag)
    return tag in BLOCK or ("-" in tag and tag not in _INLINE_COMPONENTS)
