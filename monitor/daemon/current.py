"""The configuration in force: loaded anew when its files change, the old one kept when the new one has problems."""

import threading
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from monitor.app import App
from monitor.board import Board
from monitor.config import fingerprint
from monitor.errors import ConfigError, Finding, StilltrueError
from monitor.ports import Notifier

Fingerprint = tuple[object, ...]


class Current:
    """The program as configured now; every thread reads it, the one that reloads replaces it."""

    def __init__(self, app: App) -> None:
        self._channels = app.notifiers()
        self._app = app
        self._seen = self._fingerprint()
        self._lock = threading.Lock()

    @property
    def app(self) -> App:
        """The program with the configuration in force."""
        return self._app

    @property
    def channels(self) -> dict[str, Notifier]:
        """The destinations in force."""
        return self._channels

    def board(self) -> Board:
        """What readings are assessed against."""
        return self._app.board(alerting=True)

    def has_changed(self) -> bool:
        """Whether a file of the configuration, or the year that its sources are made by, is another than before."""
        return self._fingerprint() != self._seen

    def reload(self) -> Sequence[Finding]:
        """Take the files as they are now, or keep what is in force; returns the problems that made us keep it."""
        with self._lock:
            self._seen = self._fingerprint()
            fresh = replace(self._app)
            try:
                channels = fresh.notifiers()
            except ConfigError as error:
                return error.findings
            except StilltrueError as error:
                return [Finding(file=str(self._path), line=None, code="unusable", message=str(error))]
            if findings := self._fixed(fresh):
                return findings
            self._app, self._channels = fresh, channels
            return ()

    def _fixed(self, fresh: App) -> list[Finding]:
        """What cannot change while running."""
        old, new = self._app.config, fresh.config
        changed = [
            name
            for name, before, after in (
                ("database", self._app.database or old.database, fresh.database or new.database),
                ("listen", old.listen, new.listen),
            )
            if before != after
        ]
        return [
            Finding(
                file=str(new.path),
                line=None,
                code="needs_restart",
                message=f'"{name}" cannot change while running; restart `stilltrue run`',
            )
            for name in changed
        ]

    @property
    def _path(self) -> Path:
        return self._app.config.path

    def _fingerprint(self) -> Fingerprint:
        return (self._app.clock().year, *fingerprint(self._path))
