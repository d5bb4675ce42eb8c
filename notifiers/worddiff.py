"""Decides which words of two wordings stayed, went and came."""

import difflib
import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

_WORD = re.compile(r"\S+")
_MOST_WORDS = 600
"""Beyond this the two wordings are shown whole: matching takes time with the square of their length."""
_LEAST_LIKENESS = 0.3
"""Below this the common words are chance, and a diff reads worse than the two wordings."""


class Op(StrEnum):
    """What became of some words."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


class Words(Struct, frozen=True, kw_only=True):
    """Some words and what became of them."""

    op: Op
    text: str


def word_diff(old: str, new: str, *, context: int = 12) -> tuple[Words, ...]:
    """The wordings as runs of kept, gone and new words, gone before new; of long kept runs ``context`` words stay."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        return _replaced(before, after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _LEAST_LIKENESS:
        return _replaced(before, after)
    runs: list[Words] = []
    codes = _calmed(matcher.get_opcodes())
    for index, (tag, i1, i2, j1, j2) in enumerate(codes):
        if tag == "equal":
            runs += _run(Op.EQUAL, _elided(before[i1:i2], context, first=index == 0, last=index == len(codes) - 1))
        else:
            runs += _run(Op.DELETE, before[i1:i2]) + _run(Op.INSERT, after[j1:j2])
    return tuple(runs)


def _replaced(before: list[str], after: list[str]) -> tuple[Words, ...]:
    return tuple(_run(Op.DELETE, before) + _run(Op.INSERT, after))


def _run(op: Op, words: list[str]) -> list[Words]:
    return [Words(op=op, text=" ".join(words))] if words else []


_Opcode = tuple[str, int, int, int, int]


def _calmed(codes: Sequence[_Opcode]) -> list[_Opcode]:
    """Joins two changes that only one short kept word parts: "[a] of [b]" reads better as one change."""
    calm: list[_Opcode] = []
    for position, (tag, i1, i2, j1, j2) in enumerate(codes):
        inner = 0 < position < len(codes) - 1
        kept_alone = tag == "equal" and inner and i2 - i1 == 1
        changed = "replace" if kept_alone or tag != "equal" else tag
        if calm and calm[-1][0] == changed == "replace":
            _, first_i, _, first_j, _ = calm[-1]
            calm[-1] = ("replace", first_i, i2, first_j, j2)
        else:
            calm.append((changed, i1, i2, j1, j2))
    return calm


def _elided(words: list[str], context: int, *, first: bool, last: bool) -> list[str]:
    if first:
        return words if len(words) <= context else ["…", *words[-context:]]
    if last:
        return words if len(words) <= context else [*words[:context], "…"]
    return words if len(words) <= 2 * context else [*words[:context], "…", *words[-context:]]
