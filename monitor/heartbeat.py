"""The dead man's switch: an address that is called after each healthy cycle, so that silence is noticed elsewhere."""

import asyncio
from collections.abc import Mapping

from monitor.app import App
from monitor.config import Config, resolve_heartbeat
from monitor.errors import FetchError
from monitor.fetch.gate import check_address
from monitor.model import FetchSettings, Format, Schedule, Source, Validators
from monitor.ports import Fetcher

SECONDS = 10.0
_SOURCE = "heartbeat"
_REFUSED = 400


def beat_now(app: App) -> str | None:
    """``beat`` with everything composed; for the daemon to call after a cycle in which all went well."""

    async def once() -> str | None:
        async with app.fetcher() as fetcher:
            return await beat(app.config, app.environ, fetcher)

    return asyncio.run(once()) if app.config.heartbeat is not None else None


async def beat(config: Config, environ: Mapping[str, str], fetcher: Fetcher) -> str | None:
    """Call the address if there is one; returns what went wrong, without the address's secrets, None when nothing did.

    Raises ConfigError when its variable is missing. It passes the same gate as every page.
    """
    url = resolve_heartbeat(config, environ)
    if url is None:
        return None
    limits = FetchSettings(
        timeout=SECONDS, retries=1, pause=0.0, respect_robots=False, allow_private=config.fetch.allow_private
    )
    source = Source(
        id=_SOURCE, publisher=_SOURCE, url=url, format=Format.HTML, schedule=Schedule(), title=_SOURCE, fetch=limits
    )
    try:
        host = check_address(url).host
        answer = await fetcher.fetch(source, Validators())
    except FetchError as error:
        return f"the heartbeat was not taken: {error.code}" + (f" ({error.status})" if error.status else "")
    if answer is not None and answer.status >= _REFUSED:
        return f"the heartbeat was not taken: {host} answered {answer.status}"
    return None
