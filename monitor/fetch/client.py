"""The fetcher: reads one source politely, within its limits, through the gate."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from types import TracebackType
from typing import Self

import httpcore
import httpx
import stamina.instrumentation
from msgspec import Struct
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch.asking import conditional_headers, request_headers, user_agent
from monitor.fetch.attempts import LONGEST_RETRY_AFTER, Budget, attempts, find_retry_after
from monitor.fetch.clock import Clock
from monitor.fetch.decoding import ACCEPTED
from monitor.fetch.exchange import NOT_MODIFIED, SERVER_ERROR, TOO_MANY, Reply, exchange
from monitor.fetch.gate import Address, Resolver, check_address, redirect_target, shown, system_resolver
from monitor.fetch.hosts import settings_for
from monitor.fetch.pace import Pace, Pacer
from monitor.fetch.robots import MAX_BYTES, Robots, Shelf, refused_by_robots
from monitor.fetch.transport import GatedTransport
from monitor.model import FetchSettings, Snapshot, Source, Validators

MOST_REDIRECTS = 5
ROBOTS_SECONDS = 10.0
ROBOTS_RETRIES = 1


class _Ask(Struct, frozen=True, kw_only=True):
    """One read: what to say, its limits, and the time left. ``conditional`` goes to the first address only."""

    headers: Mapping[str, str]
    conditional: Mapping[str, str]
    settings: FetchSettings
    budget: Budget


class HttpFetcher:
    """Reads sources over HTTP/1.1; an async context manager that holds the connections.

    ``settings`` gives the limit in all (``concurrency``); everything else comes from each source's own settings.
    ``pacer`` and ``shelf`` stand in for its own turns and memory of robots.txt where several processes share them.
    ``fetch.timeout`` bounds the time spent on the network by one read, all its redirects and attempts together;
    waiting for a turn and between attempts is not counted, nor is reading robots.txt, which has at most ten
    seconds of its own, once a day and host. It speaks to httpx's transport rather than through its client, whose own
    redirects, cookies and proxies of the environment would each be a way around the gate.
    """

    def __init__(
        self,
        contact: str | None,
        version: str,
        settings: FetchSettings,
        *,
        clock: Clock | None = None,
        resolver: Resolver = system_resolver,
        network: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        pacer: Pace | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._user_agent = user_agent(contact, version)
        self._pacer = pacer or Pacer(settings.concurrency, self._clock)
        self._robots = Robots(self._clock, self._read_robots, shelf)
        self._resolver = resolver
        self._network = network or httpcore.AnyIOBackend()
        self._tls = tls
        self._showing = asyncio.Semaphore()

    async def __aenter__(self) -> Self:
        # stamina logs each retry to wherever structlog prints; the check's own record says what is needed.
        stamina.instrumentation.set_on_retry_hooks([])
        tls = self._tls or _trust()
        self._transport = GatedTransport(self._network, self._resolver, tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
        """What the server sent, whatever its status below 500 but 429; None when it says "not modified".

        ``headers`` leave out those of the wire form (the body is unpacked) and cookies. After a redirect the read
        is unconditional: validators belong to one address. Raises FetchError with a ``code``: ``http_429``,
        ``http_5xx`` (its number), ``timeout``, ``connect``, ``tls``, ``dns``, ``truncated``, ``protocol``,
        ``encoding``, ``too_large``, ``redirect``, ``too_many_redirects``, ``unexpected_304``, ``robots``, ``gate``.
        """
        ask = _Ask(
            headers=request_headers(source),
            conditional=conditional_headers(validators),
            settings=source.fetch,
            budget=Budget(source.fetch.timeout),
        )
        address = check_address(source.url)
        reply = await (self._show(address, source, ask) if source.browser else self._read(address, ask, self._allowed))
        if reply.status == NOT_MODIFIED:
            return None
        return Snapshot(
            source=source.id,
            fetched_at=self._clock.now(),
            status=reply.status,
            final_url=reply.address.text,
            headers=reply.headers,
            body=reply.body,
        )

    async def _show(self, address: Address, source: Source, ask: _Ask) -> Reply:
        """The page as a browser shows it; one at a time, a browser needs much memory."""
        from monitor.fetch.browser import View, render  # noqa: PLC0415 - optional

        language = ask.headers["Accept-Language"].partition(",")[0]
        view = View(
            user_agent=self._user_agent,
            language=language,
            wait_for=source.wait_for,
            settings=ask.settings,
            resolver=self._resolver,
            network=self._network,
        )
        async for attempt in attempts(ask.settings.retries, ask.budget):
            with attempt:
                pause = await self._allowed(address, ask.settings)
                turn = self._pacer.turn(address.host, per_host=ask.settings.per_host, pause=pause)
                async with self._showing, turn:
                    reply = await render(address, view, ask.budget)
                return await self._accepted(reply)
        raise AssertionError  # stamina raises the last error itself

    async def _read_robots(self, address: Address, settings: FetchSettings) -> Reply:
        limits = replace(settings, max_bytes=MAX_BYTES, retries=min(settings.retries, ROBOTS_RETRIES))
        budget = Budget(min(settings.timeout, ROBOTS_SECONDS))
        headers = {"Accept": "text/plain, */*;q=0.1", "Accept-Encoding": ACCEPTED}
        ask = _Ask(headers=headers, conditional={}, settings=limits, budget=budget)
        return await self._read(address, ask, _unasked)

    async def _read(self, address: Address, ask: _Ask, permit: "_Permit") -> Reply:
        async for attempt in attempts(ask.settings.retries, ask.budget):
            with attempt:
                return await self._follow(address, ask, permit)
        raise AssertionError  # stamina raises the last error itself

    async def _follow(self, address: Address, ask: _Ask, permit: "_Permit") -> Reply:
        conditional, been, own = ask.conditional, {str(address.url)}, address.host
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._hop(address, ask, permit, conditional)
            if reply.location is None:
                return reply
            address, conditional = redirect_target(address, reply.location), {}
            ask = replace(ask, settings=settings_for(address.host, own, ask.settings))
            if str(address.url) in been:
                break
            been.add(str(address.url))
        message = f"More than {MOST_REDIRECTS} redirects, or in a circle; the last led to {shown(address.text)}."
        raise FetchError(message, code="too_many_redirects", transient=False)

    async def _hop(self, address: Address, ask: _Ask, permit: "_Permit", conditional: Mapping[str, str]) -> Reply:
        pause = await permit(address, ask.settings)
        async with self._pacer.turn(address.host, per_host=ask.settings.per_host, pause=pause), ask.budget.spend():
            headers = {"User-Agent": self._user_agent, **ask.headers, **conditional}
            reply = await exchange(self._transport, address, headers, ask.settings)
        await self._accepted(reply)
        if reply.status == NOT_MODIFIED and not conditional:
            message = f"{shown(address.host)} says 'not modified' though nothing was known of the page."
            raise FetchError(message, code="unexpected_304", status=NOT_MODIFIED)
        return reply

    async def _accepted(self, reply: Reply) -> Reply:
        """The reply, unless the server asks for rest or says that it is broken."""
        if reply.status != TOO_MANY and reply.status < SERVER_ERROR:
            return reply
        rest = find_retry_after(reply.headers.get("retry-after"), self._clock.now())
        if rest is not None:
            await self._pacer.hold(reply.address.host, min(rest, LONGEST_RETRY_AFTER))
        message = f"{shown(reply.address.host)} answered with status {reply.status}."
        raise FetchError(message, code=f"http_{reply.status}", status=reply.status, retry_after=rest)

    async def _allowed(self, address: Address, settings: FetchSettings) -> float:
        if not settings.respect_robots:
            return settings.pause
        rules = await self._robots.rules(address, settings)
        if not rules.allow(address):
            raise refused_by_robots(address)
        return max(settings.pause, rules.delay)


@cache
def _trust() -> ssl.SSLContext:
    """Whom to trust, read from its file once in a process: that takes some 40 ms."""
    return httpx.create_ssl_context(trust_env=False)


_Permit = Callable[[Address, FetchSettings], Awaitable[float]]
"""Raises FetchError unless the address may be read; returns the pause its host wants, in seconds."""


async def _unasked(address: Address, settings: FetchSettings) -> float:
    del address
    return settings.pause
