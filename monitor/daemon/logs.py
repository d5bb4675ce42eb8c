"""The daemon's log: lines for people or JSON for programs, on standard error, with every secret blotted out."""

import logging
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from monitor.config import Config
from monitor.deliver import Sent
from monitor.fetched import BUG
from monitor.model import Check, DeliveryState

log = structlog.get_logger("stilltrue")

BLOT = "***"
SHORTEST_SECRET = 4
"""A shorter value would blot out ordinary words, and keeps no secret."""

_NO_SECRETS = ("journal://", "console://")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")


def set_up_logs(config: Config, environ: Mapping[str, str]) -> None:
    """Let structlog and the standard library's logging write the same lines; ``config.log`` says in which form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Blotter(secrets_of(config, environ)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if config.log != "json":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain)
    stream = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    stream.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, last]))
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(logging.INFO)
    # It warns of each tick asked for while it runs; whether ticks come is the watchdog's to tell.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for name in ("httpx", "httpcore", "apprise", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _plain(stream: Any, trace: Any) -> None:
    stream.write(str(trace))


def secrets_of(config: Config, environ: Mapping[str, str]) -> set[str]:
    """The values of all variables that a channel's address names, and the password of the database's."""
    names = {name for channel in config.channels for name in _VARIABLE.findall(channel.url)}
    values = {value for name in names if not (value := environ.get(name, "")).startswith(_NO_SECRETS)}
    passwords = {match[0].partition(":")[2] for match in _USERINFO.finditer(config.database)}
    parts = {part for value in values for part in re.split(r"[/@:?&=]+", value) if len(part) >= LIKELY_SECRET}
    return {value for value in values | passwords | parts if len(value) >= SHORTEST_SECRET}


LIKELY_SECRET = 12
"""Characters of a piece of an address from which on it is taken for a token."""


class Blotter:
    """Replaces secrets in everything that is logged, however deep, and user names with passwords in any address."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """The same entry without them."""
        return {key: value if key.startswith("_") else self._blot(value) for key, value in event.items()}

    def _blot(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, BLOT)
            return _USERINFO.sub(BLOT, value)
        if isinstance(value, Mapping):
            return {key: self._blot(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._blot(item) for item in value]
        return value if isinstance(value, int | float | None) else self._blot(str(value))


def log_check(check: Check) -> None:
    """One line for a check that was recorded; a bug of ours is an error."""
    problem = check.problem
    write = log.error if problem and problem.code == BUG else log.info
    write(
        "read",
        source=check.source,
        outcome=check.outcome.value,
        events=len(check.events),
        elapsed_ms=check.elapsed_ms,
        **({"problem": problem.code, "message": problem.message} if problem else {}),
    )


def log_sent(sent: Sent) -> None:
    """One line for a send; one given up is an error."""
    write = log.error if sent.state == DeliveryState.DEAD else log.info
    write("delivery", channel=sent.channel, state=sent.state.value, error=sent.error)
