"""One request and its answer on the wire, its failures told in our own words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpcore
import httpx
from msgspec import Struct

from monitor.errors import FetchError
from monitor.fetch.decoding import BodyReader, too_large, unpack_unasked
from monitor.fetch.gate import Address, shown
from monitor.fetch.transport import ALLOW_PRIVATE
from monitor.model import FetchSettings

CONNECT_SECONDS = 10.0
STALL_SECONDS = 20.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED = 304
TOO_MANY = 429
SERVER_ERROR = 500
WIRE_HEADERS = frozenset({"connection", "keep-alive", "content-encoding", "content-length", "transfer-encoding"})
"""These speak of the form on the wire, not of the unpacked body that is kept."""
COOKIE_HEADERS = frozenset({"set-cookie", "set-cookie2"})
"""A visitor's session is nothing to store or to show as evidence."""


class Reply(Struct, frozen=True, kw_only=True):
    """An answer: ``body`` unpacked, ``headers`` by lower-case name, ``location`` as sent when it is a redirect."""

    address: Address
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    location: str | None = None


async def exchange(
    transport: httpx.AsyncBaseTransport,
    address: Address,
    headers: Mapping[str, str],
    settings: FetchSettings,
) -> Reply:
    """The answer of one GET; redirects, 304, 429 and 5xx come without their body.

    Raises FetchError ``connect``, ``tls``, ``timeout``, ``protocol``, ``truncated``, ``encoding``, ``too_large``,
    and ``gate`` or ``dns`` from the gate.
    """
    stall = httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS).as_dict()
    extensions = {ALLOW_PRIVATE: settings.allow_private, "timeout": stall}
    request = httpx.Request("GET", address.url, headers=headers, extensions=extensions)
    async with _in_our_words(address), _sent(transport, request) as response:
        return Reply(
            address=address,
            status=response.status_code,
            headers=_kept_headers(response.headers),
            body=await _content(response, settings.max_bytes),
            location=_location(response),
        )


@asynccontextmanager
async def _sent(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> AsyncIterator[httpx.Response]:
    response = await transport.handle_async_request(request)
    try:
        yield response
    finally:
        await response.aclose()


async def _content(response: httpx.Response, max_bytes: int) -> bytes:
    if response.status_code == NOT_MODIFIED:
        async for _ in response.aiter_raw():  # it has no body, but only one read to its end keeps the connection
            pass
        return b""
    bare = response.status_code in {*REDIRECTS, TOO_MANY} or response.status_code >= SERVER_ERROR
    return b"" if bare else await _body(response, max_bytes)


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    claimed = response.headers.get("content-length", "")
    if claimed.isascii() and claimed.isdigit() and int(claimed[:18]) > max_bytes:
        raise too_large(max_bytes)
    reader = BodyReader(response.headers.get("content-encoding", ""), max_bytes)
    try:
        async for data in response.aiter_raw():
            reader.add(data)
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        raise FetchError("The connection broke before the body was complete.", code="truncated") from None
    return unpack_unasked(reader.finish(), max_bytes)


def _kept_headers(headers: httpx.Headers) -> Mapping[str, str]:
    left_out = WIRE_HEADERS | COOKIE_HEADERS
    return {name.lower(): value for name, value in headers.items() if name.lower() not in left_out}


def _location(response: httpx.Response) -> str | None:
    if response.status_code not in REDIRECTS:
        return None
    sent = {value for name, value in response.headers.raw if name.lower() == b"location"}
    if len(sent) != 1:
        message = "The server redirects without saying where, or to several places at once."
        raise FetchError(message, code="redirect", status=response.status_code)
    raw = sent.pop()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@asynccontextmanager
async def _in_our_words(address: Address) -> AsyncIterator[None]:
    host = shown(address.host)
    try:
        yield
    except httpcore.TimeoutException:
        raise FetchError(f"{host} did not answer in time.", code="timeout") from None
    except httpcore.ConnectError:
        raise FetchError(f"{host} does not accept a connection.", code="connect") from None
    except httpcore.NetworkError:
        raise FetchError(f"The connection to {host} broke.", code="connect") from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.HTTPError, httpx.InvalidURL):
        raise FetchError(f"{host} does not answer as a web server should.", code="protocol") from None
