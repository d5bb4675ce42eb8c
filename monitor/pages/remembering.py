"""A cache for what is asked about texts: short ones come up again and again, long ones are not to pile up."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

SHORT = 5_000
"""Characters; the longest official sentences, with a list in them, have some 2,000."""

P = ParamSpec("P")
R = TypeVar("R")
_AboutText = Callable[Concatenate[str, P], R]


def remember_short(maxsize: int, *, longest: int = SHORT) -> Callable[[_AboutText[P, R]], _AboutText[P, R]]:
    """Keep the last ``maxsize`` answers of a pure function about texts of at most ``longest`` characters."""

    def decorate(ask: _AboutText[P, R]) -> _AboutText[P, R]:
        remembered = lru_cache(maxsize=maxsize)(ask)

        @wraps(ask)
        def answer(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return (remembered if len(text) <= longest else ask)(text, *args, **kwargs)

        return answer

    return decorate
