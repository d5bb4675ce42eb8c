"""The fetcher over real loopback sockets: what it says, where it is led, how it fails."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fetching import (
    LOCAL,
    PUBLIC,
    START,
    FakeTime,
    Names,
    Rerouted,
    certified,
    fail,
    fetch,
    fetcher,
    get,
    source,
    without_waits,
)
from loopback import Loopback, Reply, Request
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch.client import HttpFetcher
from monitor.model import Format, Guards, Snapshot, Validators


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


def test_bytes_come_back_as_they_were_sent(server: Loopback) -> None:
    body = "<p>Sé</p>".encode("latin-1")
    headers = {"Content-Type": "text/html; charset=iso-8859-1", "ETag": '"v1"', "Set-Cookie": "session=secret"}
    server.script("/page", Reply(body=body, headers=headers))
    snapshot = get(source(server.url("/page")), clock=FakeTime().clock())
    assert snapshot == Snapshot(
        source="page",
        fetched_at=START,
        status=200,
        final_url=server.url("/page"),
        headers={"content-type": "text/html; charset=iso-8859-1", "etag": '"v1"'},
        body=body,
    )


def test_the_final_address_is_the_sources_own_word_for_word(server: Loopback) -> None:
    server.answer("/", lambda _: Reply(body=b"x"))
    url = server.url("").rstrip("/")
    assert get(source(url)).final_url == url
    server.script("/a", Reply(body=b"x"))
    assert get(source(server.url("/a#part"))).final_url == server.url("/a#part")


def test_the_request_is_honest_and_asks_for_what_we_can_read(server: Loopback) -> None:
    server.script("/page", Reply())
    get(source(server.url("/page"), guards=Guards(language="fr")))
    sent = server.requests[0].headers
    assert sent["user-agent"] == "stilltrue/1.2.3 (+desk@example.org)"
    assert sent["accept"].startswith("text/html")
    assert sent["accept-language"].startswith("fr")
    assert sent["accept-encoding"] == "gzip, deflate, zstd"
    assert not {"cookie", "authorization", "if-none-match", "if-modified-since", "referer"} & sent.keys()


@pytest.mark.parametrize(
    ("wanted", "accept"), [(Format.JSON, "application/json"), (Format.PDF, "application/pdf"), (Format.FEED, "atom")]
)
def test_each_format_is_asked_for(server: Loopback, wanted: Format, accept: str) -> None:
    server.script("/page", Reply())
    get(source(server.url("/page"), format=wanted))
    assert accept in server.requests[0].headers["accept"]
    assert server.requests[0].headers["accept-language"].startswith("en")


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (None, "stilltrue/1.2.3"),
        ("a@b.example\r\nX: (y)", "stilltrue/1.2.3 (+a@b.exampleX:y)"),
        ("é", "stilltrue/1.2.3"),
    ],
)
def test_a_contact_cannot_break_the_header(server: Loopback, contact: str | None, said: str) -> None:
    server.script("/page", Reply())

    async def once() -> None:
        async with HttpFetcher(contact, "1.2.3", LOCAL) as client:
            await client.fetch(source(server.url("/page")), Validators())

    asyncio.run(once())
    assert server.requests[0].headers["user-agent"] == said


def test_cookies_are_not_kept(server: Loopback) -> None:
    server.script("/page", Reply(headers={"Set-Cookie": "session=1; Path=/"}))

    async def twice() -> None:
        async with fetcher() as client:
            await client.fetch(source(server.url("/page")), Validators())
            await client.fetch(source(server.url("/page")), Validators())

    asyncio.run(twice())
    assert ["cookie" in seen.headers for seen in server.requests] == [False, False]


def test_proxies_of_the_environment_are_not_used(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    server.script("/page", Reply(body=b"direct"))
    assert get(source(server.url("/page"))).body == b"direct"


@pytest.mark.parametrize("status", [200, 203, 300, 401, 403, 404, 410, 418, 451])
def test_answers_below_500_come_back_whole(server: Loopback, status: int) -> None:
    server.script("/page", Reply(status=status, body=b"what it says"))
    snapshot = get(source(server.url("/page"), replace(LOCAL, retries=3)))
    assert (snapshot.status, snapshot.body) == (status, b"what it says")
    assert server.paths() == ["/page"]


def test_validators_go_back_word_for_word_and_304_is_no_snapshot(server: Loopback) -> None:
    server.script("/page", Reply(status=304))
    given = Validators(etag='W/"a,b"', last_modified="Sat, 03 Oct 2026 12:00:00 GMT")
    assert fetch(source(server.url("/page")), given) is None
    assert server.requests[0].headers["if-none-match"] == 'W/"a,b"'
    assert server.requests[0].headers["if-modified-since"] == "Sat, 03 Oct 2026 12:00:00 GMT"


def test_a_304_nobody_asked_for_is_an_error(server: Loopback) -> None:
    server.script("/page", Reply(status=304))
    error = fail(source(server.url("/page")))
    assert (error.code, error.status) == ("unexpected_304", 304)


def test_validators_that_fit_into_no_header_are_left_out(server: Loopback) -> None:
    server.script("/page", Reply(body=b"new"))
    assert get(source(server.url("/page")), Validators(etag='"é"', last_modified="x\r\nEvil: 1")).body == b"new"
    assert not {"if-none-match", "if-modified-since", "evil"} & server.requests[0].headers.keys()


def test_validators_stay_with_the_first_address(server: Loopback) -> None:
    server.script("/old", Reply(status=301, headers={"Location": "/new"}))
    server.script("/new", Reply(status=304))
    error = fail(source(server.url("/old")), Validators(etag='"v1"'))
    assert error.code == "unexpected_304"
    assert ["if-none-match" in seen.headers for seen in server.requests] == [True, False]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_final_address_kept(server: Loopback, status: int) -> None:
    server.script("/a/old", Reply(status=status, headers={"Location": "../b/new?x=1"}, body=b"moved"))
    server.script("/b/new", Reply(body=b"here"))
    snapshot = get(source(server.url("/a/old")))
    assert (snapshot.final_url, snapshot.body) == (server.url("/b/new?x=1"), b"here")


def test_five_redirects_are_followed_and_no_more(server: Loopback) -> None:
    def next_one(request: Request) -> Reply:
        return Reply(status=302, headers={"Location": f"/{int(request.path[1:]) + 1}"})

    for number in range(7):
        server.answer(f"/{number}", next_one)
    server.script("/6", Reply(body=b"end"))
    assert get(source(server.url("/1"))).body == b"end"
    error = fail(source(server.url("/0"), replace(LOCAL, retries=3)))
    assert (error.code, error.transient) == ("too_many_redirects", False)
    assert server.paths() == [f"/{number}" for number in (1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5)]


def test_a_circle_is_left_at_once(server: Loopback) -> None:
    server.script("/a", Reply(status=302, headers={"Location": "/b"}))
    server.script("/b", Reply(status=302, headers={"Location": "/a"}))
    assert fail(source(server.url("/a"))).code == "too_many_redirects"
    assert server.paths() == ["/a", "/b"]


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "ftp://h.example/", "http://u:secret@127.0.0.1/", "\\\\h"]
)
def test_redirects_out_of_the_web_are_refused(server: Loopback, location: str) -> None:
    server.script("/page", Reply(status=302, headers={"Location": location}))
    error = fail(source(server.url("/page"), replace(LOCAL, retries=3)))
    assert error.code == "gate"
    assert "secret" not in str(error)
    assert server.paths() == ["/page"]


@pytest.mark.parametrize("headers", [[], [("Location", "/a"), ("Location", "/b")]])
def test_redirects_to_nowhere_or_to_two_places_are_errors(server: Loopback, headers: list[tuple[str, str]]) -> None:
    server.script("/page", Reply(status=302, headers=headers))
    assert fail(source(server.url("/page"))).code == "redirect"


def test_a_location_in_raw_utf8_is_understood(server: Loopback) -> None:
    server.script(
        "/page", Reply(raw="HTTP/1.1 302 Found\r\nLocation: /caf\u00e9\r\nContent-Length: 0\r\n\r\n".encode())
    )
    server.script("/caf%C3%A9", Reply(body=b"ok"))
    assert get(source(server.url("/page"))).final_url == server.url("/caf%C3%A9")


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 banana\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"]
)
def test_what_is_no_web_server_is_said_so(server: Loopback, raw: bytes) -> None:
    server.script("/page", Reply(raw=raw))
    error = fail(source(server.url("/page")))
    assert (error.code, error.transient) == ("protocol", True)


def test_a_closed_port_is_a_connect_error_and_is_tried_again() -> None:
    with Loopback() as gone:
        url = gone.url("/page")
    time = FakeTime()
    with without_waits():
        error = fail(source(url, replace(LOCAL, retries=2, pause=4.0)), clock=time.clock())
    assert (error.code, error.transient) == ("connect", True)
    assert time.slept == [4.5, 4.5]


def test_plain_http_behind_https_is_a_tls_error(server: Loopback) -> None:
    server.script("/page", Reply())
    assert fail(source(server.url("/page").replace("http:", "https:"))).code == "tls"


def test_a_handshake_that_never_ends_is_bounded_and_its_connection_closed() -> None:
    async def once() -> FetchError:
        closed = asyncio.Event()

        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            await writer.wait_closed()
            closed.set()

        async with await asyncio.start_server(mute, "127.0.0.1", 0) as silent, fetcher() as client:
            port = silent.sockets[0].getsockname()[1]
            wanted = source(f"https://127.0.0.1:{port}/", replace(LOCAL, timeout=0.2))
            with pytest.raises(FetchError) as caught:
                await client.fetch(wanted, Validators())
            await asyncio.wait_for(closed.wait(), 5)
            return caught.value

    assert asyncio.run(once()).code == "timeout"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(delay=20.0),
        Reply(chunks=tuple(b"x" for _ in range(400)), gap=0.05),
        Reply(length=10_000, body=b"x" * 10, hang=True),
        Reply(status=302, headers={"Location": "/slow"}, delay=0.2),
    ],
)
def test_slow_servers_are_bounded_by_one_time_for_the_whole_read(server: Loopback, reply: Reply) -> None:
    server.script("/page", reply)
    server.script("/slow", Reply(delay=20.0))
    loop_time: list[float] = []

    async def once() -> None:
        async with fetcher() as client:
            began = asyncio.get_running_loop().time()
            with pytest.raises(FetchError) as caught:
                await client.fetch(source(server.url("/page"), replace(LOCAL, timeout=0.4, retries=3)), Validators())
            loop_time.append(asyncio.get_running_loop().time() - began)
            assert (caught.value.code, caught.value.transient) == ("timeout", True)

    asyncio.run(once())
    assert 0.3 < loop_time[0] < 2.0
    assert len(server.seen("/page")) == 1


def test_redirect_to_a_host_that_resolves_to_a_private_place_is_refused(server: Loopback) -> None:
    server.script("/page", Reply(status=302, headers={"Location": "http://inside.example/admin"}))
    names = Names(official_example=[PUBLIC], inside_example=["127.0.0.1"])
    network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port})
    public = replace(LOCAL, allow_private=False)
    error = fail(source("http://official.example/page", public), resolver=names, network=network)
    assert (error.code, error.transient) == ("gate", False)
    assert network.dialled == [(PUBLIC, 80)]
    assert server.paths() == ["/page"]


def test_the_checked_address_is_the_one_dialled(server: Loopback) -> None:
    server.script("/page", Reply(body=b"public", headers={"Connection": "close"}))
    names = Names(official_example=[PUBLIC, "127.0.0.1"])
    network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port})
    wanted = source("http://official.example/page", replace(LOCAL, allow_private=False))

    async def twice() -> str:
        async with fetcher(resolver=names, network=network) as client:
            first = await client.fetch(wanted, Validators())
            assert first is not None
            assert (first.body, names.asked) == (b"public", ["official.example"])
            await asyncio.sleep(0.05)  # the kept connection is seen to be closed
            with pytest.raises(FetchError) as caught:
                await client.fetch(wanted, Validators())
            return caught.value.code

    assert asyncio.run(twice()) == "gate"
    assert network.dialled == [(PUBLIC, 80)]
    assert server.requests[0].headers["host"] == "official.example"


def test_the_second_address_is_dialled_when_the_first_is_dead(server: Loopback) -> None:
    server.script("/page", Reply(body=b"ok"))

    async def both(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("official.example", 80)
        return ["2606:4700::1", PUBLIC]

    network = Rerouted({PUBLIC: server.port})
    wanted = source("http://official.example/page", replace(LOCAL, allow_private=False))
    assert get(wanted, resolver=both, network=network).body == b"ok"
    assert [number for number, _ in network.dialled] == ["2606:4700::1", PUBLIC]


def test_a_connection_made_under_allow_private_serves_no_other_source(server: Loopback) -> None:
    server.script("/page", Reply(body=b"private"))

    async def both() -> str:
        async with fetcher() as client:
            await client.fetch(source(server.url("/page")), Validators())
            shut = replace(LOCAL, allow_private=False)
            with pytest.raises(FetchError) as caught:
                await client.fetch(source(server.url("/page"), shut), Validators())
            return caught.value.code

    assert asyncio.run(both()) == "gate"
    assert server.paths() == ["/page"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls"), "DNS:official.example")


def test_certificates_are_checked_against_the_name_not_the_number(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names(official_example=[PUBLIC], other_example=[PUBLIC])
    public = replace(LOCAL, allow_private=False)
    with Loopback(tls=context) as server:
        server.script("/page", Reply(body=b"ok"))
        network = Rerouted({PUBLIC: server.port})
        reach = {"resolver": names, "network": network}
        assert get(source("https://official.example/page", public), tls=trusting, **reach).body == b"ok"
        wrong_name = fail(source("https://other.example/page", public), tls=trusting, **reach)
        unknown = fail(source("https://official.example/page", public), **reach)
    assert (wrong_name.code, wrong_name.transient) == ("tls", False)
    assert (unknown.code, unknown.transient) == ("tls", False)
