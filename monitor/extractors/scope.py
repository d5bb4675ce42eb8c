"""Whether a source's declaration speaks of a place or a text: its headings and its words to leave out."""

from collections.abc import Sequence

import regex

from monitor.errors import PageError
from monitor.model import Block, BlockKind

PATTERN_SECONDS = 1.0
"""A declared expression that takes longer on one text explodes: it tries ever more ways to say no."""


def in_scope(block: Block, headings: Sequence[str]) -> bool:
    """Whether a block stands under one of the declared headings; all blocks do when none are declared."""
    if not headings:
        return True
    own = (block.text,) if block.kind is BlockKind.HEADING else ()
    return matches_any(" > ".join((*block.path, *own)), headings)


def matches_any(text: str, patterns: Sequence[str]) -> bool:
    """Whether one of the regexes (plain words will do) is found in the text, whatever its case."""
    return bool(patterns) and any(is_found(pattern, text) for pattern in patterns)


def is_found(pattern: str, text: str) -> bool:
    """Whether a declared regex is found in the text, whatever its case; raises PageError when that takes too long."""
    try:
        # Concurrent: the lock of the interpreter is let go meanwhile, so that the rest of the program lives on.
        return regex.search(pattern, text, regex.IGNORECASE, timeout=PATTERN_SECONDS, concurrent=True) is not None
    except TimeoutError:
        message = f"The expression {pattern!r} takes too long on this page; write it with fewer nested repetitions."
        raise PageError(message, code="slow_pattern") from None


def check_patterns(patterns: Sequence[str]) -> None:
    """Raise ValueError for the first text that is no regex, so that a declaration fails when it is loaded."""
    for pattern in patterns:
        try:
            regex.compile(pattern, regex.IGNORECASE)
        except regex.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
