"""How the fetcher waits: trying again, resting when asked to, and pacing."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from fetching import (
    LOCAL,
    OTHER_PUBLIC,
    PUBLIC,
    START,
    FakeTime,
    Names,
    Rerouted,
    fail,
    fetcher,
    get,
    run_all,
    source,
    without_waits,
)
from loopback import Loopback, Reply, Request
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.model import Snapshot, Validators


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


def test_503_thrice_then_well(server: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    bad = Reply(status=503, body=b"sorry")
    server.script("/page", bad, bad, bad, Reply(body=b"well"))
    assert get(source(server.url("/page"), replace(LOCAL, retries=3))).body == b"well"
    assert server.paths() == ["/page"] * 4
    assert capfd.readouterr() == ("", "")


def test_when_all_tries_are_used_up_the_last_status_is_told(server: Loopback) -> None:
    server.script("/page", Reply(status=503), Reply(status=502, headers={"Retry-After": "7"}))
    time = FakeTime()
    error = fail(source(server.url("/page"), replace(LOCAL, retries=2)), clock=time.clock())
    assert (error.code, error.status, error.transient, error.retry_after) == ("http_502", 502, True, 7.0)
    assert server.paths() == ["/page"] * 3


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        ("7", 7.0),
        (format_datetime(START + timedelta(seconds=42), usegmt=True), 42.0),
        (format_datetime(START - timedelta(days=1), usegmt=True), None),
        ("0", None),
        ("soon", None),
        ("-5", None),
        ("\u0663", None),
        ("Sat, 99 Oct 2026 12:00:00 GMT", None),
    ],
)
def test_429_is_tried_again_after_the_rest_it_asks_for(server: Loopback, value: str, rest: float | None) -> None:
    raw = [("Retry-After", value)] if value.isascii() else []
    server.script("/page", Reply(status=429, headers=raw), Reply(body=b"well"))
    time = FakeTime()
    assert get(source(server.url("/page"), replace(LOCAL, retries=1)), clock=time.clock()).body == b"well"
    assert time.slept == ([rest] if rest else [])


def test_a_rest_too_long_to_wait_for_is_left_to_the_schedule(server: Loopback) -> None:
    server.script("/page", Reply(status=429, headers={"Retry-After": "3600"}))
    time = FakeTime()
    error = fail(source(server.url("/page"), replace(LOCAL, retries=3)), clock=time.clock())
    assert (error.code, error.retry_after, error.transient) == ("http_429", 3600.0, True)
    assert (server.paths(), time.slept) == (["/page"], [])


def test_a_rest_holds_the_whole_host(server: Loopback) -> None:
    server.script("/busy", Reply(status=503, headers={"Retry-After": "30"}))
    server.script("/page", Reply(body=b"ok"))
    time = FakeTime()

    async def both() -> None:
        async with fetcher(time.clock()) as client:
            with pytest.raises(FetchError):
                await client.fetch(source(server.url("/busy")), Validators())
            await client.fetch(source(server.url("/page")), Validators())

    asyncio.run(both())
    assert time.slept == [30.0]


def test_one_host_is_read_one_at_a_time_with_a_pause_between(server: Loopback) -> None:
    time, starts = FakeTime(), list[float]()

    def note(_: Request) -> Reply:
        starts.append(time.moved)
        return Reply(delay=0.01)

    server.answer("/page", note)
    run_all([server.url("/page")] * 5, replace(LOCAL, pause=2.0), time.clock())
    assert server.peak == 1
    assert starts == [0.0, 2.25, 4.5, 6.75, 9.0]


def test_per_host_and_concurrency_bound_what_is_under_way() -> None:
    with Loopback() as one, Loopback() as two:
        ports = {PUBLIC: one.port, OTHER_PUBLIC: two.port}
        for server in (one, two):
            server.script("/page", Reply(delay=0.05))
        names = Names(one_example=[PUBLIC], two_example=[OTHER_PUBLIC])
        urls = ["http://one.example/page", "http://two.example/page"] * 4
        settings = replace(LOCAL, per_host=2, concurrency=3, allow_private=False)
        run_all(urls, settings, resolver=names, network=Rerouted(ports))
        assert (one.peak, two.peak) in {(2, 2), (2, 1), (1, 2)}
        assert len(one.requests) + len(two.requests) == 8
        single = replace(settings, concurrency=1)
        one.peak = two.peak = 0
        run_all(urls, single, resolver=names, network=Rerouted(ports))
        assert (one.peak, two.peak) == (1, 1)


def test_other_hosts_do_not_wait_and_redirect_targets_count_for_their_own() -> None:
    with Loopback() as one, Loopback() as two:
        one.script("/page", Reply(status=302, headers={"Location": "http://two.example/page"}))
        two.script("/page", Reply())
        names = Names(one_example=[PUBLIC], two_example=[OTHER_PUBLIC])
        network = Rerouted({PUBLIC: one.port, OTHER_PUBLIC: two.port})
        settings = replace(LOCAL, pause=8.0, allow_private=False)
        time = FakeTime()
        run_all(["http://one.example/page"], settings, time.clock(), resolver=names, network=network)
        assert time.slept == []
        run_all(
            ["http://two.example/page", "http://one.example/page"],
            settings,
            time.clock(),
            resolver=names,
            network=network,
        )
        assert time.slept == [9.0]


def test_a_read_that_is_given_up_frees_its_place(server: Loopback) -> None:
    server.script("/slow", Reply(delay=20.0))
    server.script("/page", Reply(body=b"ok"))

    async def run() -> Snapshot | None:
        async with fetcher() as client:
            slow = asyncio.create_task(client.fetch(source(server.url("/slow")), Validators()))
            waiting = asyncio.create_task(client.fetch(source(server.url("/slow")), Validators()))
            await asyncio.sleep(0.1)
            for task in (waiting, slow):
                task.cancel()
            await asyncio.gather(slow, waiting, return_exceptions=True)
            return await client.fetch(source(server.url("/page")), Validators())

    snapshot = asyncio.run(run())
    assert snapshot is not None
    assert snapshot.body == b"ok"
