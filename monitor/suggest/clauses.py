"""Splits a sentence into its clauses, so that "costs $85 and is valid for ten years" can be two claims."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_JOINT = re.compile(r"[,;:]\s+|\s+[-\u2013\u2014(]\s*|\s+(?=(?:and|but|or|while|whereas|plus)\s)", re.IGNORECASE)


def clause_around(text: str, offset: int) -> str:
    """The clause of the text in which the offset lies."""
    start = max((match.end() for match in _JOINT.finditer(text) if match.end() <= offset), default=0)
    end = min((match.start() for match in _JOINT.finditer(text) if match.start() > offset), default=len(text))
    return text[start:end]


def other_clauses(text: str, taken: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The text once for each clause in which none of the ``taken`` spans lies, all but that clause blanked out.

    Offsets in what is returned are those of the text.
    """
    spans = list(taken)
    joints = [0, *(match.end() for match in _JOINT.finditer(text)), len(text)]
    for start, end in pairwise(joints):
        if not any(first < end and last > start for first, last in spans):
            yield " " * start + text[start:end] + " " * (len(text) - end)
