"""What a read led to: checks, versions and change events with their evidence."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field

from monitor.model.pages import Problem
from monitor.model.plain import JsonObject


class CheckOutcome(StrEnum):
    """How one attempt to read a source ended."""

    FIRST_SEEN = "first_seen"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    RESTAMPED = "restamped"
    BLOCKED = "blocked"
    FAILED = "failed"
    MOVED = "moved"
    LAYOUT_CHANGED = "layout_changed"
    STALE_COPY = "stale_copy"


GOOD_OUTCOMES = frozenset(
    {
        CheckOutcome.FIRST_SEEN,
        CheckOutcome.CHANGED,
        CheckOutcome.UNCHANGED,
        CheckOutcome.NOT_MODIFIED,
        CheckOutcome.RESTAMPED,
        CheckOutcome.MOVED,
    }
)
"""Reads that say what the official page holds now."""


class Cause(StrEnum):
    """Why a version or an event exists."""

    FIRST_SEEN = "first_seen"
    CONTENT = "content"
    SILENCE = "silence"
    INCIDENT = "incident"
    REEXTRACTION = "reextraction"


class EventState(StrEnum):
    """How far an event is believed."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    RETRACTED = "retracted"


class Severity(StrEnum):
    """How soon somebody must know; ordered by SEVERITY_RANK."""

    INFO = "info"
    NOTICE = "notice"
    URGENT = "urgent"


class Strictness(StrEnum):
    """What a new wording asks of a reader beside the old one."""

    STRICTER = "stricter"
    LOOSER = "looser"
    UNKNOWN = "unknown"


SEVERITY_RANK = {Severity.INFO: 0, Severity.NOTICE: 1, Severity.URGENT: 2}


NOT_YET = "not_yet"
"""The problem code of the page of a coming year that is not there yet: looked for, and nothing to worry about."""


class Version(Struct, frozen=True, kw_only=True):
    """A page that differs from the one before it. ``snapshot`` is the id of the stored bytes it was read from."""

    id: str
    source: str
    seen_at: datetime
    snapshot: str
    sha256: str
    update_marker: str | None
    cause: Cause
    bytes: int
    final_url: str
    revision: str
    """The extractor revision that read it."""


class Evidence(Struct, frozen=True, kw_only=True):
    """The official words an event rests on: version ids, quotes and an address with a text fragment."""

    before: str | None = None
    after: str | None = None
    quote_before: str | None = None
    quote_after: str | None = None
    url: str | None = None


class Event(Struct, frozen=True, kw_only=True):
    """A typed difference with a stable identity. ``old`` and ``new`` are whole values as plain JSON.

    ``strictness`` is set on every change of a rule, and of a number whose words tell. ``sentence`` is a digest
    of the words that newly stand on the page, None where there are none that could stand on other pages too;
    ``part_of`` the id of the notice that tells this event together with the same words on other pages of the
    publisher: then it is no news of its own.
    """

    id: str
    kind: str
    source: str
    publisher: str
    subject: str
    key: str | None
    observed_at: datetime
    old: JsonObject | None = None
    new: JsonObject | None = None
    changed: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    occurred_on: date | None = None
    effective_on: date | None = None
    severity: Severity = Severity.NOTICE
    state: EventState = EventState.CONFIRMED
    cause: Cause = Cause.CONTENT
    evidence: Evidence = field(default_factory=Evidence)
    strictness: Strictness | None = None
    sentence: str | None = None
    part_of: str | None = None


class Check(Struct, frozen=True, kw_only=True):
    """One attempt to read a source; always recorded.

    ``snapshot``: the id of the bytes kept; ``body``: the SHA-256 of those that are not, because the page said what was
    known already.
    """

    source: str
    checked_at: datetime
    outcome: CheckOutcome
    http_status: int | None = None
    version: str | None = None
    snapshot: str | None = None
    body: str | None = None
    events: tuple[str, ...] = ()
    problem: Problem | None = None
    elapsed_ms: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether the page could not be read; that of a coming year, which is not there yet, need not be."""
        bad = self.outcome in {CheckOutcome.FAILED, CheckOutcome.BLOCKED, CheckOutcome.LAYOUT_CHANGED}
        return bad and (self.problem is None or self.problem.code != NOT_YET)
