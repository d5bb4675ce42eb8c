"""The pure way from a snapshot to its page and facts, or to why there are none."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from monitor.changes.reading import Reading
from monitor.errors import FetchError, PageError
from monitor.extractors import REVISION, extract
from monitor.glance import validators_of
from monitor.model import (
    Fact,
    Imprint,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
)
from monitor.pages import read_page
from monitor.pages.imprint import imprint
from monitor.pages.quality import assess_page, assess_quality


def read_snapshot(
    source: Source, snapshot: Snapshot, *, checked_at: datetime | None = None, seen: Imprint | None = None
) -> Reading:
    """The page and facts of a snapshot, or why there are none. Never raises for what a server may send.

    ``seen`` is its imprint where a glance has worked it out already.
    """
    when = checked_at or snapshot.fetched_at
    blank = Reading(
        checked_at=when, quality=Quality(outcome=QualityOutcome.OK), snapshot=snapshot, http_status=snapshot.status
    )
    quality = assess_quality(snapshot, source)
    if quality.outcome != QualityOutcome.OK:
        return replace(blank, quality=quality)
    try:
        page = read_page(snapshot, source)
    except PageError as error:
        return replace(blank, quality=failed_quality(error.code, str(error)))
    quality = assess_page(page, source)
    if quality.outcome != QualityOutcome.OK:
        return replace(blank, quality=quality, page=page)
    try:
        facts = extract(page, source).facts
    except PageError as error:
        return replace(blank, quality=failed_quality(error.code, str(error)), page=page)
    quality = _assess_facts(source, facts)
    return replace(
        blank,
        quality=quality,
        page=page,
        facts=facts,
        validators=validators_of(source, snapshot),
        imprint=seen or imprint(snapshot, source, REVISION),
    )


def failed_reading(error: FetchError, checked_at: datetime) -> Reading:
    """The reading of an attempt that brought nothing."""
    return Reading(
        checked_at=checked_at,
        quality=failed_quality(error.code, str(error)),
        http_status=error.status,
        retry_after=error.retry_after,
    )


def failed_quality(code: str, message: str) -> Quality:
    """The quality of something unreadable."""
    return Quality(outcome=QualityOutcome.FAILED, problem=Problem(code=code, message=message))


def _assess_facts(source: Source, facts: Sequence[Fact]) -> Quality:
    kinds = [fact.kind for fact in facts]
    for kind, least in source.guards.min_facts.items():
        found = kinds.count(kind)
        if found < least:
            message = f"Found {found} of at least {least} {kind} facts: the layout may have changed."
            problem = Problem(code="too_few_facts", message=message)
            return Quality(outcome=QualityOutcome.LAYOUT_CHANGED, problem=problem)
    return Quality(outcome=QualityOutcome.OK)
