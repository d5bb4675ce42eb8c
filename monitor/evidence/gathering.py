"""Gathers from the database what a pack is to hold: of an event, an assumption and its silence, or a page at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor import __version__
from monitor.app import App
from monitor.board import verify_guides
from monitor.errors import PageError, UsageError
from monitor.evidence.dossier import About, DayRoot, Dossier, Exhibit, Segment
from monitor.evidence.marking import find_passage
from monitor.model import GENESIS, Assumption, Cause, ChainLink, Event, Guide, Source, Version, say_day
from monitor.pages import read_page
from monitor.ports import EventQuery, Store
from monitor.shapes import event_shape, verdict_shape, version_shape
from monitor.stillness import Stillness, stillness_between

_MOST_SHOWN = 200


def gather_event(app: App, store: Store, prefix: str) -> Dossier:
    """The pack of one event: the pages before and after it, its words, the chain. Raises UsageError."""
    found = store.find_event(prefix)
    if found is None:
        raise UsageError(f"There is no event {prefix!r}; `stilltrue history` lists them with their ids.")
    event = found.event
    source = app.get_source(event.source)
    exhibits = _of_event(store, source, event) or _in_force(store, source, event.observed_at, quote=None)
    return _dossier(
        app,
        store,
        About.EVENT,
        heading=f"{event.publisher}: {event.kind.replace('.', ' ').replace('_', ' ')}: {event.subject}",
        subject=event_shape(event, found.affects),
        exhibits=exhibits,
        since=event.observed_at,
        still=[stillness_between(store, source, one.version.seen_at, event.observed_at) for one in exhibits[:1]],
    )


def _of_event(store: Store, source: Source, event: Event) -> list[Exhibit]:
    """The pages before and after a change, the one before also where it lacked what came; else the page it rests on."""
    versions = {version.id: version for version in reversed(store.versions(source.id))}
    evidence = event.evidence
    before, after = (versions.get(name or "") for name in (evidence.before, evidence.after))
    found = event.cause in {Cause.CONTENT, Cause.REEXTRACTION} and before != after
    if not found or (after and after.seen_at != event.observed_at):
        page = after or before
        role, quote = "The page it rests on", evidence.quote_after or evidence.quote_before
        return [_exhibit(store, source, page, name="page", role=role, quote=quote)] if page else []
    if before is None and after is not None:
        before = next((one for one in reversed(versions.values()) if one.seen_at < after.seen_at), None)
    wanted = (
        ("before", "The page before the change", before, evidence.quote_before),
        ("after", "The page after the change", after, evidence.quote_after),
    )
    return [
        _exhibit(store, source, version, name=name, role=role, quote=quote)
        for name, role, version, quote in wanted
        if version is not None
    ]


def gather_page(app: App, store: Store, source: Source, at: datetime) -> Dossier:
    """The pack of a page as it stood at a time; raises UsageError when it had not been read by then."""
    exhibits = _in_force(store, source, at, quote=None)
    if not exhibits:
        raise UsageError(f"{source.id} has not been read by {at:%Y-%m-%d}; `stilltrue versions {source.id}` lists it.")
    version = exhibits[0].version
    still = stillness_between(store, source, version.seen_at, at)
    last = still.last_good or version.seen_at
    return _dossier(
        app,
        store,
        About.PAGE,
        heading=f"{source.publisher}: {source.title or source.id}, as it stood on {say_day(last)}",
        subject=version_shape(version),
        exhibits=exhibits,
        since=version.seen_at,
        still=[still],
    )


def gather_assumption(
    app: App, store: Store, guide: Guide, item: Assumption, *, since: datetime | None, until: datetime | None
) -> Dossier:
    """The pack of an assumption: its verdict, the pages it rests on, and how they were read over the period.

    Without ``since`` the period begins when the page it rests on last changed.
    """
    end = until or app.clock()
    one = Guide(id=guide.id, title=guide.title, assumptions=(item,), text=guide.text)
    board = app.board(alerting=False)
    (verdict,) = verify_guides([one], store=store, board=board, now=end, past=until is not None)
    exhibits, still = [], []
    history: list[dict[str, object]] = []
    for name in item.sources:
        source = app.get_source(name)
        quote = verdict.evidence.quote if verdict.evidence and verdict.source == name else None
        pages = _in_force(store, source, end, quote=quote, name=name if len(item.sources) > 1 else "page")
        exhibits += pages
        begin = since or (pages[0].version.seen_at if pages else end)
        still.append(stillness_between(store, source, begin, end))
        query = EventQuery(source=name, assumption=item.id, guide=guide.id, since=begin, until=end, limit=_MOST_SHOWN)
        history += [event_shape(stored.event, stored.affects) for stored in store.events(query)]
    return _dossier(
        app,
        store,
        About.ASSUMPTION,
        heading=f"{guide.title}, {item.id}: {item.claim}",
        subject=verdict_shape(verdict),
        exhibits=exhibits,
        since=min((one.since for one in still), default=end),
        still=still,
        history=history,
    )


def _in_force(store: Store, source: Source, at: datetime, *, quote: str | None, name: str = "page") -> list[Exhibit]:
    version = store.find_version(source.id, at=at)
    if version is None:
        return []
    return [_exhibit(store, source, version, name=name, role="The page as it stood", quote=quote)]


def _exhibit(store: Store, source: Source, version: Version, *, name: str, role: str, quote: str | None) -> Exhibit:
    shot = store.get_snapshot(version.snapshot)
    try:
        text = read_page(shot, source).text
    except PageError as error:
        text = f"(this page cannot be read as text: {error})"
    links = [link for link in store.links(source.id) if link.snapshot == version.snapshot]
    return Exhibit(
        name=name,
        role=role,
        source=source.id,
        publisher=source.publisher,
        title=source.title or source.id,
        url=version.final_url or source.url,
        version=version,
        snapshot=shot,
        passage=find_passage(text, quote),
        quote=quote,
        link=links[0] if links else None,
    )


def _dossier(
    app: App,
    store: Store,
    about: About,
    *,
    heading: str,
    subject: dict[str, object],
    exhibits: Sequence[Exhibit],
    since: datetime,
    still: Sequence[Stillness] = (),
    history: Sequence[dict[str, object]] = (),
) -> Dossier:
    names = dict.fromkeys([*(one.source for one in exhibits), *(one.source for one in still)])
    cited = {one.link for one in exhibits if one.link}
    segments = tuple(_segment(store, name, cited, since) for name in names)
    days = {link.day for segment in segments for link in segment.links if link in cited}
    return Dossier(
        about=about,
        heading=heading,
        made_at=app.clock(),
        program=f"stilltrue {__version__}",
        subject=subject,
        exhibits=tuple(exhibits),
        still=tuple(still),
        segments=segments,
        roots=tuple(_roots(store, days)),
        history=tuple(history),
    )


def _segment(store: Store, source: str, cited: Iterable[ChainLink], since: datetime) -> Segment:
    """The chain from the first line that matters on: of a cited page, or of a read in the period."""
    links = store.links(source)
    matters = set(cited)
    places = [place for place, link in enumerate(links) if link in matters or (link.checked_at or since) > since]
    first = min(places, default=max(len(links) - 1, 0))
    previous = links[first - 1].digest if first else GENESIS
    return Segment(source=source, links=tuple(links[first:]), previous=previous)


def _roots(store: Store, days: Iterable[object]) -> list[DayRoot]:
    """The roots of the days on which the cited pages were recorded, and the newest one."""
    roots = store.roots()
    wanted = {*days, *(root.day for root in roots[-1:])}
    found, previous = [], GENESIS
    for root in roots:
        if root.day in wanted:
            found.append(DayRoot(root=root, heads=tuple(store.day_heads(root.day)), previous=previous))
        previous = root.digest
    return found
