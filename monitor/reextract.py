"""Reading stored snapshots again with today's extractors: which past events would appear, vanish or differ."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.board import Board
from monitor.model import Cause, CheckRecord, Event, EventState, Source, to_json
from monitor.ports import EventQuery, Store
from monitor.rederive import derive_again, store_again


class Reextraction(Struct, frozen=True, kw_only=True):
    """How a source's past looks with today's extractors, beside what is stored; events oldest first."""

    source: str
    checks: int
    appear: tuple[Event, ...]
    vanish: tuple[Event, ...]
    differ: tuple[tuple[Event, Event], ...]


def reextract(source: Source, store: Store, board: Board, *, dry_run: bool) -> Reextraction:
    """Compare, and unless it is a dry run store the new reading; alerts nobody either way."""
    every_state = tuple(EventState)
    stored = [item.event for item in store.events(EventQuery(source=source.id, states=every_state, parts=True))]
    records = derive_again(source, store, board)
    if not dry_run and records:
        store_again(source, store, board, records)
    return compare(source.id, [event for event in stored if event.state != EventState.RETRACTED], records)


def compare(source: str, stored: Sequence[Event], records: Sequence[CheckRecord]) -> Reextraction:
    """The stored events beside those of these records. An event's cause is not part of what it says."""
    derived = {event.id: event for record in records for event in record.events}
    derived.update((event.id, event) for record in records for event in record.settled)
    standing = {key: event for key, event in derived.items() if event.state != EventState.RETRACTED}
    before = {event.id: event for event in stored}
    return Reextraction(
        source=source,
        checks=len(records),
        appear=_by_time([event for key, event in standing.items() if key not in before]),
        vanish=_by_time([event for key, event in before.items() if key not in standing]),
        differ=tuple(
            (before[event.id], event)
            for event in _by_time([standing[key] for key in before if key in standing])
            if _said(before[event.id]) != _said(event)
        ),
    )


def _by_time(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: (event.observed_at, event.kind, event.key or "")))


def _said(event: Event) -> str:
    # As it is stored: a tuple and a list say the same.
    return to_json(replace(event, cause=Cause.CONTENT))
