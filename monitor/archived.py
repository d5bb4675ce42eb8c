"""WARC files as saved reads for a replay, and a source's reads in the order they are exported."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from pathlib import Path

from msgspec import Struct

from monitor.model import Check, CheckOutcome, Problem, Snapshot, Source, content_sha256
from monitor.ports import Store
from monitor.saved import SavedPage, Unreadable
from storage.warc_reading import Capture, Leftovers, read_warc

_MOST_NAMED = 5


class Archived(Struct, frozen=True, kw_only=True):
    """What WARC files hold for these sources; ``notes`` are about what was left out."""

    pages: tuple[SavedPage, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]


def read_archives(paths: Sequence[Path], sources: Mapping[str, Source]) -> Archived:
    """Every read of these sources in these files; captures of other addresses are counted and named."""
    urls = {source.id: (source.url,) for source in sources.values()}
    pages: list[SavedPage] = []
    unreadable: list[Unreadable] = []
    notes: list[str] = []
    for path in paths:
        leftovers = Leftovers()
        pages += [_page(path, capture) for capture in read_warc(path, urls, leftovers)]
        unreadable += [_unreadable(place, message) for place, message in leftovers.unreadable]
        notes += _notes(path, leftovers)
    return Archived(pages=tuple(pages), unreadable=tuple(unreadable), notes=tuple(notes))


def _unreadable(place: str, message: str) -> Unreadable:
    return Unreadable(source=None, place=place, code="warc_record", message=f"{place}: {message}; it was left out.")


def _notes(path: Path, leftovers: Leftovers) -> Iterator[str]:
    if leftovers.others:
        most = sorted(leftovers.others, key=lambda url: (-leftovers.others[url], url))[:_MOST_NAMED]
        more = ", …" if len(leftovers.others) > _MOST_NAMED else ""
        count = sum(leftovers.others.values())
        yield f"{path.name}: {count} record(s) of addresses that no source has, skipped: {', '.join(most)}{more}"
    if leftovers.redirects:
        yield f"{path.name}: {leftovers.redirects} redirect(s) skipped; they hold no page."


def _page(path: Path, capture: Capture) -> SavedPage:
    return SavedPage(
        source=capture.source,
        fetched_at=capture.read_at,
        path=path,
        place=capture.place,
        url=capture.url or None,
        status=capture.status,
        headers=capture.headers,
        load=capture.load,
        check=_check(capture) if capture.load is None else None,
    )


def _check(capture: Capture) -> Check:
    told = capture.told or {}
    problem = told.get("problem")
    return Check(
        source=capture.source,
        checked_at=capture.read_at,
        outcome=CheckOutcome(told["outcome"]),
        http_status=told.get("status"),
        body=told.get("sha256"),
        problem=Problem(code=problem["code"], message=problem["message"]) if problem else None,
        elapsed_ms=told.get("elapsed_ms") or 0,
    )


def reads_in_order(store: Store, source: str) -> Iterator[Snapshot | Check]:
    """Everything ever read of a source, oldest first: its kept bytes, and the checks that have none."""

    def place(read: Snapshot | Check) -> tuple[object, int, str]:
        if isinstance(read, Snapshot):
            return read.fetched_at, 0, content_sha256(read.body)
        return read.checked_at, 1, ""

    return merge(store.failed_checks(source), store.snapshots(source), key=place)
