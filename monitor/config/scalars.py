"""The single values of the configuration that need more than a type: what is accepted, and what a refusal says."""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Any, TypeAlias
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator

from monitor.model import FactKind
from monitor.schedule import check_cron

EVENT_KINDS = (
    *("draw.new", "draw.amended", "draw.withdrawn", "draw.silence", "draw.shift", "draw.category"),
    *("fee.added", "fee.changed", "fee.removed", "fee.scheduled"),
    *("processing_time.added", "processing_time.changed", "processing_time.removed"),
    *("threshold.added", "threshold.changed", "threshold.removed"),
    *("occupation.added", "occupation.removed"),
    *("stream.opened", "stream.paused", "stream.closed", "stream.renamed"),
    *("allocation.changed", "deadline.changed", "deadline.reached"),
    *("rule.added", "rule.removed", "rule.changed", "notice.posted"),
    *("page.restamped", "page.moved", "page.removed"),
    *("source.blocked", "source.failing", "source.layout_changed", "source.stale_copy"),
    *("source.schema_changed", "source.disagrees", "source.silent", "source.recovered"),
)
"""Every change event kind, as listed for users in docs/sources.md."""

YEAR = "{year}"
_DURATION = re.compile(r"([0-9]{1,5})\s*([smhdwy])")
_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_HIGHEST_PORT = 65535
_DAYS_OF_A_YEAR = 365
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HOST_PATTERN = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """``; did you mean "x"?`` for the nearest choice, else the choices when they are few, else nothing."""
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    if choices and len(choices) <= 12:  # noqa: PLR2004 - as many as one line of a terminal takes
        return f"; one of: {', '.join(choices)}"
    return ""


def parse_duration(text: Any) -> timedelta:
    """The duration written as ``45s``, ``30m``, ``6h``, ``90d``, ``2w`` or ``1y`` (365 days); raises ValueError."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError(f'{text!r} is no duration; write a number and s, m, h, d, w or y, as in "30m", "6h" or "90d"')
    if match[2] == "y":
        return timedelta(days=int(match[1]) * _DAYS_OF_A_YEAR)
    return timedelta(**{_DURATION_UNITS[match[2]]: int(match[1])})


def _cron(line: str) -> str:
    if problem := check_cron(line):
        raise ValueError(problem)
    return line


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = did_you_mean(name, sorted(available_timezones()))
        raise ValueError(f'{name!r} is no time zone such as "America/Toronto"{near}') from error
    return name


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is no id; use letters, digits, dots, hyphens and underscores")
    return text


def _id_or_year_id(text: str) -> str:
    _id(text.replace(YEAR, "0"))
    return text


def _web_address(text: str) -> str:
    # An @ may stand behind a password: such an address is not repeated.
    subject = "that" if "@" in text else repr(text)
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{subject} is no web address; it must start with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError(
            "the address holds a user name or password; official pages need none, so leave out all to the @"
        )
    if not _has_port(parts):
        raise ValueError(f"{subject} is no web address; its port is no number up to {_HIGHEST_PORT}")
    return text


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _host_pattern(text: str) -> str:
    if not _HOST_PATTERN.fullmatch(text):
        raise ValueError(f'{text!r} is no host; write its name alone, as in "www.example.org", or "*.example.org"')
    return text.lower()


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError(f'{text!r} is no time of day; write it as "22:00"')
    return text


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port to listen on; raises ValueError for what is no address of this machine alone.

    Whoever asks is told what is watched, so only a reverse proxy should carry it further.
    """
    host, colon, port = text.rpartition(":")
    name = host.strip("[]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise ValueError(f'{text!r} is no address with a port; write it as "127.0.0.1:9464"')
    try:
        loopback = ip_address("127.0.0.1" if name == "localhost" else name).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(
            f"{text!r} is open to other machines; listen on 127.0.0.1 and put a proxy with a key before it"
        )
    return name, int(port)


def _listen(text: str) -> str:
    parse_listen(text)
    return text


def _event_kind(text: str) -> str:
    families = sorted({kind.partition(".")[0] for kind in EVENT_KINDS})
    if text not in EVENT_KINDS and text.rstrip(".*") not in families:
        raise ValueError(f"{text!r} is no event kind{did_you_mean(text, [*families, *EVENT_KINDS])}")
    return text.rstrip(".*")


def _fact_pattern(text: str) -> str:
    kind, colon, glob = (part.strip() for part in text.partition(":"))
    kind = kind.lower()
    if not colon or not glob:
        raise ValueError(f'{text!r} is no fact pattern; write kind:words, as in "fee:*application*"')
    if kind not in list(FactKind):
        raise ValueError(f"{text!r}: {kind!r} is no kind of fact{did_you_mean(kind, [*FactKind])}")
    return f"{kind}:{glob}"


def _digest(text: str) -> str:
    return text if text == "immediate" else _cron(text)


def _one_or_many(value: Any) -> Any:
    """A list, or one value standing for a list of it; anything else is refused later."""
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, str | int | float) else value


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError("must be a single number, text or true/false")  # noqa: TRY004 - pydantic collects ValueError
    return value


def _quantity(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and not (isinstance(value, str) and re.search(r"\d", value)):
        raise ValueError(f'{value!r} is no amount; write a number, or a duration such as "10 business days"')
    return value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(parse_duration)]
CronLine: TypeAlias = Annotated[str, AfterValidator(_cron)]
CronLines: TypeAlias = Annotated[tuple[CronLine, ...], BeforeValidator(_one_or_many)]
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Id: TypeAlias = Annotated[str, AfterValidator(_id)]
SourceId: TypeAlias = Annotated[str, AfterValidator(_id_or_year_id)]
WebAddress: TypeAlias = Annotated[str, AfterValidator(_web_address)]
HostPattern: TypeAlias = Annotated[str, AfterValidator(_host_pattern)]
Listen: TypeAlias = Annotated[str, AfterValidator(_listen)]
Clock: TypeAlias = Annotated[str, AfterValidator(_clock)]
EventKind: TypeAlias = Annotated[str, AfterValidator(_event_kind)]
FactPattern: TypeAlias = Annotated[str, AfterValidator(_fact_pattern)]
Digest: TypeAlias = Annotated[str, AfterValidator(_digest)]
Scalar: TypeAlias = Annotated[Any, AfterValidator(_scalar)]
Quantity: TypeAlias = Annotated[Any, AfterValidator(_quantity)]
OneOrMany: TypeAlias = Annotated[tuple[Scalar, ...], BeforeValidator(_one_or_many)]
