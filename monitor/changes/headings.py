"""Headings edited where no fact holds their words: what stands below them tells of the edit."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from monitor.changes.entries import Pair
from monitor.changes.events import changed, quoted_by
from monitor.changes.kinds import changed_fields
from monitor.changes.reading import Reader
from monitor.model import Event, Fact, FactKind, Modality, Rule, digest
from monitor.pages.headings import is_day, without_days, without_stamp

ALIKE = 80.0
"""Least likeness (0 to 100) of two wordings of one heading."""

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORDS = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W_]+")
_DECIDES = re.compile(
    r"\b(?:not|no|non|never|only|longer|in?eligible|closed|closing|open|opening|paused|suspended|ended|cancelled"
    r"|required|optional|mandatory|permanent|temporary)\b"
)
"""Words on which it hangs what a heading lets one do; without them another wording of it is none of the rules."""
_DATED = frozenset({FactKind.DRAW, FactKind.NOTICE, FactKind.POOL})
"""Facts below headings that come and go with each entry."""

Path = tuple[str, ...]


def heading_changes(
    reader: Reader, pairs: Sequence[Pair], told: Sequence[Event], stirred: set[str], version: str | None
) -> list[Event]:
    """A rule.changed for each heading with another number or decisive word. ``pairs``: known and today's facts.

    Not of stamps and bare days, nor where an event of this read (``told``) quotes the heading. A heading that only
    names another year or day is told where nothing below it changed: where it is none of ``stirred``.
    """
    edits = dict(_edits(pairs))
    quoted = quoted_by(told)
    return [
        event
        for (above, old), new in edits.items()
        if new not in quoted and not counts_on(old, new, stirred)
        if (event := _event(reader, above, old, new, version)) is not None
    ]


def stirred_headings(pairs: Iterable[Pair], moved: Iterable[Fact]) -> set[str]:
    """The headings, then and now, below which facts changed, came or went (``moved``)."""
    changes = (fact for old, new in pairs if changed_fields(old, new) for fact in (old, new))
    return {heading for fact in (*moved, *changes) for heading in fact.path}


def counts_on(old: str, new: str, stirred: set[str]) -> bool:
    """Whether a heading only names another day or year over something that changed with it, which is told itself."""
    return not stirred.isdisjoint({old, new}) and without_days(old) == without_days(new)


def _edits(pairs: Sequence[Pair]) -> Iterator[tuple[tuple[Path, str], str]]:
    """((headings above, heading before), heading now) of every heading that was edited."""
    before = {heading for old, _ in pairs for heading in old.path}
    after = {heading for _, new in pairs for heading in new.path}
    for old, new in pairs:
        if old.path == new.path or len(old.path) != len(new.path) or new.kind in _DATED:
            continue
        for place, (was, now) in enumerate(zip(old.path, new.path, strict=True)):
            if was != now and was not in after and now not in before and _is_edit(was, now):
                yield (new.path[:place], was), now


def _is_edit(was: str, now: str) -> bool:
    one, other = (" ".join(_WORDS.findall(without_stamp(text).casefold())) for text in (was, now))
    if one == other or is_day(was) or is_day(now):
        return False
    if _NUMBER.sub("#", one) == _NUMBER.sub("#", other):
        return True
    decides = _DECIDES.findall(one) != _DECIDES.findall(other)
    return decides and fuzz.ratio(one, other) >= ALIKE


def _event(reader: Reader, above: Path, old: str, new: str, version: str | None) -> Event | None:
    key = f"{FactKind.RULE}:{reader.source.id}/heading-{digest(*above, _NUMBER.sub('#', new), length=10)}"
    facts = [
        Fact(
            key=key,
            kind=FactKind.RULE,
            source=reader.source.id,
            value=Rule(section=" > ".join(above), text=text, modality=Modality.IS),
            quote=text,
            path=above,
        )
        for text in (old, new)
    ]
    return changed(reader, facts[0], facts[1], version=version)
