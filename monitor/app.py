"""The composition root: configuration, store, fetcher and channels put together for whichever face asks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct
from msgspec.structs import replace

from monitor import __version__
from monitor.board import Board
from monitor.config import VARIABLE, Config, fill, find_config, load_config, resolve_channels
from monitor.errors import ConfigError, Finding, UsageError
from monitor.model import Alert, Assumption, Channel, Guide, Source, digest
from monitor.ports import Notifier, Store
from monitor.schedule import has_started
from monitor.sharing import Shared

if TYPE_CHECKING:
    from monitor.fetch.client import HttpFetcher
    from monitor.fetch.pace import Pace
    from monitor.fetch.robots import Shelf
    from storage.copying import Copied


class App(Struct, frozen=True, kw_only=True, dict=True):
    """One run of the program: what was asked for on its command line, and the clock. Everything opens when used."""

    environ: Mapping[str, str]
    cwd: Path
    config_file: Path | None = None
    database: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @cached_property
    def config(self) -> Config:
        """The checked configuration; raises ConfigError with every problem."""
        path = find_config(self.config_file, self.environ, self.cwd)
        return load_config(path, environ=self.environ, now=self.clock().date())

    @cached_property
    def address(self) -> str:
        """The database's: the one asked for, else the configuration's.

        Raises UsageError for the one, ConfigError for the other when it is none that can be used.
        """
        from storage.addresses import parse_address

        chosen = self.database or self.config.database
        try:
            parse_address(chosen)
        except UsageError as error:
            if self.database:
                raise
            line = self.config.document.line(("monitor", "database"))
            message = f'[monitor]: "database": {error}'
            found = Finding(file=str(self.config.path), line=line, code="bad_value", message=message)
            raise ConfigError([found]) from None
        return chosen

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The open database, its guides remembered; raises StorageError."""
        from storage.store import open_store

        now, config = self.clock(), self.config
        with open_store(self.address, now=now, clock=self.clock) as store:
            store.load_guides(config.guides, now)
            yield store

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only daemon on the database, or one of its cluster; raises UsageError when another one is."""
        from storage.holding import hold

        with hold(self.address, shared=self.config.cluster):
            yield

    def board(self, *, alerting: bool) -> Board:
        """What readings are assessed against; routes alerts to the configured channels when ``alerting``."""
        return self._boards[alerting]

    @cached_property
    def _boards(self) -> Mapping[bool, Board]:
        """Made once: a board indexes every assumption."""
        told = Board(guides=self.config.guides, sources=self.config.sources, pairs=self.config.pairs, route=self._route)
        return {True: told, False: replace(told, route=None)}

    def notifiers(self, *, stream: TextIO | None = None) -> dict[str, Notifier]:
        """The configured channels, ready to send; ``console://`` prints to ``stream`` (default: standard output).

        Raises ConfigError naming every missing variable, else every address that cannot be used.
        """
        from notifiers import open_notifier

        opened, problems = {}, {}
        for name, url in resolve_channels(self.config, self.environ).items():
            try:
                opened[name] = open_notifier(url, folder=self.config.path.parent, stream=stream)
            except ValueError as error:
                problems[name] = str(error)
        if problems:
            raise ConfigError(self._bad_addresses(problems))
        return opened

    def schemes(self) -> dict[str, str]:
        """The scheme of each channel's address, such as ``mailtos``; empty where its variable is missing."""
        return {item.name: fill(item.url, self.environ)[0].partition("://")[0].lower() for item in self.config.channels}

    def lint_channels(self) -> list[Finding]:
        """What is wrong with the addresses that stand in the file itself; nothing is sent."""
        from notifiers import validate_url

        literal = {item.name: item.url for item in self.config.channels if not VARIABLE.search(item.url)}
        problems = {name: problem for name, url in literal.items() if (problem := validate_url(url))}
        return self._bad_addresses(problems)

    def lint_browser(self) -> list[Finding]:
        """What keeps the sources with ``browser = true`` from being rendered on this machine, once for each."""
        from monitor.fetch.browser import find_missing

        wanting = [source.id for source in self.config.sources.values() if source.browser and source.enabled]
        missing = find_missing(self.environ) if wanting else None
        return [
            Finding(
                file=str(self.config.path),
                line=self.config.find_line(name),
                code="browser_missing",
                message=f'source "{name}": {missing}',
            )
            for name in wanting
            if missing
        ]

    def _bad_addresses(self, problems: Mapping[str, str]) -> list[Finding]:
        lines = {channel.name: channel.line for channel in self.config.channels}
        return [
            Finding(
                file=str(self.config.path),
                line=lines[name],
                code="bad_address",
                message=f'channel "{name}": its address cannot be used: {problem}',
            )
            for name, problem in problems.items()
        ]

    @contextmanager
    def shared(self) -> Iterator[Shared]:
        """What the processes of a cluster share; raises UsageError when the database is a file."""
        from storage.sharing import open_shared

        with open_shared(self.address) as shared:
            yield shared

    def copy_database(self, target: str) -> "list[Copied]":
        """Copy the whole database to another, empty one; raises UsageError and StorageError."""
        from storage.copying import copy_database

        return copy_database(self.address, target, self.clock())

    def conninfo(self) -> str:
        """The database's address as PostgreSQL's own library writes it, with its password; UsageError when a file."""
        from storage.postgres import conninfo

        return conninfo(self.address)

    def fetcher(self, *, pacer: "Pace | None" = None, shelf: "Shelf | None" = None) -> "HttpFetcher":
        """The network's door; ``pacer`` and ``shelf`` where several processes share hosts."""
        from monitor.fetch.client import HttpFetcher

        return HttpFetcher(
            contact=self.config.contact, version=__version__, settings=self.config.fetch, pacer=pacer, shelf=shelf
        )

    def chosen_sources(self, names: Sequence[str]) -> list[Source]:
        """These sources, or all that are switched on and begun when none is named; UsageError for an unknown one."""
        if not names:
            now = self.clock()
            sources = self.config.sources.values()
            return [source for source in sources if source.enabled and has_started(source.schedule, now)]
        return [self.get_source(name) for name in names]

    def get_source(self, name: str) -> Source:
        """One declared source; raises UsageError naming the nearest ones."""
        import difflib

        source = self.config.sources.get(name)
        if source is None:
            near = difflib.get_close_matches(name, self.config.sources, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "`stilltrue status` lists them."
            raise UsageError(f"There is no source {name!r} in {self.config.path}; {hint}")
        return source

    def get_guide(self, name: str) -> Guide:
        """One guide; raises UsageError for an unknown one."""
        for guide in self.config.guides:
            if guide.id == name:
                return guide
        known = ", ".join(guide.id for guide in self.config.guides) or "none"
        raise UsageError(f"There is no guide {name!r} beside {self.config.path}; known: {known}.")

    def get_channel(self, name: str | None) -> Channel:
        """One declared channel, the first when none is named; raises UsageError naming those there are."""
        for channel in self.config.channels:
            if name in {None, channel.name}:
                return channel
        known = ", ".join(channel.name for channel in self.config.channels) or "none"
        wanted = "channel" if name is None else f"channel {name!r}"
        raise UsageError(f"There is no {wanted} in {self.config.path}; declared: {known}.")

    def split_assumption(self, name: str, guide: str | None = None) -> tuple[str | None, str]:
        """The guide, None where none is named, and the id of an assumption written as ``id`` or ``guide/id``.

        Raises UsageError unless it stands in the guide, or in any guide when none is named.
        """
        written, _, place = name.rpartition("/")
        if written and guide and written != guide:
            raise UsageError(f"{name!r} is of another guide than {guide!r}; name one of them.")
        named = written or guide
        guides = [self.get_guide(named)] if named else self.config.guides
        if not any(item.id == place for known in guides for item in known.assumptions):
            where = ", ".join(known.id for known in guides) or "any guide"
            raise UsageError(f"There is no assumption {place!r} in {where}; `stilltrue verify` lists them.")
        return named, place

    def get_assumption(self, name: str) -> tuple[Guide, Assumption]:
        """The one assumption written as ``id`` or ``guide/id``; raises UsageError when there is none or several."""
        named, place = self.split_assumption(name)
        guides = [self.get_guide(named)] if named else self.config.guides
        found = [(guide, item) for guide in guides for item in guide.assumptions if item.id == place]
        if len(found) > 1:
            several = ", ".join(f"{guide.id}/{item.id}" for guide, item in found)
            raise UsageError(f"Several guides have {name!r}; name one: {several}.")
        return found[0]

    def _route(self, alert: Alert) -> list[Alert]:
        """The alert split by what each channel is to see of it, each part with its channels."""
        from notifiers.routing import route

        owners = {
            (guide.id, item.id): item.owner or guide.owner for guide in self.config.guides for item in guide.assumptions
        }
        shares = route(
            alert.items,
            publisher=alert.publisher,
            severity=alert.severity,
            channels=self.config.channels,
            owners=owners,
        )
        return split_by_share(alert, shares)


def split_by_share(alert: Alert, shares: Mapping[str, Sequence[object]]) -> list[Alert]:
    """One alert for each distinct share of its items, addressed to the channels with that share."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for channel, items in shares.items():
        places = tuple(place for place, item in enumerate(alert.items) if item in items)
        if places:
            groups.setdefault(places, []).append(channel)
    whole = tuple(range(len(alert.items)))
    return [
        replace(
            alert,
            id=alert.id if places == whole else digest(alert.id, *map(str, places)),
            items=tuple(alert.items[place] for place in places),
            channels=tuple(channels),
        )
        for places, channels in groups.items()
    ]
