"""Proof of silence: how often a page was read over a stretch of time, how well, and that nothing changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from monitor.model import GOOD_OUTCOMES, READS, ChainLink, CheckOutcome, Event, EventState, Source, Version, say_moment
from monitor.ports import EventQuery, Store
from monitor.schedule import next_due

_WIDE = 1.75
"""A stretch without a good read may count as a gap when it is so many times longer than the usual one."""
_ENOUGH = 4
_SHORTEST_GAP = timedelta(hours=1)
_ONE_DAY = timedelta(days=1)
_TOLD_AS_CHANGE = frozenset({CheckOutcome.CHANGED, CheckOutcome.MOVED})
_MOST_TOLD = 8
"""Gaps and changes that are told singly, the longest gaps and the latest changes."""


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch in which nothing was read well: between which moments, and how many tries failed in it."""

    since: datetime
    until: datetime
    failed: int


class Stillness(Struct, frozen=True, kw_only=True):
    """What can be said of one page between two moments.

    ``changes``: the times of the reads that found it changed. ``links``: where its first and its last read stand in
    its chain, and ``head``: the digest of the last of them; a chain that is shown can be followed to it.
    """

    source: str
    title: str
    since: datetime
    until: datetime
    reads: int
    good: int
    first_read: datetime | None
    last_read: datetime | None
    last_good: datetime | None
    gaps: tuple[Gap, ...]
    changes: tuple[datetime, ...]
    events: tuple[str, ...]
    links: tuple[int, int] | None = None
    head: str | None = None

    @property
    def unbroken(self) -> bool:
        """Whether it was read, all well, and nothing changed."""
        return self.reads > 0 and not self.gaps and not self.changes and self.good == self.reads


def stillness(
    source: Source,
    links: Sequence[ChainLink],
    versions: Sequence[Version],
    events: Sequence[Event],
    *,
    since: datetime,
    until: datetime,
) -> Stillness:
    """How a source was read between two moments, both within, by what its chain says. Pure.

    A version first seen within counts as a change, unless it was the first one ever.
    """
    reads = sorted((link for link in links if _within(link, since, until)), key=_time)
    good = [link for link in reads if link.outcome in GOOD_OUTCOMES]
    oldest = min((version.seen_at for version in versions), default=None)
    changed = {
        version.seen_at for version in versions if since < version.seen_at <= until and version.seen_at != oldest
    }
    changed |= {_time(link) for link in reads if link.outcome in _TOLD_AS_CHANGE and _time(link) > since}
    return Stillness(
        source=source.id,
        title=source.title or source.id,
        since=since,
        until=until,
        reads=len(reads),
        good=len(good),
        first_read=_time(reads[0]) if reads else None,
        last_read=_time(reads[-1]) if reads else None,
        last_good=_time(good[-1]) if good else None,
        gaps=tuple(_gaps(source, reads, good, since, until)),
        changes=tuple(sorted(changed)),
        events=tuple(event.id for event in events if event.state != EventState.RETRACTED),
        links=(min(link.position for link in reads), max(link.position for link in reads)) if reads else None,
        head=max(reads, key=lambda link: link.position).digest if reads else None,
    )


def stillness_between(store: Store, source: Source, since: datetime, until: datetime) -> Stillness:
    """The same of what is on record."""
    states = (EventState.CONFIRMED.value, EventState.PROVISIONAL.value)
    events = store.events(EventQuery(source=source.id, states=states, since=since, until=until))
    return stillness(
        source,
        store.links(source.id, since=since),
        store.versions(source.id),
        [stored.event for stored in events],
        since=since,
        until=until,
    )


def stillness_since_change(store: Store, source: Source, until: datetime) -> Stillness | None:
    """How a page was read since it last changed before a moment; None when it had not been read by then."""
    version = store.find_version(source.id, at=until)
    return None if version is None else stillness_between(store, source, version.seen_at, until)


def _within(link: ChainLink, since: datetime, until: datetime) -> bool:
    return link.kind in READS and link.checked_at is not None and since <= link.checked_at <= until


def _time(link: ChainLink) -> datetime:
    assert link.checked_at is not None  # noqa: S101 - every read has its time
    return link.checked_at


def _gaps(
    source: Source, reads: Sequence[ChainLink], good: Sequence[ChainLink], since: datetime, until: datetime
) -> Iterator[Gap]:
    """Stretches without a good read in which a try failed, or which are longer than usual and hold a due read.

    What is usual is known after some reads only; until then a day without one is long.
    """
    moments = [_time(link) for link in good]
    usual = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    widest = max(timedelta(seconds=_WIDE * _median(usual)), _SHORTEST_GAP) if len(usual) >= _ENOUGH else _ONE_DAY
    failed = [_time(link) for link in reads if link.outcome not in GOOD_OUTCOMES]
    for earlier, later in pairwise([since, *moments, until]):
        between = sum(earlier <= moment <= later for moment in failed)
        long = later - earlier > widest and _missed(source, earlier, later)
        if between or long or not moments:
            yield Gap(since=earlier, until=later, failed=between)


def _missed(source: Source, earlier: datetime, later: datetime) -> bool:
    """Whether a read was due well within this stretch; nights and weekends without one are as they should be."""
    due = next_due(source.schedule, earlier, source_id=source.id)
    return due is None or later - due > _SHORTEST_GAP


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def told(still: Stillness) -> str:
    """The same in words, for people."""
    if not still.reads:
        return f"{still.title} was not read between {_at(still.since)} and {_at(still.until)}."
    well = "all well" if still.good == still.reads else f"{still.good} of them well"
    span = f"between {_at(still.first_read)} and {_at(still.last_read)}"
    if still.reads == 1:
        span, well = f"on {_at(still.first_read)}", "well" if still.good else "not well"
    first = f"{still.title} was read {_times(still.reads)} {span}, {well}."
    often = _times(len(still.changes))
    changed = f"It changed {often}: {_days(still)}." if still.changes else "No change was found."
    longest = sorted(still.gaps, key=lambda gap: gap.since - gap.until)[:_MOST_TOLD]
    gaps = [f"No good read {_stretch(gap, still)}{_tries(gap)}." for gap in sorted(longest, key=lambda gap: gap.since)]
    more = len(still.gaps) - len(longest)
    rest = [f"Nor in {more} shorter gap{'s' if more > 1 else ''}."] if more else []
    return " ".join([first, changed, *gaps, *rest])


def chained(still: Stillness, *, digits: int = 64) -> str:
    """Where the reads stand in the page's hash chain, in words; empty without reads."""
    if still.links is None or still.head is None:
        return ""
    begin, end = still.links
    place = f"Link {end}" if begin == end else f"Links {begin} to {end}"
    last = "its digest is" if begin == end else "the digest of the last is"
    return f"{place} of its chain; {last} {still.head[:digits]}."


def _stretch(gap: Gap, still: Stillness) -> str:
    lasting = gap.until == still.until and gap.since != still.since
    return f"since {_at(gap.since)}" if lasting else f"from {_at(gap.since)} to {_at(gap.until)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _tries(gap: Gap) -> str:
    return f" ({gap.failed} failed {'try' if gap.failed == 1 else 'tries'})" if gap.failed else ""


def _days(still: Stillness) -> str:
    earlier = len(still.changes) - _MOST_TOLD
    days = [_at(moment) for moment in still.changes[-_MOST_TOLD:]]
    return ", ".join([f"{earlier} earlier times", *days] if earlier > 0 else days)


def _at(moment: datetime | None) -> str:
    return say_moment(moment) if moment else "never"
