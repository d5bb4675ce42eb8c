"""What a good read tells beyond the differences on the page: patterns of new draws, and what time alone brings."""

from datetime import date

from msgspec.structs import replace

from monitor.changes import dates, patterns, silence
from monitor.changes.advance import facts_after
from monitor.changes.reading import Reader, Reading, reader_of
from monitor.changes.years import year_of
from monitor.model import (
    GOOD_OUTCOMES,
    Cause,
    CheckRecord,
    Draw,
    Event,
    FactKind,
    Known,
    KnownFact,
    Memory,
    Source,
)

_TIMED = frozenset({FactKind.DRAW, FactKind.DEADLINE, FactKind.FEE})
"""The facts that clocks run on."""


def tell_time(source: Source, known: Known, reading: Reading, record: CheckRecord) -> CheckRecord:
    """The record with the events of patterns, silences and dates; only a good read tells any (interface, "Clock").

    A read that brings nothing new does no work before the next day on which time alone can bring something.
    """
    today = reading.checked_at.date()
    wake = known.memory.wake
    if record.check.outcome not in GOOD_OUTCOMES:
        return record
    if wake is not None and today < wake and record.version is None and not _moves(record):
        return record
    version = record.version.id if record.version else None
    reader = reader_of(source, known, reading, after=version)
    facts = facts_after(known.facts, record, reader.after or "", kinds=_TIMED)
    told, memory = _listen(reader, known, reading, record, facts)
    events = (*_patterns(reader, known, record), *told)
    whole = (*record.events, *events)
    check = replace(record.check, events=tuple(event.id for event in whole))
    return replace(record, check=check, events=whole, memory=memory)


def _moves(record: CheckRecord) -> bool:
    """Whether facts that clocks run on began or ended."""
    return any(fact.kind in _TIMED for fact in record.began) or any(
        key.partition(":")[0] in _TIMED for key in record.ended
    )


def _listen(
    reader: Reader, known: Known, reading: Reading, record: CheckRecord, facts: dict[str, KnownFact]
) -> tuple[list[Event], Memory]:
    since, today, year = known.last_good_read, reader.now.date(), year_of(reader.source)
    heard = silence.listen(
        reader,
        facts.values(),
        since=since,
        told=known.memory.silences,
        known=known.facts,
        until=date(year, 12, 31) if year else None,
        covered=_covers(known, reading, record),
    )
    changes = _changes(known, record, today)
    still = silence.page_silence(reader, changes, since=since)
    shown = [item for key, item in facts.items() if key not in record.memory.absences]
    reached = dates.reached(reader, known.facts, shown, since=since)
    days = [heard.wake, dates.next_day(facts.values(), today), silence.stands_still_on(changes) or date.max]
    wake = min((day for day in days if day > today), default=date.max)
    memory = replace(record.memory, wake=wake, silences=heard.silences, changes=changes)
    return [*reached, *heard.events, *([still] if still else [])], memory


def _changes(known: Known, record: CheckRecord, today: date) -> tuple[date, ...]:
    if record.version is None or record.version.cause == Cause.REEXTRACTION:
        return known.memory.changes
    return silence.next_changes(known.memory.changes, today)


def _covers(known: Known, reading: Reading, record: CheckRecord) -> bool:
    """Whether the page goes back to the read before: else draws may have come and gone in between, unseen."""
    if known.last_good_read is None or not any(fact.kind == FactKind.DRAW for fact in record.began):
        return True
    days = [value.date for fact in reading.facts if isinstance(value := fact.value, Draw) and value.date is not None]
    return not days or min(days) <= known.last_good_read.date()


def _patterns(reader: Reader, known: Known, record: CheckRecord) -> list[Event]:
    """Shifts and new categories among the draws this read brought; at first sight none is news."""
    if known.version is None:
        return []
    draws = [fact for fact in record.began if fact.kind == FactKind.DRAW]
    arrived = [fact for fact in draws if fact.key not in known.facts]
    if not arrived:
        return []
    amended = [fact for fact in draws if fact.key in known.facts]
    # In January every category is new on the page of the new year.
    strange = [] if year_of(reader.source) else patterns.new_categories(reader, known.facts, arrived, amended)
    return [*strange, *patterns.shifts(reader, known.facts, arrived)]
