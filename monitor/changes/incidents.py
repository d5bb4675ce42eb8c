"""Reads that say nothing of the content: walls, failures, lost layouts, older copies; told once, and when over."""

from dataclasses import replace

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
    doubt = doubt or known.memory.doubt
    before = known.memory.incident
    if before is not None and before.code == outcome:
        memory = replace(known.memory, doubt=doubt, incident=replace(before, reads=before.reads + 1))
        return record_of(source, known, reading, outcome, memory=memory, problem=problem)
    event = about_source(
        reader_of(source, known, reading),
        _kind(source, outcome),
        source.title or source.id,
        old={"last_good_read": stamp(known.last_good_read) if known.last_good_read else None},
        new={"code": problem.code, "message": problem.message, "since": stamp(reading.checked_at)},
    )
    begun = Incident(code=outcome, since=reading.checked_at, event=event.id)
    memory = replace(known.memory, doubt=doubt, incident=begun)
    return record_of(source, known, reading, outcome, memory=memory, events=(event,), problem=problem)


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
    """The memory after a good read: no incident, no doubt."""
    return replace(memory, incident=None, doubt=None)
