"""Connections that are kept between reads: for good servers only, and never with anything left over in them."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import LOCAL, certified, fetcher, source, without_waits
from loopback import Loopback, Reply

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
