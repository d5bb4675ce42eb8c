"""What passes over a port beside the vocabulary: questions to the store, outcomes of sends, states asked for."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from monitor.model import (
    Alert,
    Delivery,
    DeliveryState,
    Memory,
    RecheckRequest,
    Validators,
)


class EventQuery(Struct, frozen=True, kw_only=True):
    """Which events to list. ``kind`` is a prefix; ``states`` empty means all but retracted.

    Events that are told in a notice with other pages are listed only when ``parts`` asks for them.
    """

    source: str | None = None
    kind: str | None = None
    guide: str | None = None
    assumption: str | None = None
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    parts: bool = False


class Attempt(Struct, frozen=True, kw_only=True):
    """How one send went. ``next_attempt`` None with an error means: given up."""

    state: DeliveryState
    error: str | None = None
    sent_at: datetime | None = None
    next_attempt: datetime | None = None
    maybe_duplicate: bool = False


class Claimed(Struct, frozen=True, kw_only=True):
    """One message to send: a delivery, or all of one bundle, with the alerts of the first of them."""

    deliveries: tuple[Delivery, ...]
    alerts: tuple[Alert, ...]


class PutOff(Struct, frozen=True, kw_only=True):
    """Until when a delivery waits, in which state and why."""

    until: datetime
    state: DeliveryState = DeliveryState.PENDING
    reason: str | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """How often a source was read, and how often well."""

    reads: int
    good: int


class Due(Struct, frozen=True, kw_only=True):
    """When a source is due again, and what that was decided on."""

    next_due: datetime | None
    last_check: datetime | None
    health: str = "ok"


class LastRead(Struct, frozen=True, kw_only=True):
    """What the last read of a source left to the next one, without its facts; blank for a source never read."""

    last_check: datetime | None = None
    revision: int = 0
    version: str | None = None
    memory: Memory = field(default_factory=Memory)
    validators: Validators = field(default_factory=Validators)
    settings_hash: str = ""


class Ask(Struct, frozen=True, kw_only=True):
    """A recheck to ask for once: only while the note ``key`` still says ``before``; then it says ``after``."""

    key: str
    before: str | None
    after: str
    request: RecheckRequest


class OutboxState(Struct, frozen=True, kw_only=True):
    """How many deliveries there are by state, and since when the oldest that is not put off has been due."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest_due: datetime | None = None


class Swept(Struct, frozen=True, kw_only=True):
    """What retention removed."""

    snapshots: int = 0
    bytes: int = 0
