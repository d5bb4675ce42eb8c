"""Raw bytes kept once per content, compressed; what resembles an earlier page is kept as the difference from it.

A blob with a ``base`` was compressed with the base's content as its dictionary, which in turn may have a base: a chain
that ends at a blob without one. All digests and sizes speak of the content, never of the stored form.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import zstandard
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, literal, select

from monitor.errors import StorageError
from monitor.model import Snapshot, content_sha256
from storage import schema
from storage.database import chunks
from storage.sealing import delete_rows, insert_or_skip, update_rows

LONGEST_CHAIN = 64
"""Blobs to unpack at most for one content: each takes a fraction of a millisecond."""
_LEVEL = 9
"""Nearly as good as the highest levels on successive pages; from 10 on, a small page takes twenty times as long."""
_WORTH_IT = 4
"""A difference that is larger than this part of the content may be no gain: it is compared with a plain form."""
_WINDOW = range(10, 28)
"""Powers of two that zstd takes as a window."""

_LOG = logging.getLogger(__name__)

_blob = schema.blob


def _chain(sha256: ColumnElement[str]) -> Select[Any]:
    links = select(_blob.c.sha256, _blob.c.base, literal(0).label("step")).where(_blob.c.sha256 == sha256)
    chain = links.cte("chain", recursive=True)
    further = select(_blob.c.sha256, _blob.c.base, chain.c.step + 1).join(chain, _blob.c.sha256 == chain.c.base)
    chain = chain.union_all(further.where(chain.c.step < LONGEST_CHAIN))
    return select(_blob).join(chain, chain.c.sha256 == _blob.c.sha256).order_by(chain.c.step.desc())


# Built once: they are part of every changed read, and building one takes longer than running it.
_CHAIN = _chain(bindparam("sha256"))
_STORED = select(_blob.c.sha256).where(_blob.c.sha256.in_(bindparam("digests", expanding=True)))
_NEWEST_CHAIN = _chain(
    select(schema.snapshot.c.blob)
    .join(schema.version, schema.version.c.snapshot == schema.snapshot.c.id)
    .join(schema.source, schema.source.c.version == schema.version.c.id)
    .where(schema.source.c.id == bindparam("source"))
    .scalar_subquery()
)

Link = Row[Any]
"""A row of ``blob``."""
Chain = Sequence[Link]
"""Rows of ``blob``, the one without a base first, each the base of the next."""


class Packed(Struct, frozen=True, kw_only=True):
    """A compressed content on its way into the table. ``body`` is kept in case its base has gone meanwhile."""

    sha256: str
    body: bytes
    zstd: bytes
    base: str | None = None


def missing(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those digests whose bytes are not stored."""
    known = (connection.scalars(_STORED, {"digests": chunk}) for chunk in chunks(digests))
    return set(digests).difference(*known)


def hashed(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """The snapshots by the SHA-256 of their bodies."""
    return {content_sha256(snapshot.body): snapshot for snapshot in snapshots}


def newest_chain(connection: Connection, source: str) -> Chain:
    """The chain of the bytes that a source's current version was made from; empty when there is none."""
    return connection.execute(_NEWEST_CHAIN, {"source": source}).all()


def chain_of(connection: Connection, sha256: str) -> Chain:
    """The stored forms that lead to a content, that of the content itself last; empty when it is not stored."""
    return connection.execute(_CHAIN, {"sha256": sha256}).all()


def read(connection: Connection, sha256: str) -> bytes:
    """A stored content; raises StorageError when it is not what its digest says, or not there."""
    return unfold(sha256, chain_of(connection, sha256))


def unfold(sha256: str, chain: Chain) -> bytes:
    """The content at the end of a chain; raises StorageError when it is not what its digest says."""
    if not chain or chain[0].base is not None:
        raise StorageError(f"the stored bytes {sha256} are incomplete; restore a backup copy")
    body = b""
    for link in chain:
        body = unpack(link, body if link.base is not None else None)
    return verified(sha256, body)


def unpack(row: Link, base: bytes | None) -> bytes:
    """The content of one row of ``blob``, given that of its base; raises StorageError for damage that zstd sees."""
    try:
        return zstandard.ZstdDecompressor(dict_data=_dictionary(base)).decompress(row.zstd, max_output_size=row.size)
    except zstandard.ZstdError as error:
        raise StorageError(f"the stored bytes {row.sha256} are damaged; restore a backup copy ({error})") from error


def verified(sha256: str, body: bytes) -> bytes:
    """The content; raises StorageError when it is not what its digest says."""
    if content_sha256(body) != sha256:
        raise StorageError(f"the stored bytes {sha256} do not match their digest; restore a backup copy")
    return body


def pack(body: bytes, sha256: str, chain: Chain) -> Packed:
    """A compressed content, as the difference from the end of ``chain`` where that is smaller.

    At the end of a full chain the difference is from its middle, so that a long history needs few whole contents. On a
    damaged chain nothing new is put: damage to what was read must not stop what is read now; ``doctor`` tells of it.
    Done before a transaction begins, so that it holds no lock.
    """
    if not chain:
        return Packed(sha256=sha256, body=body, zstd=_compress(body, None))
    links = chain if len(chain) < LONGEST_CHAIN else chain[: LONGEST_CHAIN // 2]
    base = links[-1].sha256
    try:
        known = unfold(base, links)
    except StorageError as error:
        _LOG.warning("%s; what was read after them is stored whole (see stilltrue doctor)", error)
        return Packed(sha256=sha256, body=body, zstd=_compress(body, None))
    difference = _compress(body, known)
    if len(difference) * _WORTH_IT > len(body):
        plain = _compress(body, None)
        if len(plain) <= len(difference):
            return Packed(sha256=sha256, body=body, zstd=plain)
    return Packed(sha256=sha256, body=body, zstd=difference, base=base)


def store(connection: Connection, packed: Collection[Packed]) -> None:
    """Insert what is not there yet; what rests on bytes that another process removed meanwhile goes in by itself."""
    bases = {one.base for one in packed if one.base is not None}
    gone = missing(connection, bases) if bases else set()
    whole = [one if one.base not in gone else pack(one.body, one.sha256, ()) for one in packed]
    insert_or_skip(connection, _blob, [_values(one) for one in whole])


def remove(connection: Connection, digests: Sequence[str]) -> int:
    """Remove stored contents; those that rest on them are put on another base first. Returns the bytes freed.

    Where one of those cannot be read, both stay as they are.
    """
    freed = 0
    for digest in digests:
        chain = chain_of(connection, digest)
        if not chain:
            continue
        resting = connection.scalars(select(_blob.c.sha256).where(_blob.c.base == digest)).all()
        try:
            grown = sum(_put_on(connection, one, chain[:-1]) for one in resting)
        except StorageError as error:
            _LOG.warning("%s; they stay, with what they rest on (see stilltrue doctor)", error)
            continue
        freed += len(chain[-1].zstd) - grown
        delete_rows(connection, _blob, _blob.c.sha256 == digest)
    return freed


def _put_on(connection: Connection, digest: str, chain: Chain) -> int:
    """Store a content anew as the difference from this chain; returns the bytes it grew by. Raises StorageError."""
    before = chain_of(connection, digest)
    packed = pack(unfold(digest, before), digest, chain)
    update_rows(connection, _blob, _blob.c.sha256 == digest, {"zstd": packed.zstd, "base": packed.base})
    return len(packed.zstd) - len(before[-1].zstd)


def _values(packed: Packed) -> Mapping[str, Any]:
    return {"sha256": packed.sha256, "size": len(packed.body), "zstd": packed.zstd, "base": packed.base}


def _dictionary(base: bytes | None) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if base else None


def _compress(body: bytes, base: bytes | None) -> bytes:
    dictionary = _dictionary(base)
    if dictionary is None:
        return zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    # The window must reach back over the whole of the base.
    window = min(max((len(body) + len(base or b"")).bit_length(), _WINDOW.start), _WINDOW.stop - 1)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL, source_size=len(body), dict_size=len(base or b""), window_log=window
    )
    return zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters).compress(body)
