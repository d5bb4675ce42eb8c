"""WARC files as reads of our sources: our own exports exactly, web archives' captures by their address."""

import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct, field
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from monitor.errors import UsageError
from monitor.model import from_json
from storage.unpacking import unpack
from storage.warc_writing import READ_TYPE

_MARK, _GZIP = b"WARC/", b"\x1f\x8b"
_ARCHIVED = re.compile(r"^https?://[^/]+/(?:\w+/)*\d{14}(?:[a-z]{2}_)?/(?=https?:)", re.IGNORECASE)
"""What web archives put before the address of a page they serve."""
_REDIRECTS = range(300, 400)
_NOT_MODIFIED = 304
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OK = 200
_MOST_TOLD = 10_000_000
"""Bytes of one of our own records about a read."""
_PIECE = 65_536


class Capture(Struct, frozen=True, kw_only=True):
    """One read found in a WARC. ``told``: what our own export says of it; ``load`` gives the unpacked body.

    ``load`` is None for a read without bytes. It takes the most bytes to give, and raises ValueError when there are
    more, OSError or EOFError when they cannot be had.
    """

    source: str
    read_at: datetime
    place: str
    url: str
    status: int
    headers: Mapping[str, str]
    told: Mapping[str, Any] | None = None
    load: Callable[[int], bytes] | None = None


class Leftovers(Struct, kw_only=True):
    """What in a WARC is of no use here: addresses of no source, redirects, records that cannot be understood."""

    others: dict[str, int] = field(default_factory=dict)
    redirects: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def is_warc(path: Path) -> bool:
    """Whether a file is a WARC, by its content.

    Raises UsageError when it cannot be read, and for one that is called a WARC, or packed as one, and is none.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(len(_MARK))
            raw.seek(0)
            is_packed = start.startswith(_GZIP)
            if is_packed:
                with gzip.open(raw) as packed:
                    start = packed.read(len(_MARK))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _no_warc(path, f"not even its beginning can be unpacked ({error})") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a manifest (.jsonl) or a WARC.") from error
    if start == _MARK:
        return True
    if is_packed:
        raise _no_warc(path, "it is packed with gzip, and what is in it does not begin as a WARC does")
    if path.name.lower().endswith((".warc", ".warc.gz")):
        raise _no_warc(path, "it begins as neither a WARC nor gzip does" if start else "it is empty")
    return False


def _no_warc(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: is no WARC, {why}; fetch or export it again, or name a manifest (.jsonl).")


def read_warc(path: Path, urls: Mapping[str, Sequence[str]], leftovers: Leftovers) -> Iterator[Capture]:
    """The reads of these sources (their addresses by id) in a WARC file, in the file's order.

    Of a record whose end is missing nothing is taken: half a page would be told as a page that lost its other half.
    """
    finder, place = _Finder(path, urls, leftovers), path.name
    try:
        with path.open("rb") as raw:
            size = raw.seek(0, os.SEEK_END)
            raw.seek(0)
            archive, is_whole = ArchiveIterator(raw), True
            for record in _records(archive):
                place, told = f"{path.name}@{archive.offset}", len(leftovers.unreadable)
                found = list(finder.take(record, archive.offset))
                archive.read_to_end()
                is_whole = _is_whole(record)
                if is_whole:
                    yield from found
                else:
                    leftovers.unreadable[told:] = [(place, _cut_off(size))]
                place = f"{path.name}@{archive.offset}"
            if is_whole and archive.offset < size:
                leftovers.unreadable.append((place, _cut_off(size)))
            elif is_whole:
                finder.tell_alone()
    except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
        leftovers.unreadable.append((place, f"cannot be read further as WARC: {str(error).strip()[:300]}"))


def _records(archive: ArchiveIterator) -> Iterator[ArcWarcRecord]:
    try:
        yield from archive
    except AttributeError as error:  # warcio takes for granted that there is one
        raise ArchiveLoadFailed("a record names no address (WARC-Target-URI)") from error


def _cut_off(size: int) -> str:
    return f"the file ends, or is damaged, before this record does (at byte {size})"


def _is_whole(record: ArcWarcRecord) -> bool:
    """Whether a record that was read to its end says how long it is, and is as long as that."""
    length = record.rec_headers.get_header("Content-Length") or ""
    return length.isdecimal() and getattr(record.raw_stream, "limit", None) == 0


def address_key(url: str) -> str:
    """An address without what does not tell pages apart: scheme, default port, letter case of the host, last slash."""
    parts = urlsplit(_ARCHIVED.sub("", url.strip().strip("<>")))
    host = (parts.hostname or "").removeprefix("www.")
    try:
        port = parts.port
    except ValueError:
        port = None
    shown = "" if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{shown}{parts.path.rstrip('/')}{query}"


class _Finder:
    """Looks through one file, record by record."""

    def __init__(self, path: Path, urls: Mapping[str, Sequence[str]], leftovers: Leftovers) -> None:
        self._path, self._leftovers, self._known = path, leftovers, urls
        self._sources: dict[str, list[str]] = {}
        for source, addresses in urls.items():
            for address in addresses:
                self._sources.setdefault(address_key(address), []).append(source)
        self._told: dict[str, Mapping[str, Any]] = {}
        self._by_digest: dict[str, int] = {}
        self._by_visit: dict[tuple[str, str], int] = {}

    def take(self, record: ArcWarcRecord, offset: int) -> Iterator[Capture]:
        place = f"{self._path.name}@{offset}"
        try:
            if record.rec_type == "metadata" and record.rec_headers.get_header("Content-Type") == READ_TYPE:
                yield from self._own(record, place)
            elif record.rec_type in {"response", "revisit", "resource"}:
                yield from self._foreign(record, offset, place)
        except (ValueError, KeyError, TypeError) as error:
            self._leftovers.unreadable.append((place, f"a record that cannot be understood: {error}"))

    def tell_alone(self) -> None:
        """Tell of our own reads whose bytes should have followed and did not: the file was cut between two records."""
        for told in self._told.values():
            message = f"the bytes that were read of {told['source']} at {told['read_at']} are not in it"
            self._leftovers.unreadable.append((self._path.name, message))

    def _own(self, record: ArcWarcRecord, place: str) -> Iterator[Capture]:
        told = from_json(read_whole(record, _MOST_TOLD), dict[str, Any])
        response = record.rec_headers.get_header("WARC-Concurrent-To")
        if response:
            self._told[response] = told
            return
        if told["source"] not in self._known:
            self._count_other(record)
            return
        yield Capture(
            source=told["source"],
            read_at=_moment(told["read_at"]),
            place=place,
            url="",
            status=told["status"] or 0,
            headers={},
            told=told,
        )

    def _count_other(self, record: ArcWarcRecord) -> None:
        url = record.rec_headers.get_header("WARC-Target-URI") or "no address"
        self._leftovers.others[url] = self._leftovers.others.get(url, 0) + 1

    def _foreign(self, record: ArcWarcRecord, offset: int, place: str) -> Iterator[Capture]:
        url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
        told = self._told.pop(record.rec_headers.get_header("WARC-Record-ID") or "", None)
        at = self._remember(record, url, offset)
        if told is not None:
            sources = [told["source"]] if told["source"] in self._known else []
        else:
            sources = self._sources.get(address_key(url), [])
        if not sources:
            self._count_other(record)
            return
        status = _status(record)
        if told is None and status in _REDIRECTS and status != _NOT_MODIFIED:
            self._leftovers.redirects += 1
            return
        if at is None:
            self._leftovers.unreadable.append((place, f"repeats a capture of {url} that is not in this file"))
            return
        headers = told["headers"] if told else _headers(record)
        for source in sources:
            yield Capture(
                source=source,
                read_at=_moment(told["read_at"] if told else record.rec_headers.get_header("WARC-Date")),
                place=place,
                # A capture at a like address is one of the source's page, not of a page that moved.
                url=told["final_url"] if told else "",
                status=told["status"] if told else _OK if status == _NOT_MODIFIED else status,
                headers=headers,
                told=told,
                load=_Loader(self._path, at),
            )

    def _remember(self, record: ArcWarcRecord, url: str, offset: int) -> int | None:
        """Where the body of a record stands: its own place, or that of the capture it repeats (None: not seen)."""
        digest = record.rec_headers.get_header("WARC-Payload-Digest") or ""
        if record.rec_type != "revisit":
            self._by_digest.setdefault(digest, offset)
            self._by_visit[address_key(url), record.rec_headers.get_header("WARC-Date") or ""] = offset
            return offset
        earlier = record.rec_headers.get_header("WARC-Refers-To-Target-URI") or url
        then = record.rec_headers.get_header("WARC-Refers-To-Date") or ""
        found = self._by_visit.get((address_key(earlier.strip("<>")), then))
        return found if found is not None else self._by_digest.get(digest) if digest else None


class _Loader(Struct, frozen=True):
    """Reads one record's body again when its turn comes, so that archives of any size need little memory."""

    path: Path
    offset: int

    def __call__(self, most: int) -> bytes:
        with self.path.open("rb") as raw:
            raw.seek(self.offset)
            for record in ArchiveIterator(raw):
                return read_whole(record, most)
        raise EOFError("the record is gone")


def read_whole(record: ArcWarcRecord, most: int) -> bytes:
    """A record's unpacked body.

    Raises ValueError when it is larger than ``most`` or packed in a way not known here, EOFError when it ends early.
    """
    headers = record.http_headers
    chunked = headers is not None and (headers.get_header("transfer-encoding") or "").strip().lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    parts, size = [], 0
    while part := stream.read(min(most + 1 - size, _PIECE)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise ValueError(f"is larger than max_bytes ({most:,} bytes)")
    return unpack(b"".join(parts), headers.get_header("content-encoding") if headers else None, most)


def _status(record: ArcWarcRecord) -> int:
    code = record.http_headers.get_statuscode() if record.http_headers else ""
    return int(code) if code and code.isdecimal() else _OK


def _headers(record: ArcWarcRecord) -> dict[str, str]:
    if record.http_headers is None:
        kind = record.rec_headers.get_header("Content-Type")
        return {"content-type": kind} if kind else {}
    wire = {"connection", "keep-alive", "content-encoding", "content-length", "transfer-encoding"}
    private = {"set-cookie", "set-cookie2"}
    pairs = ((name.lower(), value) for name, value in record.http_headers.headers)
    return {name: value for name, value in pairs if name not in wire | private}


def _moment(text: str | None) -> datetime:
    if not text:
        raise ValueError("it has no WARC-Date")
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
