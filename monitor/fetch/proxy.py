"""The gate as a proxy on loopback: the only way out that a browser is given.

Every connection of a browser, scripts and subresources included, comes through here. A host is checked against the
source's own and its allowed ones, resolved once, and the checked address is dialled. TLS goes through untouched, so
that the browser itself checks certificates.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpcore
from msgspec import Struct, field

from monitor.errors import FetchError
from monitor.fetch.gate import Address, Resolver, check_address, shown
from monitor.fetch.hosts import settings_for
from monitor.fetch.transport import GatedBackend
from monitor.model import FetchSettings

HEAD_BYTES = 65_536
PIECE = 65_536
HEAD_SECONDS = 10.0
CONNECT_SECONDS = 10.0
MOST_TALKS = 64
"""Connections of one page at a time."""
MOST_SENT = 1_000_000
METHODS = frozenset({"CONNECT", "GET", "HEAD", "POST", "OPTIONS"})
HOP_HEADERS = frozenset(
    {"host", "proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "upgrade"}
)
_GONE = (OSError, EOFError, asyncio.LimitOverrunError, httpcore.NetworkError, asyncio.CancelledError)
"""One side left, or the page is done."""

_LOG = logging.getLogger(__name__)


class Passage(Struct, kw_only=True):
    """What one page may do on the network, and what it did: ``hosts`` asked for in order, ``received`` bytes.

    ``refusals`` are why requests were turned away, by host.
    """

    own_host: str
    settings: FetchSettings
    resolver: Resolver
    network: httpcore.AsyncNetworkBackend
    hosts: list[str] = field(default_factory=list)
    refusals: dict[str, FetchError] = field(default_factory=dict)
    received: int = 0

    @property
    def spent(self) -> bool:
        """Whether the page has received all it may."""
        return self.received > self.settings.max_bytes

    async def dial(self, address: Address) -> httpcore.AsyncNetworkStream:
        """A connection to a checked network address of this host; raises FetchError."""
        self.hosts.append(address.host)
        try:
            settings = settings_for(address.host, self.own_host, self.settings)
            gate = GatedBackend(self.network, self.resolver, allow_private=settings.allow_private)
            return await gate.connect_tcp(address.host, address.port, CONNECT_SECONDS)
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            error = FetchError(f"{shown(address.host)} does not accept a connection.", code="connect")
            self.refusals.setdefault(address.host, error)
            raise error from None
        except FetchError as error:
            self.refusals.setdefault(address.host, error)
            raise


@asynccontextmanager
async def open_proxy(passage: Passage) -> AsyncIterator[int]:
    """A proxy on 127.0.0.1 for as long as the block runs; gives its port. All connections end with it."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs each in a task
        talks.add(task)
        try:
            if len(talks) <= MOST_TALKS:
                await _talk(passage, reader, writer)
        except (
            OSError,
            EOFError,
            TimeoutError,
            asyncio.LimitOverrunError,
            httpcore.NetworkError,
            asyncio.CancelledError,
        ):
            pass  # one side left, or the page is done
        finally:
            talks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=HEAD_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _talk(passage: Passage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the browser: one tunnel, or one plain request."""
    async with asyncio.timeout(HEAD_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
    try:
        method, target, headers = _parse(head)
        address = check_address(f"https://{target}/" if method == "CONNECT" else target)
        there = await passage.dial(address)
    except FetchError as error:
        _LOG.debug("refused to the browser: %s", error)
        await _answer(writer, error)
        return
    try:
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _tunnel(passage, reader, writer, there)
        else:
            await there.write(_request(method, address, headers))
            await there.write(await reader.readexactly(_length(headers)))
            await _respond(passage, there, writer)
    finally:
        await there.aclose()


Headers = list[tuple[str, str]]


def _parse(head: bytes) -> tuple[str, str, Headers]:
    """Method, target and headers; raises FetchError for what is no request to a proxy."""
    try:
        first, *lines = head.decode("ascii").split("\r\n")[:-2]
        method, target, _ = first.split(" ")
    except ValueError:
        raise _no_request() from None
    pairs = [line.partition(":") for line in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    if method not in METHODS or any(name == "transfer-encoding" for name, _ in headers):
        raise _no_request()
    return method, target, headers


def _no_request() -> FetchError:
    return FetchError("That is no request as a page makes it.", code="gate", transient=False)


def _length(headers: Headers) -> int:
    """How many bytes of a body follow the head."""
    stated = dict(headers).get("content-length", "0")
    return min(int(stated), MOST_SENT) if stated.isascii() and stated.isdigit() else 0


def _request(method: str, address: Address, headers: Headers) -> bytes:
    """The head as the server gets it: one request to a connection, so that no second one slips through unseen."""
    kept = [f"{name}: {value}" for name, value in headers if name not in HOP_HEADERS]
    port = "" if address.url.port is None else f":{address.port}"
    host = f"[{address.host}]" if ":" in address.host else address.host
    target = address.url.raw_path.decode("ascii")
    head = [f"{method} {target} HTTP/1.1", f"host: {host}{port}", *kept, "connection: close", "", ""]
    return "\r\n".join(head).encode("ascii")


async def _answer(writer: asyncio.StreamWriter, error: FetchError) -> None:
    status = "403 Forbidden" if error.code == "gate" else "502 Bad Gateway"
    body = f"{error}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _respond(passage: Passage, there: httpcore.AsyncNetworkStream, writer: asyncio.StreamWriter) -> None:
    """Pass a plain answer on, its head changed so that the browser asks nothing more on this connection."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = await there.read(PIECE)
        if not data or len(head) > HEAD_BYTES:
            return
        head += data
    passage.received += len(head)
    first, *lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in (b"connection", b"keep-alive")]
    writer.write(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]) + head.partition(b"\r\n\r\n")[2])
    await _receive(passage, there, writer)


async def _tunnel(
    passage: Passage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: httpcore.AsyncNetworkStream
) -> None:
    """Carry bytes both ways until the server has said all, or the page has had its share."""
    sending = asyncio.create_task(_send(reader, there))
    try:
        await _receive(passage, there, writer)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send(reader: asyncio.StreamReader, there: httpcore.AsyncNetworkStream) -> None:
    with suppress(OSError, httpcore.NetworkError):
        while data := await reader.read(PIECE):
            await there.write(data)


async def _receive(passage: Passage, there: httpcore.AsyncNetworkStream, writer: asyncio.StreamWriter) -> None:
    while not passage.spent and (data := await there.read(PIECE)):
        passage.received += len(data)
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    await writer.drain()
