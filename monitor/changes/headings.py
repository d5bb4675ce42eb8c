"""Numbers edited in a heading: no fact holds the heading's own words, so what stands below it tells of the edit."""

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.changes.events import Reader, changed
from monitor.changes.kinds import changed_fields
from monitor.model import Event, Fact, FactKind, Modality, Rule, digest
from monitor.pages.dates import find_dates

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_STAMP = re.compile(r"\(?\b(?:updated|as of|as at|modified|published|posted|reviewed|revised)\b.*", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DATED = frozenset({FactKind.DRAW, FactKind.NOTICE, FactKind.POOL})
"""Facts below headings that come and go with each entry."""

Path = tuple[str, ...]
Pair = tuple[Fact, Fact]


def heading_changes(
    reader: Reader, pairs: Sequence[Pair], moved: Iterable[Fact], told: Sequence[Event], version: str | None
) -> list[Event]:
    """A rule.changed for each heading whose number is another now. ``pairs``: known and today's facts.

    Not of stamps and bare days, nor where an event of this read (``told``) quotes the heading. A heading that only
    names another year or day is told where nothing below it changed; ``moved`` are the facts that came or went.
    """
    edits = dict(_edits(pairs))
    stirred = {heading for fact in (*moved, *_changed(pairs)) for heading in fact.path}
    quoted = " ".join(event.evidence.quote_after or "" for event in told)
    return [
        event
        for (above, old), new in edits.items()
        if new not in quoted and not (_same_but_days(old, new) and {old, new} & stirred)
        if (event := _event(reader, above, old, new, version)) is not None
    ]


def _changed(pairs: Sequence[Pair]) -> Iterator[Fact]:
    return (new for old, new in pairs if changed_fields(old, new))


def _edits(pairs: Sequence[Pair]) -> Iterator[tuple[tuple[Path, str], str]]:
    """((headings above, heading before), heading now) of every heading that is the same but for its numbers."""
    before = {heading for old, _ in pairs for heading in old.path}
    after = {heading for _, new in pairs for heading in new.path}
    for old, new in pairs:
        if old.path == new.path or len(old.path) != len(new.path) or new.kind in _DATED:
            continue
        for place, (was, now) in enumerate(zip(old.path, new.path, strict=True)):
            if was != now and was not in after and now not in before and _is_edit(was, now):
                yield (new.path[:place], was), now


def _is_edit(was: str, now: str) -> bool:
    one, other = _STAMP.sub("", was), _STAMP.sub("", now)
    same_words = _NUMBER.sub("#", one).casefold() == _NUMBER.sub("#", other).casefold()
    return same_words and _NUMBER.findall(one) != _NUMBER.findall(other) and bool(_WORD.search(_without_days(one)))


def _same_but_days(was: str, now: str) -> bool:
    return _without_days(was) == _without_days(now)


def _without_days(text: str) -> str:
    for day in reversed(find_dates(text)):
        text = f"{text[: day.start]}…{text[day.end :]}"
    return _YEAR.sub("…", text)


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
