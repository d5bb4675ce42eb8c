"""Pages of one year, such as oinp-updates-2026: the next year's entries stand on another page."""

import re

from monitor.model import Source

_YEAR = re.compile(r"-(20\d\d)$")


def year_of(source: Source) -> int | None:
    """The year a page of one year is for; None for pages that go on."""
    if source.year is not None:
        return source.year
    found = _YEAR.search(source.id)
    return int(found[1]) if found else None
