"""What is known after a record, without asking a store: for replays and for judging before anything is written."""

from collections.abc import Container, Mapping

from msgspec.structs import replace

from monitor.model import GOOD_OUTCOMES, CheckRecord, Event, EventState, FactKind, Known, KnownFact


def advance(known: Known, record: CheckRecord) -> Known:
    """The source as a store will know it once ``record`` is written. ``twin`` is cleared."""
    now = record.check.checked_at
    good = record.check.outcome in GOOD_OUTCOMES
    version = record.version or known.version
    return replace(
        known,
        revision=known.revision + 1,
        facts=facts_after(known.facts, record, version.id if version else ""),
        version=version,
        twin=None,
        last_good_read=now if good else known.last_good_read,
        last_check=now,
        pending=_pending(known.pending, record),
        memory=record.memory,
        validators=record.validators,
        settings_hash=record.settings_hash,
    )


def facts_after(
    facts: Mapping[str, KnownFact],
    record: CheckRecord,
    version: str,
    *,
    kinds: Container[FactKind] = frozenset(FactKind),
) -> dict[str, KnownFact]:
    """The current facts of these kinds after this record, by key."""
    now = record.check.checked_at
    good = record.check.outcome in GOOD_OUTCOMES
    ended, absent = set(record.ended), record.memory.absences
    kept = {
        key: replace(item, last_seen=now) if good and key not in absent else item
        for key, item in facts.items()
        if key not in ended and item.fact.kind in kinds
    }
    kept.update(
        (fact.key, KnownFact(fact=fact, first_seen=now, last_seen=now, version=version))
        for fact in record.began
        if fact.kind in kinds
    )
    return kept


def _pending(pending: Mapping[str, Event], record: CheckRecord) -> dict[str, Event]:
    settled = {event.id for event in record.settled}
    waiting = {key: event for key, event in pending.items() if key not in settled}
    waiting.update((event.id, event) for event in record.events if event.state == EventState.PROVISIONAL)
    return waiting
