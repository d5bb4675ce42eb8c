"""Time as the fetcher sees it, so that tests and replays bring their own."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from msgspec import Struct


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _share_of(seconds: float) -> float:
    return random.uniform(0, seconds)  # noqa: S311 - spreads requests, hides nothing


class Clock(Struct, frozen=True, kw_only=True):
    """``now``: aware UTC wall clock. ``monotonic``, ``sleep``: seconds. ``jitter``: a random part of its argument."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[float], float] = _share_of
