"""One sentence that comes, or goes, on several pages of a publisher: the third page opens one notice for them all."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

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
_GONE = "rule.removed"
_WHEN_NEW = frozenset({"fee.added", "fee.scheduled", "threshold.added", "allocation.changed"})
"""Typed facts are grouped where a sentence brought them; that a page's own figure changed is always its own news."""


def with_sentence(event: Event) -> Event:
    """The event with the digest of its sentence, where it tells of one that other pages may show, or lose, too."""
    return replace(event, sentence=_sentence_of(event))


def _sentence_of(event: Event) -> str | None:
    if event.kind == _GONE:
        return _digest("gone", event, event.evidence.quote_before)
    grouped = event.kind in _SENTENCES or event.kind.startswith(_STREAMS)
    if not grouped and not (event.kind in _WHEN_NEW and event.old is None):
        return None
    return _digest("sentence", event, event.evidence.quote_after)


def _digest(what: str, event: Event, quote: str | None) -> str | None:
    words = _WORD.findall((quote or "").casefold())
    return digest(what, event.publisher, *words) if len(words) >= LEAST_WORDS else None


class Grouped(Struct, frozen=True, kw_only=True):
    """Events as they stand beside each other, in the order given, and the notices of those that are told together."""

    members: tuple[Event, ...]
    notices: tuple[Event, ...]


Opening = tuple[str, datetime, tuple[str, ...], bool]
"""What makes a notice: the page that opened it, when, the pages whose own events stand, and whether words went."""


def group(events: Sequence[Event]) -> Grouped:
    """Which of these events of one publisher stand, and the notices that tell the others. Independent of their order.

    A sentence is told together once two other pages showed it within a day before; pages that follow within a day of
    the last one join. All sentences that one read takes from the same two pages make one notice.
    """
    ordered = sorted((event for event in events if _counts(event)), key=_order)
    openings: dict[str, Opening] = {}
    shown: dict[str, list[Event]] = defaultdict(list)
    told: dict[Opening, list[Event]] = defaultdict(list)
    for event in ordered:
        line = shown[event.sentence or ""]
        now, gone = _told_at(event), event.kind == _GONE
        earlier = [one for one in line if one.source != event.source and now - _told_at(one) <= WITHIN]
        opening = next((openings[one.id] for one in reversed(earlier) if one.id in openings), None)
        pages = tuple(dict.fromkeys(one.source for one in earlier))
        if opening is None and len(pages) >= STANDING:
            opening = (event.source, now, pages[:STANDING], gone)
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


def _told_at(event: Event) -> datetime:
    """When it is news: what goes is told once it is believed."""
    return (event.confirmed_at or event.observed_at) if event.kind == _GONE else event.observed_at


def _order(event: Event) -> tuple[datetime, str, str]:
    """By time and page; what comes stays in the order of its page, what went has none any more."""
    return _told_at(event), event.source, event.id if event.kind == _GONE else ""


def _words(event: Event) -> str:
    return (event.evidence.quote_before if event.kind == _GONE else event.evidence.quote_after) or ""


def _notice(opening: Opening, members: Sequence[Event]) -> Event:
    source, moment, pages, gone = opening
    first = next(event for event in members if event.source == source)
    texts = list(dict.fromkeys(_words(event) for event in members if event.source == source))
    key = f"{FactKind.NOTICE}:{source}/{'gone' if gone else 'shared'}-{digest(*pages, length=10)}"
    title = texts[0] if len(texts[0]) <= TITLE else texts[0][: TITLE - 1].rstrip() + "…"
    listed = _pages(members)
    return replace(
        first,
        id=event_id(source, "notice.posted", key, moment),
        kind="notice.posted",
        subject=f"{'Gone from' if gone else 'On'} {len(listed)} pages: {title}",
        observed_at=moment,
        key=key,
        old=None,
        new={
            "title": f"No longer shown: {title}" if gone else title,
            "date": None,
            "text": "\n".join(texts),
            "pages": listed,
        },
        changed=(),
        occurred_on=None,
        effective_on=None,
        evidence=first.evidence if gone else replace(first.evidence, before=None, quote_before=None),
        strictness=None,
        sentence=None,
        part_of=None,
    )


def _pages(members: Sequence[Event]) -> list[JsonObject]:
    """Each page that shows the words, or did, in the order of the news: where, when, and its own event."""
    first: dict[str, Event] = {}
    for event in sorted(members, key=_order):
        first.setdefault(event.source, event)
    return [
        {"source": name, "url": event.evidence.url, "seen": stamp(_told_at(event)), "event": event.id}
        for name, event in first.items()
    ]
