"""Checks, facts, events and alerts for the tests of the store, made from what matters to a test."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from monitor.model import (
    Affect,
    Alert,
    AlertItem,
    Cause,
    Check,
    CheckOutcome,
    CheckRecord,
    Event,
    Evidence,
    Fact,
    FactKind,
    Fee,
    Memory,
    Problem,
    RecheckRequest,
    Severity,
    Snapshot,
    Value,
    VerdictKind,
    Version,
    content_sha256,
    event_id,
    snapshot_id,
    version_id,
)
from storage.store import SqlStore

START = datetime(2026, 5, 1, 9, 0, 0, 250_000, tzinfo=UTC)
URL = "https://example.org/fees"


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def fact(slug: str, value: Value, *, kind: FactKind = FactKind.FEE, source: str = "fees") -> Fact:
    return Fact(
        key=f"{kind}:{source}/{slug}", kind=kind, source=source, value=value, quote=f"“{slug}”", path=("A", "B")
    )


def fee(slug: str, amount: str) -> Fact:
    return fact(slug, Fee(label=slug, amount=Decimal(amount)))


def make(
    hour: float, outcome: str, *, body: bytes | None = None, revision: int = 0, source: str = "fees", **more: Any
) -> CheckRecord:
    snapshot = version = None
    if body is not None:
        headers = {"content-type": "text/html"}
        snapshot = Snapshot(source=source, fetched_at=at(hour), status=200, final_url=URL, headers=headers, body=body)
    if snapshot is not None and outcome in {"first_seen", "changed"}:
        sha256 = content_sha256(snapshot.body)
        version = Version(
            id=version_id(source, at(hour), sha256),
            source=source,
            seen_at=at(hour),
            snapshot=snapshot_id(source, at(hour), snapshot.body),
            sha256=sha256,
            update_marker="May 1, 2026",
            cause=Cause.CONTENT,
            bytes=len(snapshot.body),
            final_url=URL,
            revision="1",
        )
    check = Check(
        source=source,
        checked_at=at(hour),
        outcome=CheckOutcome(outcome),
        version=version.id if version else None,
        problem=more.pop("problem", None),
    )
    more.setdefault("memory", Memory())
    return CheckRecord(check=check, revision=revision, snapshot=snapshot, version=version, **more)


def record(store: SqlStore, hour: float, outcome: str = "unchanged", **more: Any) -> CheckRecord:
    revision = store.get_known(more.get("source", "fees")).revision
    written = make(hour, outcome, revision=revision, **more)
    store.record([written])
    return written


def event(hour: float, kind: str = "fee.changed", slug: str = "a", *, source: str = "fees", **more: Any) -> Event:
    key = f"fee:{source}/{slug}"
    made = Event(
        id=event_id(source, kind, key, at(hour)),
        kind=kind,
        source=source,
        publisher="Publisher",
        subject=slug,
        key=key,
        observed_at=at(hour),
        old={"label": slug, "amount": "1475"},
        new={"label": slug, "amount": "1750"},
        changed=("amount",),
        evidence=Evidence(before="v1", after="v2", quote_after="$1,750", url=URL),
    )
    return replace(made, **more)


def affect(about: Event, assumption: str = "C44", *, guide: str = "it-workers") -> Affect:
    return Affect(
        event=about.id, guide=guide, assumption=assumption, verdict=VerdictKind.CONTRADICTED, reason="now 1750"
    )


def alert(identity: str, hour: float, *events: Event, channels: tuple[str, ...] = ("editors",)) -> Alert:
    return Alert(
        id=identity,
        created_at=at(hour),
        severity=Severity.NOTICE,
        publisher="Publisher",
        guide="it-workers",
        items=tuple(AlertItem(event=one, affects=(affect(one),), sentences={"C44": "It costs."}) for one in events),
        channels=channels,
    )


def fill(store: SqlStore, clock: list[datetime]) -> None:
    """Two sources over three days, with facts, an event, an alert, a recheck and a failure."""
    told = event(30)
    record(store, 0, "first_seen", body=b"0", began=(fee("a", "1475"),))
    record(store, 0, "first_seen", body=b"0", source="other")
    clock[0] += timedelta(days=1)
    record(
        store,
        30,
        "changed",
        body=b"30",
        began=(fee("a", "1750"),),
        ended=("fee:fees/a",),
        events=(told,),
        affects=(affect(told),),
        alerts=(alert("a", 30, told),),
        rechecks=(RecheckRequest(guide="it-workers", assumption="C44", event=told.id, reasons=("it changed",)),),
    )
    record(store, 31, "failed", problem=Problem(code="timeout", message="No answer."))
    clock[0] += timedelta(days=1)
    record(store, 50, "unchanged", body=b"50")
