"""What a source's changes are beside the other pages of its publisher: told on their own, or in a notice with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from monitor.changes.grouping import Grouped, group
from monitor.model import Affect, Cause, CheckRecord, Event, EventState
from monitor.ports import Store

Name = tuple[str, str]
"""(guide id, assumption id)"""


def grouped(record: CheckRecord, store: Store) -> CheckRecord:
    """The record with what it shares with other pages told in one notice; asks the store only for shared sentences."""
    fresh = [event for event in told_events(record) if event.sentence]
    now = {event.id for event in fresh}
    kin = [item.event for item in store.kin(_sentences(fresh)) if item.event.id not in now] if fresh else []
    if not kin:
        return record
    found = group([*kin, *fresh])
    gone = {event.part_of for event in kin if event.part_of} - {notice.id for notice in found.notices}
    return replace(_told_together(record, found), regrouped=_elsewhere(found, kin, record), dropped=tuple(sorted(gone)))


def _sentences(events: Iterable[Event]) -> list[str]:
    return list(dict.fromkeys(event.sentence for event in events if event.sentence))


def told_events(record: CheckRecord) -> list[Event]:
    """The events of a record that are believed now."""
    return [event for event in (*record.events, *record.settled) if event.state == EventState.CONFIRMED]


def _told_together(record: CheckRecord, found: Grouped) -> CheckRecord:
    """The record with its own events as they are grouped, and with the notices that it opens or joins."""
    parts = told_in(found.members)
    events, settled = (
        tuple(_told_in_its_notice(event, parts) for event in some) for some in (record.events, record.settled)
    )
    opened = [notice for notice in found.notices if _is_opened_by(notice, record)]
    joined = told_in((*events, *settled))
    own = [name for name in record.check.events if name not in joined]
    told = dict.fromkeys([*own, *(notice.id for notice in found.notices if notice.id in joined.values())])
    check = replace(record.check, events=tuple(told))
    return replace(record, events=(*events, *opened), settled=settled, check=check)


def _told_in_its_notice(event: Event, parts: Mapping[str, str]) -> Event:
    return replace(event, part_of=parts.get(event.id)) if event.state == EventState.CONFIRMED else event


def _is_opened_by(notice: Event, record: CheckRecord) -> bool:
    return (notice.source, notice.observed_at) == (record.check.source, record.check.checked_at)


def _elsewhere(found: Grouped, kin: Sequence[Event], record: CheckRecord) -> tuple[Event, ...]:
    """What this record changes in events of other records: the notices it joins or makes, and members told in one."""
    parts = {event.id: event.part_of for event in kin}
    moved = [event for event in found.members if event.id in parts and parts[event.id] != event.part_of]
    return (*moved, *(notice for notice in found.notices if not _is_opened_by(notice, record)))


def grouped_again(
    source: str, records: Sequence[CheckRecord], before: Collection[str], store: Store
) -> list[CheckRecord]:
    """The records of a source derived again, grouped with what other pages showed; ``before``: its earlier events."""
    own = [event for record in records for event in told_events(record) if event.sentence]
    if not own:
        return list(records)
    kin = [item.event for item in store.kin(_sentences(own)) if item.event.source != source]
    found = group([*kin, *own])
    again = [_told_together(record, found) for record in records]
    again = [replace(record, affects=with_shared(record.affects, told_in(told_events(record)))) for record in again]
    return [replace(record, events=tuple(_marked(event, before) for event in record.events)) for record in again]


def _marked(event: Event, before: Collection[str]) -> Event:
    return event if not before or event.id in before else replace(event, cause=Cause.REEXTRACTION)


def regroup(sentences: Collection[str], store: Store) -> None:
    """Bring what is stored of these sentences to how it must be, after a source among them was derived again."""
    kin = [item.event for item in store.kin(list(sentences))] if sentences else []
    found = group(kin)
    stored = {event.id: event.part_of for event in kin}
    moved = [event for event in found.members if stored[event.id] != event.part_of]
    gone = {part for part in stored.values() if part} - {notice.id for notice in found.notices}
    if moved or gone or found.notices:
        store.regroup([*found.notices, *moved], gone)


def joined(record: CheckRecord, store: Store) -> None:
    """Tell together what is one where pages were recorded at once: each opened a notice of its own, or saw no third."""
    sentences = _sentences(told_events(record))
    kin = [item.event for item in store.kin(sentences)] if sentences else []
    stored = {event.id: event.part_of for event in kin}
    if any(stored[event.id] != event.part_of for event in group(kin).members):
        regroup(sentences, store)


def told_in(events: Iterable[Event]) -> dict[str, str]:
    """The notice each of these events is told in, by the event's id."""
    return {event.id: event.part_of for event in events if event.part_of}


def with_shared(affects: Sequence[Affect], parts: Mapping[str, str]) -> tuple[Affect, ...]:
    """The affects with those of the notices: what the events told in a notice touch, it touches. ``parts``: told_in."""
    shared: dict[Name, Affect] = {}
    for affect in affects:
        if affect.event in parts:
            shared.setdefault((affect.guide, affect.assumption), replace(affect, event=parts[affect.event]))
    return (*affects, *shared.values())


def news_among(events: Sequence[Event], affects: Sequence[Affect], store: Store) -> list[Event]:
    """The events a message is worth: none that a notice told already, unless it touches what none before it touched."""
    parts = [event for event in events if event.part_of]
    if not parts:
        return list(events)
    kin = store.kin(_sentences(parts))
    known = {(affect.guide, affect.assumption) for item in kin for affect in item.affects}
    opened = {event.id for event in events}
    touched: dict[str, set[Name]] = {}
    for affect in affects:
        touched.setdefault(affect.event, set()).add((affect.guide, affect.assumption))
    return [
        event
        for event in events
        if event.part_of is None or (event.part_of not in opened and touched.get(event.id, set()) - known)
    ]
