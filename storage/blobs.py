"""Raw bytes kept once per content, compressed."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import zstandard
from sqlalchemy import Connection, select

from monitor.errors import StorageError
from monitor.model import Snapshot, content_sha256
from storage import schema
from storage.database import chunks, insert_or_skip

_LEVEL = 9
"""A 600 KB feed shrinks to a twentieth in some ten milliseconds; higher levels gain little."""

Packed = Mapping[str, Mapping[str, Any]]
"""Rows of ``blob`` by the SHA-256 of their content."""


def missing(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those digests whose bytes are not stored."""
    stored = schema.blob.c.sha256
    known = (connection.scalars(select(stored).where(stored.in_(chunk))) for chunk in chunks(digests))
    return set(digests).difference(*known)


def hashed(snapshots: Iterable[Snapshot]) -> dict[str, bytes]:
    """The bodies by their SHA-256."""
    return {content_sha256(snapshot.body): snapshot.body for snapshot in snapshots}


def pack(bodies: Mapping[str, bytes], wanted: Collection[str]) -> Packed:
    """Compressed rows for the wanted bodies; done before a transaction begins, so that it holds no lock."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return {
        sha256: {"sha256": sha256, "size": len(body), "zstd": compressor.compress(body)}
        for sha256, body in bodies.items()
        if sha256 in wanted
    }


def store(connection: Connection, packed: Packed) -> None:
    """Insert what is not there yet."""
    insert_or_skip(connection, schema.blob, list(packed.values()))


def unpack(sha256: str, size: int, compressed: bytes) -> bytes:
    """The content again; raises StorageError when it is not what its digest says."""
    try:
        body = zstandard.ZstdDecompressor().decompress(compressed, max_output_size=size)
    except zstandard.ZstdError as error:
        raise StorageError(f"the stored bytes {sha256} are damaged; restore a backup copy ({error})") from error
    if content_sha256(body) != sha256:
        raise StorageError(f"the stored bytes {sha256} do not match their digest; restore a backup copy")
    return body
