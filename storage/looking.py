"""The part of the store that pages look through: each method is one transaction."""

from collections.abc import Mapping
from datetime import datetime

from monitor.browsing import Sift, Slice
from monitor.model import Check, Delivery, FactKind, KnownFact, Recheck, Version
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

    def recent_facts(self, source: str, *, kind: FactKind | None = None, limit: int) -> list[KnownFact]:
        """The current facts of a source that were recorded last."""
        with self._database.reading() as connection:
            return browsing.recent_facts(connection, source, kind, limit)

    def recent_versions(self, source: str, *, limit: int) -> list[Version]:
        """The newest versions of a source, newest first."""
        with self._database.reading() as connection:
            return browsing.recent_versions(connection, source, limit)

    def get_version(self, version: str) -> Version:
        """One version; raises UsageError when there is none."""
        with self._database.reading() as connection:
            return browsing.get_version(connection, version)

    def find_version_before(self, version: Version) -> Version | None:
        """The version that was in force before this one."""
        with self._database.reading() as connection:
            return browsing.find_version_before(connection, version)

    def closed_rechecks(self, *, guide: str | None = None, limit: int) -> list[Recheck]:
        """The rechecks that were opened last of those closed."""
        with self._database.reading() as connection:
            return browsing.closed_rechecks(connection, guide, limit)

    def recent_deliveries(self, *, limit: int) -> list[Delivery]:
        """The newest deliveries, newest first."""
        with self._database.reading() as connection:
            return browsing.recent_deliveries(connection, limit)

    def acknowledgements(self) -> Mapping[str, tuple[datetime, str | None]]:
        """When and by whom each acknowledged alert was acknowledged."""
        with self._database.reading() as connection:
            return browsing.acknowledgements(connection)
