"""Who must know: channels, alerts and their deliveries."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from monitor.model.events import Event, Severity
from monitor.model.guides import Affect


class QuietHours(Struct, frozen=True, kw_only=True):
    """Local wall-clock span without sends, except for severity ``exempt`` and above."""

    start: str
    end: str
    timezone: str = "UTC"
    exempt: Severity | None = Severity.URGENT


class Channel(Struct, frozen=True, kw_only=True):
    """A configured destination. ``url`` is the template as written; the variable is read only when delivering.

    ``digest`` is ``immediate`` or a crontab line in ``timezone``.
    """

    name: str
    url: str
    guides: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO
    digest: str = "immediate"
    timezone: str = "UTC"
    quiet_hours: QuietHours | None = None
    max_per_hour: int | None = None
    """Messages in any hour before the rest is folded into one; 0 never folds, None is the destination's default."""
    all_quiet: str | None = None
    """A crontab line in ``timezone`` for reports that all is well."""
    line: int = 0


class AlertItem(Struct, frozen=True, kw_only=True):
    """One event (or first-sight contradiction, ``event`` None) and the assumptions it touches."""

    event: Event | None
    affects: tuple[Affect, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)
    """Assumption id → the guide's sentence, or its claim."""
    because: Mapping[str, str] = field(default_factory=dict)
    """Assumption id → why it matters, where the guide says so."""


class Purpose(StrEnum):
    """Why an alert exists."""

    NEWS = "news"
    RECOVERY = "recovery"
    REMINDER = "reminder"
    DIGEST = "digest"
    ALL_QUIET = "all_quiet"
    TROUBLE = "trouble"
    CANARY = "canary"


class Alert(Struct, frozen=True, kw_only=True):
    """The decision that somebody must know: the related events of one check, as one message.

    ``headline`` and ``lines`` are our own words, for what no event says. ``parts`` are the ids of the alerts that one
    combined message stands for, ``hidden`` how many of them, the last ones, it only counts.
    """

    id: str
    created_at: datetime
    severity: Severity
    publisher: str
    guide: str | None
    items: tuple[AlertItem, ...]
    channels: tuple[str, ...] = ()
    source: str | None = None
    purpose: Purpose = Purpose.NEWS
    headline: str | None = None
    lines: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    hidden: int = 0


class DeliveryState(StrEnum):
    """How far one alert got on one channel."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    RETRYING = "retrying"
    DEAD = "dead"
    HELD = "held"


class Delivery(Struct, frozen=True, kw_only=True):
    """One alert on its way to one channel. Those with the same ``bundle`` go out as one message."""

    id: int
    alert: str
    channel: str
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    lease_until: datetime | None = None
    next_attempt: datetime | None = None
    last_error: str | None = None
    sent_at: datetime | None = None
    maybe_duplicate: bool = False
    bundle: str | None = None


class Snooze(Struct, frozen=True, kw_only=True):
    """Nobody is told about a source, or about an assumption, before ``until``; it is recorded all the same."""

    id: int
    until: datetime
    created_at: datetime
    source: str | None = None
    guide: str | None = None
    assumption: str | None = None
    by: str | None = None
    note: str | None = None
