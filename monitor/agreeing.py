"""Whether pages that must state the same thing alike do so: as each read turns it, and over all reads anew."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from monitor.assess.agreement import DISAGREES, judge_pair, key_of
from monitor.assess.patterns import match_pattern
from monitor.model import Cause, CheckRecord, Event, Known, Pair, Source
from monitor.ports import Store

Sources = Mapping[str, Source]


def compared(
    record: CheckRecord, after: Known, pairs: Sequence[Pair], *, source: Source, sources: Sources, store: Store
) -> CheckRecord:
    """The record with the disagreements that begin or end with it; ``after``: its source as it will stand."""
    now = record.check.checked_at
    moved = [*(fact.key for fact in record.began), *record.ended]
    found: list[Event] = []
    for pair in pairs:
        pattern = pair.facts[source.id]
        if not any(match_pattern(pattern, key) for key in moved):
            continue
        others = [name for name in pair.facts if name != source.id]
        facts = [*after.facts.values(), *store.facts(sources=others, at=now)]
        standing = _standing(store.turns([key_of(pair)]), now)
        event = judge_pair(pair, facts, standing=standing, source=source, sources=sources, now=now)
        found += [event] if event else []
    return _with(record, found)


def _with(record: CheckRecord, events: Sequence[Event]) -> CheckRecord:
    if not events:
        return record
    check = replace(record.check, events=(*record.check.events, *(event.id for event in events)))
    return replace(record, events=(*record.events, *events), check=check)


def _standing(turns: Iterable[Event], now: datetime) -> Event | None:
    """The disagreement told by then and not over."""
    last = next((event for event in reversed(list(turns)) if event.observed_at <= now), None)
    return last if last is not None and last.kind == DISAGREES else None


def with_known_turns(records: Sequence[CheckRecord], stored: Iterable[Event]) -> list[CheckRecord]:
    """Records derived again with the turns of agreement that were told at their times; ``compare_again`` mends them."""
    turns = [event for event in stored if (event.key or "").startswith("disagreement:")]
    return [
        _with(record, [event for event in turns if event.observed_at == record.check.checked_at]) for record in records
    ]


def is_out_of_order(record: CheckRecord, pairs: Sequence[Pair], store: Store) -> bool:
    """Whether another page of these pairs was read after this read: what it turned may turn otherwise now."""
    others = {name for pair in pairs for name in pair.facts} - {record.check.source}
    if not others or not (record.began or record.ended):
        return False
    last = (state.last_check for state in store.read_states(sources=sorted(others)).values())
    return any(moment is not None and moment > record.check.checked_at for moment in last)


def compare_again(pairs: Sequence[Pair], *, sources: Sources, store: Store) -> None:
    """Bring the stored turns of these pairs to what all reads together show; tells nobody."""
    for pair in pairs:
        stored = {event.id: event for event in store.turns([key_of(pair)])}
        causes = {name: event.cause for name, event in stored.items()}
        turns = _turns(pair, sources, store)
        due = [replace(event, cause=causes.get(event.id, Cause.REEXTRACTION)) for event in turns]
        new = [event for event in due if stored.get(event.id) != event]
        gone = stored.keys() - {event.id for event in due}
        if new or gone:
            store.regroup(new, gone)


def _turns(pair: Pair, sources: Sources, store: Store) -> list[Event]:
    points = sorted({(moment, name) for name in pair.facts for moment in store.fact_times(name)})
    turns: list[Event] = []
    for moment, name in points:
        facts = store.facts(sources=list(pair.facts), at=moment)
        standing = _standing(turns, moment)
        event = judge_pair(pair, facts, standing=standing, source=sources[name], sources=sources, now=moment)
        turns += [event] if event else []
    return turns
