"""How a source stands after each check: the counters and memory that are kept instead of counted. Pure."""

from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.model import GOOD_OUTCOMES, NOT_YET, Cause, Check, CheckOutcome, CheckRecord, Memory, Validators

_HEALTH = {
    CheckOutcome.BLOCKED: "blocked",
    CheckOutcome.FAILED: "failing",
    CheckOutcome.LAYOUT_CHANGED: "layout_changed",
    CheckOutcome.STALE_COPY: "stale",
}


class Standing(Struct, frozen=True, kw_only=True):
    """A source as last recorded, without its facts."""

    source: str
    revision: int = 0
    checks: int = 0
    reads_since_change: int = 0
    last_good_read: datetime | None = None
    last_check: datetime | None = None
    last_change: datetime | None = None
    health: str = "never"
    problem: str | None = None
    next_due: datetime | None = None
    version: str | None = None
    final_url: str = ""
    memory: Memory = field(default_factory=Memory)
    validators: Validators = field(default_factory=Validators)
    settings_hash: str = ""


def advance(before: Standing, record: CheckRecord) -> Standing:
    """The standing after one more check.

    ``reads_since_change`` counts the good reads after the one that brought the current content. Blank settings,
    validators of a read that was not good, and a missing ``next_due`` (an import sets none) leave what was stored.
    """
    check = record.check
    good = check.outcome in GOOD_OUTCOMES
    changed = _changed(record)
    return replace(
        before,
        revision=before.revision + 1,
        checks=before.checks + 1,
        reads_since_change=0 if changed else before.reads_since_change + good,
        last_good_read=_later(before.last_good_read, check) if good else before.last_good_read,
        last_check=_later(before.last_check, check),
        last_change=check.checked_at if changed else before.last_change,
        health=health(check.outcome, check.problem.code if check.problem else None),
        problem=check.problem.message if check.problem else None,
        next_due=record.next_due or before.next_due,
        version=record.version.id if record.version else before.version,
        final_url=_final_url(before, record),
        memory=record.memory,
        validators=_validators(before, record),
        settings_hash=record.settings_hash or before.settings_hash,
    )


def health(outcome: CheckOutcome, problem: str | None = None) -> str:
    """The health a source has after a check with this outcome and problem code."""
    if problem == NOT_YET:
        return "never"
    return "ok" if outcome in GOOD_OUTCOMES else _HEALTH[outcome]


def _changed(record: CheckRecord) -> bool:
    if record.check.outcome is CheckOutcome.MOVED:
        return record.version is not None and record.version.cause is not Cause.REEXTRACTION
    return record.check.outcome in {CheckOutcome.FIRST_SEEN, CheckOutcome.CHANGED}


def _later(before: datetime | None, check: Check) -> datetime:
    return check.checked_at if before is None else max(before, check.checked_at)


def _final_url(before: Standing, record: CheckRecord) -> str:
    if record.version is not None:
        return record.version.final_url
    if record.check.outcome not in GOOD_OUTCOMES:
        return before.final_url
    if record.snapshot is not None:
        return record.snapshot.final_url
    return record.memory.final_url or before.final_url


def _validators(before: Standing, record: CheckRecord) -> Validators:
    # What came with a captcha or a stale copy must not make the next request conditional on it; and an answer
    # without a body ("not modified") need not repeat them.
    bodiless = record.snapshot is None and record.check.body is None
    blank = record.validators == Validators()
    if record.check.outcome not in GOOD_OUTCOMES or (blank and bodiless):
        return before.validators
    return record.validators
