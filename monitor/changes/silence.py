"""What has not come: draws of a series past its own rhythm, and pages that stopped changing."""

import math
import statistics
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from monitor.changes.events import about_source
from monitor.changes.reading import Reader
from monitor.changes.series import Series, day_of, draw_of, series_of
from monitor.model import (
    Cause,
    Event,
    Evidence,
    FactKind,
    KnownFact,
    Severity,
    Silence,
    event_id,
)

MARKS = (90, 180, 365)
"""Days since the last draw after which a silence is told again (issue: "Silence")."""
USUAL = 0.95
RECENT = 40
"""Gaps that make up the present rhythm: a program's pace of years ago says nothing of this year's."""
RHYTHM = 4
"""Draws it takes before their gaps say what is usual."""
MOST_CHANGES = 24
FEW_CHANGES = 7
WEEKLY = 14
"""A page that changes at least this often (median gap in days) may fall silent."""
STEADY = 3
"""Most that the 95th percentile of a steady page's gaps may exceed their median by, as a factor."""
FEW_DAYS = 7
"""Nothing is silent before this many days, however fast its pace: weekends and holidays are no news."""
TOMORROW = timedelta(days=1)


class Mark(Struct, frozen=True, kw_only=True):
    """A day by which a silence is told: 1 for the series' own rhythm, 2, 3 and 4 for 90, 180 and 365 days."""

    rank: int
    day: date
    label: str


class Heard(Struct, frozen=True, kw_only=True):
    """What a look at the clocks gave: events, the silences told so far, and the next day to look again."""

    events: tuple[Event, ...]
    silences: Mapping[str, Silence]
    wake: date


def percentile(gaps: Sequence[int], share: float = USUAL) -> int:
    """The smallest gap that at least this share of them does not exceed (nearest rank)."""
    return sorted(gaps)[max(math.ceil(share * len(gaps)) - 1, 0)]


def gaps_of(days: Sequence[date]) -> list[int]:
    """The latest gaps between days in order, in days."""
    return [(after - before).days for before, after in pairwise(days)][-RECENT:]


def marks_of(days: Sequence[date]) -> tuple[Mark, ...]:
    """The days on which the silence after the last of these draws is told, earliest first.

    One draw makes no rhythm, so its silence is never told. The fixed marks count where they lie beyond what was usual;
    with fewer than RHYTHM draws nothing is usual yet, and they alone count, beyond every gap so far.
    """
    gaps = gaps_of(days)
    if not gaps:
        return ()
    usual = max(percentile(gaps), FEW_DAYS)
    own = [] if len(days) < RHYTHM else [Mark(rank=1, day=_after(days[-1], usual + 1), label=f"more than {usual} days")]
    fixed = [(rank, span) for rank, span in enumerate(MARKS, start=2) if span > usual + len(own)]
    return (*own, *(Mark(rank=rank, day=_after(days[-1], span), label=f"{span} days") for rank, span in fixed))


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def listen(
    reader: Reader,
    facts: Iterable[KnownFact],
    *,
    since: datetime | None,
    told: Mapping[str, Silence],
    known: Container[str],
    until: date | None = None,
    covered: bool = True,
) -> Heard:
    """The draw.silence of each series that passed a mark after ``since``, the good read before, and by now.

    Of several marks the highest is told, each mark once per silence, and none that was past at first sight of the
    source, or of the series: ``known`` holds the keys of the draws read before. Nothing is told of a stretch the page
    does not cover, nor after ``until``, the last day a page of one year speaks for.
    """
    today, wake = reader.now.date(), date.max
    events: list[Event] = []
    silences: dict[str, Silence] = {}
    for series in series_of(facts, until=today + TOMORROW):
        last, name = series.days[-1], series.name
        before = told.get(name)
        rank = before.mark if before is not None and before.last == last else 0
        marks = [mark for mark in marks_of(series.days) if mark.rank > rank and (until is None or mark.day <= until)]
        awaited = since is not None and covered and any(item.fact.key in known for item in series.draws)
        passed = [mark for mark in marks if awaited and since is not None and since.date() < mark.day <= today]
        wake = min([wake, *(mark.day for mark in marks if mark.day > today)])
        if passed:
            rank = passed[-1].rank
            events.append(_silence(reader, series, passed[-1]))
        if rank:
            silences[name] = Silence(last=last, mark=rank)
    return Heard(events=tuple(events), silences=silences, wake=wake)


def _silence(reader: Reader, series: Series, mark: Mark) -> Event:
    last, gaps = series.draws[-1], gaps_of(series.days)
    key = f"{FactKind.DRAW}:{reader.source.id}/silence-{series.name}"
    days = (reader.now.date() - day_of(last)).days
    return Event(
        id=event_id(reader.source.id, "draw.silence", key, reader.now),
        kind="draw.silence",
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=f"No draw for {days} days: {series.title}",
        key=key,
        observed_at=reader.now,
        new={
            **series.fields,
            "last": day_of(last).isoformat(),
            "last_number": draw_of(last).number,
            "days": days,
            "mark": mark.label,
            "usual_days": round(statistics.median(gaps)),
            "p95_days": percentile(gaps) if len(series.days) >= RHYTHM else None,
            "draws": len(series.draws),
        },
        confirmed_at=reader.now,
        severity=Severity.NOTICE,
        cause=Cause.SILENCE,
        evidence=Evidence(after=last.version, quote_after=last.fact.quote, url=reader.url),
    )


def next_changes(changes: tuple[date, ...], today: date) -> tuple[date, ...]:
    """The latest days of change with today's."""
    return changes if changes and changes[-1] == today else (*changes, today)[-MOST_CHANGES:]


def stands_still_on(changes: Sequence[date]) -> date | None:
    """The day from which a page that changed on these days, steadily and often, is silent; None for other pages."""
    gaps = gaps_of(changes)
    if len(changes) < FEW_CHANGES:
        return None
    pace, usual = statistics.median(gaps), percentile(gaps)
    if pace > WEEKLY or usual > STEADY * pace:
        return None
    return _after(changes[-1], 2 * max(usual, FEW_DAYS) + 1)


def page_silence(reader: Reader, changes: Sequence[date], *, since: datetime | None) -> Event | None:
    """The source.silent of a page that is read well and has stopped changing; told once, when it has stood too long."""
    day = stands_still_on(changes)
    if day is None or since is None or not since.date() < day <= reader.now.date():
        return None
    pace = round(statistics.median(gaps_of(changes)))
    days = (reader.now.date() - changes[-1]).days
    return about_source(
        reader,
        "source.silent",
        reader.source.title or reader.source.id,
        new={
            "code": "silent",
            "message": f"It is read well and has not changed for {days} days; it used to change every {pace} days.",
            "since": changes[-1].isoformat(),
            "days": days,
            "usual_days": pace,
        },
        cause=Cause.SILENCE,
    )
