"""Which of Canada's two official languages words are written in, by their commonest words."""

import re
from collections.abc import Iterator
from typing import Any

from monitor.pages.wording import word_set

_ENGLISH = word_set("""
    the and of to for you your is are or this that with be have must from by as if can will not we may on an in it
    which their they has was when days weeks months years week month minutes available enough program workers
""")
_FRENCH = word_set("""
    le la les et des du de un une vous votre vos pour est sont ou que qui dans avec par sur au aux ce cette ces nous
    doit devez peut être si ne pas plus leur été afin jours semaines mois ans an délai disponible assez programme
""")
_WORD = re.compile(r"[^\W\d_]+")
SAMPLE = 40_000
"""Characters looked at."""
FEWEST = 8
"""Telling words needed for a guess."""
LEAD = 3
"""How many times as many telling words the guessed language must have."""


def guess_language(text: str) -> str | None:
    """The language "en" or "fr"; None when the words do not tell."""
    english = french = 0
    for word in _WORD.findall(text[:SAMPLE].lower()):
        english += word in _ENGLISH
        french += word in _FRENCH
    if english + french < FEWEST:
        return None
    if english >= LEAD * french:
        return "en"
    return "fr" if french >= LEAD * english else None


def same_language(one: str, other: str) -> bool:
    """Whether two language tags ("en", "en-CA", "eng") name one language."""
    return _short(one) == _short(other)


def _short(tag: str) -> str:
    primary = re.split(r"[-_]", tag.strip().lower())[0]
    return {"eng": "en", "fra": "fr", "fre": "fr", "english": "en", "french": "fr", "français": "fr"}.get(
        primary, primary
    )


def strings_of(data: Any) -> Iterator[str]:
    """The string values of a JSON document (its keys are no words for readers)."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))
