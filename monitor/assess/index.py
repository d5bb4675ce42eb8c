"""Finds the assumptions that an event or a read could concern without looking at all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from monitor.assess.patterns import match_pattern, pattern_kind
from monitor.assess.scope import DISAGREEMENT, LOST, QUIET, event_sources, is_fold, lasting_sources, watched_sources
from monitor.model import Assumption, Event, Guide, Operator, Watch

Name = tuple[str, str]
"""(guide id, assumption id)"""


class Entry(Struct, frozen=True, kw_only=True):
    """One assumption of one guide. ``basis``: one number for all that expect the same of the same sources."""

    name: Name
    guide: Guide
    assumption: Assumption
    basis: int


class _Place(Struct, frozen=True):
    """The entries of one source, by how they could be concerned."""

    by_pattern: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)
    by_phrase: list[Entry] = field(default_factory=list)
    watching: dict[str, list[Entry]] = field(default_factory=dict)
    lasting: list[Entry] = field(default_factory=list)
    expecting: dict[Name, Entry] = field(default_factory=dict)
    timed: list[Entry] = field(default_factory=list)
    silent: dict[str, list[Entry]] = field(default_factory=dict)


ANY = ""
"""The family of a watch that names no kinds."""
SILENT_KINDS = frozenset({"pool", "fee", "deadline", "notice", "allocation"})
"""Kinds whose facts can change or come into force without an event of their own."""


class GuideIndex(Struct, frozen=True, kw_only=True):
    """All assumptions by source; make it once per set of guides with ``index_guides``."""

    guides: Mapping[str, Guide]
    places: Mapping[str, _Place]
    anywhere: Sequence[Entry]

    def candidates(self, event: Event) -> list[Entry]:
        """The entries an event could concern, each once; ``touches`` has the last word."""
        places = [self.places.get(source, _EMPTY) for source in dict.fromkeys(event_sources(event))]
        near = (entry for place in places for entry in _found(place, event))
        found = {entry.name: entry for entry in (*near, *self.anywhere)}
        return list(found.values())

    def expecting(self, source: str) -> Mapping[Name, Entry]:
        """The entries whose expectation rests on this source, by name."""
        return self.places.get(source, _EMPTY).expecting

    def timed(self, source: str) -> Sequence[Entry]:
        """Those of them whose verdict time or the mere wording of the page may change."""
        return self.places.get(source, _EMPTY).timed

    def silent(self, source: str, kind: str) -> Sequence[Entry]:
        """Those of them that compare facts of a kind that can change without an event."""
        return self.places.get(source, _EMPTY).silent.get(kind, ())


_EMPTY = _Place()


def _found(place: _Place, event: Event) -> Iterator[Entry]:
    for family in _families(event):
        yield from place.watching.get(family, ())
    if event.kind in QUIET or event.kind in LOST:
        yield from place.lasting
        return
    if event.kind == DISAGREEMENT:
        yield from place.expecting.values()
    yield from place.by_phrase
    patterns = place.by_pattern.get((event.key or "").partition(":")[0], {})
    for pattern, entries in patterns.items():
        if is_fold(event) or match_pattern(pattern, event.key or ""):
            yield from entries


def _families(event: Event) -> tuple[str, ...]:
    """The families under which a watch could name an event: that of its kind, of its fact, or any."""
    return tuple(dict.fromkeys((ANY, event.kind.partition(".")[0], (event.key or "").partition(":")[0])))


def index_guides(guides: Iterable[Guide]) -> GuideIndex:
    """The assumptions of these guides by source and kind."""
    places: dict[str, _Place] = {}
    anywhere: list[Entry] = []
    known = {guide.id: guide for guide in guides}
    bases: dict[tuple[object, ...], int] = {}
    for guide in known.values():
        for assumption in guide.assumptions:
            name, basis = (guide.id, assumption.id), bases.setdefault(_basis(assumption), len(bases))
            _file(Entry(name=name, guide=guide, assumption=assumption, basis=basis), places, anywhere)
    return GuideIndex(guides=known, places=places, anywhere=anywhere)


def _basis(assumption: Assumption) -> tuple[object, ...]:
    expect = assumption.expect
    if expect is None:
        return (assumption.date,)
    written = (repr(expect.operand), repr(sorted(expect.where.items())))
    return (expect.operator, expect.fact, expect.phrase, *written, assumption.sources, assumption.max_age)


def _file(entry: Entry, places: dict[str, _Place], anywhere: list[Entry]) -> None:
    assumption = entry.assumption
    for source in dict.fromkeys(assumption.sources):
        if assumption.expect is not None:
            _file_expectation(entry, places.setdefault(source, _Place()))
    for source in dict.fromkeys(lasting_sources(assumption)):
        places.setdefault(source, _Place()).lasting.append(entry)
    if not assumption.watch and assumption.expect is None:
        _file_watch(entry, Watch(), places)
    for watch in assumption.watch:
        _file_watch(entry, watch, places)
    if any(not watch.sources and (watch.words or not assumption.sources) for watch in assumption.watch):
        anywhere.append(entry)


def _file_watch(entry: Entry, watch: Watch, places: dict[str, _Place]) -> None:
    families = {kind.partition(".")[0].strip().lower() for kind in watch.kinds} or {ANY}
    for source in dict.fromkeys(watched_sources(entry.assumption, watch)):
        watching = places.setdefault(source, _Place()).watching
        for family in families:
            watching.setdefault(family, []).append(entry)


def _file_expectation(entry: Entry, place: _Place) -> None:
    expect = entry.assumption.expect
    if expect is None:
        return
    place.expecting[entry.name] = entry
    kind = str(pattern_kind(expect.fact or "") or "")
    if expect.fact is None:
        place.by_phrase.append(entry)
    else:
        place.by_pattern.setdefault(kind, {}).setdefault(expect.fact, []).append(entry)
    if expect.fact is None or expect.operator == Operator.NEWEST_WITHIN:
        place.timed.append(entry)
    elif kind in SILENT_KINDS:
        place.silent.setdefault(kind, []).append(entry)
