"""What of a good read is believed at once and what must first stay: removals, older copies, much reduced pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.changes.alignment import Alignment
from monitor.changes.kinds import changed_fields
from monitor.changes.rolling import entry_day
from monitor.model import (
    Absence,
    Confirm,
    Doubt,
    Draw,
    Event,
    EventState,
    Fact,
    FactKind,
    Known,
    KnownFact,
    Page,
    Pool,
    Source,
    digest,
    to_json,
)

NEWER_SEEN_WITHIN = timedelta(hours=72)
"""An earlier content that returns this soon after a newer one was read is taken for a cache's older copy."""
FEW_FACTS = 4
"""Below this many known facts a halving says nothing."""
FEW_RULES = 6

OLDER_COPY = "older_copy"
REDUCED = "reduced"
IGNORED_KINDS = frozenset({FactKind.POOL, FactKind.NOTICE, FactKind.STREAM, FactKind.ALLOCATION, FactKind.DEADLINE})
"""Kinds that come and go with each edition of a page, as do facts of other kinds that stand in dated entries."""


def find_doubt(source: Source, known: Known, page: Page, alignment: Alignment, now: datetime) -> str | None:
    """Why this well-formed read is not to be believed at once: OLDER_COPY, REDUCED, or None."""
    if known.memory.absences and _adds_nothing(alignment) and not alignment.missing:
        # What was missing is back and nothing else differs: the reads without it were the odd ones.
        return None
    if _is_older_copy(source, known, page, alignment, now):
        return OLDER_COPY
    return REDUCED if is_reduced(known, alignment) else None


def _adds_nothing(alignment: Alignment) -> bool:
    return not alignment.added and not any(changed_fields(old, new) for old, new in alignment.differing)


def _is_older_copy(source: Source, known: Known, page: Page, alignment: Alignment, now: datetime) -> bool:
    if source.append_only and _newest(alignment) < _newest_known(known):
        return True
    last = known.last_good_read
    if known.twin is not None and known.version is not None and known.twin.sha256 != known.version.sha256:
        return last is not None and now - last <= NEWER_SEEN_WITHIN
    return is_older_stamp(page, known)


def is_older_stamp(page: Page, known: Known) -> bool:
    """Whether the page's own stamp is a day before the one already seen."""
    marker = known.memory.marker
    return _is_day(page.update_marker) and _is_day(marker) and str(page.update_marker) < str(marker)


def _is_day(marker: str | None) -> bool:
    if marker is None:
        return False
    try:
        datetime.strptime(marker, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _newest(alignment: Alignment) -> tuple[str, int, str]:
    today = (*(new for _, new in alignment.pairs), *alignment.added)
    return max((_rank(fact) for fact in today), default=("", 0, ""))


def _newest_known(known: Known) -> tuple[str, int, str]:
    present = (item.fact for key, item in known.facts.items() if key not in known.memory.absences)
    return max((_rank(fact) for fact in present), default=("", 0, ""))


def _rank(fact: Fact) -> tuple[str, int, str]:
    """Records of an append-only feed in their order: by number where they have one, else by day."""
    draw = fact.value
    if not isinstance(draw, Draw):
        return ("", 0, "")
    if draw.number is not None:
        figure = "".join(filter(str.isdigit, draw.number))
        return ("n", int(figure or 0), draw.number)
    return (draw.date.isoformat() if draw.date else "", 0, "")


def is_reduced(known: Known, alignment: Alignment) -> bool:
    """Whether a kind of fact has gone altogether, more than half of a kind's facts have, or one of their fields has."""
    return _has_lost_facts(known, alignment) or _has_lost_a_field(alignment)


def _has_lost_facts(known: Known, alignment: Alignment) -> bool:
    gone = _count(alignment.missing)
    if not gone:
        return False
    kept = _count([new for _, new in alignment.pairs] + list(alignment.added))
    had = _count([item.fact for key, item in known.facts.items() if key not in known.memory.archived])
    for kind, missing in gone.items():
        left = kept.get(kind, 0)
        few = FEW_RULES if kind == FactKind.RULE else FEW_FACTS
        if not left and kind != FactKind.RULE:
            return True
        if had.get(kind, 0) >= few and missing > had[kind] / 2 and left < had[kind] / 2:
            return True
    return False


def _has_lost_a_field(alignment: Alignment) -> bool:
    """Whether a field that most facts of a kind had is empty in most of them now: renamed there, not edited."""
    emptied = Counter(
        (old.kind, name)
        for old, new in alignment.differing
        if old.value != new.value
        for name in old.value.__struct_fields__
        if getattr(old.value, name) not in _EMPTY and getattr(new.value, name, None) in _EMPTY
    )
    return any(lost >= FEW_FACTS and lost > _filled(alignment.pairs, *place) / 2 for place, lost in emptied.items())


def _filled(pairs: Sequence[tuple[Fact, Fact]], kind: FactKind, name: str) -> int:
    return sum(old.kind == kind and getattr(old.value, name) not in _EMPTY for old, _ in pairs)


_EMPTY = (None, "", ())


def _count(facts: Sequence[Fact]) -> dict[FactKind, int]:
    counts: dict[FactKind, int] = {}
    for fact in facts:
        if fact.kind not in IGNORED_KINDS and (fact.kind == FactKind.DRAW or entry_day(fact) is None):
            counts[fact.kind] = counts.get(fact.kind, 0) + 1
    return counts


def digest_of(facts: Sequence[Fact]) -> str:
    """What these facts say, as one digest: the same doubtful content read again has the same."""
    return digest(*sorted(f"{fact.key} {fact.compare or to_json(fact.value)}" for fact in facts))


def next_doubt(doubt: Doubt | None, code: str, facts: Sequence[Fact], now: datetime) -> Doubt:
    """The doubt after this read: one read more of the same content, or a new one."""
    sha256 = digest_of(facts)
    if doubt is not None and (doubt.code, doubt.sha256) == (code, sha256):
        return replace(doubt, reads=doubt.reads + 1)
    return Doubt(code=code, sha256=sha256, since=now, reads=1)


def has_stayed(since: datetime, reads: int, confirm: Confirm, now: datetime) -> bool:
    """Whether something seen since then, over this many reads, has stayed long enough to be believed."""
    return reads >= confirm.reads and now - since >= timedelta(hours=confirm.hours)


class Absences(Struct, frozen=True, kw_only=True):
    """Removals after one more good read: those waiting, provisional events that are now settled, keys that end."""

    waiting: Mapping[str, Absence]
    settled: tuple[Event, ...]
    fresh: tuple[KnownFact, ...]
    ended: tuple[str, ...]


def follow_absences(known: Known, missing: Sequence[Fact], confirm: Confirm, now: datetime) -> Absences:
    """Count this good read for every known fact that is missing, and retract what has returned.

    ``fresh`` are the facts missing for the first time, which need a provisional event; pool figures simply end.
    """
    waiting: dict[str, Absence] = {}
    settled: list[Event] = []
    fresh: list[KnownFact] = []
    ended: list[str] = []
    for fact in missing:
        before = known.memory.absences.get(fact.key)
        if isinstance(fact.value, Pool):
            ended.append(fact.key)
        elif before is None:
            fresh.append(known.facts[fact.key])
        elif has_stayed(before.since, before.reads + 1, confirm, now):
            ended.append(fact.key)
            settled += _settle(known, before, EventState.CONFIRMED, now)
        else:
            waiting[fact.key] = replace(before, reads=before.reads + 1)
    gone = {fact.key for fact in missing}
    for key, absence in known.memory.absences.items():
        if key not in gone:
            settled += _settle(known, absence, EventState.RETRACTED, None)
    return Absences(waiting=waiting, settled=tuple(settled), fresh=tuple(fresh), ended=tuple(ended))


def _settle(known: Known, absence: Absence, state: EventState, confirmed_at: datetime | None) -> list[Event]:
    event = known.pending.get(absence.event)
    return [] if event is None else [replace(event, state=state, confirmed_at=confirmed_at)]
