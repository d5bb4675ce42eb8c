"""One read against what is known: its outcome, the facts that begin and end, and the events."""

from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from monitor.changes import believing, events, headings, incidents, leaving, rolling, scheduled, titles
from monitor.changes.alignment import Alignment, first_facts
from monitor.changes.clock import tell_time
from monitor.changes.entries import without_told_sentences
from monitor.changes.grouping import with_sentence
from monitor.changes.kinds import changed_fields
from monitor.changes.reading import Reading, reader_of, record_of
from monitor.changes.scheduled import Settled
from monitor.model import (
    Absence,
    Cause,
    CheckOutcome,
    CheckRecord,
    Event,
    EventState,
    Fact,
    Known,
    Memory,
    Page,
    Problem,
    QualityOutcome,
    Severity,
    Source,
    Version,
    content_sha256,
    version_id,
)

SAME_CONTENT = 0.5
"""Least share of known facts that a page at another address must still show to be the same page, moved."""

NOT_MODIFIED = 304

UNREADABLE = Problem(code="unreadable", message="Nothing could be read here.")
REDUCED = Problem(
    code="reduced",
    message="Most of what was known of this page is gone from it; the last good facts stand until it has stayed so.",
)


def decide(source: Source, known: Known, reading: Reading, *, revision: str) -> CheckRecord:
    """All that this read leads to, without its assessment. ``revision`` names today's extractors. Pure."""
    record = tell_time(source, known, reading, _decide(source, known, reading, revision))
    record = replace(record, events=tuple(with_sentence(event) for event in record.events))
    confirmed = tuple(event.id for event in record.settled if event.state == EventState.CONFIRMED)
    return replace(record, check=replace(record.check, events=(*record.check.events, *confirmed)))


def _decide(source: Source, known: Known, reading: Reading, revision: str) -> CheckRecord:
    if reading.not_modified and known.version is not None:
        return _not_modified(source, known, reading)
    if reading.page is None or reading.quality.outcome != QualityOutcome.OK:
        return _unreadable(source, known, reading)
    if known.version is None:
        return _first_sight(source, known, reading, reading.page, revision)
    if reading.page.sha256 == known.version.sha256:
        return _same_words(source, known, reading, reading.page)
    settled = scheduled.settle(reading.facts, known.facts, known.memory.former, reading.checked_at.date())
    alignment = settled.compare(known.facts)
    missing = tuple(fact for fact in alignment.missing if fact.key not in known.memory.archived)
    comparison = Comparison(
        source=source,
        known=known,
        reading=reading,
        page=reading.page,
        version=known.version,
        settled=settled,
        alignment=replace(alignment, missing=missing),
        revision=revision,
    )
    return _compare(comparison)


def _unreadable(source: Source, known: Known, reading: Reading) -> CheckRecord:
    """A read without a page, or whose page says nothing of the content."""
    quality = reading.quality
    problem = quality.problem or UNREADABLE
    if problem.code == believing.OLDER_COPY:  # without a page it is no matter of comparing
        return incidents.overtaken(source, known, reading, problem)
    if quality.outcome == QualityOutcome.LAYOUT_CHANGED and reading.page and _has_moved(known, reading.page):
        return incidents.incident(source, known, reading, CheckOutcome.FAILED, _redirected(reading.page))
    outcome = CheckOutcome.FAILED if quality.outcome == QualityOutcome.OK else CheckOutcome(quality.outcome)
    return incidents.incident(source, known, reading, outcome, problem)


class Comparison(Struct, frozen=True, kw_only=True):
    """A readable page beside what is known of its source."""

    source: Source
    known: Known
    reading: Reading
    page: Page
    version: Version
    settled: Settled
    alignment: Alignment
    revision: str

    @property
    def now(self) -> datetime:
        """The time of this read."""
        return self.reading.checked_at

    @property
    def today(self) -> tuple[Fact, ...]:
        """The facts of this read under their lasting keys."""
        return (*(new for _, new in self.alignment.pairs), *self.alignment.added)

    @property
    def moved(self) -> bool:
        """Whether the page stands at another address than at its last good read."""
        return _has_moved(self.known, self.page)


def _compare(seen: Comparison) -> CheckRecord:
    source, known, reading = seen.source, seen.known, seen.reading
    if seen.moved and not _is_same_page(seen):
        return incidents.incident(source, known, reading, CheckOutcome.FAILED, _redirected(seen.page))
    code = believing.find_doubt(source, known, seen.page, seen.alignment, seen.now)
    if code is None:
        return _believed(seen)
    doubt = believing.next_doubt(known.memory.doubt, code, reading.facts, seen.now)
    stayed = believing.has_stayed(doubt.since, doubt.reads, source.confirm, seen.now)
    if code == believing.OLDER_COPY and (source.append_only or not stayed):
        return incidents.older_copy(source, known, reading, doubt, lasting=stayed)
    if not stayed:
        return incidents.incident(source, known, reading, CheckOutcome.LAYOUT_CHANGED, REDUCED, doubt=doubt)
    return _believed(seen, absent_since=doubt.since)


def _has_moved(known: Known, page: Page) -> bool:
    before = known.memory.final_url or (known.version.final_url if known.version else None)
    return before is not None and not same_address(page.final_url, before)


def _redirected(page: Page) -> Problem:
    message = f"This address now leads to {page.final_url}, which is another page; find where it went."
    return Problem(code="redirected", message=message)


def _is_same_page(seen: Comparison) -> bool:
    changed = sum(bool(changed_fields(old, new)) for old, new in seen.alignment.differing)
    kept = len(seen.alignment.pairs) - changed
    return kept > SAME_CONTENT * len(seen.known.facts)


def same_address(one: str, other: str) -> bool:
    """Whether two addresses name one place: scheme, ``www.``, fragment and a closing slash do not count."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{parts.port or ''}", parts.path.rstrip("/"), parts.query


def _not_modified(source: Source, known: Known, reading: Reading) -> CheckRecord:
    """The last good content confirmed by the server, or by an earlier look at what it sent."""
    told = reading.http_status == NOT_MODIFIED
    outcome = CheckOutcome.NOT_MODIFIED if told else CheckOutcome.UNCHANGED
    memory = known.memory.seen_as(reading.imprint)
    return _without_bytes(_confirmed(source, known, reading, outcome, memory))


def _same_words(source: Source, known: Known, reading: Reading, page: Page) -> CheckRecord:
    """The last good content read again: however it is built today, it says the same."""
    outcome = _standing_outcome(known, page)
    marker = known.memory.marker if believing.is_older_stamp(page, known) else page.update_marker
    memory = replace(known.memory, marker=marker or known.memory.marker, final_url=page.final_url)
    memory = replace(memory, imprint=reading.imprint)
    told = _address_events(source, known, reading, page, outcome)
    record = _confirmed(source, known, reading, outcome, memory, told)
    return _without_bytes(record) if outcome is CheckOutcome.UNCHANGED else record


def _without_bytes(record: CheckRecord) -> CheckRecord:
    """The record of a page whose words are kept already: another copy of them would prove and explain nothing."""
    body = content_sha256(record.snapshot.body) if record.snapshot else record.check.body
    return replace(record, snapshot=None, check=replace(record.check, snapshot=None, body=body))


def _confirmed(
    source: Source,
    known: Known,
    reading: Reading,
    outcome: CheckOutcome,
    memory: Memory,
    told: tuple[Event, ...] = (),
) -> CheckRecord:
    """A good read of what is known already, which counts for what was missing in it too."""
    missing = [known.facts[key].fact for key in known.memory.absences if key in known.facts]
    absences = believing.follow_absences(known, missing, source.confirm, reading.checked_at)
    turned = scheduled.turn(reader_of(source, known, reading), known)
    record = record_of(
        source,
        known,
        reading,
        outcome,
        memory=replace(incidents.healed(memory), absences=absences.waiting, former=turned.former),
        events=(*turned.events, *told, *incidents.recovery(source, known, reading)),
    )
    return replace(
        record,
        began=turned.began,
        ended=(*turned.ended, *absences.ended),
        settled=(*absences.settled, *leaving.returned(known)),
        validators=reading.validators,
    )


def _first_sight(source: Source, known: Known, reading: Reading, page: Page, revision: str) -> CheckRecord:
    """Facts and a version, and no change events: everything is new here, so nothing is news."""
    if leaving.leads_elsewhere(source, page):
        return incidents.incident(source, known, reading, CheckOutcome.FAILED, _redirected(page))
    version = _version(source, reading, page, revision, Cause.FIRST_SEEN)
    record = record_of(
        source,
        known,
        reading,
        CheckOutcome.FIRST_SEEN,
        memory=replace(
            incidents.healed(known.memory), marker=page.update_marker, final_url=page.final_url, imprint=reading.imprint
        ),
        events=incidents.recovery(source, known, reading, after=version.id),
        version=version.id,
    )
    facts = scheduled.settle(reading.facts, {}, {}, reading.checked_at.date()).facts
    began = first_facts(facts)
    return replace(record, version=version, began=began, validators=reading.validators)


def _version(source: Source, reading: Reading, page: Page, revision: str, cause: Cause) -> Version:
    return Version(
        id=version_id(source.id, reading.checked_at, page.sha256),
        source=source.id,
        seen_at=reading.checked_at,
        snapshot=reading.snapshot_id or "",
        sha256=page.sha256,
        update_marker=page.update_marker,
        cause=cause,
        bytes=len(reading.snapshot.body) if reading.snapshot else 0,
        final_url=page.final_url,
        revision=revision,
    )


def _believed(seen: Comparison, *, absent_since: datetime | None = None) -> CheckRecord:
    """A good read taken at its word. ``absent_since``: what is missing from it has been missing since then."""
    version = _version(seen.source, seen.reading, seen.page, seen.revision, Cause.CONTENT)
    after = version.id
    reduced = absent_since is not None
    tail = rolling.rolled_off(
        seen.alignment.missing, seen.today, seen.alignment.added, pairs=seen.alignment.pairs, reduced=reduced
    )
    rolled = frozenset(fact.key for fact in tail) if not seen.source.append_only else frozenset()
    removals = _removals(seen, after, absent_since, rolled)
    outcome = CheckOutcome.MOVED if seen.moved else CheckOutcome.CHANGED
    reader = reader_of(seen.source, seen.known, seen.reading, after=after)
    told = (
        *_content_events(seen, after),
        *scheduled.reminders(reader, seen.settled, seen.known),
        *removals.events,
        *_address_events(seen.source, seen.known, seen.reading, seen.page, outcome, after=after),
        *incidents.recovery(seen.source, seen.known, seen.reading, after=after),
    )
    memory = replace(
        incidents.healed(seen.known.memory),
        absences=removals.waiting,
        marker=seen.page.update_marker or seen.known.memory.marker,
        final_url=seen.page.final_url,
        former=seen.settled.former,
        imprint=seen.reading.imprint,
        archived=(seen.known.memory.archived - {fact.key for fact in seen.today}) | rolled,
    )
    changed = [(old, new) for old, new in seen.alignment.differing if _says_otherwise(old, new)]
    return replace(
        record_of(seen.source, seen.known, seen.reading, outcome, memory=memory, events=told, version=after),
        version=version,
        began=(*(new for _, new in changed), *seen.alignment.added),
        ended=(*(old.key for old, _ in changed), *removals.ended, *(item.fact.key for item in seen.settled.due)),
        settled=(*removals.settled, *leaving.returned(seen.known)),
        validators=seen.reading.validators,
    )


def _says_otherwise(old: Fact, new: Fact) -> bool:
    """Whether the stored words must be renewed: for a change, and silently for words that mean the same."""
    return (old.value, old.quote, old.path) != (new.value, new.quote, new.path)


class Removals(Struct, frozen=True, kw_only=True):
    """What this read makes of missing facts: those still waiting, new and settled events, and keys that end."""

    waiting: dict[str, Absence]
    events: tuple[Event, ...]
    settled: tuple[Event, ...]
    ended: tuple[str, ...]


def _removals(seen: Comparison, after: str, absent_since: datetime | None, rolled: frozenset[str]) -> Removals:
    missing = [fact for fact in seen.alignment.missing if fact.key not in rolled]
    found = believing.follow_absences(seen.known, missing, seen.source.confirm, seen.now)
    reader = reader_of(seen.source, seen.known, seen.reading, after=after)
    waiting, told, ended = dict(found.waiting), [], list(found.ended)
    for known in found.fresh:
        since = absent_since or seen.now
        is_echo = known.fact.key in seen.alignment.echoes
        event = None if is_echo else events.removed(replace(reader, now=since), known)
        if absent_since is not None:
            ended.append(known.fact.key)
            event = event and replace(event, state=EventState.CONFIRMED, confirmed_at=seen.now)
        else:
            waiting[known.fact.key] = Absence(since=since, reads=1, event=event.id if event else "")
        told += [event] if event else []
    return Removals(waiting=waiting, events=tuple(told), settled=found.settled, ended=tuple(ended))


def _content_events(seen: Comparison, after: str) -> list[Event]:
    reader = reader_of(seen.source, seen.known, seen.reading, after=after)
    known = seen.known.facts
    # By key, because the order in which a store gives the known facts is no part of the story.
    pairs = sorted(seen.alignment.pairs, key=lambda pair: pair[0].key)
    edits = [(old, new) for old, new in pairs if old is not new]
    stirred = headings.stirred_headings(edits, (*seen.alignment.added, *seen.alignment.missing))
    amended = [
        events.changed(reader, old, new, version=known[old.key].version)
        for old, new in edits
        if new.key not in seen.alignment.echoes and not headings.counts_on(old.quote, new.quote, stirred)
    ]
    fresh = [fact for fact in seen.alignment.added if fact.key not in seen.alignment.echoes]
    news = without_told_sentences(fresh, known)
    arrived = [scheduled.arrived(reader, fact, known) for fact in news]
    told = [event for event in (*arrived, *amended) if event is not None]
    told += headings.heading_changes(reader, pairs, told, stirred, reader.before)
    told += titles.title_changes(reader, edits, told, reader.before)
    return events.fold(reader, told)


def _standing_outcome(known: Known, page: Page) -> CheckOutcome:
    if _has_moved(known, page):
        return CheckOutcome.MOVED
    stamps = (known.memory.marker, page.update_marker)
    if None in stamps or stamps[0] == stamps[1] or believing.is_older_stamp(page, known):
        return CheckOutcome.UNCHANGED
    return CheckOutcome.RESTAMPED


def _address_events(
    source: Source, known: Known, reading: Reading, page: Page, outcome: CheckOutcome, *, after: str | None = None
) -> tuple[Event, ...]:
    """The event of a page that stands under another stamp or at another address."""
    reader = reader_of(source, known, reading, after=after)
    title = source.title or source.id
    if outcome == CheckOutcome.RESTAMPED:
        old, new = {"update_marker": known.memory.marker}, {"update_marker": page.update_marker}
        quiet = Severity.INFO
        return (
            events.about_source(reader, "page.restamped", title, old=old, new=new, severity=quiet, cause=Cause.CONTENT),
        )
    if outcome == CheckOutcome.MOVED:
        before = known.memory.final_url or (known.version.final_url if known.version else source.url)
        old, new = {"url": before}, {"url": page.final_url}
        return (events.about_source(reader, "page.moved", title, old=old, new=new, cause=Cause.CONTENT),)
    return ()
