"""What readings mean for the guides: which assumptions they touch, what a person must recheck, who is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.assess import assess, judge, plan_alerts
from monitor.changes.advance import advance
from monitor.changes.reading import Reading
from monitor.model import (
    GOOD_OUTCOMES,
    Alert,
    CheckOutcome,
    CheckRecord,
    EventState,
    Guide,
    Known,
    KnownFact,
    ReadState,
    Source,
    Verdict,
)
from monitor.pages import read_page
from monitor.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What readings are assessed against: guides, all sources by id, and where alerts go (None: nobody is told)."""

    guides: tuple[Guide, ...] = ()
    sources: Mapping[str, Source]
    route: Callable[[Alert], Sequence[Alert]] | None = None


def assessed(
    source: Source, known: Known, record: CheckRecord, reading: Reading, store: Store, board: Board
) -> CheckRecord:
    """The record with what it means for the guides: affected assumptions, rechecks, verdicts that moved, alerts."""
    events = [event for event in (*record.events, *record.settled) if event.state == EventState.CONFIRMED]
    guides = [guide for guide in board.guides if rests_on(guide, source.id)]
    after = advance(known, record)
    good = record.check.outcome in GOOD_OUTCOMES
    first_sight = record.check.outcome == CheckOutcome.FIRST_SEEN
    previous = store.verdicts() if guides else {}
    assessment = assess(
        events,
        guides,
        facts=lambda sources: facts_view(source.id, after, sources, store, at=None),
        reads=reads_view(source, after, record, store) if guides else {},
        page_texts=PageTexts(board.sources, store, {source.id: reading.page.text} if good and reading.page else {}),
        previous=previous,
        first_sight=first_sight,
        source=source.id,
        now=reading.checked_at,
    )
    moved = tuple(v for v in assessment.verdicts if previous.get((v.guide, v.assumption)) != v.verdict)
    alerts: tuple[Alert, ...] = ()
    if board.route is not None:
        planned = plan_alerts(events, assessment, guides, first_sight=first_sight, now=reading.checked_at)
        alerts = tuple(part for alert in planned for part in board.route(alert))
    return replace(record, affects=assessment.affects, rechecks=assessment.rechecks, verdicts=moved, alerts=alerts)


def rests_on(guide: Guide, source: str) -> bool:
    """Whether any assumption of the guide names the source."""
    return any(
        source in item.sources or (item.watch is not None and source in item.watch.sources)
        for item in guide.assumptions
    )


def facts_view(
    source: str, after: Known, wanted: Sequence[str], store: Store, *, at: datetime | None
) -> list[KnownFact]:
    """The facts of these sources, those of ``source`` as they will stand after this read."""
    others = [other for other in wanted if other != source]
    facts = store.facts(sources=others, at=at) if others else []
    return [*facts, *(after.facts.values() if source in wanted else ())]


def reads_view(source: Source, after: Known, record: CheckRecord, store: Store) -> dict[str, ReadState]:
    """How every source's reading stands, ``source`` as it will after this read."""
    states = dict(store.read_states())
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


def verify_guides(
    guides: Sequence[Guide], *, store: Store, sources: Mapping[str, Source], now: datetime, past: bool = False
) -> list[Verdict]:
    """A verdict for each assumption at ``now``, in the guides' order; ``past`` asks what was known then."""
    at = now if past else None
    reads = store.read_states(at=at)
    texts = PageTexts(sources, store, {}, at=at)
    facts: dict[str, list[KnownFact]] = {}
    for item in store.facts(sources=guide_sources(guides), at=at):
        facts.setdefault(item.fact.source, []).append(item)
    waiting = store.rechecks(state="open")
    verdicts = []
    for guide in guides:
        for item in guide.assumptions:
            resting = [fact for name in item.sources for fact in facts.get(name, ())]
            verdict = judge(guide, item, facts=resting, reads=reads, now=now, page_texts=texts)
            ids = tuple(task.id for task in waiting if (task.guide, task.assumption) == (guide.id, item.id))
            verdicts.append(replace(verdict, open_rechecks=ids))
    return verdicts
