"""Snapshots as WARC 1.1: what was read, in the form that web archives keep and other tools read.

Each read is a ``metadata`` record of ours, exact to the header, and, where its bytes were kept, the ``response`` record
it is about. The same reads give the same bytes.
"""

import io
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import IO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.model import Check, Snapshot, canonical, content_sha256, snapshot_id, stamp

READ_TYPE = "application/vnd.stilltrue.read+json"
"""The media type of our metadata records."""
_NAMES = uuid.UUID("6f1d0b52-2a5e-5f6d-9d3c-6c0f4c2a7b11")
_WIRE = frozenset({"connection", "keep-alive", "content-encoding", "content-length", "transfer-encoding"})
"""Headers that speak of the form on the wire; the body here is unpacked."""

Read = Snapshot | Check
"""One read: with its bytes, or as a check without."""


def write_warc(stream: IO[bytes], reads: Iterable[Read], *, urls: Mapping[str, str], gzip: bool) -> int:
    """Write reads as WARC, in the order given; returns how many. ``urls`` are the sources' addresses by id."""
    writer = WARCWriter(stream, gzip=gzip, warc_version="WARC/1.1")
    count = 0
    for count, read in enumerate(reads, start=1):
        if count == 1:
            _write_info(writer, _moment(read))
        _write_read(writer, read, urls)
    return count


def _moment(read: Read) -> datetime:
    return read.fetched_at if isinstance(read, Snapshot) else read.checked_at


def _write_info(writer: WARCWriter, moment: datetime) -> None:
    """The record every WARC begins with; dated by the first read, so that the same reads give the same bytes."""
    text = "software: stilltrue\r\nformat: WARC File Format 1.1\r\n"
    text += "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
    headers = {"WARC-Record-ID": _record_id("info", stamp(moment)), "WARC-Date": stamp(moment)}
    record = writer.create_warc_record(
        None,
        "warcinfo",
        payload=io.BytesIO(text.encode()),
        length=len(text.encode()),
        warc_content_type="application/warc-fields",
        warc_headers_dict=headers,
    )
    writer.write_record(record)


def _write_read(writer: WARCWriter, read: Read, urls: Mapping[str, str]) -> None:
    told = read_plain(read)
    url = read.final_url if isinstance(read, Snapshot) and read.final_url else urls.get(read.source, "")
    uri = url or f"urn:stilltrue:{read.source}"
    response = _record_id("response", read.source, stamp(_moment(read)), str(told["sha256"]))
    about = {"WARC-Concurrent-To": response} if isinstance(read, Snapshot) else {}
    headers = {"WARC-Record-ID": _record_id("read", canonical(told)), "WARC-Date": stamp(_moment(read)), **about}
    payload = canonical(told).encode()
    metadata = writer.create_warc_record(
        uri,
        "metadata",
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_content_type=READ_TYPE,
        warc_headers_dict=headers,
    )
    writer.write_record(metadata)
    if isinstance(read, Snapshot):
        _write_response(writer, read, uri, response)


def read_plain(read: Read) -> dict[str, object]:
    """What is known of a read besides its bytes, as plain data."""
    if isinstance(read, Snapshot):
        return {
            "source": read.source,
            "read_at": stamp(read.fetched_at),
            "status": read.status,
            "final_url": read.final_url,
            "headers": dict(read.headers),
            "sha256": content_sha256(read.body),
            "snapshot": snapshot_id(read.source, read.fetched_at, read.body),
        }
    problem = {"code": read.problem.code, "message": read.problem.message} if read.problem else None
    return {
        "source": read.source,
        "read_at": stamp(read.checked_at),
        "status": read.http_status,
        "outcome": read.outcome.value,
        "problem": problem,
        "sha256": read.body,
        "elapsed_ms": read.elapsed_ms,
    }


def _write_response(writer: WARCWriter, shot: Snapshot, uri: str, identity: str) -> None:
    try:
        phrase = HTTPStatus(shot.status).phrase
    except ValueError:
        phrase = "Unknown"
    kept = [(_title(name), _one_line(value)) for name, value in shot.headers.items() if name.lower() not in _WIRE]
    lines = [*kept, ("Content-Length", str(len(shot.body)))]
    record = writer.create_warc_record(
        uri,
        "response",
        payload=io.BytesIO(shot.body),
        length=len(shot.body),
        http_headers=StatusAndHeaders(f"{shot.status} {phrase}", lines, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Record-ID": identity, "WARC-Date": stamp(shot.fetched_at)},
    )
    writer.write_record(record)


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _record_id(*parts: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_NAMES, chr(0).join(parts))}>"
