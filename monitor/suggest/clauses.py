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


_SUBJECT = re.compile(r"\s*(?P<subject>[^:;(]{1,60}?):\s")
_GONE = re.compile(r"\s*(?:gone|closed|ended|abolished|paused|suspended|new|unchanged)\b", re.IGNORECASE)
"""Before a list of things that are all of one state."""
_ENTRY = re.compile(r"[,;]\s+(?!\d{3}\b)(?:and\s+)?")


def list_parts(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of each entry after "Subject:", all but subject and entry blanked; none of fewer than two."""
    subject = _SUBJECT.match(text)
    if not subject or _GONE.match(text):
        return
    head = subject.end()
    cuts = [head, *(match.end() for match in _ENTRY.finditer(text, head)), len(text)]
    for start, end in pairwise(cuts) if len(cuts) > 3 else ():  # noqa: PLR2004 - two entries have three cuts
        yield start, end, text[:head] + " " * (start - head) + text[start:end] + " " * (len(text) - end)


def other_clauses(text: str, taken: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The text once for each clause in which none of the ``taken`` spans lies, all but that clause blanked out.

    Offsets in what is returned are those of the text.
    """
    spans = list(taken)
    joints = [0, *(match.end() for match in _JOINT.finditer(text)), len(text)]
    for start, end in pairwise(joints):
        if not any(first < end and last > start for first, last in spans):
            yield " " * start + text[start:end] + " " * (len(text) - end)
