"""One sentence that comes up on several pages of a publisher: the third page opens one notice that tells them all."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Event, EventState, FactKind, JsonObject, digest, event_id, stamp

WITHIN = timedelta(days=1)
"""How long after it was seen on one page the same sentence on another is the same news (issue: "Grouping")."""
STANDING = 2
"""This many pages' own events stand; the next page makes it a notice."""
LEAST_WORDS = 5
"""Fewer words than this are a label or a code, which pages may share by chance."""
TITLE = 120

_WORD = re.compile(r"\w+(?:[.,]\d+)*|[$%<>]")
_SENTENCES = frozenset({"rule.added", "rule.changed", "notice.posted", "deadline.changed"})
_STREAMS = "stream."
_WHEN_NEW = frozenset({"fee.added", "fee.scheduled", "threshold.added", "allocation.changed"})
"""Typed facts are grouped where a sentence brought them; that a page's own figure changed is always its own news."""


def with_sentence(event: Event) -> Event:
    """The event with the digest of its sentence, where it tells of one that other pages may show too."""
    return replace(event, sentence=_sentence_of(event))


def _sentence_of(event: Event) -> str | None:
    grouped = event.kind in _SENTENCES or event.kind.startswith(_STREAMS)
    if not grouped and not (event.kind in _WHEN_NEW and event.old is None):
        return None
    words = _WORD.findall((event.evidence.quote_after or "").casefold())
    return digest("sentence", event.publisher, *words) if len(words) >= LEAST_WORDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Events as they stand beside each other, in the order given, and the notices of those that are told together."""

    members: tuple[Event, ...]
    notices: tuple[Event, ...]


Opening = tuple[str, datetime, tuple[str, ...]]
"""What makes a notice: the page that opened it, when, and the pages whose own events stand."""


def group(events: Sequence[Event]) -> Grouped:
    """Which of these events of one publisher stand, and the notices that tell the others. Independent of their order.

    A sentence is told together once two other pages showed it within a day before; pages that follow within a day of
    the last one join. All sentences that one read takes from the same two pages make one notice.
    """
    ordered = sorted((event for event in events if _counts(event)), key=lambda event: (event.observed_at, event.source))
    openings: dict[str, Opening] = {}
    shown: dict[str, list[Event]] = defaultdict(list)
    told: dict[Opening, list[Event]] = defaultdict(list)
    for event in ordered:
        line = shown[event.sentence or ""]
        earlier = [one for one in line if one.source != event.source and event.observed_at - one.observed_at <= WITHIN]
        opening = next((openings[one.id] for one in reversed(earlier) if one.id in openings), None)
        pages = tuple(dict.fromkeys(one.source for one in earlier))
        if opening is None and len(pages) >= STANDING:
            opening = (event.source, event.observed_at, pages[:STANDING])
            told[opening] += [one for one in earlier if one.source in pages[:STANDING]]
        if opening is not None:
            openings[event.id] = opening
            told[opening].append(event)
        line.append(event)
    notices = {opening: _notice(opening, members) for opening, members in told.items()}
    parts = {member: notices[opening].id for member, opening in openings.items()}
    return Grouped(
        members=tuple(replace(event, part_of=parts.get(event.id)) for event in events),
        notices=tuple(notices.values()),
    )


def _counts(event: Event) -> bool:
    return event.sentence is not None and event.state == EventState.CONFIRMED


def _notice(opening: Opening, members: Sequence[Event]) -> Event:
    source, moment, pages = opening
    first = next(event for event in members if event.source == source)
    texts = list(dict.fromkeys(event.evidence.quote_after or "" for event in members if event.source == source))
    key = f"{FactKind.NOTICE}:{source}/shared-{digest(*pages, length=10)}"
    title = texts[0] if len(texts[0]) <= TITLE else texts[0][: TITLE - 1].rstrip() + "…"
    listed = _pages(members)
    return replace(
        first,
        id=event_id(source, "notice.posted", key, moment),
        kind="notice.posted",
        subject=f"On {len(listed)} pages: {title}",
        key=key,
        old=None,
        new={"title": title, "date": None, "text": "\n".join(texts), "pages": listed},
        changed=(),
        occurred_on=None,
        effective_on=None,
        evidence=replace(first.evidence, before=None, quote_before=None),
        strictness=None,
        sentence=None,
        part_of=None,
    )


def _pages(members: Sequence[Event]) -> list[JsonObject]:
    """Each page that shows the words, in the order they came up: where, when, and the event it has of its own."""
    first: dict[str, Event] = {}
    for event in sorted(members, key=lambda event: (event.observed_at, event.source)):
        first.setdefault(event.source, event)
    return [
        {"source": name, "url": event.evidence.url, "seen": stamp(event.observed_at), "event": event.id}
        for name, event in first.items()
    ]
