"""What official pages say, typed: values, facts and their span in time."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct


class FactKind(StrEnum):
    """What a fact is about; the first part of its key."""

    DRAW = "draw"
    POOL = "pool"
    FEE = "fee"
    PROCESSING_TIME = "processing_time"
    THRESHOLD = "threshold"
    OCCUPATION = "occupation"
    STREAM = "stream"
    ALLOCATION = "allocation"
    DEADLINE = "deadline"
    RULE = "rule"
    NOTICE = "notice"


class DrawKind(StrEnum):
    """An invitation to apply, or a notification of interest that precedes one."""

    INVITATION = "invitation"
    NOTIFICATION = "notification"


class Modality(StrEnum):
    """How binding a rule's wording is."""

    MUST = "must"
    MUST_NOT = "must_not"
    MAY = "may"
    SHOULD = "should"
    IS = "is"


class StreamStatus(StrEnum):
    """Whether a stream takes applications."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    RENAMED = "renamed"


class Draw(Struct, frozen=True, kw_only=True):
    """One invitation round. ``score`` is the lowest invited score; texts keep the publisher's wording.

    ``invitations`` is None where the text gives no exact number of this draw alone: "<5", "N/A", or one total that is
    merged over several draws, which all carry its text.
    """

    kind: DrawKind = DrawKind.INVITATION
    number: str | None = None
    date: dt.date | None = None
    program: str | None = None
    stream: str | None = None
    category: str | None = None
    selection: str | None = None
    occupations: tuple[str, ...] = ()
    invitations: int | None = None
    invitations_text: str | None = None
    score: int | None = None
    score_text: str | None = None
    tie_break: str | None = None


class Pool(Struct, frozen=True, kw_only=True):
    """How many candidates stood in one score band on a day. Kept, raises no event."""

    program: str
    band: str
    count: int | None
    as_of: dt.date | None = None


class Fee(Struct, frozen=True, kw_only=True):
    """An amount to pay; ``currency`` is an ISO 4217 code."""

    label: str
    amount: Decimal
    currency: str = "CAD"
    effective_on: dt.date | None = None


class ProcessingTime(Struct, frozen=True, kw_only=True):
    """How long something takes; ``unit`` is days, business_days, weeks, months or minutes."""

    label: str
    low: Decimal | None
    high: Decimal | None
    unit: str | None
    text: str


class Threshold(Struct, frozen=True, kw_only=True):
    """A number that decides: wage floor, funds, points, minimum score, count in a rule."""

    label: str
    amount: Decimal
    unit: str


class Occupation(Struct, frozen=True, kw_only=True):
    """A code on an official list; ``teer`` is the second digit of a five-digit NOC code."""

    list: str
    code: str
    title: str | None = None
    teer: int | None = None


class Stream(Struct, frozen=True, kw_only=True):
    """A program or stream and whether it takes applications."""

    name: str
    status: StreamStatus
    since: dt.date | None = None


class Allocation(Struct, frozen=True, kw_only=True):
    """A yearly quota."""

    program: str
    year: int
    amount: Decimal


class Deadline(Struct, frozen=True, kw_only=True):
    """A date something is due or takes effect."""

    label: str
    date: dt.date


class Rule(Struct, frozen=True, kw_only=True):
    """A sentence, list item or row that binds a reader."""

    section: str
    text: str
    modality: Modality


class Notice(Struct, frozen=True, kw_only=True):
    """A dated entry of a news or updates page."""

    title: str
    date: dt.date | None
    text: str


Value: TypeAlias = (
    Draw | Pool | Fee | ProcessingTime | Threshold | Occupation | Stream | Allocation | Deadline | Rule | Notice
)

VALUE_TYPES: dict[FactKind, type[Value]] = {
    FactKind.DRAW: Draw,
    FactKind.POOL: Pool,
    FactKind.FEE: Fee,
    FactKind.PROCESSING_TIME: ProcessingTime,
    FactKind.THRESHOLD: Threshold,
    FactKind.OCCUPATION: Occupation,
    FactKind.STREAM: Stream,
    FactKind.ALLOCATION: Allocation,
    FactKind.DEADLINE: Deadline,
    FactKind.RULE: Rule,
    FactKind.NOTICE: Notice,
}


class Fact(Struct, frozen=True, kw_only=True):
    """A typed, keyed value with its words and its place.

    ``key`` is ``<kind>:<source>/<slug>[@<heading-slug>]``. ``compare`` stands in for the value when two
    versions are compared (a rule without the amounts that other facts already carry); None means the value.
    A rule comes out of the extractor keyed by its place; the differ gives it its lasting lineage key.
    """

    key: str
    kind: FactKind
    source: str
    value: Value
    quote: str
    path: tuple[str, ...] = ()
    compare: str | None = None


class KnownFact(Struct, frozen=True, kw_only=True):
    """A fact with its span in time: true from ``first_seen``, last confirmed at ``last_seen``.

    ``version`` is the version it was read from, ``superseded_by`` the version that ended it (None: current).
    """

    fact: Fact
    first_seen: dt.datetime
    last_seen: dt.datetime
    version: str
    superseded_by: str | None = None
