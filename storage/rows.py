"""Between the vocabulary's structs and table rows."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row

from monitor.model import (
    VALUE_TYPES,
    Affect,
    Alert,
    Cause,
    Check,
    CheckOutcome,
    Delivery,
    DeliveryState,
    Event,
    EventState,
    Evidence,
    Fact,
    KnownFact,
    Memory,
    Problem,
    Severity,
    Strictness,
    Validators,
    VerdictKind,
    Version,
    from_json,
    to_json,
)
from storage.standing import Standing

Values = dict[str, Any]

# Made once: pages have hundreds of facts, and their values and paths are decoded at every changed read.
_VALUES = {kind.value: (kind, msgspec.json.Decoder(value)) for kind, value in VALUE_TYPES.items()}
_PATH = msgspec.json.Decoder(tuple[str, ...])


def standing_values(standing: Standing) -> Values:
    """A row of ``source``."""
    return {
        "id": standing.source,
        "revision": standing.revision,
        "checks": standing.checks,
        "reads_since_change": standing.reads_since_change,
        "last_good_read": standing.last_good_read,
        "last_check": standing.last_check,
        "last_change": standing.last_change,
        "health": standing.health,
        "problem": standing.problem,
        "next_due": standing.next_due,
        "version": standing.version,
        "final_url": standing.final_url,
        "memory": to_json(standing.memory),
        "etag": standing.validators.etag,
        "last_modified": standing.validators.last_modified,
        "settings_hash": standing.settings_hash,
    }


def standing_of(row: Row[Any]) -> Standing:
    """The standing in a row of ``source``."""
    return Standing(
        source=row.id,
        revision=row.revision,
        checks=row.checks,
        reads_since_change=row.reads_since_change,
        last_good_read=row.last_good_read,
        last_check=row.last_check,
        last_change=row.last_change,
        health=row.health,
        problem=row.problem,
        next_due=row.next_due,
        version=row.version,
        final_url=row.final_url,
        memory=from_json(row.memory, Memory),
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        settings_hash=row.settings_hash,
    )


def check_values(check: Check, after: Standing, *, snapshot: str | None) -> Values:
    """A row of ``check_``, with the counters as this check left them."""
    return {
        "source": check.source,
        "checked_at": check.checked_at,
        "outcome": check.outcome.value,
        "http_status": check.http_status,
        "version": check.version,
        "snapshot": snapshot,
        "body": check.body,
        "events": to_json(check.events) if check.events else None,
        "problem_code": check.problem.code if check.problem else None,
        "problem": check.problem.message if check.problem else None,
        "elapsed_ms": check.elapsed_ms,
        "checks": after.checks,
        "reads_since_change": after.reads_since_change,
        "last_good_read": after.last_good_read,
        "last_change": after.last_change,
    }


def check_of(row: Row[Any]) -> Check:
    """The check in a row of ``check_``."""
    problem = Problem(code=row.problem_code, message=row.problem or "") if row.problem_code is not None else None
    return Check(
        source=row.source,
        checked_at=row.checked_at,
        outcome=CheckOutcome(row.outcome),
        http_status=row.http_status,
        version=row.version,
        snapshot=row.snapshot,
        body=row.body,
        events=from_json(row.events, tuple[str, ...]) if row.events else (),
        problem=problem,
        elapsed_ms=row.elapsed_ms,
    )


def version_values(version: Version, *, ordinal: int) -> Values:
    """A row of ``version``; ``ordinal`` tells versions of the same moment apart."""
    return {
        "id": version.id,
        "source": version.source,
        "seen_at": version.seen_at,
        "ordinal": ordinal,
        "snapshot": version.snapshot,
        "sha256": version.sha256,
        "update_marker": version.update_marker,
        "cause": version.cause.value,
        "bytes": version.bytes,
        "final_url": version.final_url,
        "revision": version.revision,
    }


def version_of(row: Row[Any]) -> Version:
    """The version in a row of ``version``."""
    return Version(
        id=row.id,
        source=row.source,
        seen_at=row.seen_at,
        snapshot=row.snapshot,
        sha256=row.sha256,
        update_marker=row.update_marker,
        cause=Cause(row.cause),
        bytes=row.bytes,
        final_url=row.final_url,
        revision=row.revision,
    )


def fact_values(fact: Fact, *, first_seen: datetime, version: str | None) -> Values:
    """A row of ``fact`` that is true from ``first_seen`` on."""
    return {
        "source": fact.source,
        "key": fact.key,
        "kind": fact.kind.value,
        "value": to_json(fact.value),
        "quote": fact.quote,
        "path": to_json(fact.path),
        "compare": fact.compare,
        "first_seen": first_seen,
        "version": version,
    }


def known_fact_of(row: Sequence[Any], *, last_seen: datetime | None) -> KnownFact:
    """The fact and span in a whole row of ``fact``; it was last seen no earlier than first."""
    # Taken apart at once: to look the columns up one by one takes twice as long as all the rest.
    _, source, key, name, value, quote, path, compare, first_seen, _, _, version, superseded_by = row
    kind, values = _VALUES[name]
    fact = Fact(
        key=key,
        kind=kind,
        source=source,
        value=values.decode(value),
        quote=quote,
        path=_path_of(path),
        compare=compare,
    )
    return KnownFact(
        fact=fact,
        first_seen=first_seen,
        last_seen=first_seen if last_seen is None else max(last_seen, first_seen),
        version=version,
        superseded_by=superseded_by,
    )


@lru_cache
def _path_of(text: str) -> tuple[str, ...]:
    """The headings above a fact; many facts of a page stand under the same."""
    return _PATH.decode(text)


def event_values(event: Event, *, position: int) -> Values:
    """A row of ``event``; ``position`` is its place among the events of its check."""
    return {
        "id": event.id,
        "kind": event.kind,
        "source": event.source,
        "publisher": event.publisher,
        "subject": event.subject,
        "key": event.key,
        "observed_at": event.observed_at,
        "position": position,
        "confirmed_at": event.confirmed_at,
        "occurred_on": event.occurred_on,
        "effective_on": event.effective_on,
        "severity": event.severity.value,
        "state": event.state.value,
        "cause": event.cause.value,
        "old": None if event.old is None else to_json(event.old),
        "new": None if event.new is None else to_json(event.new),
        "changed": to_json(event.changed),
        "evidence": to_json(event.evidence),
        "strictness": None if event.strictness is None else event.strictness.value,
        "sentence": event.sentence,
        "part_of": event.part_of,
    }


def event_of(row: Row[Any]) -> Event:
    """The event in a row of ``event``."""
    return Event(
        id=row.id,
        kind=row.kind,
        source=row.source,
        publisher=row.publisher,
        subject=row.subject,
        key=row.key,
        observed_at=row.observed_at,
        old=None if row.old is None else from_json(row.old, dict),
        new=None if row.new is None else from_json(row.new, dict),
        changed=from_json(row.changed, tuple[str, ...]),
        confirmed_at=row.confirmed_at,
        occurred_on=row.occurred_on,
        effective_on=row.effective_on,
        severity=Severity(row.severity),
        state=EventState(row.state),
        cause=Cause(row.cause),
        evidence=from_json(row.evidence, Evidence),
        strictness=None if row.strictness is None else Strictness(row.strictness),
        sentence=row.sentence,
        part_of=row.part_of,
    )


def affect_values(affect: Affect, *, position: int) -> Values:
    """A row of ``affect``."""
    return {
        "event": affect.event,
        "guide": affect.guide,
        "assumption": affect.assumption,
        "position": position,
        "verdict": affect.verdict.value,
        "reason": affect.reason,
    }


def affect_of(row: Row[Any]) -> Affect:
    """The affect in a row of ``affect``."""
    return Affect(
        event=row.event,
        guide=row.guide,
        assumption=row.assumption,
        verdict=VerdictKind(row.verdict),
        reason=row.reason,
    )


def alert_values(alert: Alert) -> Values:
    """A row of ``alert``: the whole alert as JSON, and columns to look by."""
    return {
        "id": alert.id,
        "created_at": alert.created_at,
        "severity": alert.severity.value,
        "publisher": alert.publisher,
        "guide": alert.guide,
        "payload": to_json(alert),
    }


def delivery_of(row: Row[Any]) -> Delivery:
    """The delivery in a row of ``delivery``."""
    return Delivery(
        id=row.id,
        alert=row.alert,
        channel=row.channel,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        lease_until=row.lease_until,
        next_attempt=row.next_attempt,
        last_error=row.last_error,
        sent_at=row.sent_at,
        maybe_duplicate=row.maybe_duplicate,
        bundle=row.bundle,
    )
