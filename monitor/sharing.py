"""What several processes on one database share: which due checks are under way, and whose turn it is at each host."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct


class Slot(Struct, frozen=True, kw_only=True):
    """One due check: a source and the moment it is due."""

    source: str
    due: datetime


class Turn(Struct, frozen=True, kw_only=True):
    """Leave to ask one host now; ``until`` is when it lapses by itself, should whoever has it be killed."""

    host: str
    until: datetime


class RobotsText(Struct, frozen=True, kw_only=True):
    """A robots.txt as somebody read it, ``age`` seconds ago; empty when there is none."""

    text: str
    age: float


Defer = Callable[[Any, Sequence[Slot]], None]
"""Puts jobs for these slots into the queue on the open driver connection it is given, within its transaction."""


class Slots(Protocol):
    """Which due checks have been handed out."""

    def take_slots(self, slots: Sequence[Slot], now: datetime, *, again: datetime, defer: Defer) -> int:
        """Hand out the slots that nobody has since ``again`` and defer their jobs, all in one transaction.

        Returns how many. Raises StorageError.
        """
        ...

    def free_slots(self, sources: Sequence[str]) -> None:
        """Let the slots of these sources be handed out again at once: their checks came to nothing."""
        ...

    def unserved(self, before: datetime, *, limit: int) -> list[str]:
        """The sources whose slot was handed out before then, and which were not read since it was due."""
        ...

    def overdue(self, now: datetime, *, again: datetime, limit: int) -> list[Slot]:
        """The sources whose stored next time has come and was not handed out since ``again``, longest due first."""
        ...


class Hosts(Protocol):
    """Whose turn it is at each host, by the database's own clock, and what hosts say in robots.txt."""

    def take_turn(self, host: str, *, per_host: int, pause: float, lease: float) -> Turn | float:
        """A turn, or the seconds after which to ask again. ``pause`` and ``lease`` are in seconds."""
        ...

    def end_turn(self, turn: Turn, *, pause: float) -> None:
        """The request is over; the next one to this host starts after ``pause``."""
        ...

    def hold_host(self, host: str, seconds: float) -> None:
        """No further start to this host for so long: it asked for rest."""
        ...

    def find_robots(self, origin: str) -> RobotsText | None:
        """What was last read of an origin's robots.txt."""
        ...

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep what was read of it now."""
        ...


class Shared(Slots, Hosts, AbstractContextManager["Shared"], Protocol):
    """All of it behind one object; a context manager that lets go of its connections."""
