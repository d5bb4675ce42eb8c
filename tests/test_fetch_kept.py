"""Connections that are kept between reads: for good servers only, and never with anything left over in them."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import LOCAL, certified, fetcher, read_all, source, without_waits
from loopback import Loopback, Reply
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch import transport
from monitor.model import FetchSettings, Validators

FOREIGN = Reply(body=b"the page of somebody else")
KNOWN = Validators(etag='"v1"')


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest) -> Iterator[Loopback]:
    context = None
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(request.getfixturevalue("certificate"))
    with Loopback(tls=context) as running, without_waits():
        yield running


@pytest.fixture
def trusting(request: pytest.FixtureRequest, server: Loopback) -> ssl.SSLContext | None:
    if server.url().startswith("http:"):
        return None
    return ssl.create_default_context(cafile=str(request.getfixturevalue("certificate")))


def read(
    server: Loopback,
    tls: ssl.SSLContext | None,
    *paths: str,
    settings: FetchSettings = LOCAL,
    known: Validators | None = None,
) -> list[bytes | None]:
    """The bodies of these paths, read one after the other; None for "not modified"."""

    async def run() -> list[bytes | None]:
        bodies = []
        async with fetcher(tls=tls) as client:
            for path in paths:
                snapshot = await client.fetch(source(server.url(path), settings), known or Validators())
                bodies.append(snapshot.body if snapshot else None)
        return bodies

    return asyncio.run(run())


def test_a_good_server_is_dialled_once(server: Loopback, trusting: ssl.SSLContext | None) -> None:
    server.script("/whole", Reply(body=b"x" * 200_000))
    server.script("/chunks", Reply(chunks=(b"ab", b"cd" * 40_000)))
    server.script("/same", Reply(status=304))
    paths = ("/whole", "/chunks", "/same", "/missing", "/whole")
    assert [body and len(body) for body in read(server, trusting, *paths, known=KNOWN)] == [
        200_000,
        80_002,
        None,
        len(b"no script for this path"),
        200_000,
    ]
    assert server.connections == 1


@pytest.mark.parametrize("size", [10, 16_384, 65_536])
@pytest.mark.parametrize("kind", ["page", "304", "chunks"])
def test_what_stands_behind_an_answer_answers_no_other_request(
    server: Loopback, trusting: ssl.SSLContext | None, kind: str, size: int
) -> None:
    behind = FOREIGN.head() + FOREIGN.body
    if kind == "304":
        first = Reply(status=304, behind=behind)
    elif kind == "chunks":
        first = Reply(chunks=(), body=b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size), behind=behind)
    else:
        # Head and body fill what is read at once, so that nothing of what follows is read together with them.
        head = Reply(body=b"x" * size).head()
        first = Reply(body=b"x" * max(size - len(head), 1), behind=behind)
    server.script("/a", first)
    server.script("/b", Reply(body=b"the page of b"))
    assert read(server, trusting, "/a", "/b", known=KNOWN)[1] == b"the page of b"
    assert server.paths() == ["/a", "/b"]
    assert server.connections == 2


def test_kept_connections_that_have_gone_stale_cost_no_attempt(
    server: Loopback, trusting: ssl.SSLContext | None
) -> None:
    """A server may close what was kept just as it is used again; each of those would have taken one attempt."""
    server.script("/page", Reply(body=b"first", delay=0.1))
    beside = replace(LOCAL, per_host=4)

    async def run() -> bytes | None:
        async with fetcher(tls=trusting) as client:
            await read_all(client, [server.url("/page")] * 4, beside)
            assert server.connections == 4
            server.script("/page", Reply(leave=True), Reply(body=b"again"))
            snapshot = await client.fetch(source(server.url("/page")), Validators())
            return snapshot.body if snapshot else None

    assert asyncio.run(run()) == b"again"
    assert (len(server.seen("/page")), server.connections) == (6, 5)


def test_a_server_that_leaves_without_an_answer_is_asked_once_more_at_most(
    server: Loopback, trusting: ssl.SSLContext | None
) -> None:
    server.script("/page", Reply(body=b"first"))
    server.script("/gone", Reply(leave=True))

    async def run() -> list[str]:
        codes = []
        async with fetcher(tls=trusting) as client:
            for path in ("/gone", "/page", "/gone", "/gone"):
                try:
                    await client.fetch(source(server.url(path)), Validators())
                except FetchError as error:
                    codes.append(error.code)
        return codes

    assert asyncio.run(run()) == ["protocol"] * 3
    assert server.paths() == ["/gone", "/page", "/gone", "/gone", "/gone"]


def test_what_nobody_asks_for_again_is_closed_in_time(
    server: Loopback, trusting: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon holds its fetcher for life, and may have nothing to read for hours."""
    monkeypatch.setattr(transport, "KEPT_SECONDS", 0.2)
    server.script("/page", Reply(body=b"x", delay=0.05))
    beside = replace(LOCAL, per_host=4)

    async def run() -> int:
        async with fetcher(tls=trusting) as client:
            await read_all(client, [server.url("/page")] * 4, beside)
            assert await asyncio.to_thread(server.left.wait, 10)
            await read_all(client, [server.url("/page")], beside)
            assert await asyncio.to_thread(server.left.wait, 10)
        return server.connections

    assert asyncio.run(run()) == 5
