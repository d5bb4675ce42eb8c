"""The part of the store that pages look through: each method is one transaction."""

from collections.abc import Mapping
from datetime import datetime

from monitor.browsing import Sift, Slice
from monitor.model import Check, KnownFact
from storage import browsing
from storage.database import Database


class Looking:
    """Questions of the local pages to an SQL database."""

    _database: Database

    def sift(self, wanted: Sift) -> Slice:
        """One slice of the timeline. Raises UsageError when ``after`` is no event."""
        with self._database.reading() as connection:
            return browsing.sift(connection, wanted)

    def recent_checks(self, source: str, *, limit: int) -> list[Check]:
        """The newest checks of a source, newest first."""
        with self._database.reading() as connection:
            return browsing.recent_checks(connection, source, limit)

    def outcome_counts(self, source: str) -> Mapping[str, int]:
        """How many checks of a source ended in each outcome."""
        with self._database.reading() as connection:
            return browsing.outcome_counts(connection, source)

    def recent_draws(self, source: str, *, limit: int) -> list[KnownFact]:
        """The draws of a source that were recorded last."""
        with self._database.reading() as connection:
            return browsing.recent_draws(connection, source, limit)

    def acknowledgements(self) -> Mapping[str, tuple[datetime, str | None]]:
        """When and by whom each acknowledged alert was acknowledged."""
        with self._database.reading() as connection:
            return browsing.acknowledgements(connection)
