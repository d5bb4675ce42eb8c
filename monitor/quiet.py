"""Reports that all is well, for channels that ask: for each page how it was read, with what gaps, and what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from monitor.board import guide_sources
from monitor.model import Alert, Channel, Guide, Purpose, ReadState, Schedule, Severity, Source, digest, say_day, stamp
from monitor.ports import Store, Tally
from monitor.schedule import next_due
from monitor.stillness import Stillness, chained, stillness_between, told

PUBLISHER = "stilltrue"
_PREFIX = "all_quiet:"
_MOST_PROVED = 30
"""Pages told of singly, those in trouble first; the others are counted."""
_DIGITS = 16
"""Of a link's digest: enough to find it by, and to be no accident."""


def report_quiet(
    store: Store,
    channels: Iterable[Channel],
    sources: Iterable[Source],
    guides: Sequence[Guide],
    now: datetime,
) -> int:
    """Raise the reports that are due now, each once; returns how many. A channel's first period begins now.

    A report is of the pages that the channel can be told of. After a pause one report covers the whole of it.
    """
    asking = [channel for channel in channels if channel.all_quiet is not None]
    reported = store.notes(_PREFIX) if asking else {}
    watched = [source for source in sources if source.enabled]
    raised = 0
    for channel in asking:
        last = reported.get(_PREFIX + channel.name)
        if last is not None and not _is_due(channel, datetime.fromisoformat(last), now):
            continue
        if last is not None:
            seen = _seen_by(channel, watched, guides)
            store.raise_alert(_report(store, channel, seen, datetime.fromisoformat(last), now))
            raised += 1
        store.note(_PREFIX + channel.name, stamp(now))
    return raised


def _is_due(channel: Channel, last: datetime, now: datetime) -> bool:
    schedule = Schedule(cron=(channel.all_quiet or "",), timezone=channel.timezone)
    slot = next_due(schedule, last, source_id=channel.name)
    return slot is not None and slot <= now


def _seen_by(channel: Channel, sources: Sequence[Source], guides: Sequence[Guide]) -> list[Source]:
    rests_on = set(guide_sources([guide for guide in guides if guide.id in channel.guides]))
    return [
        source
        for source in sources
        if (not channel.guides or source.id in rests_on)
        and (not channel.publishers or source.publisher in channel.publishers)
    ]


def _report(store: Store, channel: Channel, sources: Sequence[Source], last: datetime, now: datetime) -> Alert:
    states = store.read_states(sources=[source.id for source in sources])
    tallies = store.reads_between(last, now)
    pages = sorted((_Page.of(source, states, tallies, last) for source in sources), key=lambda page: page.rank)
    messages, _ = store.messages_since(channel.name, last)
    proved = [(page, stillness_between(store, page.source, last, now)) for page in pages[:_MOST_PROVED]]
    return Alert(
        id=digest("all_quiet", channel.name, stamp(last)),
        created_at=now,
        severity=Severity.INFO,
        publisher=PUBLISHER,
        guide=None,
        items=(),
        channels=(channel.name,),
        purpose=Purpose.ALL_QUIET,
        headline=_headline(pages, sum(bool(still.gaps) for _, still in proved), messages),
        lines=(
            f"{_counted(pages, f' since {say_day(last)}')}.",
            *(_proof(page, still) for page, still in proved),
            *_rest(pages[_MOST_PROVED:]),
            *_root(store),
        ),
    )


class _Page(Struct, frozen=True, kw_only=True):
    """A page with how it stands now and how often it was read in the period. ``rank``: what needs a look first."""

    source: Source
    state: ReadState | None
    tally: Tally
    rank: int

    @classmethod
    def of(
        cls, source: Source, states: Mapping[str, ReadState], tallies: Mapping[str, Tally], last: datetime
    ) -> "_Page":
        state, tally = states.get(source.id), tallies.get(source.id, Tally(reads=0, good=0))
        changed = state is not None and state.last_change is not None and state.last_change > last
        rank = 0 if _trouble(state) else 1 if tally.reads == 0 or tally.good < tally.reads else 2 if changed else 3
        return cls(source=source, state=state, tally=tally, rank=rank)


def _trouble(state: ReadState | None) -> str:
    """What keeps a page from being read; empty when it reads well."""
    if state is None:
        return "not read yet"
    if state.health == "ok":
        return ""
    good = f"last read well on {say_day(state.last_good_read)}" if state.last_good_read else "never read well"
    return f"{state.health.replace('_', ' ')}, {good}"


def _headline(pages: Sequence[_Page], gaps: int, messages: int) -> str:
    told = f"{messages} message{'' if messages == 1 else 's'} went out" if messages else ""
    changes = [page.state.last_change for page in pages if page.state and page.state.last_change]
    since = f"nothing changed since {say_day(max(changes))}" if changes and not messages else ""
    troubled = sum(bool(_trouble(page.state)) for page in pages)
    well = "all well"
    if troubled:
        well = f"{_pages(troubled)} {'is' if troubled == 1 else 'are'} not read well"
    elif gaps:
        well = f"{_pages(gaps)} had gaps"
    start = "report" if troubled or messages else "all quiet"
    return f"{start}: " + ", ".join(filter(None, [_reads(pages), well, told, since]))


def _counted(pages: Sequence[_Page], span: str = "") -> str:
    reads, good = (sum(getattr(page.tally, name) for page in pages) for name in ("reads", "good"))
    return f"{_reads(pages)} of {_pages(len(pages))}{span}, {'all' if good == reads and reads else good} of them well"


def _reads(pages: Sequence[_Page]) -> str:
    count = sum(page.tally.reads for page in pages)
    return f"{count} read{'' if count == 1 else 's'}"


def _pages(count: int) -> str:
    return f"{count} page{'' if count == 1 else 's'}"


def _proof(page: _Page, still: Stillness) -> str:
    """How one page was read, what was found, and where its chain shows it."""
    named = replace(still, title=f"{page.source.publisher}, {still.title}")
    trouble = _trouble(page.state)
    now = f"Now: {trouble}." if trouble else ""
    return " ".join(filter(None, [told(named), now, chained(named, digits=_DIGITS)]))


def _rest(pages: Sequence[_Page]) -> tuple[str, ...]:
    return (f"Beside these {_counted(pages)}: stilltrue status",) if pages else ()


def _root(store: Store) -> tuple[str, ...]:
    """The newest daily root: kept in a mailbox, it shows later that the records lead to it still."""
    roots = store.roots()
    return (f"Daily root of the records, {say_day(roots[-1].made_at)}: {roots[-1].digest}",) if roots else ()
