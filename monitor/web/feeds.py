"""What other programs subscribe to: changes as Atom, dates as iCalendar."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from feedgen.feed import FeedGenerator
from icalendar import Calendar
from icalendar import Event as Entry
from msgspec import Struct

from monitor.browsing import Sift, StoredEvent
from monitor.model import Deadline, Fact, FactKind, Fee, Source, digest
from monitor.web.desk import Answer, Asked, Desk
from monitor.web.links import FileLinks, address, file_of
from monitor.web.words import day, kind_words, tell, web_address
from notifiers.escaping import one_line, plain

ATOM = "application/atom+xml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
_ENTRIES = 60
_EVENTS_LOOKED_AT = 200
_FACTS_LOOKED_AT = 200
_PAST = dt.timedelta(days=90)
_HALF_DAY = dt.timedelta(hours=12)


def all_changes(desk: Desk, asked: Asked) -> Answer:
    """Every change."""
    return _feed(desk, asked, "All changes", Sift(limit=_ENTRIES))


def publisher_changes(desk: Desk, asked: Asked) -> Answer:
    """The changes of one publisher, by the publisher's slug."""
    name = desk.get_publisher(asked.params["publisher"])
    return _feed(desk, asked, f"Changes by {name}", Sift(sources=desk.sources_of(name), limit=_ENTRIES))


def guide_changes(desk: Desk, asked: Asked) -> Answer:
    """The changes that touch one guide."""
    guide = desk.get_guide(asked.params["guide"])
    return _feed(desk, asked, f"Changes that touch “{guide.title}”", Sift(guide=guide.id, limit=_ENTRIES))


def _feed(desk: Desk, asked: Asked, title: str, wanted: Sift) -> Answer:
    found = desk.store.sift(wanted).events
    feed = FeedGenerator()
    feed.id(f"urn:stilltrue:feed:{digest(asked.path)}")
    feed.title(f"{title} · stilltrue")
    feed.author(name="stilltrue")
    feed.updated(max(map(_updated, found), default=desk.now.replace(hour=0, minute=0, second=0, microsecond=0)))
    if asked.base:
        feed.link(href=_absolute(asked, asked.path), rel="self")
    for item in found:
        _entry(feed, item, asked)
    return Answer(content=feed.atom_str(pretty=True), media_type=ATOM)


def _updated(item: StoredEvent) -> dt.datetime:
    return item.event.confirmed_at or item.event.observed_at


def _entry(feed: FeedGenerator, item: StoredEvent, asked: Asked) -> None:
    event = item.event
    official = web_address(event.evidence.url)
    entry = feed.add_entry(order="append")
    entry.id(f"urn:stilltrue:event:{event.id}")
    entry.title(one_line(f"{event.publisher}: {kind_words(event.kind)}: {event.subject}", 200))
    entry.updated(_updated(item))
    entry.published(event.observed_at)
    entry.category(term=event.kind)
    if asked.base or official:
        entry.link(href=_absolute(asked, f"/events/{event.id}") if asked.base else official)
    touched = ", ".join(f"{affect.guide}/{affect.assumption}" for affect in item.affects)
    words = event.evidence.quote_after or event.evidence.quote_before
    parts = (
        tell(event, 500),
        f"Official words: {words}" if words else "",
        f"Touches {touched}" if touched else "",
        official,
    )
    entry.content(plain("\n".join(filter(None, parts))), type="text")


def _absolute(asked: Asked, path: str) -> str:
    """The whole address of a page, on the server or in the published site."""
    if not isinstance(asked.link, FileLinks):
        return asked.base + address(path, {})
    asked.link(path)
    return f"{asked.base}/{file_of(path)}"


class _Date(Struct, frozen=True, kw_only=True):
    """One day to know of."""

    name: str
    day: dt.date
    title: str
    about: str
    url: str = ""


def calendar(desk: Desk, _asked: Asked) -> Answer:
    """Deadlines, effective dates and reviews, from 90 days ago on."""
    since = desk.now.date() - _PAST
    found = {item.name: item for item in _dates(desk) if item.day >= since}
    made = Calendar.new(
        prodid="-//stilltrue//dates//EN", name="stilltrue", refresh_interval=_HALF_DAY, uid=digest("calendar")
    )
    for item in sorted(found.values(), key=lambda item: (item.day, item.name)):
        entry = Entry.new(
            uid=f"{digest(item.name)}@stilltrue",
            summary=one_line(item.title, 200),
            description=plain(item.about) or None,
            start=item.day,
            end=item.day + dt.timedelta(days=1),
            stamp=desk.now,
            url=item.url or None,
        )
        entry.add("transp", "TRANSPARENT")
        made.add_component(entry)
    return Answer(content=made.to_ical(), media_type=CALENDAR)


def _dates(desk: Desk) -> Iterator[_Date]:
    yield from _announced(desk.store.sift(Sift(limit=_EVENTS_LOOKED_AT)).events)
    read = desk.app.board(alerting=False).kinds_read
    states = desk.store.read_states()
    for source in desk.app.config.sources.values():
        kinds = read[source.id] & {FactKind.DEADLINE, FactKind.FEE}
        if kinds and (state := states.get(source.id)) is not None:
            stated = partial(_stated_by, desk, source, kinds)
            yield from desk.derived(source.id, (state.checks, state.last_check), stated)
    yield from _ours(desk)


def _stated_by(desk: Desk, source: Source, kinds: Collection[FactKind]) -> list[_Date]:
    return [
        date
        for kind in sorted(kinds)
        for item in desk.store.recent_facts(source.id, kind=kind, limit=_FACTS_LOOKED_AT)
        for date in _stated(item.fact, source.publisher)
    ]


def _announced(events: Sequence[StoredEvent]) -> Iterator[_Date]:
    for item in events:
        event = item.event
        if event.effective_on is not None:
            title = f"In force: {event.publisher}: {kind_words(event.kind)}: {event.subject}"
            name = f"effective {event.key or event.id} {event.effective_on}"
            url = web_address(event.evidence.url)
            yield _Date(name=name, day=event.effective_on, title=title, about=tell(event, 500), url=url)


def _stated(fact: Fact, publisher: str) -> Iterator[_Date]:
    value = fact.value
    if isinstance(value, Deadline):
        title = f"{publisher}: {value.label}"
        yield _Date(name=f"deadline {fact.key} {value.date}", day=value.date, title=title, about=fact.quote)
    if isinstance(value, Fee) and value.effective_on is not None:
        title = f"In force: {publisher}: {value.label}, {value.amount} {value.currency}"
        name = f"effective {fact.key} {value.effective_on}"
        yield _Date(name=name, day=value.effective_on, title=title, about=fact.quote)


def _ours(desk: Desk) -> Iterator[_Date]:
    """Personal deadlines, and when each guide is to be looked over again."""
    loads = desk.store.first_loads()
    for guide in desk.app.config.guides:
        for item in guide.assumptions:
            if item.date is not None:
                title = f"{guide.title}: {item.claim}"
                yield _Date(
                    name=f"own {guide.id}/{item.id}", day=item.date, title=title, about=f"Due {day(item.date)}."
                )
        if guide.review_every is not None and guide.id in loads:
            yield from _reviews(desk, guide.id, guide.title, loads[guide.id], guide.review_every)


def _reviews(desk: Desk, guide: str, title: str, first: dt.datetime, every: dt.timedelta) -> Iterator[_Date]:
    closed = {task.assumption: task.closed_at for task in reversed(desk.store.closed_rechecks(guide=guide, limit=500))}
    assumptions = [item.id for item in desk.get_guide(guide).assumptions if item.date is None]
    days: dict[dt.date, list[str]] = {}
    for name in assumptions:
        days.setdefault(((closed.get(name) or first) + every).date(), []).append(name)
    for due, names in days.items():
        about = f"To be looked over again: {', '.join(names)}."
        yield _Date(name=f"review {guide} {due}", day=due, title=f"Review “{title}” ({len(names)})", about=about)
