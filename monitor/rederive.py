"""A source derived again from its stored snapshots, with late ones filed in their place."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge

from msgspec.structs import replace

from monitor.agreeing import compare_again, with_known_turns
from monitor.assess import assess
from monitor.board import Board, PageTexts, facts_view, reads_view
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
from monitor.neighbours import grouped_again, regroup, told_events
from monitor.ports import EventQuery, Store
from monitor.read import read_snapshot
from monitor.schedule import next_due

_SAID_THE_SAME = frozenset({CheckOutcome.UNCHANGED, CheckOutcome.NOT_MODIFIED})


def rederive(source: Source, store: Store, board: Board, *, late: Sequence[Snapshot] = ()) -> list[CheckRecord]:
    """Derive all of a source again from its stored snapshots and these late ones; tells nobody.

    Events that were not there before carry ``cause = reextraction``. Returns the records, oldest first.
    """
    records = derive_again(source, store, board, late=late)
    store_again(source, store, board, records)
    return records


def store_again(source: Source, store: Store, board: Board, records: Sequence[CheckRecord]) -> None:
    """Store what was derived again, and what that changes in what other pages share with it."""
    before = _sentences_of(source, store)
    store.rebuild(source.id, records)
    regroup(before | {event.sentence for record in records for event in record.events if event.sentence}, store)
    compare_again(board.pairs_of.get(source.id, ()), sources=board.sources, store=store)


def _sentences_of(source: Source, store: Store) -> set[str]:
    states = tuple(EventState)
    stored = store.events(EventQuery(source=source.id, states=states, parts=True))
    return {item.event.sentence for item in stored if item.event.sentence}


def derive_again(source: Source, store: Store, board: Board, *, late: Sequence[Snapshot] = ()) -> list[CheckRecord]:
    """What ``rederive`` would store, oldest first; stores nothing."""
    states = tuple(EventState)
    stored = store.events(EventQuery(source=source.id, states=states, parts=True))
    told = {item.event.id for item in stored}
    cited = {version.id: version.snapshot for version in store.versions(source.id)}
    kept = cited.keys()
    known = Known(source=source.id)
    by_content: dict[str, Version] = {}
    records = []
    again = _Again(source, store, cited)
    for attempt, fresh in _attempts(source, store, late):
        reading = again.read(attempt, known)
        sha256 = reading.page.sha256 if reading.page else ""
        record = decide(source, replace(known, twin=by_content.get(sha256)), reading, revision=REVISION)
        record = _marked(record, told, kept) if told or kept else record
        known = advance(known, record)
        if record.version is not None:
            by_content[record.version.sha256] = record.version
        affects = _affects_again(source, known, record, store, board)
        due = next_due(source.schedule, reading.checked_at, source_id=source.id)
        if isinstance(attempt, Check):
            record = replace(record, check=replace(record.check, body=attempt.body))
        elif not fresh:
            # Its bytes are stored, also if by now they say nothing new.
            record = replace(record, check=replace(record.check, snapshot=reading.snapshot_id, body=None))
        # What was not kept because nothing was new is kept if, in its new place, something is.
        snapshot = record.snapshot if fresh or isinstance(attempt, Check) else None
        records.append(replace(record, snapshot=snapshot, affects=affects, next_due=due, late=fresh))
    records = with_known_turns(records, (item.event for item in stored))
    return grouped_again(source.id, records, told, store)


class _Again:
    """The readings of recorded attempts. ``cited``: the snapshot that each stored version was made from."""

    def __init__(self, source: Source, store: Store, cited: Mapping[str, str]) -> None:
        self._source, self._store, self._cited = source, store, cited
        self._contents: dict[str, str] = {}

    def read(self, attempt: Snapshot | Check, known: Known) -> Reading:
        """The reading of this attempt, given what is known before it."""
        if isinstance(attempt, Check):
            return self._without_bytes(attempt, known)
        reading = read_snapshot(self._source, attempt)
        if reading.page is not None and reading.snapshot_id is not None:
            self._contents[reading.snapshot_id] = reading.page.sha256
        return reading

    def _without_bytes(self, check: Check, known: Known) -> Reading:
        """What said the same as before is read from the bytes of that time if by now something else came before."""
        snapshot = self._cited.get(check.version or "") if check.outcome in _SAID_THE_SAME else None
        if snapshot is None or (known.version and self._contents.get(snapshot) == known.version.sha256):
            return reading_again(check)
        stored = replace(self._store.get_snapshot(snapshot), fetched_at=check.checked_at)
        return replace(read_snapshot(self._source, stored), elapsed_ms=check.elapsed_ms)


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
        reads=reads_view(source, after, record, store, board.rested_on),
        previous={},
        now=now,
        page_texts=PageTexts(board.sources, store, {}, at=now),
        kinds_read=board.kinds_read,
    ).affects


def _marked(record: CheckRecord, told: set[str], kept: Collection[str]) -> CheckRecord:
    again = Cause.REEXTRACTION
    events = tuple(event if event.id in told else replace(event, cause=again) for event in record.events)
    version = record.version
    if version is not None and version.id not in kept and version.cause != Cause.FIRST_SEEN:
        version = replace(version, cause=again)
    return replace(record, events=events, version=version)


def _attempts(
    source: Source, store: Store, late: Sequence[Snapshot]
) -> Iterator[tuple[Snapshot, bool] | tuple[Check, bool]]:
    """Every attempt of a source in its order: stored snapshots, late ones (marked True), and checks without bytes."""
    fresh = {snapshot_id(item.source, item.fetched_at, item.body) for item in late}
    shots: Iterable[Snapshot] = merge(store.snapshots(source.id), sorted(late, key=_order), key=_order)
    attempts = store.failed_checks(source.id)
    for shot in shots:
        while attempts and attempts[0].checked_at < shot.fetched_at:
            yield attempts.pop(0), False
        yield shot, snapshot_id(shot.source, shot.fetched_at, shot.body) in fresh
    for check in attempts:
        yield check, False


def _order(snapshot: Snapshot) -> tuple[datetime, str]:
    return snapshot.fetched_at, content_sha256(snapshot.body)


def reading_again(check: Check) -> Reading:
    """The reading of a recorded attempt whose bytes are not kept; a good one of those found nothing new."""
    outcome = QualityOutcome.BLOCKED if check.outcome == CheckOutcome.BLOCKED else QualityOutcome.FAILED
    not_modified = check.outcome in GOOD_OUTCOMES
    return Reading(
        checked_at=check.checked_at,
        quality=Quality(outcome=QualityOutcome.OK if not_modified else outcome, problem=check.problem),
        not_modified=not_modified,
        body=check.body,
        http_status=check.http_status,
        elapsed_ms=check.elapsed_ms,
    )
