"""How pages say things: verdicts and health by sign and word, times, kinds and events in a few words."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from monitor.model import CheckOutcome, Event, Verdict, VerdictKind
from notifiers.escaping import find_address, one_line
from notifiers.headline import say_kind
from notifiers.values import say_event

ORDER = (VerdictKind.CONTRADICTED, VerdictKind.UNKNOWN, VerdictKind.STALE, VerdictKind.MANUAL, VerdictKind.HOLDS)
"""What needs a person first."""

SIGNS: Mapping[VerdictKind, tuple[str, str]] = {
    VerdictKind.HOLDS: ("✓", "holds"),
    VerdictKind.CONTRADICTED: ("✗", "contradicted"),
    VerdictKind.STALE: ("…", "not read recently enough"),
    VerdictKind.UNKNOWN: ("?", "cannot be confirmed"),
    VerdictKind.MANUAL: ("☞", "for a person to judge"),
}
"""Verdicts by sign and words, never by colour alone."""

HEALTH: Mapping[str, tuple[str, str]] = {
    "ok": ("✓", "reads well"),
    "failing": ("✗", "cannot be read"),
    "blocked": ("⊘", "blocks us"),
    "layout_changed": ("△", "layout changed"),
    "stale": ("…", "not read recently enough"),
    "never": ("·", "not read yet"),
    "overdue": ("△", "overdue"),
}

_OUTCOMES: Mapping[str, tuple[str, str]] = {
    CheckOutcome.FIRST_SEEN: ("•", "first read"),
    CheckOutcome.CHANGED: ("±", "changed"),
    CheckOutcome.UNCHANGED: ("=", "unchanged"),
    CheckOutcome.NOT_MODIFIED: ("=", "not modified"),
    CheckOutcome.RESTAMPED: ("≈", "re-stamped"),
    CheckOutcome.BLOCKED: ("⊘", "blocked"),
    CheckOutcome.FAILED: ("✗", "failed"),
    CheckOutcome.MOVED: ("→", "moved"),
    CheckOutcome.LAYOUT_CHANGED: ("△", "layout changed"),
    CheckOutcome.STALE_COPY: ("↶", "older copy"),
}

_ACRONYMS = frozenset({"cec", "ceb", "fsw", "fst", "pnp", "stem", "eeb", "ee", "empp", "noc"})
_LAST_READ = re.compile(r"(?<=[.!?”]) \S+ was last read well on [\d-]+, longer ago than [^.]+\.")
_LEADS = (("Found ", "The page has "), ("The newest is of ", "The newest that fits is of "))

_MINUTE, _HOUR, _DAY, _MONTH, _YEAR = 60, 3600, 86_400, 30 * 86_400, 365 * 86_400
_LONG_DAYS = 60


def day(value: date | datetime) -> str:
    """28 May 2026."""
    return f"{value.day} {value:%b} {value.year}"


def moment(value: datetime) -> str:
    """To the minute, its zone named."""
    value = value.astimezone(UTC)
    return f"{day(value)}, {value:%H:%M} UTC"


def ago(then: date | datetime, now: datetime) -> str:
    """How long before or after ``now``, in one unit."""
    if not isinstance(then, datetime):
        days = (then - now.date()).days
        return {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days) or _span(timedelta(days=days))
    return _span(then - now)


def _span(gap: timedelta) -> str:
    seconds = abs(gap.total_seconds())
    if seconds < _MINUTE:
        return "just now"
    for size, name in ((_YEAR, "year"), (_MONTH, "month"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size * (2 if name in {"year", "month"} else 1):
            said = plural(int(seconds // size), name)
            return f"in {said}" if gap > timedelta(0) else f"{said} ago"
    return "just now"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: 1 page, 2 pages."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def kind_words(kind: str) -> str:
    """What happened, as the start of a sentence."""
    said = say_kind(kind)
    return said[:1].upper() + said[1:]


def outcome_words(outcome: str) -> tuple[str, str]:
    """A check's outcome by sign and words."""
    return _OUTCOMES.get(outcome, ("?", outcome.replace("_", " ")))


def category_words(category: str) -> str:
    """A draw's category as people write it."""
    said = " ".join(word.upper() if word in _ACRONYMS else word for word in category.replace("-", " ").split())
    return said[:1].upper() + said[1:]


def reasons_beside(verdict: Verdict) -> list[str]:
    """The reasons without what is shown apart: what was expected, and the official words."""
    quote = verdict.evidence.quote if verdict.evidence else ""
    lead = f"Expected {verdict.expected}. " if verdict.expected else ""
    return [
        reason.removeprefix(lead)
        for number, reason in enumerate(verdict.reasons)
        if not (number and quote and reason.startswith(f"“{quote}”"))
    ]


def finding(verdict: Verdict, limit: int = 300) -> str:
    """What the official page has where the claim looks, as a sentence; empty when nothing is said."""
    said = next(iter(reasons_beside(verdict)), "")
    said = _LAST_READ.sub("", said)  # the time read stands beside it
    for lead, ours in _LEADS:
        if said.startswith(lead):
            said = ours + said.removeprefix(lead)
    return one_line(said.replace("..", ".").replace(".”.", ".”"), limit)


def tell(event: Event, limit: int = 260) -> str:
    """An event in one line: its old and new values."""
    if event.kind.startswith("rule."):
        value = event.new or event.old or {}
        return one_line(str(value.get("text") or event.subject), limit)
    said = one_line(say_event(event), limit)
    return said[:1].upper() + said[1:]


def web_address(url: str | None) -> str:
    """An outside address fit for ``href``: http or https, nothing else; empty when it is none."""
    return find_address(url) or ""
