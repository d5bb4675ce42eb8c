"""Which known name a misspelt one means: one wrong letter in a long word is a slip, another word is another name."""

from collections.abc import Collection, Iterable

from rapidfuzz.distance import OSA

Words = tuple[str, ...]

_LONG_WORD = 7
"""Shorter words differ by one letter and mean other things ("trade", "grade"), so they must be spelled right …"""
_LONG_NAME = 15
_WORD_IN_LONG_NAME = 5
"""… but in a long name, where the other words leave no doubt, this many letters will do."""
_MOST_SLIPS = 2


def find_misspelt(spoken: Words, names: Iterable[Words]) -> Words | None:
    """The one name of as many words that differs by slips only; None when none or several do."""
    found = {name for name in names if len(name) == len(spoken) and _is_slip(spoken, name)}
    return found.pop() if len(found) == 1 else None


def is_misspelt(word: str, known: Collection[str]) -> bool:
    """Whether the word is a known long one with a letter wrong or missing; longer ones are words of their own."""
    return any(len(name) >= _LONG_WORD and len(word) <= len(name) and OSA.distance(word, name) == 1 for name in known)


def _is_slip(spoken: Words, name: Words) -> bool:
    least = _WORD_IN_LONG_NAME if sum(map(len, name)) >= _LONG_NAME else _LONG_WORD
    wrong = [(said, meant) for said, meant in zip(spoken, name, strict=True) if said != meant]
    return 0 < len(wrong) <= _MOST_SLIPS and all(
        len(meant) >= least and OSA.distance(said, meant, score_cutoff=1) == 1 for said, meant in wrong
    )
