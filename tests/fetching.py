"""The rig of the fetch tests: fake time, scripted names, a network that leads to loopback, and short calls."""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import httpcore
import pytest
import stamina
from msgspec import Struct, field
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch.client import HttpFetcher
from monitor.fetch.clock import Clock
from monitor.model import FetchSettings, Format, Snapshot, Source, Validators

START = datetime(2026, 10, 3, 12, tzinfo=UTC)
LOCAL = FetchSettings(pause=0.0, timeout=10.0, retries=0, respect_robots=False, allow_private=True)
PUBLIC = "93.184.215.14"
OTHER_PUBLIC = "93.184.215.15"


class FakeTime(Struct):
    """A clock that sleeping moves, and that remembers each sleep."""

    moved: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moved += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(
            now=lambda: START + timedelta(seconds=self.moved),
            monotonic=lambda: self.moved,
            sleep=self.sleep,
            jitter=lambda seconds: seconds / 2,
        )


class Rerouted(httpcore.AsyncNetworkBackend):
    """Dials loopback whatever address is asked for, and remembers what was."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.ports = ports
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.AsyncNetworkStream:
        del local_address, socket_options
        self.dialled.append((host, port))
        if host not in self.ports:
            raise httpcore.ConnectError
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.ports[host], timeout)


class Names:
    """A resolver with one scripted answer after the other for each name; the last one repeats."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.answers = {name.replace("_", "."): list(listed) for name, listed in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        listed = self.answers[host]
        return [listed.pop(0) if len(listed) > 1 else listed[0]]


def without_waits() -> AbstractContextManager[None]:
    """Tries again at once where the fetcher would wait for a growing, random time."""
    return stamina.set_testing(True, attempts=10, cap=True)


def source(url: str, settings: FetchSettings = LOCAL, **more: object) -> Source:
    made = Source(id="page", publisher="Ministry of Examples", url=url, format=Format.HTML, fetch=settings)
    return replace(made, **more)  # type: ignore[arg-type]


def fetcher(clock: Clock | None = None, **more: object) -> HttpFetcher:
    return HttpFetcher("desk@example.org", "1.2.3", LOCAL, clock=clock, **more)  # type: ignore[arg-type]


def fetch(
    wanted: Source, validators: Validators | None = None, clock: Clock | None = None, **more: object
) -> Snapshot | None:
    async def once() -> Snapshot | None:
        async with fetcher(clock, **more) as client:
            return await client.fetch(wanted, validators or Validators())

    return asyncio.run(once())


def get(wanted: Source, validators: Validators | None = None, clock: Clock | None = None, **more: object) -> Snapshot:
    snapshot = fetch(wanted, validators, clock, **more)
    assert snapshot is not None
    return snapshot


def fail(
    wanted: Source, validators: Validators | None = None, clock: Clock | None = None, **more: object
) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(wanted, validators, clock, **more)
    assert str(caught.value).isprintable()
    return caught.value


def certified(folder: Path, name: str) -> Path:
    """A file in this folder with a key and a certificate of its own for it, good for a name like ``DNS:host``."""
    program = which("openssl")
    if program is None:
        pytest.skip("no openssl program to make a certificate with")
    file = folder / "server.pem"
    subject = ["-subj", "/CN=server", "-addext", f"subjectAltName={name}"]
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(file), *subject]
    made = subprocess.run([program, *request], capture_output=True, check=True)
    file.write_bytes(file.read_bytes() + made.stdout)
    return file


async def read_all(client: HttpFetcher, urls: Sequence[str], settings: FetchSettings) -> None:
    await asyncio.gather(*(client.fetch(source(url, settings), Validators()) for url in urls))


def run_all(urls: Sequence[str], settings: FetchSettings, clock: Clock | None = None, **more: object) -> None:
    async def run() -> None:
        async with HttpFetcher(None, "1", settings, clock=clock, **more) as client:  # type: ignore[arg-type]
            await read_all(client, urls, settings)

    asyncio.run(run())
