"""How an official page is looked at: address, schedule, scope, guards, pacing."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct, field

from monitor.model.facts import FactKind


class Format(StrEnum):
    """How a source's bytes are read."""

    HTML = "html"
    JSON = "json"
    PDF = "pdf"
    FEED = "feed"


class Scope(Struct, frozen=True, kw_only=True):
    """What of a page counts: CSS selectors (HTML) or dotted key globs (JSON, e.g. ``rounds.*.mitext``)."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Guards(Struct, frozen=True, kw_only=True):
    """What a good read must show."""

    must_contain: tuple[str, ...] = ()
    min_facts: Mapping[FactKind, int] = field(default_factory=dict)
    language: str | None = None


class FetchSettings(Struct, frozen=True, kw_only=True):
    """How a source is requested; times in seconds, sizes in bytes of the decompressed body.

    ``allowed_hosts`` are those a read may be led to besides its own, ``*.example.org`` for all below one; none
    listed means any public one. ``allow_private`` opens the source's own host and those listed, no others.
    """

    per_host: int = 1
    pause: float = 1.0
    concurrency: int = 16
    timeout: float = 30.0
    max_bytes: int = 20_000_000
    retries: int = 3
    respect_robots: bool = True
    allow_private: bool = False
    allowed_hosts: tuple[str, ...] = ()


class Confirm(Struct, frozen=True, kw_only=True):
    """When a removal is believed: this many reads over at least this many hours."""

    reads: int = 3
    hours: float = 6.0


class Schedule(Struct, frozen=True, kw_only=True):
    """When a source is due: crontab lines in a named zone, or an interval. Never before the local date ``starts``."""

    cron: tuple[str, ...] = ()
    every: timedelta | None = None
    timezone: str = "UTC"
    starts: date | None = None


class Source(Struct, frozen=True, kw_only=True):
    """One official page or feed and how we look at it.

    ``declarations`` maps an extractor's name (in reading order) to its checked settings, an instance of that
    extractor's own declaration dataclass. ``marker`` names where the publisher's update stamp stands when the
    format's own detection does not find it (a dotted key for JSON). ``year`` is set where the configuration made one
    source a year. ``browser`` says that a browser is to show the page, ``wait_for`` (a CSS selector) what must have
    appeared on it then.
    """

    id: str
    publisher: str
    url: str
    format: Format
    title: str = ""
    schedule: Schedule = field(default_factory=Schedule)
    scope: Scope = field(default_factory=Scope)
    declarations: Mapping[str, object] = field(default_factory=dict)
    guards: Guards = field(default_factory=Guards)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    confirm: Confirm = field(default_factory=Confirm)
    append_only: bool = False
    marker: str | None = None
    enabled: bool = True
    year: int | None = None
    browser: bool = False
    wait_for: str | None = None
    settings_hash: str = ""
