"""Where a clause names a declared stream, in any spelling of its words, and the clause with those names as marks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import permutations

from msgspec import Struct

from monitor.extractors.amounts import straight
from monitor.pages.dates import find_dates

KIND = r"(?:sub-?)?(?:streams?|categor(?:y|ies)|programs?|pilots?|pathways?|options?|initiatives?|systems?|components?)"
MARK = "[\ue100-\ue1ff]"
"""A mark stands for one or more streams; DAY for a date."""
DAY = "\ue000"
_FIRST = 0xE100
_GENERIC = re.compile(rf"\b(?:this|the|these|both|both of these) (?:\w+ )?(?P<kind>{KIND})\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\s*;\s*|,\s+(?=(?:but|while|whereas|however|which|who|so|although|and (?:we|you|it|they|no)\b)\b)"
    r"|\s+(?=(?:but|while|whereas|although)\b)",
    re.IGNORECASE,
)


class Marked(Struct, frozen=True, kw_only=True):
    """A clause with marks for its streams and dates; ``names`` are those each mark stands for."""

    text: str
    names: Mapping[str, tuple[str, ...]]


class Clause(Struct, frozen=True, kw_only=True):
    """A part of a sentence that says one thing; ``start`` and ``end`` are offsets in the sentence."""

    text: str
    start: int
    end: int


def split_clauses(sentence: str) -> Iterator[Clause]:
    """The clauses of a sentence in their order."""
    start = 0
    for match in (*_CLAUSE.finditer(sentence), None):
        end = match.start() if match else len(sentence)
        if sentence[start:end].strip():
            yield Clause(text=sentence[start:end], start=start, end=end)
        start = match.end() if match else end


class Names:
    """The declared streams and other wordings for them."""

    def __init__(self, streams: Sequence[str], aliases: Mapping[str, str]) -> None:
        self.streams = tuple(streams)
        known = {name: (name,) for name in streams} | {alias: (name,) for alias, name in aliases.items()}
        self._single = _compiled(known)
        self._joint = _compiled(_joint_names(streams))

    def find(self, text: str) -> tuple[str, ...]:
        """The official names of the streams a text names, in their order."""
        places = sorted(self._places(straight(text)))
        return tuple(dict.fromkeys(name for _, _, names in places for name in names))

    def mark(self, text: str, *, context: Sequence[str] = ()) -> Marked:
        """The text with a mark for each stream named; "this stream" stands for those of the context."""
        plain = straight(text)
        places = self._places(plain)
        if context and not places:
            places = [(*match.span(), tuple(context)) for match in _GENERIC.finditer(plain) if _fits(match, context)]
        days = [(found.start, found.end, ()) for found in find_dates(plain)]
        names: dict[str, tuple[str, ...]] = {}
        for start, end, meant in sorted((*places, *days), reverse=True):
            mark = chr(_FIRST + len(names)) if meant else DAY
            if meant:
                names[mark] = meant
            plain = plain[:start] + mark + plain[end:]
        return Marked(text=" ".join(plain.split()), names=names)

    def _places(self, plain: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """(start, end, names) of each mention; a longer name hides those inside it."""
        found: list[tuple[int, int, tuple[str, ...]]] = []
        for pattern, names in (*(self._joint if " and " in plain else ()), *self._single):
            for match in pattern.finditer(plain):
                if all(match.end() <= start or match.start() >= end for start, end, _ in found):
                    found.append((*match.span(), names))
        return found


def _compiled(known: Mapping[str, tuple[str, ...]]) -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
    names = sorted(known, key=len, reverse=True)
    return [(re.compile(_pattern(name), re.IGNORECASE), known[name]) for name in names]


def _joint_names(streams: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Two streams named together with their common words once: "Masters and PhD Graduate"."""
    joint: dict[str, tuple[str, ...]] = {}
    for one, other in permutations(streams, 2):
        first, second = one.split(), other.split()
        if first[-1] == second[-1] and min(len(first), len(second)) > 1:
            joint[" ".join([*first[:-1], "and", *second])] = (one, other)
        shared = next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), 0)
        if shared and second[shared:]:
            joint[" ".join([*first, "and", *second[shared:]])] = (one, other)
    return joint


def _fits(match: re.Match[str], context: Sequence[str]) -> bool:
    """Whether "this stream" or "these streams" can stand for so many."""
    return (len(context) > 1) == match["kind"].lower().endswith("s")


@lru_cache(maxsize=512)
def _pattern(name: str) -> str:
    """The name's words with any spaces and marks between; one word alone must be a stream's, or spelled as declared."""
    words = re.findall(r"[\w'&.]+", straight(name))
    joined = r"[\s:,/()-]+".join(rf"{re.escape(word)}(?:'?s)?" for word in words)
    if len(words) > 1:
        return rf"(?<!\w){joined}(?!\w)"
    return rf"(?<!\w)(?:{joined}(?=\s+(?:\([^)]*\)\s+)?{KIND}\b)|(?-i:{re.escape(words[0])})(?!\w))"
