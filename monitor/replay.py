"""Saved pages through the same way as live ones, each at its own time."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec import Struct

from monitor.board import Board
from monitor.model import Check, Snapshot, Source, content_sha256, snapshot_id
from monitor.ports import Store
from monitor.read import read_snapshot
from monitor.recording import record_reading
from monitor.rederive import reading_again, rederive
from monitor.saved import SavedPage, Unreadable, load_snapshot


class Replay(Struct, frozen=True, kw_only=True):
    """What an import led to: recorded checks oldest first, what could not be read, and how many lines were known."""

    checks: tuple[Check, ...]
    unreadable: tuple[Unreadable, ...]
    known: int


def replay(
    pages: Sequence[SavedPage],
    *,
    store: Store,
    board: Board,
    on_page: Callable[[], None] = lambda: None,
) -> Replay:
    """Record saved pages oldest first across sources. Pages already stored change nothing.

    Pages older than their source's newest read are filed in their place and the source is derived again.
    """
    run = _Run(store=store, board=board, on_page=on_page)
    newest = {name: state.last_check for name, state in store.read_states().items()}
    late: dict[str, list[Snapshot]] = defaultdict(list)
    on_time: list[SavedPage] = []
    for page in pages:
        last = newest.get(page.source)
        if last is not None and page.fetched_at <= last:
            late[page.source] += run.late(page)
        else:
            on_time.append(page)
    for source, snapshots in late.items():
        run.file(board.sources[source], snapshots)
    for group in _same_moment(on_time):
        run.record(group)
    run.checks.sort(key=lambda check: check.checked_at)
    return Replay(checks=tuple(run.checks), unreadable=tuple(run.unreadable), known=run.known)


def _same_moment(pages: Sequence[SavedPage]) -> list[list[SavedPage]]:
    """Runs of pages of one source at one time, in order; pages are sorted by time and source."""
    groups: list[list[SavedPage]] = []
    for page in pages:
        if groups and (groups[-1][0].source, groups[-1][0].fetched_at) == (page.source, page.fetched_at):
            groups[-1].append(page)
        else:
            groups.append([page])
    return groups


class _Run:
    """One import under way."""

    def __init__(self, *, store: Store, board: Board, on_page: Callable[[], None]) -> None:
        self.store, self.board, self.on_page = store, board, on_page
        self.checks: list[Check] = []
        self.unreadable: list[Unreadable] = []
        self.known = 0

    def load(self, page: SavedPage) -> list[Snapshot]:
        """The page's snapshot, if it can be read and is not stored yet."""
        self.on_page()
        source = self.board.sources.get(page.source)
        if source is None:
            self.unreadable.append(_undeclared(page))
            return []
        found = load_snapshot(page, source)
        if isinstance(found, Unreadable):
            self.unreadable.append(found)
            return []
        if self.store.has_read(found.source, found.fetched_at, _digest(found)):
            self.known += 1
            return []
        return [found]

    def late(self, page: SavedPage) -> list[Snapshot]:
        """The page's snapshot, to be filed in its place. A read without bytes among newer ones says nothing more."""
        if page.check is not None:
            self.known += 1
            return []
        return self.load(page)

    def _record_bare(self, page: SavedPage, check: Check) -> None:
        self.on_page()
        source = self.board.sources.get(page.source)
        if source is None:
            self.unreadable.append(_undeclared(page))
        elif check.body and self.store.has_read(source.id, check.checked_at, check.body):
            self.known += 1
        else:
            record = record_reading(source, reading_again(check), self.store, self.board)
            self.checks.append(record.check)

    def record(self, pages: Sequence[SavedPage]) -> None:
        """Record pages of one source and time, by the digest of their bytes, then those without."""
        snapshots = {_id(shot): shot for page in pages if page.check is None for shot in self.load(page)}
        for shot in sorted(snapshots.values(), key=_digest):
            source = self.board.sources[shot.source]
            record = record_reading(source, read_snapshot(source, shot), self.store, self.board)
            self.checks.append(record.check)
        for page in pages:
            if page.check is not None:
                self._record_bare(page, page.check)

    def file(self, source: Source, snapshots: Sequence[Snapshot]) -> None:
        """File late pages in their place and derive the source again."""
        fresh = {_id(shot): shot for shot in snapshots}
        if fresh:
            records = rederive(source, self.store, self.board, late=list(fresh.values()))
            filed = {(shot.fetched_at, _digest(shot)) for shot in fresh.values()}
            checks = [record.check for record in records]
            self.checks += [
                check for check in checks if check.snapshot in fresh or (check.checked_at, check.body) in filed
            ]


def _id(snapshot: Snapshot) -> str:
    return snapshot_id(snapshot.source, snapshot.fetched_at, snapshot.body)


def _digest(snapshot: Snapshot) -> str:
    return content_sha256(snapshot.body)


def _undeclared(page: SavedPage) -> Unreadable:
    message = f"{page.place}: no source is called {page.source!r} in sources.toml; declare it or correct the line."
    return Unreadable(
        source=page.source, place=page.place, code="unknown_source", message=message, fetched_at=page.fetched_at
    )
