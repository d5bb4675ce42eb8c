"""Addresses that open a page at the quoted words (text fragments, https://wicg.github.io/scroll-to-text-fragment/)."""

from urllib.parse import quote, urldefrag

LONG = 80
"""Quotes longer than this many characters are given by their first and last words."""
EDGE_WORDS = 5


def text_fragment(url: str, words: str) -> str:
    """The address with ``#:~:text=`` for these words; the bare address when there are none."""
    bare = urldefrag(url).url
    text = " ".join(words.split())
    if not text:
        return bare
    if len(text) <= LONG:
        return f"{bare}#:~:text={_encode(text)}"
    parts = text.split(" ")
    return f"{bare}#:~:text={_encode(' '.join(parts[:EDGE_WORDS]))},{_encode(' '.join(parts[-EDGE_WORDS:]))}"


def _encode(text: str) -> str:
    return quote(text, safe="").replace("-", "%2D")
