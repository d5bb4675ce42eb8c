"""The desk in force: made anew when the configuration's files change, the old one kept while they have problems."""

from threading import Lock

from msgspec.structs import replace

from monitor.config import fingerprint
from monitor.errors import ConfigError
from monitor.web.desk import Desk


class Current:
    """Gives each request its desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._lock = desk, Lock()
        self._seen = self._fingerprint()

    def __call__(self) -> Desk:
        """The desk with the newest usable configuration; ``trouble`` says why it is not the newest."""
        with self._lock:
            seen = self._fingerprint()
            if seen != self._seen:
                self._seen = seen
                self._desk = self._renewed()
            return self._desk

    def _renewed(self) -> Desk:
        app = replace(self._desk.app)
        try:
            self._desk.store.load_guides(app.config.guides, app.clock())
        except ConfigError as error:
            return replace(self._desk, trouble=str(error.findings[0]))
        return Desk(app=app, store=self._desk.store, form_token=self._desk.form_token)

    def _fingerprint(self) -> tuple[object, ...]:
        return fingerprint(self._desk.app.config.path)
