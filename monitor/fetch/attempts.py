"""How long one read may take and what is worth trying again."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import stamina

from monitor.errors import FetchError

FIRST_WAIT = 0.5
LONGEST_WAIT = 10.0
LONGEST_RETRY_AFTER = 60.0
"""Seconds. A server that asks for a longer rest ends the read; the schedule comes back later."""

_SECONDS = re.compile(r"[0-9]{1,9}")


class Budget:
    """The seconds one read may spend on the network, over all its redirects and attempts together.

    Waiting for a turn and between attempts is not the server's doing and is not counted.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = seconds

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self._left <= 0

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self._left)

    @asynccontextmanager
    async def spend(self, *, extra: float = 0.0) -> AsyncIterator[None]:
        """Count the block against the budget; raises FetchError ``timeout`` when it runs out.

        ``extra`` seconds are ours: what it takes before the server is asked.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._left + extra):
                yield
        except TimeoutError:
            message = f"No complete answer within {self._seconds:g} seconds (fetch.timeout)."
            raise FetchError(message, code="timeout") from None
        finally:
            self._left -= loop.time() - began


def attempts(retries: int, budget: Budget) -> AsyncIterator[stamina.Attempt]:
    """Tries of one read, as stamina's context managers: one and ``retries`` more, with growing, jittered waits."""

    def again(error: Exception) -> bool:
        return isinstance(error, FetchError) and worth_retrying(error) and not budget.spent

    tries = stamina.retry_context(
        on=again, attempts=retries + 1, timeout=None, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT
    )
    return aiter(tries)


def worth_retrying(error: FetchError) -> bool:
    """Whether the same request may well succeed within a minute. A refusal by robots.txt is settled elsewhere."""
    return error.transient and error.code != "robots" and (error.retry_after or 0.0) <= LONGEST_RETRY_AFTER


def find_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None when it says nothing."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
