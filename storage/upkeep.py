"""The part of the store that the daemon and the upkeep use: each method is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from monitor.model import Alert
from monitor.ports import Ask, Due, KeepingStore, LastRead, OutboxState, Swept
from storage import keeping, ticking
from storage.database import Database


class Upkeep(KeepingStore):
    """What ticks, watchdog, backup and retention ask of a database."""

    _database: Database
    _clock: Callable[[], datetime]

    def dues(self) -> Mapping[str, Due]:
        """When each source ever read is due again, by id."""
        with self._database.reading() as connection:
            return ticking.dues(connection)

    def last_reads(self, sources: Sequence[str]) -> Mapping[str, LastRead]:
        """What the last read of each of these sources left to the next; much lighter than ``get_known``."""
        with self._database.reading() as connection:
            return ticking.last_reads(connection, sources)

    def newest_check(self) -> datetime | None:
        """When the newest check of any source was."""
        with self._database.reading() as connection:
            return ticking.newest_check(connection)

    def outbox_state(self) -> OutboxState:
        """How many deliveries there are by state, and since when the oldest one is due."""
        with self._database.reading() as connection:
            return ticking.outbox_state(connection)

    def open_rechecks(self) -> int:
        """How many rechecks wait for a person."""
        with self._database.reading() as connection:
            return ticking.open_rechecks(connection)

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Remembered values whose keys begin so."""
        with self._database.reading() as connection:
            return ticking.notes(connection, prefix)

    def note(self, key: str, value: str) -> None:
        """Remember one value."""
        with self._database.writing(alone=False) as connection:
            ticking.note(connection, key, value)

    def ask(self, asks: Sequence[Ask], alerts: Sequence[Alert], now: datetime) -> None:
        """Ask for rechecks and raise their alerts, all or nothing; ConflictError when another process was quicker."""
        with self._database.writing() as connection:
            ticking.ask(connection, asks, alerts, now)

    def raise_alert(self, alert: Alert) -> None:
        """Raise an alert about the monitor itself; the same id is raised once."""
        with self._database.writing() as connection:
            ticking.raise_alert(connection, alert)

    def sweep(self, before: datetime, *, limit: int) -> Swept:
        """Remove at most ``limit`` snapshots older than ``before`` that nothing cites, and bytes nobody refers to."""
        with self._database.writing() as connection:
            return keeping.sweep(connection, before, limit, self._clock())

    def backup(self, path: Path) -> int:
        """Write a consistent copy while in use and return its size; never overwrites. Raises StorageError."""
        return keeping.backup(self._database, path)
