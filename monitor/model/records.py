"""What the decider knows of a source before a read, and everything one read leads to, written at once."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.model.alerts import Alert
from monitor.model.events import Check, Event, Version
from monitor.model.facts import Fact, KnownFact
from monitor.model.guides import Affect, RecheckRequest, Verdict
from monitor.model.pages import Snapshot


class Validators(Struct, frozen=True, kw_only=True):
    """What the server itself gave for conditional requests, word for word."""

    etag: str | None = None
    last_modified: str | None = None


class Absence(Struct, frozen=True, kw_only=True):
    """A known fact missing from good reads: since when, over how many reads, under which provisional event."""

    since: datetime
    reads: int
    event: str


class Doubt(Struct, frozen=True, kw_only=True):
    """A well-formed read not yet believed: an older copy, or a much reduced page. ``sha256`` is its facts' digest."""

    code: str
    sha256: str
    since: datetime
    reads: int


class Incident(Struct, frozen=True, kw_only=True):
    """A lasting failure to read: its problem code, start, the event that told it, and failures in a row."""

    code: str
    since: datetime
    event: str | None
    reads: int = 1


class Silence(Struct, frozen=True, kw_only=True):
    """A silence that was told: the day of the last draw before it, and the highest mark told (1 for the first)."""

    last: date
    mark: int


class Imprint(Struct, frozen=True, kw_only=True):
    """Digests by which a page is known again: what it was read under, its bytes, its bare words (None: not told)."""

    context: str
    body: str
    words: str | None = None

    def is_like(self, other: "Imprint | None") -> bool:
        """Whether the other page, read under the same conditions, says the same for certain."""
        if other is None or self.context != other.context:
            return False
        return self.body == other.body or (self.words is not None and self.words == other.words)


class Memory(Struct, frozen=True, kw_only=True):
    """What must be remembered between two reads beyond facts and versions; stored as JSON.

    ``marker`` and ``final_url`` are those of the last good read: they may move while the content, and so the version,
    stays. ``wake`` is the next day on which the mere passing of time may tell something (None: not looked at yet),
    ``silences`` are those told and not over, by series; ``changes`` the latest days on which the content changed;
    ``former`` the amounts no longer in force that a page still shows, by the key of the fee that replaced them;
    ``archived`` the keys of facts that rolled off the end of a dated list: still true, no longer looked for; ``gone``
    since when the page itself is not there; ``imprint`` that of the last page believed.
    """

    marker: str | None = None
    final_url: str | None = None
    absences: Mapping[str, Absence] = field(default_factory=dict)
    doubt: Doubt | None = None
    incident: Incident | None = None
    wake: date | None = None
    silences: Mapping[str, Silence] = field(default_factory=dict)
    changes: tuple[date, ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)
    archived: frozenset[str] = frozenset()
    gone: Absence | None = None
    imprint: Imprint | None = None

    def seen_as(self, imprint: Imprint | None) -> "Memory":
        """The same, with the page known by this imprint; None leaves the one there was."""
        return self if imprint is None or imprint == self.imprint else replace(self, imprint=imprint)


class Known(Struct, frozen=True, kw_only=True):
    """A source as last recorded. ``revision`` counts recorded checks and guards against two writers.

    ``facts`` are the current ones by key; ``version`` the newest believed one; ``twin`` an earlier version
    whose content is that of the page at hand; ``pending`` the provisional events by id.
    """

    source: str
    revision: int = 0
    facts: Mapping[str, KnownFact] = field(default_factory=dict)
    version: Version | None = None
    twin: Version | None = None
    last_good_read: datetime | None = None
    last_check: datetime | None = None
    pending: Mapping[str, Event] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    validators: Validators = field(default_factory=Validators)
    settings_hash: str = ""


class CheckRecord(Struct, frozen=True, kw_only=True):
    """All that one check leads to; a store writes it in one transaction or not at all.

    ``began``: facts new or with a new value. ``ended``: keys whose current fact stops being true (a changed fact
    stands in both). ``settled``: provisional events as they now are, confirmed or retracted. ``regrouped``: events of
    earlier checks, of other sources too, as they are now that these words are told together,
    ``dropped`` the ids of notices that no longer tell anything. ``late``: the page was
    filed after newer ones, among checks that are derived again.
    """

    check: Check
    memory: Memory
    revision: int
    snapshot: Snapshot | None = None
    version: Version | None = None
    began: tuple[Fact, ...] = ()
    ended: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    settled: tuple[Event, ...] = ()
    regrouped: tuple[Event, ...] = ()
    dropped: tuple[str, ...] = ()
    affects: tuple[Affect, ...] = ()
    rechecks: tuple[RecheckRequest, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    alerts: tuple[Alert, ...] = ()
    validators: Validators = field(default_factory=Validators)
    settings_hash: str = ""
    next_due: datetime | None = None
    late: bool = False


class ReadState(Struct, frozen=True, kw_only=True):
    """How a source's reading stood at some moment; what staleness and evidence are judged by."""

    source: str
    url: str
    version: str | None
    last_good_read: datetime | None
    last_change: datetime | None
    last_check: datetime | None
    checks: int
    reads_since_change: int
    health: str
    problem: str | None = None
    next_due: datetime | None = None
    failures: int = 0
    """Reads in a row that were not good."""
    marker: str | None = None
    """The publisher's own update stamp."""
