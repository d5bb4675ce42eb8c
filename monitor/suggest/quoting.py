"""Chooses the short span of a guide's text by which an assumption finds its sentence again: it stands there once."""

import re
from collections.abc import Iterator

from monitor.assess.quotes import find_quote
from monitor.suggest.claims import Claim

_FEWEST, _MOST = 4, 12
_OPENERS = re.compile(r"(?:a|an|the|of|to|at|and|or|in|for|by|on|as|with|from|is|are|that|than)$", re.IGNORECASE)
_MARKUP = re.compile(r"[*_`]+")


class Quotes:
    """The guide's text, prepared for many questions."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain = " ".join(_MARKUP.sub("", text).split()).casefold()
        self._taken: set[str] = set()

    def choose(self, claim: Claim) -> str | None:
        """A span that stands once in the text, in the claim's sentence; None when no span of it does."""
        options = [span for span in _spans(claim) if self._plain.count(span.casefold()) == 1]
        fresh = [span for span in options if span not in self._taken]
        for span in sorted(fresh or options, key=lambda span: _OPENERS.match(span.split()[0]) is not None):
            place = find_quote(self._text, span)
            if place is not None and claim.sentence.line - 1 <= place[0] <= claim.sentence.last_line:
                self._taken.add(span)
                return span
        return None


def _spans(claim: Claim) -> Iterator[str]:
    """Words around the deciding ones, few first; of a table row a cell, then the row from its beginning."""
    sentence = claim.sentence
    if sentence.cells:
        deciding = sentence.text[claim.start : claim.end]
        yield from (cell for cell in sentence.cells if deciding in cell and len(cell.split()) >= _FEWEST)
        yield from (cell for cell in sentence.cells if cell and deciding in cell)
        yield f"| {' | '.join(sentence.cells)}"
        yield from filter(None, sentence.cells)
        return
    spans = [match.span() for match in re.finditer(r"\S+", sentence.text)]
    inside = [n for n, (start, end) in enumerate(spans) if start < claim.end and end > claim.start] or [0]
    covering = [(start, end) for start, end in _windows(len(spans)) if start <= inside[0] and end > inside[-1]]
    for start, end in [*covering, *_windows(len(spans))]:
        yield sentence.text[spans[start][0] : spans[end - 1][1]].rstrip(".,;:")
    yield sentence.text


def _windows(size: int) -> list[tuple[int, int]]:
    """All runs of four to twelve words of a sentence of this many, the shortest first."""
    widths = range(_FEWEST, min(size, _MOST) + 1)
    return [(start, start + width) for width in widths for start in range(size - width + 1)]
