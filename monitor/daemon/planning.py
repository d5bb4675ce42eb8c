"""Decides which sources are read now: those whose time has come, and a backlog one after the other; no I/O."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from monitor.model import Schedule, Source
from monitor.ports import Due
from monitor.schedule import grace, latest_due, next_due

ON_TIME = timedelta(seconds=15)
"""A source later than this is part of a backlog: after a start, a night asleep, or a clock set forward."""
SPACING = timedelta(seconds=1)
"""Between two sources of a backlog; less when there are so many that their grace would not do."""
AGAIN = timedelta(seconds=60)
"""A source whose read left no trace is not taken again before this."""

_SLOWED = frozenset({"failing", "blocked"})


def due_at(source: Source, due: Due | None, now: datetime) -> datetime | None:
    """When a source is due: what was stored, unless no schedule of ours can have said so; None when it never is.

    A stored time is set aside when the schedule was made denser since, and when a clock that ran ahead has written it.
    A source never read is due at once.
    """
    if due is None or due.last_check is None:
        return now
    if due.next_due is None:
        return next_due(source.schedule, due.last_check, source_id=source.id)
    if due.last_check > now:
        return min(due.next_due, next_due(source.schedule, now, source_id=source.id) or due.next_due)
    if due.next_due <= now:
        return due.next_due
    latest = _latest(source.schedule, due.last_check, source.id, slowed=due.health in _SLOWED)
    return due.next_due if latest is None else min(due.next_due, latest)


@lru_cache(maxsize=4096)
def _latest(schedule: Schedule, last_check: datetime, name: str, *, slowed: bool) -> datetime | None:
    return (latest_due if slowed else next_due)(schedule, last_check, source_id=name)


class _Slot(Struct, frozen=True):
    due: datetime
    start: datetime


class Planner:
    """Hands out each due source once. What is late is spread over moments within its grace, shortest grace first."""

    def __init__(self) -> None:
        self._slots: dict[str, _Slot] = {}
        self._taken: dict[str, datetime] = {}
        self._ahead_of: dict[str, datetime] = {}

    def take(
        self, sources: Iterable[Source], dues: Mapping[str, Due], now: datetime, *, busy: Iterable[str] = ()
    ) -> list[Source]:
        """The sources to start reading now, longest due first. ``busy`` ones are being read."""
        waiting = self._waiting(sources, dues, now, frozenset(busy))
        self._plan([(source, due) for source, due in waiting if source.id not in self._slots], now)
        ready = [(self._slots[source.id], source) for source, _ in waiting]
        chosen = [(slot.start, slot.due, source) for slot, source in ready if slot.start <= now]
        for _, _, source in chosen:
            del self._slots[source.id]
            self._ahead_of.pop(source.id, None)
            self._taken[source.id] = now
        return [source for _, _, source in sorted(chosen, key=lambda item: item[:2])]

    def _waiting(
        self, sources: Iterable[Source], dues: Mapping[str, Due], now: datetime, busy: frozenset[str]
    ) -> list[tuple[Source, datetime]]:
        found = []
        known = set()
        for source in sources:
            known.add(source.id)
            due = self._due(source, dues.get(source.id), now)
            if (
                due is None
                or due > now
                or source.id in busy
                or self._left_no_trace(source.id, dues.get(source.id), now)
            ):
                self._slots.pop(source.id, None)
                continue
            found.append((source, due))
        for gone in self._slots.keys() - known:
            del self._slots[gone]
        return found

    def _due(self, source: Source, due: Due | None, now: datetime) -> datetime | None:
        """When the clock was set back, no stored time helps: the next one by the new clock is remembered here."""
        moment = due_at(source, due, now)
        if due is None or due.last_check is None or due.last_check <= now or moment is None:
            self._ahead_of.pop(source.id, None)
            return moment
        return min(moment, self._ahead_of.setdefault(source.id, moment))

    def _left_no_trace(self, source: str, due: Due | None, now: datetime) -> bool:
        """Whether it was taken a moment ago and nothing was recorded since."""
        taken = self._taken.get(source)
        if taken is None or (due is not None and due.last_check is not None and due.last_check >= taken):
            return False
        return timedelta(0) <= now - taken < AGAIN

    def _plan(self, fresh: list[tuple[Source, datetime]], now: datetime) -> None:
        late = []
        for source, due in fresh:
            if timedelta(0) < now - due <= ON_TIME:
                self._slots[source.id] = _Slot(due, now)
            else:
                late.append((grace(source.schedule, due, source_id=source.id), due, source.id))
        late.sort()
        for place, (allowed, due, name) in enumerate(late):
            self._slots[name] = _Slot(due, now + min(place * SPACING, allowed * place / len(late)))
