"""Bodies as a capture holds them, unpacked: bounded, and never half of a page for the whole."""

import zlib
from collections.abc import Callable
from functools import partial

import zstandard

Unpacker = Callable[[bytes, int], bytes]
"""Unpacks bytes into no more than so many; raises ValueError for those it cannot, EOFError where they end early."""


_WINDOW = 2**27
_SIP = 256
"""Bytes given to zstd at a time, which cannot be told where to stop: a sip comes to a few megabytes at most."""


def unpack(body: bytes, packing: str | None, most: int) -> bytes:
    """A body without its packing; as it is when it was kept unpacked under the header of old.

    Raises ValueError when it is larger than ``most`` or packed in a way not known here, EOFError when it ends early.
    """
    name = (packing or "").strip().lower()
    if name in {"", "identity", "none"}:
        return body
    if name == "br":
        unpacker: Unpacker | None = _brotli()
    else:
        unpacker = _UNPACKERS.get(name)
    if unpacker is None:
        way_out = "; pip install 'stilltrue[archives]'" if name == "br" else ""
        raise ValueError(f"is packed as {name[:40]!r}, which cannot be unpacked here{way_out}")
    try:
        whole = unpacker(body, most + 1)
    except ValueError:
        return body
    if len(whole) > most:
        raise ValueError(f"is larger than max_bytes ({most:,} bytes)")
    return whole


def _zlib(body: bytes, most: int, *, window: int) -> bytes:
    parts: list[bytes] = []
    size, rest = 0, body
    while rest and size < most:
        packed = zlib.decompressobj(window)
        try:
            part = packed.decompress(rest, most - size)
        except zlib.error as error:
            if parts:
                break  # what follows the last member is none of it
            raise ValueError(str(error)) from error
        parts.append(part)
        size += len(part)
        if not packed.eof and size < most:
            raise EOFError("its packed body ends early")
        rest = packed.unused_data
    return b"".join(parts)


def _deflate(body: bytes, most: int) -> bytes:
    try:
        return _zlib(body, most, window=zlib.MAX_WBITS)
    except ValueError:
        return _zlib(body, most, window=-zlib.MAX_WBITS)


def _zstd(body: bytes, most: int) -> bytes:
    if not body.startswith(zstandard.FRAME_HEADER):
        raise ValueError("no zstd")
    packed, parts, size = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj(), [], 0
    try:
        for place in range(0, len(body), _SIP):
            parts.append(packed.decompress(body[place : place + _SIP]))
            size += len(parts[-1])
            if packed.eof or size >= most:
                return b"".join(parts)
    except zstandard.ZstdError as error:
        raise EOFError(f"its packed body is damaged ({error})") from error
    raise EOFError("its packed body ends early")


def _brotli() -> Unpacker | None:
    """The unpacker for br, where the package for it is installed."""
    try:
        import brotli  # noqa: PLC0415 - an extra, and of use for some captures only
    except ImportError:
        return None

    def unbrotli(body: bytes, most: int) -> bytes:
        packed, parts, size, given = brotli.Decompressor(), [], 0, body
        try:
            while size < most and not packed.is_finished():
                part = packed.process(given, output_buffer_limit=most - size)
                if not part and not given:
                    raise EOFError("its packed body ends early")
                parts.append(part)
                size, given = size + len(part), b""
        except brotli.error as error:
            raise ValueError(str(error)) from error
        return b"".join(parts)

    return unbrotli


_UNPACKERS: dict[str, Unpacker] = {
    "gzip": partial(_zlib, window=16 + zlib.MAX_WBITS),
    "x-gzip": partial(_zlib, window=16 + zlib.MAX_WBITS),
    "deflate": _deflate,
    "zstd": _zstd,
}
