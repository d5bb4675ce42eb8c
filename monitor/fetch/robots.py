"""What a host's robots.txt says to us (RFC 9309), asked at most once a day."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct, field
from protego import Protego

from monitor.errors import FetchError
from monitor.fetch.clock import Clock
from monitor.fetch.exchange import Reply
from monitor.fetch.gate import Address, check_address, shown
from monitor.model import FetchSettings
from monitor.sharing import RobotsText

PRODUCT = "stilltrue"
LIFE = 24 * 3600.0
FAILURE_LIFE = 60.0
OLDEST = 30 * 24 * 3600.0
LONGEST_DELAY = 60.0
MAX_BYTES = 1_000_000
MISSING_FROM, MISSING_TO = 400, 500
UNREADABLE = frozenset({"timeout", "truncated", "protocol", "too_large", "encoding", "unexpected_304"})
AWAY = frozenset({"connect", "dns", "tls"})
ASTRAY = frozenset({"redirect", "too_many_redirects"})

Read = Callable[[Address, FetchSettings], Awaitable[Reply]]


class Rules(Struct, frozen=True):
    """A host's rules for us; ``delay`` is its crawl delay in seconds, at most a minute of it is heeded."""

    parsed: Protego
    read_at: float

    @property
    def delay(self) -> float:
        """Seconds wanted between two requests."""
        return min(float(self.parsed.crawl_delay(PRODUCT) or 0.0), LONGEST_DELAY)

    def allow(self, address: Address) -> bool:
        """Whether we may read this address."""
        return self.parsed.can_fetch(str(address.url), PRODUCT)


class Shelf(Protocol):
    """Where several processes keep what they read, by origin."""

    async def find_robots(self, origin: str) -> RobotsText | None:
        """What was last read; None when nobody has."""
        ...

    async def keep_robots(self, origin: str, text: str) -> None:
        """Keep what was read now."""
        ...


class _Site(Struct):
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Rules | None = None
    failure: FetchError | None = None
    failed_at: float = 0.0


class Robots:
    """Rules by origin, read through ``read`` when they are needed.

    No robots.txt (any 4xx but 429, or redirects without end) allows everything. When it cannot be had (5xx, 429, no
    complete answer) RFC 9309 has us keep away, and we do: the check fails, transient and saying so, the last good
    facts stay, and ``respect_robots = false`` is the way out for a host that never serves it. Rules read before stay
    in force through such a failure for up to 30 days. A failure is remembered for a minute, so that the sources of
    one host do not each wait for it. A host that is away altogether is reported as that, not as a matter of robots, and
    remembered as well.
    """

    def __init__(self, clock: Clock, read: Read, shelf: Shelf | None = None) -> None:
        self._clock = clock
        self._read = read
        self._shelf = shelf
        self._sites: dict[str, _Site] = {}

    async def rules(self, address: Address, settings: FetchSettings) -> Rules:
        """The rules for this address's origin; raises FetchError ``robots``, or what kept the host away."""
        site = self._sites.setdefault(address.origin, _Site())
        async with site.lock:
            now = self._clock.monotonic()
            if site.rules is not None and now - site.rules.read_at < LIFE:
                return site.rules
            if site.failure is None or now - site.failed_at >= FAILURE_LIFE:
                await self._refresh(site, address, settings)
            return _in_force(site, now)

    async def _refresh(self, site: _Site, address: Address, settings: FetchSettings) -> None:
        known = await self._shelf.find_robots(address.origin) if self._shelf else None
        if known is not None and known.age < LIFE:
            self._keep(site, known.text, age=known.age)
            return
        try:
            reply = await self._read(_robots_address(address), settings)
        except FetchError as error:
            if error.code in ASTRAY:
                await self._learn(site, address, "")
            elif error.code in AWAY:
                site.failure, site.failed_at = error, self._clock.monotonic()
            elif error.code in UNREADABLE or error.status is not None:
                site.failure, site.failed_at = _unavailable(address, error), self._clock.monotonic()
            else:
                raise  # the gate's refusals hang on the source, not on its host
        else:
            await self._learn(site, address, _text(reply))

    async def _learn(self, site: _Site, address: Address, text: str) -> None:
        self._keep(site, text, age=0.0)
        if self._shelf is not None:
            await self._shelf.keep_robots(address.origin, text)

    def _keep(self, site: _Site, text: str, *, age: float) -> None:
        site.failure = None
        site.rules = Rules(Protego.parse(text), self._clock.monotonic() - age)


def refused_by_robots(address: Address) -> FetchError:
    """The error for an address its host asks us not to read."""
    message = f"robots.txt asks us not to read {shown(address.text)}; fetch.respect_robots = false overrides it."
    return FetchError(message, code="robots", transient=False)


def _in_force(site: _Site, now: float) -> Rules:
    if site.rules is not None and (site.failure is None or now - site.rules.read_at < OLDEST):
        return site.rules
    assert site.failure is not None  # noqa: S101 - without rules there is a failure
    raise site.failure.with_traceback(None)  # it is raised to each source; all their ways here would add up


def _text(reply: Reply) -> str:
    missing = MISSING_FROM <= reply.status < MISSING_TO
    return "" if missing else reply.body.decode("utf-8-sig", errors="replace")


def _robots_address(address: Address) -> Address:
    return check_address(str(address.url.copy_with(raw_path=b"/robots.txt", fragment=None)))


def _unavailable(address: Address, error: FetchError) -> FetchError:
    message = (
        f"robots.txt of {shown(address.host)} cannot be read ({error.code}), so nothing else there may be (RFC 9309);"
        " fetch.respect_robots = false reads the page all the same."
    )
    return FetchError(message, code="robots", status=error.status, retry_after=error.retry_after)
