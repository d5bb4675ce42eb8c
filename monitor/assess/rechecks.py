"""Decides which assumptions a read concerns: who is affected, what must be rechecked, which verdicts are new."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from monitor.assess.index import SILENT_KINDS, Entry, GuideIndex, Name, index_guides
from monitor.assess.judging import Ground, make_ground, to_verdict, weigh
from monitor.assess.outcomes import Outcome
from monitor.assess.scope import LOST, Touch, event_texts, find_touch, is_fold
from monitor.model import (
    Affect,
    Cause,
    Event,
    EventState,
    FactKind,
    Fee,
    Guide,
    JsonObject,
    KnownFact,
    ReadState,
    RecheckRequest,
    Severity,
    Verdict,
    VerdictKind,
    value_to_plain,
)

UNAFFECTING = LOST - {"page.moved", "page.removed"}
"""Incidents that ask for rechecks but do not say that anything the assumption rests on is different."""


class Assessment(Struct, frozen=True, kw_only=True):
    """What one read means for the guides. ``verdicts``: those that differ from ``previous``."""

    affects: tuple[Affect, ...] = ()
    rechecks: tuple[RecheckRequest, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class _Hit(Struct, frozen=True, kw_only=True):
    """One event that concerns one assumption."""

    event: Event
    entry: Entry
    touch: Touch


def assess(
    events: Sequence[Event],
    guides: GuideIndex | Sequence[Guide],
    *,
    source: str,
    facts: Callable[[Sequence[str]], Sequence[KnownFact]],
    reads: Mapping[str, ReadState],
    previous: Mapping[Name, VerdictKind],
    now: datetime,
    first_sight: bool = False,
    page_texts: Mapping[str, str] | None = None,
    kinds_read: Mapping[str, Collection[FactKind]] | None = None,
) -> Assessment:
    """Who is affected by the events of one check of ``source``, and which verdicts and rechecks follow.

    ``facts`` is asked for the sources that matter only and must answer with what is in force after this read;
    ``reads`` likewise. ``previous`` are the last recorded verdicts. Events not yet confirmed concern nobody. A first
    sight judges every assumption on the source anew: what it contradicts opens a recheck without an event.
    """
    index = guides if isinstance(guides, GuideIndex) else index_guides(guides)
    hits = _hits(events, index, facts)
    moving = _silently_moving(facts([source]), now) if index.expecting(source) else frozenset()
    entries = _to_judge(index, source, hits, moving, previous, everything=first_sight)
    wanted = sorted({name for entry in entries for name in entry.assumption.sources})
    known = facts(wanted) if wanted else ()
    ground = make_ground(known, reads, now, page_texts=page_texts, kinds_read=kinds_read)
    outcomes = _outcomes(ground, entries)
    return Assessment(
        affects=tuple(_affect(hit, outcomes) for hit in hits if hit.event.kind not in UNAFFECTING),
        rechecks=_rechecks(hits, entries, outcomes, previous),
        verdicts=tuple(
            to_verdict(ground, entry.guide, entry.assumption, outcomes[entry.name])
            for entry in entries
            if previous.get(entry.name) != outcomes[entry.name].kind
        ),
    )


def _hits(
    events: Sequence[Event], index: GuideIndex, facts: Callable[[Sequence[str]], Sequence[KnownFact]]
) -> list[_Hit]:
    hits = []
    for event in events:
        if event.state != EventState.CONFIRMED:
            continue
        known, texts = _folded_values(event, facts), tuple(event_texts(event))
        alike: dict[int, Touch | None] = {}
        for entry in index.candidates(event):
            # Without a watch scope an event concerns all that expect the same, or none of them.
            shared = bool(entry.assumption.expect and not entry.assumption.watch)
            if shared and entry.basis in alike:
                touch = alike[entry.basis]
            else:
                touch = find_touch(event, entry.assumption, known=known, texts=texts)
            if shared:
                alike[entry.basis] = touch
            if touch is not None:
                hits.append(_Hit(event=event, entry=entry, touch=touch))
    return hits


def _folded_values(event: Event, facts: Callable[[Sequence[str]], Sequence[KnownFact]]) -> Mapping[str, JsonObject]:
    if not is_fold(event):
        return {}
    keys = set((event.new or {}).get("keys", ()))
    return {item.fact.key: value_to_plain(item.fact.value) for item in facts([event.source]) if item.fact.key in keys}


def _to_judge(
    index: GuideIndex,
    source: str,
    hits: Sequence[_Hit],
    moving: Collection[str],
    previous: Mapping[Name, VerdictKind],
    *,
    everything: bool,
) -> list[Entry]:
    found = {hit.entry.name: hit.entry for hit in hits}
    quiet = (entry for kind in moving for entry in index.silent(source, kind))
    for entry in (*index.timed(source), *quiet):
        found.setdefault(entry.name, entry)
    for name, entry in index.expecting(source).items():
        if everything or name not in previous:
            found.setdefault(name, entry)
    return list(found.values())


def _silently_moving(facts: Sequence[KnownFact], now: datetime) -> frozenset[str]:
    """The kinds with facts that are new with this read or came into force since they were first seen."""
    return frozenset(
        str(item.fact.kind)
        for item in facts
        if item.fact.kind in SILENT_KINDS and (item.first_seen >= now or _came_into_force(item, now))
    )


def _came_into_force(item: KnownFact, now: datetime) -> bool:
    value = item.fact.value
    day = value.effective_on if isinstance(value, Fee) else None
    return day is not None and item.first_seen.date() < day <= now.date()


def _outcomes(ground: Ground, entries: Sequence[Entry]) -> dict[Name, Outcome]:
    by_basis: dict[int, Outcome] = {}
    outcomes: dict[Name, Outcome] = {}
    for entry in entries:
        outcome = by_basis.get(entry.basis)
        if outcome is None:
            outcome = by_basis[entry.basis] = weigh(ground, entry.assumption)
        outcomes[entry.name] = outcome
    return outcomes


def _affect(hit: _Hit, outcomes: Mapping[Name, Outcome]) -> Affect:
    guide, assumption = hit.entry.name
    verdict = outcomes[hit.entry.name].kind
    return Affect(event=hit.event.id, guide=guide, assumption=assumption, verdict=verdict, reason=hit.touch.reason)


def _rechecks(
    hits: Sequence[_Hit],
    entries: Sequence[Entry],
    outcomes: Mapping[Name, Outcome],
    previous: Mapping[Name, VerdictKind],
) -> tuple[RecheckRequest, ...]:
    requests: dict[Name, RecheckRequest] = {}
    by_name: dict[Name, list[_Hit]] = {}
    for hit in hits:
        by_name.setdefault(hit.entry.name, []).append(hit)
    for hit in hits:
        name = hit.entry.name
        if name not in requests and _asks(hit, outcomes[name].kind, previous.get(name)):
            reasons = _reasons(by_name[name], outcomes[name], previous.get(name))
            requests[name] = RecheckRequest(guide=name[0], assumption=name[1], event=hit.event.id, reasons=reasons)
    for entry in entries:
        name = entry.name
        if name not in requests and _newly_contradicted(outcomes[name].kind, previous.get(name)):
            reasons = (_flip_reason(outcomes[name], previous.get(name)),)
            requests[name] = RecheckRequest(guide=name[0], assumption=name[1], event=None, reasons=reasons)
    return tuple(requests.values())


def _newly_contradicted(now: VerdictKind, before: VerdictKind | None) -> bool:
    return now == VerdictKind.CONTRADICTED and before != VerdictKind.CONTRADICTED


def _asks(hit: _Hit, verdict: VerdictKind, before: VerdictKind | None) -> bool:
    """Whether a person must look because of this event (issue: "Rechecks open on").

    A new draw is no change of a fact: it asks only if it turns the verdict, or if it is watched for.
    """
    event = hit.event
    if event.cause == Cause.REEXTRACTION:
        return False
    if _flips(verdict, before):
        return True
    if event.severity == Severity.INFO or is_fold(event):
        return False
    return hit.touch.watched or event.kind != "draw.new"


def _flips(verdict: VerdictKind, before: VerdictKind | None) -> bool:
    if _newly_contradicted(verdict, before):
        return True
    firm = (VerdictKind.HOLDS, VerdictKind.CONTRADICTED)
    return before in firm and verdict not in {before, VerdictKind.STALE}


def _reasons(hits: Sequence[_Hit], outcome: Outcome, before: VerdictKind | None) -> tuple[str, ...]:
    """Why one assumption is to be rechecked, of all the events that concern it."""
    asking = [_asking(hit) for hit in hits if _asks(hit, outcome.kind, before)]
    flip = [_flip_reason(outcome, before)] if _flips(outcome.kind, before) else []
    return tuple(dict.fromkeys([*asking, *flip]))


def _asking(hit: _Hit) -> str:
    # One open recheck gathers reasons: that draws go on is one reason, however many there are.
    if hit.event.kind == "draw.new" and hit.touch.watched:
        return f"watched: new draws on {hit.event.source}"
    return hit.touch.reason


def _flip_reason(outcome: Outcome, before: VerdictKind | None) -> str:
    was = f", was {before}" if before else ""
    return f"now {outcome.kind}{was}: {outcome.reason}"
