"""A page that is not there: gone for good once that has lasted, or of a year that has not begun."""

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.changes import believing
from monitor.changes.events import about_source
from monitor.changes.reading import Reader, Reading
from monitor.changes.years import year_of
from monitor.model import NOT_YET, Absence, BlockKind, Event, EventState, Known, Page, Problem, Source, stamp

NOT_THERE = frozenset({"http_404", "http_410", "retired_page", "redirected"})
"""Answers that say the page itself is gone; walls, faults of the server and other layouts say nothing of it."""
SOFT = "soft_404"
FIRST_DAYS = 31
"""Days into its year on which the page of a year may still be missing: publishers open it with its first entry."""

_NOT_FOUND = re.compile(
    r"\b40[34]\b|not found|introuvable|non trouvée|pu trouver|(?:can|could)(?: ?no|n.)t (?:find|be found)"
    r"|does n[o.]t exist|no longer exists",
    re.IGNORECASE,
)


class Leaving(Struct, frozen=True, kw_only=True):
    """What a read that found no page makes of that: since when it is away, events new and settled."""

    gone: Absence | None
    events: tuple[Event, ...] = ()
    settled: tuple[Event, ...] = ()


def is_not_there(problem: Problem, page: Page | None) -> bool:
    """Whether an answer says that there is no such page."""
    if problem.code == SOFT and page is not None:
        return any(_NOT_FOUND.search(title) for title in _titles(page))
    return problem.code in NOT_THERE


def _titles(page: Page) -> Iterable[str]:
    return (page.title, *(block.text for block in page.blocks if block.kind is BlockKind.HEADING and block.level == 1))


def find_not_yet(source: Source, known: Known, reading: Reading, problem: Problem) -> Problem | None:
    """Why this is no incident: the page of a coming year, or of one just begun, that was never there; else None."""
    year = year_of(source)
    if year is None or known.version is not None or not is_not_there(problem, reading.page):
        return None
    if (reading.checked_at.date() - date(year, 1, 1)).days >= FIRST_DAYS:
        return None
    return Problem(code=NOT_YET, message=f"There is no page of {year} yet; it will be looked for again.")


def leads_elsewhere(source: Source, page: Page) -> bool:
    """Whether the page of a year led to one that does not name the year: an overview in its place."""
    year = year_of(source)
    return year is not None and str(year) in source.url and str(year) not in page.final_url


def follow(reader: Reader, known: Known, reading: Reading, problem: Problem) -> Leaving:
    """A removal by the rules of believing: provisional at the first read without the page, confirmed once it lasted."""
    before = known.memory.gone
    if known.version is None or not is_not_there(problem, reading.page):
        return Leaving(gone=before)
    if before is None:
        event = _removed(reader, known, reading, problem)
        return Leaving(gone=Absence(since=reader.now, reads=1, event=event.id), events=(event,))
    reads = before.reads + 1
    pending = known.pending.get(before.event)
    if pending is None or not believing.has_stayed(before.since, reads, reader.source.confirm, reader.now):
        return Leaving(gone=replace(before, reads=reads))
    confirmed = replace(pending, state=EventState.CONFIRMED, confirmed_at=reader.now)
    return Leaving(gone=replace(before, reads=reads), settled=(confirmed,))


def returned(known: Known) -> tuple[Event, ...]:
    """The removal taken back, when the page is there again before it was believed."""
    pending = known.pending.get(known.memory.gone.event) if known.memory.gone else None
    return (replace(pending, state=EventState.RETRACTED, confirmed_at=None),) if pending else ()


def _removed(reader: Reader, known: Known, reading: Reading, problem: Problem) -> Event:
    source = reader.source
    event = about_source(
        reader,
        "page.removed",
        source.title or source.id,
        old={
            "url": known.memory.final_url or source.url,
            "last_good_read": stamp(known.last_good_read) if known.last_good_read else None,
        },
        new={"code": problem.code, "message": problem.message, "url": _led_to(reading) or source.url},
    )
    return replace(event, state=EventState.PROVISIONAL, confirmed_at=None)


def _led_to(reading: Reading) -> str | None:
    if reading.page is not None:
        return reading.page.final_url
    return reading.snapshot.final_url if reading.snapshot else None
