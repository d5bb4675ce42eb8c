"""Dated lists lose their tail to archives: which missing entries only rolled off the end, and were not taken back."""

from collections.abc import Iterable, Sequence
from datetime import date

from monitor.model import Draw, Fact, Notice
from monitor.pages.dates import parse_date

Group = tuple[object, ...]


def rolled_off(
    missing: Sequence[Fact],
    today: Sequence[Fact],
    added: Sequence[Fact],
    *,
    pairs: Sequence[tuple[Fact, Fact]] = (),
    reduced: bool = False,
) -> tuple[Fact, ...]:
    """The missing facts that are older than all that is left of their list and went as tails go.

    Tails go when something newer came, when other entries moved on within the page (``pairs``: known and today's
    facts), in blocks of several days, or with a year. One entry that goes alone, while nothing comes or moves, is a
    removal; so is what a much ``reduced`` page lacks, unless it went with its year.
    """
    if not missing:
        return ()
    oldest: dict[Group, date] = {}
    for group, day in filter(None, map(_place, today)):
        oldest[group] = min(day, oldest.get(group, day))
    newer_came = not reduced and (any(_place(fact) is not None for fact in added) or _some_moved_on(pairs))
    tails: dict[Group, list[tuple[date, Fact]]] = {}
    for fact in missing:
        place = _place(fact)
        if place is not None and place[0] in oldest and place[1] < oldest[place[0]]:
            tails.setdefault(place[0], []).append((place[1], fact))
    return tuple(
        fact
        for group, tail in tails.items()
        if newer_came or _goes_as_tails_go([day for day, _ in tail], oldest[group], reduced=reduced)
        for _, fact in tail
    )


def _some_moved_on(pairs: Sequence[tuple[Fact, Fact]]) -> bool:
    """Whether some draws stand elsewhere on the page now, as from a table to prose, while others stayed."""
    moved = {old.path != new.path for old, new in pairs if isinstance(old.value, Draw)}
    return moved == {True, False}


def _goes_as_tails_go(days: Iterable[date], oldest: date, *, reduced: bool) -> bool:
    distinct = set(days)
    return (len(distinct) > 1 and not reduced) or all(day.year < oldest.year for day in distinct)


def _place(fact: Fact) -> tuple[Group, date] | None:
    """The list a fact stands in and its day; None for what stands in no dated list."""
    value = fact.value
    group: Group = (fact.kind, value.program) if isinstance(value, Draw) else ("entries",)
    day = value.date if isinstance(value, Draw | Notice) else entry_day(fact)
    return None if day is None else (group, day)


def entry_day(fact: Fact) -> date | None:
    """The day of the dated entry a fact stands in: that of its headings."""
    return max(filter(None, map(parse_date, fact.path)), default=None)
