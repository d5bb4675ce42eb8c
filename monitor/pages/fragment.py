"""Addresses that open a page at the quoted words (text fragments, https://wicg.github.io/scroll-to-text-fragment/)."""

import re
from urllib.parse import quote, urldefrag

LONG = 80
"""Quotes longer than this many characters are given by their first and last words."""
EDGE_WORDS = 5
CELL_BREAK = " | "
_FIGURE = re.compile(r"(?P<label>[A-Za-z][^$]*?) (?P<figure>(?:CAD )?\$?\d[^A-Za-z]*(?: [A-Za-z]+){0,2})")
"""A label and the figure beside it, as a row of two cells reads: ``Application $1,750 CAD``."""


def text_fragment(url: str, words: str) -> str:
    """The address with ``#:~:text=`` for these words; the bare address when there are none.

    A table row (cells joined by ``CELL_BREAK``) is given by its first and last cell: the bars are ours, not the page's.
    """
    bare = urldefrag(url).url
    text = " ".join(words.split())
    cells = [cell for cell in text.split(CELL_BREAK) if cell]
    if not cells:
        return bare
    if len(cells) > 1:
        return f"{bare}#:~:text={_encode(cells[0])},{_encode(cells[-1])}"
    if len(text) <= LONG:
        return f"{bare}#:~:text={_encode(text)}{_across(text)}"
    parts = text.split(" ")
    return f"{bare}#:~:text={_encode(' '.join(parts[:EDGE_WORDS]))},{_encode(' '.join(parts[-EDGE_WORDS:]))}"


def _across(text: str) -> str:
    """A second directive for words that may stand in two cells, which a browser does not find as one text.

    It asks for the figure right after its label, wherever the one ends and the other begins.
    """
    parts = _FIGURE.fullmatch(text)
    return f"&text={_encode(parts['label'])}-,{_encode(parts['figure'])}" if parts else ""


def _encode(text: str) -> str:
    return quote(text, safe="").replace("-", "%2D")
