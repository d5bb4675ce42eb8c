"""The JSON shapes of the interface, made from the vocabulary; the one place that names their fields."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from monitor.errors import Finding
from monitor.model import (
    Affect,
    Check,
    Delivery,
    Event,
    Fact,
    KnownFact,
    Page,
    Quality,
    ReadState,
    Recheck,
    Snooze,
    Source,
    Verdict,
    Version,
    stamp,
    to_plain,
    value_to_plain,
)

if TYPE_CHECKING:
    from monitor.changes.wording import Hunk
    from monitor.reextract import Reextraction
    from monitor.saved import Unreadable

Shape = dict[str, object]


def check_shape(check: Check) -> Shape:
    """``check`` of the interface."""
    plain: Shape = to_plain(check)
    return plain


def unreadable_shape(item: "Unreadable") -> Shape:
    """A manifest line or file that could not be used, as a failed ``check``."""
    return {
        "source": item.source,
        "checked_at": stamp(item.fetched_at) if item.fetched_at else None,
        "outcome": "failed",
        "http_status": None,
        "version": None,
        "events": [],
        "problem": {"code": item.code, "message": item.message},
        "elapsed_ms": 0,
    }


def fact_shape(item: KnownFact) -> Shape:
    """``fact`` of the interface."""
    return {
        **found_fact_shape(item.fact),
        "first_seen": stamp(item.first_seen),
        "last_seen": stamp(item.last_seen),
        "version": item.version,
        "superseded_by": item.superseded_by,
    }


def found_fact_shape(fact: Fact) -> Shape:
    """A fact just read and not stored: no span in time yet."""
    return {
        "key": fact.key,
        "kind": fact.kind,
        "source": fact.source,
        "value": value_to_plain(fact.value),
        "quote": fact.quote,
        "path": list(fact.path),
        "first_seen": None,
        "last_seen": None,
        "version": None,
        "superseded_by": None,
    }


def page_shape(page: Page) -> Shape:
    """``page`` of the interface; tables as lists of rows of cell texts, header rows first."""
    return {
        "title": page.title,
        "final_url": page.final_url,
        "language": page.language,
        "update_marker": page.update_marker,
        "headings": [{"level": block.level, "text": block.text} for block in page.blocks if block.kind == "heading"],
        "text": page.text,
        "tables": [
            [[cell.text for cell in row] for row in (*block.table.header, *block.table.rows)]
            for block in page.blocks
            if block.table is not None
        ],
    }


def quality_shape(quality: Quality) -> Shape:
    """``quality`` of the interface."""
    plain: Shape = to_plain(quality)
    return plain


def version_shape(version: Version) -> Shape:
    """``version`` of the interface."""
    plain: Shape = to_plain(version)
    return plain


def event_shape(event: Event, affects: Sequence[Affect]) -> Shape:
    """``event`` of the interface."""
    plain: Shape = to_plain(event)
    plain["affects"] = [
        {"guide": item.guide, "assumption": item.assumption, "verdict": item.verdict, "reason": item.reason}
        for item in affects
    ]
    return plain


def reextraction_shape(result: "Reextraction") -> Shape:
    """How a source's past events would differ."""
    return {
        "source": result.source,
        "checks": result.checks,
        "appear": [event_shape(event, ()) for event in result.appear],
        "vanish": [event_shape(event, ()) for event in result.vanish],
        "differ": [{"stored": event_shape(old, ()), "now": event_shape(new, ())} for old, new in result.differ],
    }


def verdict_shape(verdict: Verdict) -> Shape:
    """``verdict`` of the interface."""
    plain: Shape = to_plain(verdict)
    return plain


def recheck_shape(recheck: Recheck) -> Shape:
    """``recheck`` of the interface."""
    plain: Shape = to_plain(recheck)
    return plain


def delivery_shape(delivery: Delivery) -> Shape:
    """``delivery`` of the interface."""
    plain: Shape = to_plain(delivery)
    return plain


def snooze_shape(snooze: Snooze) -> Shape:
    """A snoozed source or assumption."""
    plain: Shape = to_plain(snooze)
    return plain


def problem_shape(finding: Finding) -> Shape:
    """``problem`` of the interface."""
    return {"file": finding.file, "line": finding.line, "code": finding.code, "message": finding.message}


def hunk_shape(hunk: "Hunk") -> Shape:
    """``hunk`` of the interface."""
    return {"op": hunk.op, "old": hunk.old, "new": hunk.new, "path": list(hunk.path)}


def source_shape(source: Source, states: Mapping[str, ReadState]) -> Shape:
    """``source`` of the interface; ``never`` read when there is no state."""
    state = states.get(source.id)
    return {
        "id": source.id,
        "publisher": source.publisher,
        "title": source.title,
        "url": source.url,
        "enabled": source.enabled,
        "health": state.health if state else "never",
        "last_good_read": stamp(state.last_good_read) if state and state.last_good_read else None,
        "last_change": stamp(state.last_change) if state and state.last_change else None,
        "checks": state.checks if state else 0,
        "reads_since_change": state.reads_since_change if state else 0,
        "next_due": stamp(state.next_due) if state and state.next_due else None,
        "problem": state.problem if state else None,
        "failures": state.failures if state else 0,
    }
