"""Which hosts a read may be led to, and whether one of them may stand in a private network."""

from collections.abc import Sequence

from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.fetch.gate import shown
from monitor.model import FetchSettings


def settings_for(host: str, own: str, settings: FetchSettings) -> FetchSettings:
    """The settings a request to ``host`` is made with by a source of the host ``own``.

    Raises FetchError ``gate`` for a host that is not allowed. A page on a private network, or whoever writes there,
    must not lead us to its neighbours: ``allow_private`` counts for the source's own host and those listed.
    """
    if _same(host, own) or is_listed(host, settings.allowed_hosts):
        return settings
    if settings.allowed_hosts:
        message = f"{shown(host)} is not among the source's allowed hosts (fetch.allowed_hosts)."
        raise FetchError(message, code="gate", transient=False)
    return replace(settings, allow_private=False)


def is_listed(host: str, patterns: Sequence[str]) -> bool:
    """Whether a host is one of these; ``*.example.org`` stands for every host below, not for that one itself."""
    name = _bare(host)
    return any(name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern for pattern in patterns)


def _same(host: str, other: str) -> bool:
    return _bare(host) == _bare(other)


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
