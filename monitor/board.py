"""What readings mean for the guides: which assumptions they touch, what a person must recheck, who is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from monitor.assess import Assessment, GuideIndex, assess, index_guides, plan_alerts
from monitor.assess.agreement import DISAGREES, pairs_of
from monitor.assess.alerting import RECOVERED, TROUBLES
from monitor.assess.judging import judge_on, make_ground
from monitor.changes.advance import advance
from monitor.changes.reading import Reading
from monitor.extractors import EXTRACTORS
from monitor.model import (
    GOOD_OUTCOMES,
    Alert,
    Check,
    CheckOutcome,
    CheckRecord,
    Event,
    FactKind,
    Guide,
    Known,
    KnownFact,
    Pair,
    ReadState,
    Recheck,
    Source,
    Verdict,
)
from monitor.neighbours import news_among, told_events, told_in, with_shared
from monitor.pages import read_page
from monitor.ports import Store


class Board(Struct, frozen=True, kw_only=True, dict=True):
    """What readings are assessed against: guides, all sources by id, and where alerts go (None: nobody is told).

    ``route`` turns one alert into those parts of it that channels are to see, each addressed.
    """

    guides: tuple[Guide, ...] = ()
    sources: Mapping[str, Source]
    pairs: tuple[Pair, ...] = ()
    route: Callable[[Alert], Sequence[Alert]] | None = None

    @cached_property
    def index(self) -> GuideIndex:
        """The assumptions by source and kind."""
        return index_guides(self.guides)

    @cached_property
    def pairs_of(self) -> dict[str, list[Pair]]:
        """What pages must state alike, by each source it concerns."""
        found: dict[str, list[Pair]] = {}
        for pair in pairs_of(self.guides, self.pairs):
            for source in pair.facts:
                found.setdefault(source, []).append(pair)
        return found

    def compares(self, source: str) -> bool:
        """Whether a guide rests on this source, or another page must state what it states."""
        return source in self.index.places or source in self.pairs_of

    @cached_property
    def rested_on(self) -> list[str]:
        """The sources that assumptions rest on."""
        return guide_sources(self.guides)

    @cached_property
    def kinds_read(self) -> dict[str, frozenset[FactKind]]:
        """The kinds of fact each source is read for."""
        return {name: _kinds_of(source) for name, source in self.sources.items()}


def _kinds_of(source: Source) -> frozenset[FactKind]:
    return frozenset(kind for name in source.declarations for kind in EXTRACTORS[name].kinds)


def assessed(
    source: Source, known: Known, record: CheckRecord, reading: Reading, store: Store, board: Board
) -> CheckRecord:
    """The record with what it means for the guides: affected assumptions, rechecks, verdicts that moved, alerts."""
    told = told_events(record)
    if not told and source.id not in board.index.places:
        return record
    parts = told_in(told)
    events = [event for event in told if event.id not in parts.values()]
    concerned = source.id in board.index.places or any(map(board.index.candidates, events))
    assessment = _assessment(source, known, record, reading, events, store, board) if concerned else Assessment()
    assessment = _told_together(assessment, parts)
    alerts = _alerts(told, assessment, source, board, store, record.check)
    return replace(
        record,
        affects=assessment.affects,
        rechecks=assessment.rechecks,
        verdicts=assessment.verdicts,
        alerts=alerts,
    )


def _assessment(
    source: Source,
    known: Known,
    record: CheckRecord,
    reading: Reading,
    events: Sequence[Event],
    store: Store,
    board: Board,
) -> Assessment:
    good = record.check.outcome in GOOD_OUTCOMES
    after = advance(known, record)
    previous = store.verdicts() if board.guides else {}
    assessment = assess(
        events,
        board.index,
        source=source.id,
        facts=lambda sources: facts_view(source.id, after, sources, store, at=None),
        reads=reads_view(source, after, record, store, board.rested_on),
        previous=previous,
        now=reading.checked_at,
        first_sight=record.check.outcome == CheckOutcome.FIRST_SEEN,
        page_texts=PageTexts(board.sources, store, {source.id: reading.page.text} if good and reading.page else {}),
        kinds_read=board.kinds_read,
    )
    moved = tuple(item for item in assessment.verdicts if previous.get((item.guide, item.assumption)) != item.verdict)
    return replace(assessment, verdicts=moved)


def _told_together(assessment: Assessment, parts: Mapping[str, str]) -> Assessment:
    """What events that a notice tells touch, the notice touches; it is what rechecks cite."""
    asked = tuple(replace(item, event=parts.get(item.event or "", item.event)) for item in assessment.rechecks)
    return replace(assessment, affects=with_shared(assessment.affects, parts), rechecks=asked)


def _alerts(
    events: Sequence[Event], assessment: Assessment, source: Source, board: Board, store: Store, check: Check
) -> tuple[Alert, ...]:
    if board.route is None:
        return ()
    told = store.told_of(source.id, TROUBLES, ends=RECOVERED) if any(_is_over(event) for event in events) else ()
    agreeing = [str((event.old or {}).get("source")) for event in events if event.kind == RECOVERED and event.key]
    heard = [channel for name in agreeing for channel in store.told_of(name, {DISAGREES}, ends=RECOVERED)]
    planned = plan_alerts(
        [event for event in news_among(events, assessment.affects, store) if not _told_already(event, store)],
        assessment.affects,
        assessment.rechecks,
        board.guides,
        publisher=source.publisher,
        now=check.checked_at,
        route=lambda _: (),
        first_sight=check.outcome == CheckOutcome.FIRST_SEEN,
        told=tuple(dict.fromkeys((*told, *heard))),
    )
    # What already has its channels goes to those, whatever they are told of otherwise.
    routed = [part for alert in planned for part in ((alert,) if alert.channels else board.route(alert))]
    return tuple(replace(alert, source=source.id) for alert in routed)


def _is_over(event: Event) -> bool:
    return event.kind == RECOVERED and event.key is None


def _told_already(event: Event, store: Store) -> bool:
    """Whether it is a trouble of its source that was told before and is not over: one that comes and goes is one."""
    return event.kind in TROUBLES and bool(store.told_of(event.source, {event.kind}, ends=RECOVERED))


def facts_view(
    source: str, after: Known, wanted: Sequence[str], store: Store, *, at: datetime | None
) -> list[KnownFact]:
    """The facts of these sources, those of ``source`` as they will stand after this read."""
    others = [other for other in wanted if other != source]
    facts = store.facts(sources=others, at=at) if others else []
    return [*facts, *(after.facts.values() if source in wanted else ())]


def reads_view(
    source: Source, after: Known, record: CheckRecord, store: Store, wanted: Sequence[str]
) -> dict[str, ReadState]:
    """How the reading of the ``wanted`` sources stands, and of ``source`` as it will after this read."""
    states = dict(store.read_states(sources=wanted))
    before = states.get(source.id)
    good = record.check.outcome in GOOD_OUTCOMES
    unchanged = good and record.version is None
    states[source.id] = ReadState(
        source=source.id,
        url=after.memory.final_url or source.url,
        version=after.version.id if after.version else None,
        last_good_read=after.last_good_read,
        last_change=after.version.seen_at if after.version else None,
        last_check=after.last_check,
        checks=(before.checks if before else 0) + 1,
        reads_since_change=(before.reads_since_change if before and record.version is None else 0) + unchanged,
        health="ok" if good else record.check.outcome,
        marker=after.memory.marker,
    )
    return states


class PageTexts(Mapping[str, str]):
    """The text of each source's page as last believed, read from its stored snapshot when first asked for."""

    def __init__(
        self, sources: Mapping[str, Source], store: Store, known: Mapping[str, str], *, at: datetime | None = None
    ) -> None:
        self._sources, self._store, self._at = sources, store, at
        self._texts = dict(known)

    def __getitem__(self, source: str) -> str:
        if source not in self._texts:
            version = self._store.find_version(source, at=self._at)
            if version is None or source not in self._sources:
                raise KeyError(source)
            self._texts[source] = read_page(self._store.get_snapshot(version.snapshot), self._sources[source]).text
        return self._texts[source]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


def guide_sources(guides: Sequence[Guide]) -> list[str]:
    """The ids of all sources these guides rest on, in order, once each."""
    return list(dict.fromkeys(name for guide in guides for item in guide.assumptions for name in item.sources))


def _was_open(task: Recheck, then: datetime) -> bool:
    return task.opened_at <= then and (task.closed_at is None or task.closed_at > then)


def verify_guides(
    guides: Sequence[Guide], *, store: Store, board: Board, now: datetime, past: bool = False
) -> list[Verdict]:
    """A verdict for each assumption at ``now``, in the guides' order; ``past`` asks what was known then."""
    at = now if past else None
    ground = make_ground(
        store.facts(sources=guide_sources(guides), at=at),
        store.read_states(at=at, sources=guide_sources(guides)),
        now,
        page_texts=PageTexts(board.sources, store, {}, at=at),
        kinds_read=board.kinds_read,
    )
    waiting: dict[tuple[str, str], tuple[int, ...]] = {}
    for task in store.rechecks(state=None if past else "open"):
        if past and not _was_open(task, now):
            continue
        place = (task.guide, task.assumption)
        waiting[place] = (*waiting.get(place, ()), task.id)
    verdicts = [judge_on(ground, guide, item) for guide in guides for item in guide.assumptions]
    return [replace(item, open_rechecks=waiting.get((item.guide, item.assumption), ())) for item in verdicts]
