"""Reads that tell nothing: recorded without a look at facts, guides and pages, many in one transaction."""

from datetime import datetime

from monitor.board import Board
from monitor.changes.reading import Reading, is_overtaken
from monitor.extractors import REVISION
from monitor.model import Check, CheckOutcome, CheckRecord, Memory, QualityOutcome, Source, content_sha256
from monitor.pages.imprint import context
from monitor.ports import LastRead
from monitor.schedule import next_due


def find_plain_record(source: Source, reading: Reading, last: LastRead, board: Board) -> CheckRecord | None:
    """The record of a good read of a known page on which nothing hangs; None when it must be decided in full.

    That is: the page is as it was when last recorded, the last read was good, nothing waits to be confirmed, no day has
    come on which time alone tells something, and neither a guide nor another page is compared with it.
    """
    if not (reading.not_modified and reading.quality.outcome is QualityOutcome.OK and last.version):
        return None
    if board.compares(source.id) or is_overtaken(reading, last.validators) or not _is_known(source, reading, last):
        return None
    now, memory = reading.checked_at, last.memory
    if not _is_quiet(memory, now):
        return None
    body = content_sha256(reading.snapshot.body) if reading.snapshot else None
    check = Check(
        source=source.id,
        checked_at=now,
        outcome=CheckOutcome.UNCHANGED if reading.snapshot else CheckOutcome.NOT_MODIFIED,
        http_status=reading.http_status,
        version=last.version,
        body=body,
        elapsed_ms=reading.elapsed_ms,
    )
    return CheckRecord(
        check=check,
        memory=memory.seen_as(reading.imprint),
        revision=last.revision,
        validators=reading.validators,
        settings_hash=source.settings_hash,
        next_due=next_due(source.schedule, now, source_id=source.id),
    )


def _is_known(source: Source, reading: Reading, last: LastRead) -> bool:
    known = last.memory.imprint
    if known is None:
        return False
    if reading.imprint is not None:
        return reading.imprint.is_like(known)
    return known.context == context(last.memory.final_url or "", source, REVISION)


def _is_quiet(memory: Memory, now: datetime) -> bool:
    waiting = memory.absences or memory.doubt or memory.incident or memory.gone
    return not waiting and memory.wake is not None and now.date() < memory.wake
