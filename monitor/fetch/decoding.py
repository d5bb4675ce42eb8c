"""Content codings undone piece by piece, so that a small body that unpacks to a huge one is stopped on the way."""

import zlib
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

import zstandard

from monitor.errors import FetchError

ACCEPTED = "gzip, deflate, zstd"
GZIP_MAGIC = b"\x1f\x8b"
PIECE = 65_536
MOST_CODINGS = 2
ZSTD_WINDOW = 8 << 20  # the most a sender may ask for over HTTP (RFC 9659)
ZSTD_SLICE = 256  # at most 64 blocks of 128 KiB come out of one slice


class BodyReader:
    """Collects a body as it arrives.

    ``add`` and ``finish`` raise FetchError: ``too_large`` beyond ``max_bytes`` at any stage of unpacking,
    ``encoding`` for what cannot be unpacked, ``truncated`` for what ends too early.
    """

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        self._stages = _stages(content_encoding)
        self._max_bytes = max_bytes
        self._seen = [0] * (len(self._stages) + 1)
        self._pieces: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Take bytes as received."""
        self._pieces.extend(filter(None, self._through(0, data)))

    def finish(self) -> bytes:
        """The whole body, unpacked."""
        for stage, taken in zip(self._stages, self._seen, strict=False):
            if taken and not stage.complete:
                raise FetchError("The packed body ended too early.", code="truncated")
        return b"".join(self._pieces)

    def _through(self, stage: int, data: bytes) -> Iterator[bytes]:
        self._seen[stage] += len(data)
        if self._seen[stage] > self._max_bytes:
            raise too_large(self._max_bytes)
        if stage == len(self._stages):
            yield data
            return
        for piece in self._stages[stage].feed(data):
            yield from self._through(stage + 1, piece)


def unpack_unasked(body: bytes, max_bytes: int) -> bytes:
    """The body, unpacked when it is gzip that no header speaks of (seen on official feeds), else as it is.

    Raises FetchError ``too_large`` only.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    reader = BodyReader("gzip", max_bytes)
    try:
        reader.add(body)
        return reader.finish()
    except FetchError as error:
        if error.code == "too_large":
            raise
        return body


def too_large(max_bytes: int) -> FetchError:
    """The error for a body beyond the cap."""
    message = f"The body is larger than {max_bytes} bytes (fetch.max_bytes)."
    return FetchError(message, code="too_large", transient=False)


class _Stage(Protocol):
    @property
    def complete(self) -> bool: ...

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Zlib:
    """gzip (one or more members, RFC 1952) and deflate (zlib-wrapped or, as some servers send it, bare)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._head = b""
        self._done = False
        self._inflater: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        return self._done

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflater is None:
                data = self._start(data)
            else:
                data = yield from self._inflate(self._inflater, data)

    def _start(self, data: bytes) -> bytes:
        self._head += data
        if len(self._head) < len(GZIP_MAGIC):
            return b""
        data, self._head = self._head, b""
        if self._done and not (self._gzip and data.startswith(GZIP_MAGIC)):
            self._head = b"\0\0"  # what follows the last member is padding
            return b""
        self._inflater = zlib.decompressobj(self._window_bits(data))
        self._done = False
        return data

    def _window_bits(self, data: bytes) -> int:
        if self._gzip:
            return 16 + zlib.MAX_WBITS
        wrapped = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
        return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS

    def _inflate(self, inflater: "zlib._Decompress", data: bytes) -> Generator[bytes, None, bytes]:
        piece = b""
        while data or len(piece) == PIECE:
            try:
                piece = inflater.decompress(data, PIECE)
            except zlib.error:
                raise _broken() from None
            yield piece
            data = inflater.unconsumed_tail
            if inflater.eof:
                self._done, self._inflater = True, None
                return inflater.unused_data
        return b""


class _Zstd:
    """Zstandard frames, one or more (RFC 8878)."""

    def __init__(self) -> None:
        self._unpacker = _zstd()

    @property
    def complete(self) -> bool:
        return self._unpacker.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), ZSTD_SLICE):
            rest = data[start : start + ZSTD_SLICE]
            while rest:
                if self._unpacker.eof:
                    self._unpacker = _zstd()
                try:
                    yield self._unpacker.decompress(rest)
                except zstandard.ZstdError:
                    raise _broken() from None
                rest = self._unpacker.unused_data


def _zstd() -> "zstandard.ZstdDecompressionObj":  # named in the stubs only
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()


def _stages(content_encoding: str) -> Sequence[_Stage]:
    names = [name.strip().lower() for name in content_encoding.split(",")]
    wanted = [name for name in names if name not in ("", "identity")]
    if len(wanted) > MOST_CODINGS:
        raise FetchError("The body is packed more than twice over.", code="encoding")
    return [_stage(name) for name in reversed(wanted)]


def _stage(name: str) -> _Stage:
    match name:
        case "gzip" | "x-gzip":
            return _Zlib(gzip=True)
        case "deflate":
            return _Zlib(gzip=False)
        case "zstd":
            return _Zstd()
        case _:
            message = f"The body is packed as {name[:40]!a}, which was not asked for and cannot be read."
            raise FetchError(message, code="encoding")


def _broken() -> FetchError:
    return FetchError("The packed body cannot be unpacked.", code="encoding")
