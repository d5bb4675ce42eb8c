"""A source derived again from its stored snapshots, with late ones filed in their place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge

from monitor.assess import assess
from monitor.board import Board, PageTexts, facts_view, reads_view, told_events
from monitor.changes.advance import advance
from monitor.changes.decide import decide
from monitor.changes.reading import Reading
from monitor.extractors import REVISION
from monitor.model import (
    GOOD_OUTCOMES,
    Affect,
    Cause,
    Check,
    CheckOutcome,
    CheckRecord,
    EventState,
    Known,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
    Version,
    content_sha256,
    snapshot_id,
)
from monitor.ports import EventQuery, Store
from monitor.read import read_snapshot
from monitor.schedule import next_due


def rederive(source: Source, store: Store, board: Board, *, late: Sequence[Snapshot] = ()) -> list[CheckRecord]:
    """Derive all of a source again from its stored snapshots and these late ones; tells nobody.

    Events that were not there before carry ``cause = reextraction``. Returns the records, oldest first.
    """
    records = derive_again(source, store, board, late=late)
    store.rebuild(source.id, records)
    return records


def derive_again(source: Source, store: Store, board: Board, *, late: Sequence[Snapshot] = ()) -> list[CheckRecord]:
    """What ``rederive`` would store, oldest first; stores nothing."""
    states = tuple(EventState)
    told = {item.event.id for item in store.events(EventQuery(source=source.id, states=states))}
    kept = {version.id for version in store.versions(source.id)}
    known = Known(source=source.id)
    by_content: dict[str, Version] = {}
    records = []
    for reading, fresh in _readings(source, store, late):
        sha256 = reading.page.sha256 if reading.page else ""
        record = decide(source, replace(known, twin=by_content.get(sha256)), reading, revision=REVISION)
        record = _marked(record, told, kept) if told or kept else record
        known = advance(known, record)
        if record.version is not None:
            by_content[record.version.sha256] = record.version
        affects = _affects_again(source, known, record, store, board)
        due = next_due(source.schedule, reading.checked_at, source_id=source.id)
        snapshot = record.snapshot if fresh else None
        records.append(replace(record, snapshot=snapshot, affects=affects, next_due=due))
    return records


def _affects_again(source: Source, after: Known, record: CheckRecord, store: Store, board: Board) -> tuple[Affect, ...]:
    """Who was affected by these events, judged by what was known then."""
    events = told_events(record)
    if not events or not board.guides:
        return ()
    now = record.check.checked_at
    return assess(
        events,
        board.index,
        source=source.id,
        facts=lambda sources: facts_view(source.id, after, sources, store, at=now),
        reads=reads_view(source, after, record, store),
        previous={},
        now=now,
        page_texts=PageTexts(board.sources, store, {}, at=now),
        kinds_read=board.kinds_read,
    ).affects


def _marked(record: CheckRecord, told: set[str], kept: set[str]) -> CheckRecord:
    again = Cause.REEXTRACTION
    events = tuple(event if event.id in told else replace(event, cause=again) for event in record.events)
    version = record.version
    if version is not None and version.id not in kept and version.cause != Cause.FIRST_SEEN:
        version = replace(version, cause=again)
    return replace(record, events=events, version=version)


def _readings(source: Source, store: Store, late: Sequence[Snapshot]) -> Iterator[tuple[Reading, bool]]:
    """Every attempt of a source in its order: stored snapshots, late ones (marked True), and those without bytes."""
    fresh = {snapshot_id(item.source, item.fetched_at, item.body) for item in late}
    shots: Iterable[Snapshot] = merge(store.snapshots(source.id), sorted(late, key=_order), key=_order)
    attempts = store.failed_checks(source.id)
    for shot in shots:
        while attempts and attempts[0].checked_at < shot.fetched_at:
            yield _reading_again(attempts.pop(0)), False
        yield read_snapshot(source, shot), snapshot_id(shot.source, shot.fetched_at, shot.body) in fresh
    for check in attempts:
        yield _reading_again(check), False


def _order(snapshot: Snapshot) -> tuple[datetime, str]:
    return snapshot.fetched_at, content_sha256(snapshot.body)


def _reading_again(check: Check) -> Reading:
    """The reading of a recorded attempt whose bytes are not kept; a good one of those found nothing new."""
    outcome = QualityOutcome.BLOCKED if check.outcome == CheckOutcome.BLOCKED else QualityOutcome.FAILED
    not_modified = check.outcome in GOOD_OUTCOMES
    return Reading(
        checked_at=check.checked_at,
        quality=Quality(outcome=QualityOutcome.OK if not_modified else outcome, problem=check.problem),
        not_modified=not_modified,
        http_status=check.http_status,
        elapsed_ms=check.elapsed_ms,
    )
