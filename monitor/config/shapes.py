"""The tables of sources.toml and of a guide as they are written: names, types and limits of every key."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from monitor.config.scalars import (
    Clock,
    CronLine,
    CronLines,
    Digest,
    Duration,
    EventKind,
    FactPattern,
    HostPattern,
    Id,
    Listen,
    OneOrMany,
    Quantity,
    Scalar,
    SourceId,
    WebAddress,
    Zone,
)
from monitor.model import FactKind, Format, Severity, StreamStatus

Text: TypeAlias = Annotated[str, Field(min_length=1)]
Texts: TypeAlias = tuple[Text, ...]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Amount: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
YEARS = range(1990, 2201)
Year: TypeAlias = Annotated[int, Field(ge=YEARS[0], le=YEARS[-1])]


class Shape(BaseModel):
    """One table. Unknown keys are looked for apart, to name the nearest known one."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", defer_build=True)

    stand_ins: ClassVar[Mapping[str, Any]] = {}
    """For required keys that are missing or faulty, so that the rest can be read and checked all the same."""


class MonitorShape(Shape):
    """``[monitor]``."""

    database: Text | None = None
    contact: Text | None = None
    listen: Listen | None = None
    log: Literal["console", "json"] = "console"
    heartbeat: Text | None = None
    canary: CronLine | None = None
    cluster: bool = False


class KeepShape(Shape):
    """``[keep]``."""

    snapshots: Duration | None = None


class FetchShape(Shape):
    """``[fetch]``, or those of its keys that a source sets for itself."""

    per_host: Count | None = None
    pause: Amount | None = None
    concurrency: Count | None = None
    timeout: Seconds | None = None
    max_bytes: Count | None = None
    retries: Annotated[int, Field(ge=0)] | None = None
    respect_robots: bool | None = None
    allow_private: bool | None = None
    allowed_hosts: tuple[HostPattern, ...] | None = None


class ConfirmShape(Shape):
    """``[confirm]``."""

    reads: Count | None = None
    hours: Amount | None = None


class QuietHoursShape(Shape):
    """``quiet_hours`` of a channel."""

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    timezone: Zone = "UTC"
    exempt: Severity | None = Field(default=Severity.URGENT, alias="except")


class ChannelShape(Shape):
    """``[[channel]]``."""

    stand_ins = {"name": "unknown", "url": "json://localhost"}

    name: Id
    url: Text
    guides: Texts = ()
    publishers: Texts = ()
    kinds: tuple[EventKind, ...] = ()
    owners: Texts = ()
    min_severity: Severity = Severity.INFO
    digest: Digest = "immediate"
    timezone: Zone = "UTC"
    quiet_hours: QuietHoursShape | None = None
    max_per_hour: Annotated[int, Field(ge=0)] | None = None
    all_quiet: CronLine | None = None


class ScopeShape(Shape):
    """``scope`` of a source."""

    keep: Texts = ()
    drop: Texts = ()


class GuardsShape(Shape):
    """``guards`` of a source."""

    must_contain: Texts = ()
    min_facts: dict[FactKind, Count] = Field(default_factory=dict)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None


class SourceShape(FetchShape):
    """``[[source]]``; the tables of its extractors are checked by the extractors' own declarations."""

    stand_ins = {"id": "unknown", "publisher": "unknown", "url": "https://unknown.invalid", "format": Format.HTML}

    id: SourceId
    publisher: Text
    url: WebAddress
    format: Format
    title: str = ""
    schedule: CronLines = ()
    every: Duration | None = None
    timezone: Zone = "UTC"
    years: tuple[Year, ...] = ()
    past_every: Duration | None = None
    scope: ScopeShape = ScopeShape()
    extract: Texts = ()
    guards: GuardsShape = GuardsShape()
    fetch: FetchShape = FetchShape()
    confirm: ConfirmShape = ConfirmShape()
    append_only: bool = False
    marker: Text | None = None
    enabled: bool = True
    browser: bool = False
    wait_for: Text | None = None


class PairShape(Shape):
    """``[[pair]]``: pages that must state the same thing alike."""

    stand_ins = {"name": "unknown"}

    name: Id
    title: str = ""
    sources: Texts = ()
    fact: FactPattern | None = None
    facts: dict[str, FactPattern] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)


class ExpectShape(Shape):
    """``expect`` of an assumption; which keys may stand together is checked where it is built."""

    fact: FactPattern | None = None
    phrase: Text | None = None
    where: dict[str, Any] = Field(default_factory=dict)
    equals: Scalar = None
    at_least: Quantity = None
    at_most: Quantity = None
    between: Annotated[tuple[Quantity, ...], Field(min_length=2, max_length=2)] | None = None
    one_of: Annotated[tuple[Scalar, ...], Field(min_length=1)] | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    contains: Annotated[OneOrMany, Field(min_length=1)] | None = None
    excludes: Annotated[OneOrMany, Field(min_length=1)] | None = None
    newest_within: Duration | None = None
    status: StreamStatus | None = None
    present: bool | None = None


class WatchShape(Shape):
    """``watch`` of an assumption, or one of its scopes."""

    sources: Texts = ()
    kinds: tuple[EventKind, ...] = ()
    headings: Texts = ()
    words: Texts = ()


class AssumptionShape(Shape):
    """``[[assumption]]``; its ``watch`` is one table or several and is read apart."""

    stand_ins = {"id": "unknown", "claim": "unknown"}

    id: Id
    claim: Text
    quote: Text | None = None
    sources: Texts = ()
    expect: ExpectShape | None = None
    because: Text | None = None
    owner: Text | None = None
    severity: Severity = Severity.NOTICE
    max_age: Duration = dt.timedelta(days=30)
    date: dt.date | None = None
    remind: tuple[Duration, ...] = ()


class GuideShape(Shape):
    """The keys of a guide's file above its assumptions."""

    stand_ins = {"id": "unknown", "title": "unknown"}

    id: Id
    title: Text
    text: Text | None = None
    review_every: Duration | None = None
    owner: Text | None = None
