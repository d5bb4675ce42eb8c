"""Decides which notifier serves an address, by its scheme: the registry of destinations."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TextIO
from urllib.parse import unquote

from monitor.ports import Notifier


def open_notifier(url: str, *, folder: Path | None = None, stream: TextIO | None = None) -> Notifier:
    """The notifier for an address. Raises ValueError, without the address's secrets, when it cannot be used.

    Relative journal paths start at ``folder``; the console prints to ``stream`` (default: standard output).
    """
    opener = _OPENERS.get(_scheme(url), _open_apprise)
    return opener(url, folder or Path(), stream)


def validate_url(url: str) -> str | None:
    """What is wrong with an address, without its secrets and without sending; None when it can be used."""
    if _scheme(url) == "console":
        return None
    if _scheme(url) == "journal":
        return None if _journal_path(url) else "journal:// needs a file: journal:///var/log/stilltrue.jsonl"
    from notifiers.apprise_channel import validate_url as validate  # noqa: PLC0415 - Apprise is heavy

    return validate(url)


def _open_console(_url: str, _folder: Path, stream: TextIO | None) -> Notifier:
    from notifiers.console import ConsoleNotifier  # noqa: PLC0415 - brings the templates in

    return ConsoleNotifier(stream)


def _open_journal(url: str, folder: Path, _stream: TextIO | None) -> Notifier:
    from notifiers.journal import JournalNotifier  # noqa: PLC0415 - brings the templates in

    path = _journal_path(url)
    if not path:
        raise ValueError("journal:// needs a file: journal:///var/log/stilltrue.jsonl")
    return JournalNotifier(folder / path)


def _open_apprise(url: str, _folder: Path, _stream: TextIO | None) -> Notifier:
    from notifiers.apprise_channel import AppriseNotifier  # noqa: PLC0415 - Apprise is heavy

    return AppriseNotifier(url)


_OPENERS: Mapping[str, Callable[[str, Path, TextIO | None], Notifier]] = MappingProxyType(
    {"console": _open_console, "journal": _open_journal}
)
"""Destinations of our own by scheme; every other address is Apprise's."""


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _journal_path(url: str) -> str:
    return unquote(url.partition("://")[2].partition("?")[0])
