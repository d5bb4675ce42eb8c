"""Which lengths of time a text holds, and where: "10 business days", "2 to 3 months", "about six months"."""

import re
from decimal import Decimal

from msgspec import Struct

from monitor.extractors.amounts import NUMBER, read_number, straight


class Duration(Struct, frozen=True, kw_only=True):
    """A length of time as written; ``start`` and ``end`` are offsets in the text.

    ``unit`` is days, business_days, weeks, months or minutes. ``low`` is None after "less than", ``high`` after
    "more than".
    """

    low: Decimal | None
    high: Decimal | None
    unit: str
    start: int
    end: int


_UNITS = {
    "minute": ("minutes", 1),
    "hour": ("minutes", 60),
    "day": ("days", 1),
    "week": ("weeks", 1),
    "month": ("months", 1),
    "year": ("months", 12),
}
_DURATION = re.compile(
    rf"""
    (?:\b(?P<bound>(?:less|fewer|more|longer)\sthan|at\sleast|under|over)\s+)?
    (?<![\w$.,/-])(?P<low>{NUMBER})
    (?:(?:\s?-\s?|\s+(?:to|and|or)\s+)(?P<high>{NUMBER}))?
    (?P<plus>\+)?
    [\s-]+(?:(?P<business>business|working)|calendar|consecutive|full)?[\s-]*
    (?P<unit>minute|hour|day|week|month|year)s?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NO_TIME = re.compile(
    r"(?:no processing times? available|not enough data|no data(?: available)?|(?:processing times? )?not (?:available|"
    r"applicable)|unavailable|varies|we need more time\b[^.]*)\W*",
    re.IGNORECASE,
)
_LESS, _MORE = ("less", "fewer", "under"), ("more", "longer", "over", "at least")


def find_durations(text: str) -> tuple[Duration, ...]:
    """Every length of time, in reading order; years become months, hours minutes."""
    return tuple(filter(None, map(_duration, _DURATION.finditer(straight(text)))))


def read_duration(number: str, unit: str) -> Duration | None:
    """The duration of a bare number in a column whose name holds the unit; None when there is none."""
    return next(iter(find_durations(f"{number} {unit}")), None)


def is_no_time(text: str) -> bool:
    """Whether a cell or value says that there is no time to tell, in the words the publishers use."""
    return _NO_TIME.fullmatch(text.strip()) is not None


def _duration(match: re.Match[str]) -> Duration | None:
    low, high = read_number(match["low"]), read_number(match["high"] or match["low"])
    if low is None or high is None:
        return None
    name, factor = _UNITS[match["unit"].lower()]
    bound = (match["bound"] or "").lower()
    return Duration(
        low=None if bound.startswith(_LESS) else low * factor,
        high=None if bound.startswith(_MORE) or match["plus"] else high * factor,
        unit="business_days" if name == "days" and match["business"] else name,
        start=match.start(),
        end=match.end(),
    )
