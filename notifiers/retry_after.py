"""Hears what a service asks for with ``Retry-After``, which Apprise does not hand on.

Apprise's plugins call ``requests`` through their module's own name for it; there a listener is put in its place that
does the same and remembers, for the thread that sends, what the last answer asked for.
"""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

_VERBS = ("request", "get", "post", "put", "patch", "delete")
_heard = threading.local()


class Ear:
    """Listens to what one Apprise plugin is answered."""

    def __init__(self, plugin: Any) -> None:
        """Put the listener into the plugin's module, once; a module that asks otherwise is left alone."""
        import requests  # noqa: PLC0415 - heavy, and Apprise has it loaded by now

        self.seconds: float | None = None
        """The wait that the last send's last answer asked for; None when it did not say."""
        module = sys.modules[type(plugin).__module__]
        if getattr(module, "requests", None) is requests:
            module.requests = _Listener(requests)  # type: ignore[attr-defined]
        self._notify = plugin.notify
        plugin.notify = self._listen

    def _listen(self, *arguments: Any, **options: Any) -> Any:
        """Runs in the thread that Apprise chose for the plugin, as its requests do."""
        _heard.seconds = None
        try:
            return self._notify(*arguments, **options)
        finally:
            self.seconds = _heard.seconds


class _Listener(ModuleType):
    """``requests`` with its verbs listened to; everything else is its own."""

    def __init__(self, requests: ModuleType) -> None:
        super().__init__(requests.__name__)
        self._requests = requests
        for verb in _VERBS:
            setattr(self, verb, _listening(getattr(requests, verb)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)


def _listening(verb: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        _heard.seconds = None
        answer = verb(*arguments, **options)
        _heard.seconds = seconds_of(answer.headers.get("Retry-After"), datetime.now(UTC))
        return answer

    return call


def seconds_of(header: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After header asks for: seconds or a date (RFC 9110 10.2.3); None when it cannot be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds(), 0.0)
