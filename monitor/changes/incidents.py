"""Reads that say nothing of the content: walls, failures, lost layouts, older copies; told once, and when over."""

from msgspec.structs import replace

from monitor.changes import leaving
from monitor.changes.events import about_source
from monitor.changes.reading import Reading, reader_of, record_of
from monitor.model import (
    CheckOutcome,
    CheckRecord,
    Doubt,
    Event,
    Format,
    Incident,
    Known,
    Memory,
    Problem,
    Severity,
    Source,
    stamp,
)

KINDS = {
    CheckOutcome.BLOCKED: "source.blocked",
    CheckOutcome.FAILED: "source.failing",
    CheckOutcome.LAYOUT_CHANGED: "source.layout_changed",
    CheckOutcome.STALE_COPY: "source.stale_copy",
}

OLDER_COPY_PROBLEM = Problem(
    code="older_copy",
    message="The server answered with an older copy than one already read; nothing is concluded from it.",
)


def incident(
    source: Source,
    known: Known,
    reading: Reading,
    outcome: CheckOutcome,
    problem: Problem,
    *,
    doubt: Doubt | None = None,
) -> CheckRecord:
    """The record of a read that failed; its event comes with the first of a row only. A standing doubt stays."""
    not_yet = leaving.find_not_yet(source, known, reading, problem)
    if not_yet is not None:
        return record_of(source, known, reading, outcome, memory=known.memory, problem=not_yet)
    doubt = doubt or known.memory.doubt
    left = leaving.follow(reader_of(source, known, reading), known, reading, problem)
    memory = replace(known.memory, doubt=doubt, gone=left.gone)
    begun, told = _begun(source, known, reading, outcome, problem)
    events = (*told, *left.events)
    memory = replace(memory, incident=begun)
    record = record_of(source, known, reading, outcome, memory=memory, events=events, problem=problem)
    return replace(record, settled=left.settled)


def _begun(
    source: Source, known: Known, reading: Reading, outcome: CheckOutcome, problem: Problem
) -> tuple[Incident, tuple[Event, ...]]:
    """The incident with this read counted, and its event if this read is the first of it."""
    before = known.memory.incident
    if before is not None and before.code == outcome:
        return replace(before, reads=before.reads + 1), ()
    event = about_source(
        reader_of(source, known, reading),
        _kind(source, outcome),
        source.title or source.id,
        old={"last_good_read": stamp(known.last_good_read) if known.last_good_read else None},
        new={"code": problem.code, "message": problem.message, "since": stamp(reading.checked_at)},
    )
    return Incident(code=outcome, since=reading.checked_at, event=event.id), (event,)


def _kind(source: Source, outcome: CheckOutcome) -> str:
    if outcome == CheckOutcome.LAYOUT_CHANGED and source.format == Format.JSON:
        return "source.schema_changed"
    return KINDS[outcome]


def older_copy(source: Source, known: Known, reading: Reading, doubt: Doubt, *, lasting: bool) -> CheckRecord:
    """The record of an older copy: recorded, not told, unless it has come to stay where it can never be believed."""
    if lasting:
        return incident(source, known, reading, CheckOutcome.STALE_COPY, OLDER_COPY_PROBLEM, doubt=doubt)
    memory = replace(known.memory, doubt=doubt)
    return record_of(source, known, reading, CheckOutcome.STALE_COPY, memory=memory, problem=OLDER_COPY_PROBLEM)


def overtaken(source: Source, known: Known, reading: Reading, problem: Problem) -> CheckRecord:
    """The record of "not modified" said of a page that is known no longer: like an older copy, never told."""
    return record_of(source, known, reading, CheckOutcome.STALE_COPY, memory=known.memory, problem=problem)


def recovery(source: Source, known: Known, reading: Reading, *, after: str | None = None) -> tuple[Event, ...]:
    """The event that a source is read well again, when it was not."""
    over = known.memory.incident
    if over is None:
        return ()
    event = about_source(
        reader_of(source, known, reading, after=after),
        "source.recovered",
        source.title or source.id,
        old={"code": over.code, "since": stamp(over.since), "reads": over.reads},
        new={"at": stamp(reading.checked_at)},
        severity=Severity.INFO,
    )
    return (event,)


def healed(memory: Memory) -> Memory:
    """The memory after a good read: no incident, no doubt, and the page is there."""
    return replace(memory, incident=None, doubt=None, gone=None)
