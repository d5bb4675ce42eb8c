"""Connections that go to gated addresses only: the network edge under httpx."""

import asyncio
import select
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sized
from operator import attrgetter
from typing import Any

import anyio
import httpcore
import httpx
from msgspec import Struct

from monitor.errors import FetchError
from monitor.fetch.gate import Resolver, admit, shown

KEPT_SECONDS = 15.0
KEPT_CONNECTIONS = 20
ALLOW_PRIVATE = "stilltrue_allow_private"


class GatedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a host once, checks every answer, and dials the checked address itself."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend, resolver: Resolver, *, allow_private: bool) -> None:
        self._inner = inner
        self._resolver = resolver
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers; raises FetchError or httpcore's exceptions."""
        numbers = await admit(host, port, resolver=self._resolver, allow_private=self._allow_private)
        share = None if timeout is None else timeout / len(numbers)
        for number in numbers[:-1]:
            try:
                return _Stream(await self._inner.connect_tcp(number, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(await self._inner.connect_tcp(numbers[-1], port, share, local_address, socket_options))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: nothing we read stands behind a local socket."""
        del path, timeout, socket_options
        raise httpcore.UnsupportedProtocol

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own retries."""
        await self._inner.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that tells TLS failures in our words, and is closed when the handshake is given up half-way.

    httpcore leaves it open then. ``received``: what anyio has taken from the socket before it was asked for.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream, received: Sized | None = None) -> None:
        self._inner = inner
        self._received = _find_received(inner) if received is None else received
        self._socket = inner.get_extra_info("socket")
        self._tls: ssl.SSLObject | None = inner.get_extra_info("ssl_object")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._received)
        except httpcore.ConnectError as error:
            await self._inner.aclose()
            raise _no_handshake(server_hostname or "the host", error.__cause__) from None
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._socket is not None:
            # The library looks up all it knows of a connection each time, and sees nothing but the socket.
            return _is_readable(self._socket) or not self._is_empty()
        return self._inner.get_extra_info(info)

    def _is_empty(self) -> bool:
        """Whether no byte that came from the socket waits to be read."""
        if self._received is None or len(self._received):
            return False
        if self._tls is None:
            return True
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False


def _find_received(stream: httpcore.AsyncNetworkStream) -> Sized | None:
    """The queue between asyncio and anyio; None where it cannot be reached, as no public way leads there."""
    try:
        received: Sized = attrgetter("_stream._protocol.read_queue")(stream)
    except AttributeError:
        return None
    return received


def _is_readable(connection: socket.socket) -> bool:
    """Whether there is something to read, the end of the connection included."""
    if connection.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _is_whole(connection: httpcore.AsyncHTTPConnection) -> bool:
    """Whether its answer was read to the end and nothing came behind it.

    That would be taken for the answer to the next request, and one page become evidence of another. Where it cannot be
    told, as with another httpcore, it is not whole.
    """
    try:
        behind = attrgetter("_connection._h11_state.trailing_data")(connection)
    except AttributeError:
        return False
    return connection.is_idle() and behind == (b"", False) and not connection.has_expired()


def _no_handshake(host: str, cause: BaseException | None) -> FetchError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return FetchError(f"The certificate of {shown(host)} cannot be trusted.", code="tls", transient=False)
    return FetchError(f"No secure connection to {shown(host)} could be made.", code="tls")


class GatedTransport(httpx.AsyncBaseTransport):
    """Connections kept between requests; one opened under ``allow_private`` never serves a source without it.

    It raises httpcore's exceptions as they are, and FetchError from the gate. How many are under way is the pacer's
    matter, so httpcore's own pool, which goes through all its connections several times a request, has no part in it.
    """

    def __init__(self, inner: httpcore.AsyncNetworkBackend, resolver: Resolver, tls: ssl.SSLContext) -> None:
        self._backends = {allowed: GatedBackend(inner, resolver, allow_private=allowed) for allowed in (False, True)}
        self._tls = tls
        self._idle: list[_Kept] = []
        self._closing: asyncio.Task[None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body unread.

        A kept connection that brings no answer is no sign that the server is broken: it closes those, just now perhaps.
        A new one is dialled at once, and once only, which takes none of the attempts: a GET may be repeated.
        """
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            extensions=request.extensions,
        )
        place = (request.extensions.get(ALLOW_PRIVATE) is True, str(asked.url.origin))
        kept = await self._take(place)
        connection = kept or self._new(place[0], asked.url.origin)
        try:
            answer = await connection.handle_async_request(asked)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            if kept is None:
                raise
            connection = self._new(place[0], asked.url.origin)
            answer = await connection.handle_async_request(asked)
        body = _Body(answer, lambda: self._give_back(place, connection))
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    def _new(self, allowed: bool, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._tls,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=self._backends[allowed],
        )

    async def _take(self, place: "_Place") -> httpcore.AsyncHTTPConnection | None:
        """A kept connection that still stands; those that have ended meanwhile are closed on the way."""
        while (found := next((kept for kept in reversed(self._idle) if kept.place == place), None)) is not None:
            self._idle.remove(found)
            if not found.connection.has_expired():
                return found.connection
            await found.connection.aclose()
        return None

    async def _give_back(self, place: "_Place", connection: httpcore.AsyncHTTPConnection) -> None:
        if not _is_whole(connection):
            await connection.aclose()
            return
        until = asyncio.get_running_loop().time() + KEPT_SECONDS
        self._idle.append(_Kept(place=place, connection=connection, until=until))
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_in_time())
        if len(self._idle) > KEPT_CONNECTIONS:
            await self._idle.pop(0).connection.aclose()

    async def _close_in_time(self) -> None:
        """Close what nobody asks for again, until nothing is kept."""
        now = asyncio.get_running_loop().time
        while self._idle:
            await asyncio.sleep(self._idle[0].until - now())
            while self._idle and self._idle[0].until <= now():
                await self._idle.pop(0).connection.aclose()

    async def aclose(self) -> None:
        """Close every connection that is kept."""
        if self._closing is not None:
            self._closing.cancel()
        while self._idle:
            await self._idle.pop().connection.aclose()
        if self._closing is not None:
            await asyncio.wait([self._closing])


_Place = tuple[bool, str]
"""Whether private addresses are allowed, and the origin."""


class _Kept(Struct, frozen=True, eq=False, kw_only=True):
    """A connection nobody uses; ``until``: the time of the event loop at which it is closed, the first to end first."""

    place: _Place
    connection: httpcore.AsyncHTTPConnection
    until: float


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, done: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._done = done

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._answer.aclose()
            await self._done()
