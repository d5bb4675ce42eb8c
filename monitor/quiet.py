"""Reports that all is well, for channels that ask: how much was read, what was not, and since when nothing changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.board import guide_sources
from monitor.model import Alert, Channel, Guide, Purpose, ReadState, Schedule, Severity, Source, digest, stamp
from monitor.ports import Store, Tally
from monitor.schedule import next_due

PUBLISHER = "stilltrue"
_PREFIX = "all_quiet:"
_MOST_GAPS = 20


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
    states = {name: state for name, state in store.read_states().items() if name in {item.id for item in sources}}
    tallies = store.reads_between(last, now)
    gaps = [gap for source in sources if (gap := _gap(source, states.get(source.id)))]
    messages, _ = store.messages_since(channel.name, last)
    return Alert(
        id=digest("all_quiet", channel.name, stamp(last)),
        created_at=now,
        severity=Severity.INFO,
        publisher=PUBLISHER,
        guide=None,
        items=(),
        channels=(channel.name,),
        purpose=Purpose.ALL_QUIET,
        headline=_headline(_reads(tallies, sources), gaps, states, messages),
        lines=(_counted(tallies, sources, last), *gaps[:_MOST_GAPS], *_rest(gaps), *_root(store)),
    )


def _headline(reads: int, gaps: Sequence[str], states: Mapping[str, ReadState], messages: int) -> str:
    told = f"{messages} message{'' if messages == 1 else 's'} went out" if messages else ""
    changes = [state.last_change for state in states.values() if state.last_change]
    since = f"nothing changed since {_day(max(changes))}" if changes and not messages else ""
    well = f"{len(gaps)} page{' is' if len(gaps) == 1 else 's are'} not read well" if gaps else "all well"
    start = "report" if gaps or messages else "all quiet"
    return f"{start}: " + ", ".join(filter(None, [f"{reads} reads", well, told, since]))


def _reads(tallies: Mapping[str, Tally], sources: Sequence[Source]) -> int:
    return sum(tallies[source.id].reads for source in sources if source.id in tallies)


def _counted(tallies: Mapping[str, Tally], sources: Sequence[Source], last: datetime) -> str:
    good = sum(tallies[source.id].good for source in sources if source.id in tallies)
    reads = _reads(tallies, sources)
    return f"{reads} reads of {len(sources)} pages since {_day(last)}, {good} of them well."


def _gap(source: Source, state: ReadState | None) -> str:
    """What keeps a page from being read; empty when it reads well."""
    title = f"{source.publisher}, {source.title or source.id}"
    if state is None:
        return f"{title}: not read yet."
    if state.health == "ok":
        return ""
    good = f"last read well on {_day(state.last_good_read)}" if state.last_good_read else "never read well"
    return f"{title}: {state.health.replace('_', ' ')}, {good}."


def _root(store: Store) -> tuple[str, ...]:
    """The newest daily root: kept in a mailbox, it shows later that the records lead to it still."""
    roots = store.roots()
    return (f"Daily root of the records, {_day(roots[-1].made_at)}: {roots[-1].digest}",) if roots else ()


def _rest(gaps: Sequence[str]) -> tuple[str, ...]:
    return (f"{len(gaps) - _MOST_GAPS} more: stilltrue status",) if len(gaps) > _MOST_GAPS else ()


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
