"""Differences as events: their identity, words, dates and evidence."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from monitor.changes.entries import is_unread
from monitor.changes.kinds import (
    added_kind,
    changed_fields,
    changed_kind,
    removed_kind,
    severity_of,
    subject_of,
)
from monitor.changes.reading import Reader
from monitor.changes.strictness import strictness_between
from monitor.model import (
    Cause,
    Draw,
    Event,
    EventState,
    Evidence,
    Fact,
    FactKind,
    Fee,
    Format,
    JsonObject,
    KnownFact,
    Notice,
    Severity,
    event_id,
    value_to_plain,
)
from monitor.pages.fragment import text_fragment

FOLD_AT = 5
"""This many old draws edited in one read are one event: a back-fill or a mass rename, not news."""


def added(reader: Reader, fact: Fact) -> Event | None:
    """The event of a fact that appeared; None for kinds whose appearing is no event."""
    kind = added_kind(fact)
    return _event(reader, kind, fact, old=None, new=fact) if kind else None


def changed(reader: Reader, old: Fact, new: Fact, *, version: str | None = None) -> Event | None:
    """The event of a fact with another meaning; None when the two mean the same or the kind has no such event."""
    names = changed_fields(old, new)
    kind = changed_kind(new) if names else None
    event = _event(reader, kind, new, old=old, new=new, names=names, before=version) if kind else None
    # What an entry says that tells its draw in no words we know is for a person to read.
    doubtful = event is not None and isinstance(new.value, Draw) and is_unread(new)
    return replace(event, severity=Severity.NOTICE) if event and doubtful else event


def quoted_by(told: Sequence[Event]) -> str:
    """All that these events quote of the page as it is now."""
    return " ".join(event.evidence.quote_after or "" for event in told)


def removed(reader: Reader, known: KnownFact) -> Event | None:
    """The provisional event of a fact missing from a good read; None for kinds whose going is no event."""
    kind = removed_kind(known.fact, reader.now.date())
    if kind is None:
        return None
    state = EventState.PROVISIONAL
    return _event(reader, kind, known.fact, old=known.fact, new=None, state=state, before=known.version)


def fold(reader: Reader, amended: Sequence[Event]) -> list[Event]:
    """The events with a crowd of edits to old draws folded into one of severity info that lists them."""
    edits = [event for event in amended if event.kind == "draw.amended"]
    if len(edits) < FOLD_AT:
        return list(amended)
    names = sorted({name for event in edits for name in event.changed})
    key = f"{FactKind.DRAW}:{reader.source.id}/*"
    folded = Event(
        id=event_id(reader.source.id, "draw.amended", key, reader.now),
        kind="draw.amended",
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=f"{len(edits)} earlier draws edited at once",
        key=key,
        observed_at=reader.now,
        new={"count": len(edits), "fields": names, "keys": [event.key for event in edits]},
        changed=tuple(names),
        confirmed_at=reader.now,
        severity=Severity.INFO,
        evidence=Evidence(before=reader.before, after=reader.after, url=reader.url),
    )
    return [*(event for event in amended if event.kind != "draw.amended"), folded]


def about_source(
    reader: Reader,
    kind: str,
    subject: str,
    *,
    old: JsonObject | None = None,
    new: JsonObject | None = None,
    severity: Severity = Severity.NOTICE,
    cause: Cause = Cause.INCIDENT,
) -> Event:
    """An event about the source itself rather than a fact on it."""
    return Event(
        id=event_id(reader.source.id, kind, None, reader.now),
        kind=kind,
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=subject,
        key=None,
        observed_at=reader.now,
        old=old,
        new=new,
        changed=_changed_names(old, new),
        confirmed_at=reader.now,
        severity=severity,
        cause=cause,
        evidence=Evidence(before=reader.before, after=reader.after, url=reader.url),
    )


def _changed_names(old: Mapping[str, object] | None, new: Mapping[str, object] | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    return tuple(name for name in new if old.get(name) != new[name])


def _event(
    reader: Reader,
    kind: str,
    fact: Fact,
    *,
    old: Fact | None,
    new: Fact | None,
    names: tuple[str, ...] = (),
    state: EventState = EventState.CONFIRMED,
    before: str | None = None,
) -> Event:
    quoted = new or old
    return Event(
        id=event_id(reader.source.id, kind, fact.key, reader.now),
        kind=kind,
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=subject_of(fact),
        key=fact.key,
        observed_at=reader.now,
        old=_plain(old, names) if old else None,
        new=_plain(new, names) if new else None,
        changed=names,
        confirmed_at=reader.now if state == EventState.CONFIRMED else None,
        occurred_on=_occurred_on(fact),
        effective_on=fact.value.effective_on if isinstance(fact.value, Fee) else None,
        severity=severity_of(kind, names),
        state=state,
        strictness=strictness_between(old, new) if old and new else None,
        evidence=Evidence(
            before=(before or reader.before) if old else None,
            after=reader.after,
            quote_before=old.quote if old else None,
            quote_after=new.quote if new else None,
            url=_address(reader, quoted),
        ),
    )


def _plain(fact: Fact, names: tuple[str, ...]) -> JsonObject:
    """The fact's value, with its quote and all its words as they are compared where those differ."""
    value = value_to_plain(fact.value)
    return {**value, "quote": fact.quote, "words": fact.compare} if "quote" in names else value


def _occurred_on(fact: Fact) -> date | None:
    return fact.value.date if isinstance(fact.value, Draw | Notice) else None


def _address(reader: Reader, fact: Fact | None) -> str:
    """The page at the quoted words; feeds and documents have no readable place to point at."""
    if fact is None or reader.source.format != Format.HTML:
        return reader.url
    return text_fragment(reader.url, fact.quote)
