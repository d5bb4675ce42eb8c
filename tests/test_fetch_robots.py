"""robots.txt: asked once, obeyed, and what happens when it cannot be had."""

import asyncio
import socket
from collections.abc import Iterator, Sequence

import pytest
from fetching import (
    LOCAL,
    PUBLIC,
    FakeTime,
    Names,
    Rerouted,
    fail,
    fetcher,
    get,
    read_all,
    run_all,
    source,
    without_waits,
)
from loopback import Loopback, Reply
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch.client import HttpFetcher
from monitor.model import FetchSettings, Validators


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


ROBOTS = replace(LOCAL, respect_robots=True)


def test_robots_are_asked_once_and_obeyed(server: Loopback) -> None:
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: StillTrue\nDisallow: /private*.html$\nAllow: /\n"
    server.script("/robots.txt", Reply(body=b"\xef\xbb\xbf" + rules))
    server.script("/page", Reply(body=b"ok"))

    async def run() -> FetchError:
        async with fetcher() as client:
            await read_all(client, [server.url("/page")] * 3, ROBOTS)
            with pytest.raises(FetchError) as caught:
                await client.fetch(source(server.url("/private/a.html"), ROBOTS), Validators())
            return caught.value

    error = asyncio.run(run())
    assert (error.code, error.transient) == ("robots", False)
    assert "respect_robots" in str(error)
    assert server.paths(robots=True) == ["/robots.txt", "/page", "/page", "/page"]
    assert server.requests[0].headers["user-agent"].startswith("stilltrue/")


def test_robots_can_be_overridden(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /\n"))
    server.script("/page", Reply(body=b"ok"))
    assert get(source(server.url("/page"))).body == b"ok"
    assert server.paths(robots=True) == ["/page"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_allows_everything(server: Loopback, status: int) -> None:
    server.script("/robots.txt", Reply(status=status, body=b"User-agent: *\nDisallow: /\n"))
    server.script("/page", Reply(body=b"ok"))
    assert get(source(server.url("/page"), ROBOTS)).body == b"ok"


def test_redirected_robots_count_and_endless_ones_do_not(server: Loopback) -> None:
    server.script("/robots.txt", Reply(status=301, headers={"Location": "/rules"}))
    server.script("/rules", Reply(body=b"User-agent: *\nDisallow: /page\n"))
    server.script("/page", Reply(body=b"ok"))
    assert fail(source(server.url("/page"), ROBOTS)).code == "robots"
    server.script("/rules", Reply(status=301, headers={"Location": "/robots.txt"}))
    assert get(source(server.url("/page"), ROBOTS)).body == b"ok"


def test_the_target_of_a_redirect_is_asked_too(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /hidden\n"))
    server.script("/page", Reply(status=302, headers={"Location": "/hidden"}))
    server.script("/hidden", Reply(body=b"no"))
    assert fail(source(server.url("/page"), ROBOTS)).code == "robots"
    assert server.paths() == ["/page"]


def test_a_crawl_delay_lengthens_the_pause(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nCrawl-delay: 10\n"))
    server.script("/page", Reply())
    time = FakeTime()
    run_all([server.url("/page")] * 2, replace(ROBOTS, pause=1.0), time.clock())
    assert time.slept == [11.25, 11.25]


def test_an_absurd_crawl_delay_is_heeded_for_a_minute(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nCrawl-delay: 86400\n"))
    server.script("/page", Reply())
    time = FakeTime()
    run_all([server.url("/page")], ROBOTS, time.clock())
    assert time.slept == [67.5]


@pytest.mark.parametrize(
    "reply", [Reply(status=503), Reply(status=429), Reply(delay=20.0), Reply(body=b"User-agent", length=500)]
)
def test_robots_that_cannot_be_had_keep_us_away_for_now(server: Loopback, reply: Reply) -> None:
    server.script("/robots.txt", reply)
    server.script("/page", Reply(body=b"ok"))
    time = FakeTime()

    async def run() -> list[FetchError]:
        errors = []
        async with fetcher(time.clock()) as client:
            for _ in range(3):
                wanted = source(server.url("/page"), replace(ROBOTS, retries=3, timeout=0.3))
                with pytest.raises(FetchError) as caught:
                    await client.fetch(wanted, Validators())
                errors.append(caught.value)
            time.moved += 61
            server.script("/robots.txt", Reply(status=404))
            assert await client.fetch(source(server.url("/page"), ROBOTS), Validators()) is not None
        return errors

    errors = asyncio.run(run())
    assert {(error.code, error.transient) for error in errors} == {("robots", True)}
    assert errors[0].status == (None if reply.status == 200 else reply.status)
    assert server.paths() == ["/page"]
    assert len(server.seen("/robots.txt")) <= 3


def test_rules_once_read_outlive_a_failure_and_a_day(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /private\n"))
    server.script("/page", Reply(body=b"ok"))
    time = FakeTime()
    day = 24 * 3600

    async def run() -> list[str]:
        codes = []
        async with fetcher(time.clock()) as client:
            await client.fetch(source(server.url("/page"), ROBOTS), Validators())
            server.script("/robots.txt", Reply(status=500))
            for path, days in (("/page", 0.9), ("/page", 1), ("/private", 1), ("/page", 29)):
                time.moved += days * day
                try:
                    await client.fetch(source(server.url(path), ROBOTS), Validators())
                    codes.append("read")
                except FetchError as error:
                    codes.append(f"{error.code} {error.transient}")
        return codes

    assert asyncio.run(run()) == ["read", "read", "robots False", "robots True"]


def test_a_host_that_is_away_is_not_a_matter_of_robots() -> None:
    with Loopback() as gone:
        url = gone.url("/page")
    assert fail(source(url, ROBOTS)).code == "connect"
    assert fail(source(url, replace(ROBOTS, allow_private=False))).code == "gate"


async def codes_of(client: HttpFetcher, urls: Sequence[str], settings: FetchSettings) -> list[tuple[str, bool]]:
    """How each of these reads fails: its code, and whether it may pass."""
    wanted = [client.fetch(source(url, settings), Validators()) for url in urls]
    ends = await asyncio.gather(*wanted, return_exceptions=True)
    return [(end.code, end.transient) for end in ends if isinstance(end, FetchError)]


def test_a_host_that_is_away_is_asked_for_its_rules_once_a_minute(server: Loopback) -> None:
    server.script("/page", Reply(body=b"ok"))
    time, network = FakeTime(), Rerouted({})
    urls = ["http://official.example/page"] * 8
    public = replace(ROBOTS, allow_private=False, retries=3)

    async def run() -> None:
        async with fetcher(time.clock(), resolver=Names(official_example=[PUBLIC]), network=network) as client:
            assert await codes_of(client, urls, public) == [("connect", True)] * 8
            assert len(network.dialled) == 2
            network.ports = {PUBLIC: server.port}
            assert await codes_of(client, urls[:1], public) == [("connect", True)]
            time.moved += 61
            await read_all(client, urls[:1], public)

    with without_waits():
        asyncio.run(run())
    assert server.paths() == ["/page"]


def test_a_name_that_is_not_known_is_looked_up_once_a_minute() -> None:
    asked: list[str] = []

    async def unknown(host: str, port: int) -> Sequence[str]:
        asked.append(f"{host}:{port}")
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    async def run() -> None:
        async with fetcher(FakeTime().clock(), resolver=unknown) as client:
            assert await codes_of(client, ["http://typo.example/page"] * 8, ROBOTS) == [("dns", False)] * 8

    asyncio.run(run())
    assert asked == ["typo.example:80"]


def test_what_one_source_may_not_ask_for_is_not_refused_to_another(server: Loopback) -> None:
    """Private addresses are opened for each source by itself."""
    server.script("/page", Reply(body=b"ok"))

    async def run() -> None:
        async with fetcher() as client:
            shut = replace(ROBOTS, allow_private=False)
            assert await codes_of(client, [server.url("/page")], shut) == [("gate", False)]
            await read_all(client, [server.url("/page")], ROBOTS)

    asyncio.run(run())
    assert server.paths() == ["/page"]
