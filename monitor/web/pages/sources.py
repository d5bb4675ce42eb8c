"""The sources; how one of them was read; its page as it stood in any version, and what changed between two."""

from collections.abc import Mapping

from monitor.browsing import Sift
from monitor.errors import UsageError
from monitor.model import CheckOutcome, Source, Version
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.differences import compare_pages
from monitor.web.rendering import page
from monitor.web.showing import POLICY, can_render, render_safely
from monitor.web.tasks import health_of
from monitor.web.words import plural

_CHECKS_SHOWN = 120
_VERSIONS_SHOWN, _VERSIONS_PUBLISHED = 200, 20
_EVENTS_SHOWN = 8
_FACTS_SHOWN = 40
_TEXT_SHOWN = 50_000
_PASSAGES_SHOWN = 60
_SAID = {
    CheckOutcome.CHANGED: "changed",
    CheckOutcome.BLOCKED: "blocked",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.LAYOUT_CHANGED: "found laid out differently",
    CheckOutcome.STALE_COPY: "served as an older copy",
    CheckOutcome.MOVED: "moved",
}


def sources(desk: Desk, asked: Asked) -> Answer:
    """All sources and how each reads, those in trouble first."""
    states = desk.store.read_states()
    listed = sorted(
        (source for source in desk.app.config.sources.values() if source.enabled),
        key=lambda source: _trouble_first(health_of(states.get(source.id), desk.now)),
    )
    return page(desk, asked, "sources.html.j2", sources=listed, states=states)


def _reach(desk: Desk) -> int:
    """How many versions back the pages go."""
    return _VERSIONS_SHOWN if desk.live else _VERSIONS_PUBLISHED


def _trouble_first(health: str) -> int:
    return {"ok": 1, "never": 2}.get(health, 0)


def source(desk: Desk, asked: Asked) -> Answer:
    """How one source was read: its checks, versions, newest events and facts."""
    wanted = desk.get_source(asked.params["source"])
    versions = desk.store.recent_versions(wanted.id, limit=_reach(desk))
    return page(
        desk,
        asked,
        "source.html.j2",
        source=wanted,
        state=desk.store.read_states(sources=[wanted.id]).get(wanted.id),
        checks=list(reversed(desk.store.recent_checks(wanted.id, limit=_CHECKS_SHOWN))),
        told=tell_counts(desk.store.outcome_counts(wanted.id)),
        versions=versions,
        events=desk.store.sift(Sift(sources=(wanted.id,), limit=_EVENTS_SHOWN)).events,
        facts=desk.store.recent_facts(wanted.id, limit=_FACTS_SHOWN),
        full=_FACTS_SHOWN,
    )


def tell_counts(counts: Mapping[str, int]) -> str:
    """Read 312 times, changed 4 times, blocked twice."""
    reads = sum(counts.values())
    if not reads:
        return "Not read yet"
    parts = [f"{said} {_times(counts[outcome])}" for outcome, said in _SAID.items() if counts.get(outcome)]
    return ", ".join([f"Read {_times(reads)}", *parts])


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count) or plural(count, "time")


def version(desk: Desk, asked: Asked) -> Answer:
    """The page as it stood in one version, as text and as a harmless rendering."""
    wanted, one = _version(desk, asked)
    versions = list(reversed(desk.store.recent_versions(wanted.id, limit=_reach(desk))))
    place = next((place for place, item in enumerate(versions) if item.id == one.id), None)
    page_then, gone = None, None
    try:
        page_then = desk.page_of(one)
    except UsageError as error:
        gone = str(error)
    text = page_then.text if page_then else ""
    return page(
        desk,
        asked,
        "version.html.j2",
        source=wanted,
        version=one,
        versions=versions,
        place=place,
        before=desk.store.find_version_before(one),
        text=text[:_TEXT_SHOWN],
        cut=len(text) > _TEXT_SHOWN,
        gone=gone,
        renders=can_render(wanted.format) and gone is None,
    )


def version_text(desk: Desk, asked: Asked) -> Answer:
    """The whole text of one version."""
    _, one = _version(desk, asked)
    return Answer(content=desk.page_of(one).text, media_type="text/plain; charset=utf-8")


def frame(desk: Desk, asked: Asked) -> Answer:
    """The harmless rendering by itself, for the sandboxed frame."""
    wanted, one = _version(desk, asked)
    if not can_render(wanted.format):
        raise MissingError("Pages of this format have no look of their own.")
    document = render_safely(desk.store.get_snapshot(one.snapshot), desk.titles[wanted.id])
    return Answer(content=document, headers={"Content-Security-Policy": f"sandbox; {POLICY}"})


def changes(desk: Desk, asked: Asked) -> Answer:
    """All that one version changed against the one before it."""
    wanted, one = _version(desk, asked)
    before = desk.store.find_version_before(one)
    passages = list(compare_pages(desk.page_of(before), desk.page_of(one))) if before else []
    return page(
        desk,
        asked,
        "changes.html.j2",
        source=wanted,
        version=one,
        before=before,
        passages=passages[:_PASSAGES_SHOWN],
        hidden=max(len(passages) - _PASSAGES_SHOWN, 0),
    )


def _version(desk: Desk, asked: Asked) -> tuple[Source, Version]:
    wanted = desk.get_source(asked.params["source"])
    try:
        one = desk.store.get_version(asked.params["version"])
    except UsageError as error:
        raise MissingError(str(error)) from error
    if one.source != wanted.id:
        raise MissingError(f"{wanted.id} has no version {one.id!r}.")
    return wanted, one
