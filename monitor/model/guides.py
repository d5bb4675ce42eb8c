"""Our documents, what they take for granted, and what the facts say of it."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from monitor.model.events import Severity
from monitor.model.plain import Json


class VerdictKind(StrEnum):
    """What the facts say of an assumption now."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    STALE = "stale"
    UNKNOWN = "unknown"
    MANUAL = "manual"


class Operator(StrEnum):
    """How an expectation compares."""

    EQUALS = "equals"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    ONE_OF = "one_of"
    COUNT = "count"
    CONTAINS = "contains"
    EXCLUDES = "excludes"
    NEWEST_WITHIN = "newest_within"
    STATUS = "status"
    PRESENT = "present"


class Expect(Struct, frozen=True, kw_only=True):
    """What must be so: a fact pattern (glob over what follows ``<kind>:<source>/``) or a phrase, and one operator.

    ``operand`` is plain data as written in the guide; durations are timedelta for ``newest_within``.
    """

    operator: Operator
    operand: Any
    fact: str | None = None
    phrase: str | None = None
    where: Mapping[str, Json] = field(default_factory=dict)


class Watch(Struct, frozen=True, kw_only=True):
    """What else asks for a recheck; an empty tuple means any.

    ``!`` before a heading or a word means: unless it is there.
    """

    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Assumption(Struct, frozen=True, kw_only=True):
    """One thing a guide takes for granted, and what official fact that rests on. ``line`` is in the guide's TOML.

    Of several scopes in ``watch`` any will do.
    """

    id: str
    claim: str
    quote: str | None = None
    sources: tuple[str, ...] = ()
    expect: Expect | None = None
    watch: tuple[Watch, ...] = ()
    because: str | None = None
    owner: str | None = None
    severity: Severity = Severity.NOTICE
    max_age: dt.timedelta = dt.timedelta(days=30)
    date: dt.date | None = None
    remind: tuple[dt.timedelta, ...] = ()
    line: int = 0
    lines: tuple[tuple[str, int], ...] = ()
    """The line of each of its keys in that file."""

    def line_of(self, key: str) -> int:
        """The line of this key; its own where the key is not written."""
        return dict(self.lines).get(key, self.line)


class Guide(Struct, frozen=True, kw_only=True):
    """Our document: its text and its assumptions. ``text`` is the whole Markdown, empty when there is none."""

    id: str
    title: str
    assumptions: tuple[Assumption, ...]
    text: str = ""
    text_file: str | None = None
    file: str = ""
    owner: str | None = None
    review_every: dt.timedelta | None = None


class Pair(Struct, frozen=True, kw_only=True):
    """Official pages that must state the same thing alike: which facts state it, a pattern for each source.

    ``where`` filters these facts by their values; ``codes`` are the occupations that matter, empty for all. Pairs that
    an assumption makes have no ``title``.
    """

    name: str
    facts: Mapping[str, str]
    where: Mapping[str, Json] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    title: str = ""


class VerdictEvidence(Struct, frozen=True, kw_only=True):
    """The official words a verdict rests on."""

    version: str
    quote: str
    url: str


class Verdict(Struct, frozen=True, kw_only=True):
    """A judgement with reasons a person can check."""

    guide: str
    assumption: str
    claim: str
    verdict: VerdictKind
    expected: str | None
    found: str | None
    reasons: tuple[str, ...]
    source: str | None
    as_of: dt.datetime
    last_good_read: dt.datetime | None = None
    reads_since_change: int = 0
    evidence: VerdictEvidence | None = None
    open_rechecks: tuple[int, ...] = ()


class Affect(Struct, frozen=True, kw_only=True):
    """An assumption an event touches, and why."""

    event: str
    guide: str
    assumption: str
    verdict: VerdictKind
    reason: str


class RecheckRequest(Struct, frozen=True, kw_only=True):
    """Ask a person to look at one assumption; joins the open recheck of that assumption if there is one."""

    guide: str
    assumption: str
    event: str | None
    reasons: tuple[str, ...]
    due: dt.date | None = None


class Recheck(Struct, frozen=True, kw_only=True):
    """An open task for a person; closed with an outcome, a note and a name."""

    id: int
    guide: str
    assumption: str
    event: str | None
    reasons: tuple[str, ...]
    opened_at: dt.datetime
    due: dt.date | None = None
    state: str = "open"
    outcome: str | None = None
    note: str | None = None
    by: str | None = None
    closed_at: dt.datetime | None = None
