"""Caches for what is asked again and again: about a page, and about texts, of which long ones are not to pile up."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from monitor.model import Page

SHORT = 5_000
"""Characters; the longest official sentences, with a list in them, have some 2,000."""

P = ParamSpec("P")
R = TypeVar("R")
_AboutText = Callable[Concatenate[str, P], R]


class _Same:
    """A page that is equal to itself alone: to compare two word by word takes longer than to read one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.page is self.page

    def __hash__(self) -> int:
        return id(self.page)


def once_a_page(ask: Callable[[Page], R]) -> Callable[[Page], R]:
    """Keep the answer of a pure function about a page: every extractor asks for it, one after the other."""
    remembered = lru_cache(maxsize=1)(lambda same: ask(same.page))

    @wraps(ask)
    def answer(page: Page) -> R:
        return remembered(_Same(page))

    return answer


def remember_short(maxsize: int, *, longest: int = SHORT) -> Callable[[_AboutText[P, R]], _AboutText[P, R]]:
    """Keep the last ``maxsize`` answers of a pure function about texts of at most ``longest`` characters."""

    def decorate(ask: _AboutText[P, R]) -> _AboutText[P, R]:
        remembered = lru_cache(maxsize=maxsize)(ask)

        @wraps(ask)
        def answer(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return (remembered if len(text) <= longest else ask)(text, *args, **kwargs)

        return answer

    return decorate
