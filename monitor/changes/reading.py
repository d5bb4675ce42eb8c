"""What one attempt to read a source gave, before it is compared with what is known."""

from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.model import (
    Check,
    CheckOutcome,
    CheckRecord,
    Event,
    Fact,
    Imprint,
    Known,
    Memory,
    Page,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
    Validators,
    snapshot_id,
)

OVERTAKEN_PROBLEM = Problem(
    code="older_copy",
    message="The server said 'not modified' of an older copy than one read meanwhile; nothing is concluded from it.",
)


class Reader(Struct, frozen=True, kw_only=True):
    """The read an event comes from: source, time, address, and the versions before and after."""

    source: Source
    now: datetime
    url: str
    before: str | None
    after: str | None


class Reading(Struct, frozen=True, kw_only=True):
    """One attempt.

    ``snapshot`` is None when nothing came; ``page`` is None when it could not be read; ``not_modified`` says that the
    server confirmed the last good content. ``validators`` are what it gave for the next conditional request,
    ``retry_after`` the seconds it asks us to stay away. ``body``: the SHA-256 of bytes that were not kept.
    ``imprint`` is the page's; with ``not_modified`` and a snapshot, what it was known again by without being read.
    """

    checked_at: datetime
    quality: Quality
    snapshot: Snapshot | None = None
    page: Page | None = None
    facts: tuple[Fact, ...] = ()
    not_modified: bool = False
    http_status: int | None = None
    elapsed_ms: int = 0
    validators: Validators = field(default_factory=Validators)
    retry_after: float | None = None
    body: str | None = None
    imprint: Imprint | None = None

    @property
    def snapshot_id(self) -> str | None:
        """The id the snapshot is stored under."""
        shot = self.snapshot
        return None if shot is None else snapshot_id(shot.source, shot.fetched_at, shot.body)


def is_overtaken(reading: Reading, stored: Validators) -> bool:
    """Whether "not modified" was said of another page than the one known by now: another reader has recorded it since.

    Then what the server was asked with is no longer what is ``stored``.
    """
    return reading.not_modified and reading.snapshot is None and reading.validators not in (Validators(), stored)


def checked_against(reading: Reading, stored: Validators) -> Reading:
    """The reading; of "not modified" that is overtaken, one that nothing is concluded from, like an older copy."""
    if not is_overtaken(reading, stored):
        return reading
    quality = Quality(outcome=QualityOutcome.FAILED, problem=OVERTAKEN_PROBLEM)
    return replace(reading, not_modified=False, quality=quality)


def reader_of(source: Source, known: Known, reading: Reading, *, after: str | None = None) -> Reader:
    """Where the events of this reading come from; ``after`` is the version it makes, if it makes one."""
    before = known.version.id if known.version else None
    url = reading.page.final_url if reading.page else known.memory.final_url or source.url
    return Reader(source=source, now=reading.checked_at, url=url, before=before, after=after or before)


def record_of(
    source: Source,
    known: Known,
    reading: Reading,
    outcome: CheckOutcome,
    *,
    memory: Memory,
    events: tuple[Event, ...] = (),
    problem: Problem | None = None,
    version: str | None = None,
) -> CheckRecord:
    """The record of a check with this outcome; what it changes in facts and versions is added by the caller."""
    return CheckRecord(
        check=Check(
            source=source.id,
            checked_at=reading.checked_at,
            outcome=outcome,
            http_status=reading.http_status,
            version=version or (known.version.id if known.version else None),
            snapshot=reading.snapshot_id,
            body=reading.body,
            events=tuple(event.id for event in events),
            problem=problem,
            elapsed_ms=reading.elapsed_ms,
        ),
        memory=memory,
        revision=known.revision,
        snapshot=reading.snapshot,
        events=events,
        settings_hash=source.settings_hash,
    )
