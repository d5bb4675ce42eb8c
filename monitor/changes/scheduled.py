"""Fees announced for a later day: they stand beside the present ones, and take their place on that day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.changes import events
from monitor.changes.alignment import Alignment, align
from monitor.changes.kinds import SCHEDULED, changed_fields, is_scheduled
from monitor.changes.reading import Reader
from monitor.model import Event, Fact, FactKind, Fee, Known, KnownFact, value_to_plain


class Settled(Struct, frozen=True, kw_only=True):
    """A page's facts on a day: announced fees under keys of their own, those that came into force in place.

    ``due``: known announcements whose day has come; they end with this read. ``unseen``: those of them whose amount
    the page does not show. ``former``: see Memory.
    """

    facts: tuple[Fact, ...]
    due: tuple[KnownFact, ...] = ()
    unseen: tuple[KnownFact, ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)

    def without_due(self, known: Mapping[str, KnownFact]) -> Mapping[str, KnownFact]:
        """The known facts less the announcements that end: their going is no removal."""
        ends = {item.fact.key for item in self.due}
        return {key: item for key, item in known.items() if key not in ends} if ends else known

    def compare(self, known: Mapping[str, KnownFact]) -> Alignment:
        """Today's facts against the known ones; the announcement of what has come is no rule that went."""
        alignment = align(self.without_due(known), self.facts)
        quotes = {item.fact.quote for item in self.due}
        told = {fact.key for fact in alignment.missing if fact.kind == FactKind.RULE and fact.quote in quotes}
        return replace(alignment, echoes=alignment.echoes | told)


def settle(facts: Sequence[Fact], known: Mapping[str, KnownFact], former: Mapping[str, str], today: date) -> Settled:
    """What these facts of a page say today.

    A fee from a later day stands beside the present one, also where the page shows only the new amount. From its day
    on it takes the present one's place, also while the page still shows the old amount.
    """
    due = tuple(item for item in known.values() if is_scheduled(item.fact) and not _is_future(item.fact, today))
    concerned = [*(item.fact for item in due), *(fact for fact in facts if _is_future(fact, today))]
    stems = {*(stem_of(fact.key) for fact in concerned), *map(stem_of, former)}
    if not stems:
        return Settled(facts=tuple(facts), former=former)
    groups: dict[str, list[Fact]] = {stem: [] for stem in stems}
    for fact in facts:
        if fact.kind == FactKind.FEE and stem_of(fact.key) in stems:
            groups[stem_of(fact.key)].append(fact)
    kept = dict(former)
    unseen: list[KnownFact] = []
    settled: dict[str, list[Fact]] = {}
    for stem, group in groups.items():
        present = _present_fees(group, today)
        own = [item for item in due if stem_of(item.fact.key) == stem]
        unseen += [item for item in own if not _take_effect(item.fact, present, known, kept)]
        later = [fact for fact in group if _is_future(fact, today)]
        present = _without_former(present, kept)
        settled[stem] = [*present, *_still_standing(present, later, known), *_announced(later)]
    return Settled(facts=tuple(_placed(facts, settled)), due=due, unseen=tuple(unseen), former=kept)


def stem_of(key: str) -> str:
    """A key without its place: what equal labels share."""
    return key.partition("@")[0]


def _is_future(fact: Fact, today: date) -> bool:
    return _effective(fact) > today


def _effective(fact: Fact) -> date:
    return (fact.value.effective_on if isinstance(fact.value, Fee) else None) or date.min


def _amount(fact: Fact) -> str:
    return f"{fact.value.amount} {fact.value.currency}" if isinstance(fact.value, Fee) else ""


def _placed(facts: Iterable[Fact], settled: Mapping[str, Sequence[Fact]]) -> Iterator[Fact]:
    """All facts in page order, each settled group where its first fact stood."""
    waiting = dict(settled)
    for fact in facts:
        if fact.kind == FactKind.FEE and stem_of(fact.key) in settled:
            yield from waiting.pop(stem_of(fact.key), ())
        else:
            yield fact
    for rest in waiting.values():
        yield from rest


def _present_fees(group: Sequence[Fact], today: date) -> list[Fact]:
    """The fees in force, the first under the plain key if an announcement above it on the page had taken that."""
    present = [fact for fact in group if not _is_future(fact, today)]
    taken = any("@" not in fact.key for fact in group if _is_future(fact, today))
    return [replace(present[0], key=stem_of(present[0].key)), *present[1:]] if present and taken else present


def _announced(later: Sequence[Fact]) -> list[Fact]:
    ordered = sorted(later, key=lambda fact: (_effective(fact), fact.key))
    return [
        replace(fact, key=f"{stem_of(fact.key)}@{SCHEDULED}" + (f"-{number}" if number > 1 else ""))
        for number, fact in enumerate(ordered, start=1)
    ]


def find_present(announced: Fact, fees: Iterable[Fact]) -> Fact | None:
    """The fee that an announcement is to replace: the only one of its label, else the only one in its place."""
    stem = stem_of(announced.key)
    same = [fact for fact in fees if stem_of(fact.key) == stem and not is_scheduled(fact)]
    if len(same) > 1:
        same = [fact for fact in same if fact.path == announced.path]
    return same[0] if len(same) == 1 else None


def _known_present(announced: Fact, known: Mapping[str, KnownFact]) -> Fact | None:
    return find_present(announced, (item.fact for item in known.values()))


def _still_standing(present: Sequence[Fact], later: Sequence[Fact], known: Mapping[str, KnownFact]) -> list[Fact]:
    """Known fees that the page no longer shows because it shows only what will replace them."""
    found: dict[str, Fact] = {}
    for fact in later:
        before = None if find_present(fact, present) else _known_present(fact, known)
        if before is not None and all(before.key != other.key for other in present):
            found[before.key] = before
    return list(found.values())


def _take_effect(announced: Fact, present: list[Fact], known: Mapping[str, KnownFact], former: dict[str, str]) -> bool:
    """Put an announced fee in the place of the one it replaces, if the page shows its amount; False if it does not."""
    shown = next((fact for fact in present if _amount(fact) == _amount(announced)), None)
    if shown is None:
        return False
    before = _known_present(announced, known)
    key = before.key if before else stem_of(announced.key)
    if before is not None:
        former[key] = _amount(before)
    present.remove(shown)
    for index, fact in enumerate(present):
        if fact.key == key:
            present[index] = replace(fact, key=shown.key)
    present.insert(0, replace(_dated(shown, _effective(announced)), key=key))
    return True


def _dated(fact: Fact, day: date) -> Fact:
    """The fee with the day it was announced for, where the page no longer says so."""
    value = fact.value
    if isinstance(value, Fee) and value.effective_on is None:
        return replace(fact, value=replace(value, effective_on=day))
    return fact


def _without_former(present: Sequence[Fact], former: Mapping[str, str]) -> list[Fact]:
    """The present fees, less an old amount that the page still shows beside the one that replaced it."""
    kept = list(present)
    for key, amount in former.items():
        same = [fact for fact in kept if stem_of(fact.key) == stem_of(key)]
        old = next((fact for fact in same if _amount(fact) == amount), None)
        new = next((fact for fact in same if _amount(fact) != amount and _effective(fact) != date.min), None)
        if old is not None and new is not None:
            kept = [replace(fact, key=key) if fact is new else fact for fact in kept if fact is not old]
    return kept


def arrived(reader: Reader, fact: Fact, known: Mapping[str, KnownFact]) -> Event | None:
    """The event of a fact that appeared; an announced fee carries the present one as its old value."""
    event = events.added(reader, fact)
    present = _known_present(fact, known) if event is not None and is_scheduled(fact) else None
    if event is None or present is None:
        return event
    evidence = replace(event.evidence, before=known[present.key].version, quote_before=present.quote)
    changed = changed_fields(present, fact)
    return replace(event, old=value_to_plain(present.value), changed=changed, evidence=evidence)


def reminders(reader: Reader, settled: Settled, known: Known) -> list[Event]:
    """On its day, the reminder of an announced fee whose amount the page does not show as the present one.

    None of an announcement that the page had dropped before.
    """
    awaited = (item for item in settled.unseen if item.fact.key not in known.memory.absences)
    found = (arrived(reader, item.fact, known.facts) for item in awaited)
    return [event for event in found if event is not None]


class Turned(Struct, frozen=True, kw_only=True):
    """What a day changes on a page that has not changed."""

    events: tuple[Event, ...] = ()
    began: tuple[Fact, ...] = ()
    ended: tuple[str, ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)


def turn(reader: Reader, known: Known) -> Turned:
    """The fees that come into force by today on a page that the server says has not changed."""
    facts, today = known.facts, reader.now.date()
    former = known.memory.former
    shown = [item.fact for key, item in facts.items() if key not in known.memory.absences]
    settled = settle(shown, facts, former, today)
    if not settled.due:
        return Turned(former=former)
    before = settled.without_due(facts)
    alignment = align(before, settled.facts)
    pairs = [(old, new) for old, new in alignment.pairs if changed_fields(old, new)]
    told = [events.changed(reader, old, new, version=facts[old.key].version) for old, new in pairs]
    told += [events.added(reader, fact) for fact in alignment.added]
    return Turned(
        events=tuple(event for event in told if event is not None),
        began=(*(new for _, new in pairs), *alignment.added),
        ended=(*(old.key for old, _ in pairs), *(item.fact.key for item in settled.due)),
        former=settled.former,
    )
