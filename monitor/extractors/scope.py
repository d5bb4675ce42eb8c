"""Whether a source's declaration speaks of a place or a text: its headings and its words to leave out."""

import re
from collections.abc import Sequence

from monitor.model import Block, BlockKind


def in_scope(block: Block, headings: Sequence[str]) -> bool:
    """Whether a block stands under one of the declared headings; all blocks do when none are declared."""
    own = (block.text,) if block.kind is BlockKind.HEADING else ()
    return not headings or matches_any(" > ".join((*block.path, *own)), headings)


def matches_any(text: str, patterns: Sequence[str]) -> bool:
    """Whether one of the regexes (plain words will do) is found in the text, whatever its case."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def check_patterns(patterns: Sequence[str]) -> None:
    """Raise ValueError for the first text that is no regex, so that a declaration fails when it is loaded."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
