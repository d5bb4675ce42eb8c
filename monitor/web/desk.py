"""What every page is given, what it is asked and what it answers."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

from msgspec import Struct, field

from monitor.app import App
from monitor.assess import sentence
from monitor.board import verify_guides
from monitor.errors import UsageError
from monitor.model import Guide, Page, Recheck, Source, Verdict, Version, slug
from monitor.pages import read_page
from monitor.ports import Store
from monitor.web.links import Link, live_links

_PAGES_KEPT = 32
T = TypeVar("T")
HTML = "text/html; charset=utf-8"


class MissingError(UsageError):
    """There is no such page."""


class _Judged(Struct):
    """The board as last judged, and what it was judged on."""

    lock: Lock = field(default_factory=Lock)
    seen: tuple[object, ...] = ()
    verdicts: list[Verdict] = field(default_factory=list)


class _Pages(Struct):
    """The pages read last, by version."""

    lock: Lock = field(default_factory=Lock)
    kept: dict[str, Page] = field(default_factory=dict)


class _Derived(Struct):
    """What was worked out from a source's facts, and of which read."""

    lock: Lock = field(default_factory=Lock)
    kept: dict[str, tuple[object, Sequence[Any]]] = field(default_factory=dict)


class Desk(Struct, frozen=True, kw_only=True, dict=True):
    """The opened program. ``live`` pages may be written to and filtered; those of a published site only read.

    ``trouble`` is what is wrong with the configuration's files while an older one is in force.
    A published site reaches ``most_slices`` slices of the timeline back.
    ``form_token`` proves that a form was served by this process to whoever sends it back.
    """

    app: App
    store: Store
    live: bool = True
    most_slices: int = 20
    trouble: str | None = None
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _judged: _Judged = field(default_factory=_Judged)
    _pages: _Pages = field(default_factory=_Pages)
    _derived: _Derived = field(default_factory=_Derived)

    @property
    def now(self) -> datetime:
        """The moment of asking."""
        return self.app.clock()

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """What people call each source, by id."""
        return {name: source.title or name for name, source in self.app.config.sources.items()}

    @cached_property
    def guide_titles(self) -> Mapping[str, str]:
        """What people call each guide, by id."""
        return {guide.id: guide.title for guide in self.app.config.guides}

    @cached_property
    def sentences(self) -> Mapping[tuple[str, str], str]:
        """The guides' own sentences by (guide, assumption)."""
        return {
            (guide.id, item.id): sentence(guide, item) for guide in self.app.config.guides for item in guide.assumptions
        }

    def verdicts(self, rechecks: Sequence[Recheck]) -> list[Verdict]:
        """The board with these open rechecks; judged anew after a read, a new or closed task, and every hour."""
        states = self.store.read_states()
        seen = (
            self.now.replace(minute=0, second=0, microsecond=0),
            *((state.source, state.checks, state.last_check) for state in states.values()),
            *((task.id, task.state) for task in rechecks),
        )
        with self._judged.lock:
            if self._judged.seen != seen:
                board = self.app.board(alerting=False)
                guides = self.app.config.guides
                self._judged.verdicts = verify_guides(guides, store=self.store, board=board, now=self.now)
                self._judged.seen = seen
            return self._judged.verdicts

    @cached_property
    def publishers(self) -> tuple[str, ...]:
        """The publishers of all sources, by name."""
        return tuple(sorted({source.publisher for source in self.app.config.sources.values()}, key=str.casefold))

    def get_publisher(self, name: str) -> str:
        """The publisher with this name or slug; MissingError when there is none."""
        for publisher in self.publishers:
            if name in (publisher, slug(publisher)):
                return publisher
        raise MissingError(f"There is no publisher {name!r}.")

    def sources_of(self, publisher: str) -> tuple[str, ...]:
        """The ids of a publisher's sources; MissingError when there are none."""
        found = tuple(source.id for source in self.app.config.sources.values() if source.publisher == publisher)
        if not found:
            raise MissingError(f"There is no publisher {publisher!r}.")
        return found

    def derived(self, source: str, read: object, work_out: Callable[[], Sequence[T]]) -> Sequence[T]:
        """What ``work_out`` gives for a source; worked out again only after another read of it."""
        with self._derived.lock:
            kept = self._derived.kept.get(source)
            if kept is None or kept[0] != read:
                kept = self._derived.kept[source] = (read, work_out())
            return kept[1]

    def page_of(self, version: Version) -> Page:
        """The page a version was read from. Raises UsageError when its bytes are not kept any more."""
        with self._pages.lock:
            if version.id not in self._pages.kept:
                snapshot = self.store.get_snapshot(version.snapshot)
                self._pages.kept[version.id] = read_page(snapshot, self.get_source(version.source))
                while len(self._pages.kept) > _PAGES_KEPT:
                    del self._pages.kept[next(iter(self._pages.kept))]
            return self._pages.kept[version.id]

    def get_source(self, name: str) -> Source:
        """A declared source; MissingError when there is none."""
        source = self.app.config.sources.get(name)
        if source is None:
            raise MissingError(f"There is no source {name!r}.")
        return source

    def get_guide(self, name: str) -> Guide:
        """A guide; MissingError when there is none."""
        for guide in self.app.config.guides:
            if guide.id == name:
                return guide
        raise MissingError(f"There is no guide {name!r}.")


class Asked(Struct, frozen=True, kw_only=True):
    """Which page is wanted: its path, the parts of the path that vary, and the query (one value a name).

    ``raw`` is the query word for word; ``base`` the scheme and host that stand before the path, empty when unknown.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    link: Link = live_links
    raw: tuple[tuple[str, str], ...] = ()
    base: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """One answer: bytes or text, its media type, and what else its head says."""

    content: str | bytes
    media_type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
