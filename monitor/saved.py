"""Saved pages on disk: a manifest's lines as snapshots, each problem named by file and line."""

import gzip
import io
import json
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from monitor.errors import UsageError
from monitor.model import Check, Json, Snapshot, Source, minute

_STATUSES = range(100, 1000)


class SavedPage(Struct, frozen=True, kw_only=True):
    """One saved read that could be understood; its bytes are read when it is its turn.

    ``load`` gives the unpacked body where that is not a file of its own; ``check`` is a read whose bytes were not kept.
    """

    source: str
    fetched_at: datetime
    path: Path
    place: str
    url: str | None = None
    status: int = 200
    headers: Mapping[str, str]
    gzipped: bool = False
    load: Callable[[int], bytes] | None = None
    check: Check | None = None


class Unreadable(Struct, frozen=True, kw_only=True):
    """A line or file that could not be used, with the reason and its place (file:line)."""

    source: str | None
    place: str
    code: str
    message: str
    fetched_at: datetime | None = None


def read_manifests(paths: Sequence[Path]) -> tuple[list[SavedPage], list[Unreadable]]:
    """All lines of these manifests, oldest first, and those that cannot be used. Raises UsageError for no such file."""
    pages: list[SavedPage] = []
    problems: list[Unreadable] = []
    for path in paths:
        for item in _read_manifest(path):
            (pages if isinstance(item, SavedPage) else problems).append(item)  # type: ignore[arg-type]
    return in_order(pages), problems


def in_order(pages: Iterable[SavedPage]) -> list[SavedPage]:
    """Saved reads of all sources, oldest first."""
    return sorted(pages, key=lambda page: (page.fetched_at, page.source, page.place))


def split_by_time(pages: Iterable[SavedPage], latest: datetime) -> tuple[list[SavedPage], list[Unreadable]]:
    """Those read by the latest time that may be meant, and the others: each would be the newest read for years."""
    kept: list[SavedPage] = []
    late: list[Unreadable] = []
    for page in pages:
        if page.fetched_at <= latest:
            kept.append(page)
        else:
            message = f"{page.place}: its time {minute(page.fetched_at)} is more than a year away; it was left out."
            late.append(Unreadable(source=page.source, place=page.place, code="time_to_come", message=message))
    return kept, late


def _read_manifest(path: Path) -> Iterator[SavedPage | Unreadable]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a manifest (.jsonl).") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield _read_line(path, f"{path.name}:{number}", line)


def _read_line(manifest: Path, place: str, line: str) -> SavedPage | Unreadable:
    source: str | None = None
    try:
        data = _object(line)
        source = _text(data, "source")
        return SavedPage(
            source=source,
            fetched_at=_moment(_text(data, "fetched_at")),
            path=manifest.parent / _file_name(data),
            place=place,
            url=_optional_text(data, "url"),
            status=_status(data),
            headers=_headers(data),
            gzipped=_is_gzipped(data),
        )
    except (ValueError, TypeError) as error:
        message = f"{place}: this manifest line {error}; it was left out."
        return Unreadable(source=source, place=place, code="manifest_line", message=message)


def _object(line: str) -> Mapping[str, Json]:
    try:
        data: Json = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    json.dumps(data, ensure_ascii=False).encode()  # lone surrogates cannot be stored anywhere
    if not isinstance(data, dict):
        raise TypeError("is not a JSON object")
    return data


def _text(data: Mapping[str, Json], name: str) -> str:
    value = _optional_text(data, name)
    if not value:
        raise ValueError(f'has no "{name}"')
    return value


def _optional_text(data: Mapping[str, Json], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f'has a "{name}" that is not a text')
    return value


def _file_name(data: Mapping[str, Json]) -> str:
    name = _text(data, "file")
    if "\0" in name:
        raise ValueError('has a "file" that is no file name')
    return name


def _status(data: Mapping[str, Json]) -> int:
    status = data.get("status")
    if status is None:
        return 200
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError('has a "status" that is not a whole number')
    if status not in _STATUSES:
        raise ValueError(f'has the "status" {status}, which is none of HTTP')
    return status


def _is_gzipped(data: Mapping[str, Json]) -> bool:
    encoding = _optional_text(data, "encoding") or "identity"
    if encoding not in {"gzip", "identity"}:
        raise ValueError(f'has the "encoding" {encoding!r}; only gzip or identity (or none) can be read')
    return encoding == "gzip"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'has a "fetched_at" that is not an ISO 8601 time: {text!r}') from None


def _headers(data: Mapping[str, Json]) -> dict[str, str]:
    given = data.get("headers")
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise TypeError('has "headers" that are not an object')
    for name, value in given.items():
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise TypeError(f'has "headers" whose "{name}" is not a text')
    headers = {name.lower(): str(value) for name, value in given.items()}
    if content_type := _optional_text(data, "content_type"):
        headers.setdefault("content-type", content_type)
    return headers


def load_snapshot(page: SavedPage, source: Source) -> Snapshot | Unreadable:
    """The saved bytes as the snapshot they were, or why they cannot be had."""
    try:
        body = _body(page, source.fetch.max_bytes)
    except FileNotFoundError:
        return _unreadable(page, "file_missing", "there is no such file")
    except (OSError, EOFError, zlib.error) as error:
        return _unreadable(page, "file_unreadable", str(error))
    except ValueError as error:
        return _unreadable(page, "too_large", str(error))
    return Snapshot(
        source=page.source,
        fetched_at=page.fetched_at,
        status=page.status,
        final_url=page.url or source.url,
        headers=page.headers,
        body=body,
    )


def _body(page: SavedPage, limit: int) -> bytes:
    if page.load is not None:
        return page.load(limit)
    # Without waiting: opening a named pipe would wait for somebody to write to it.
    with open(page.path, "rb", opener=_open_at_once) as raw:
        if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            raise OSError("it is no ordinary file but a folder, pipe, socket or device")
        stream: io.BufferedIOBase = gzip.GzipFile(fileobj=raw) if page.gzipped else raw
        body = stream.read(limit + 1)
    if len(body) > limit:
        raise ValueError(f"is larger than max_bytes ({limit:,} bytes)")
    return body


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _unreadable(page: SavedPage, code: str, reason: str) -> Unreadable:
    message = f"{page.place}: {page.path.name}: {reason}; nothing was concluded from it."
    return Unreadable(source=page.source, place=page.place, code=code, message=message, fetched_at=page.fetched_at)
