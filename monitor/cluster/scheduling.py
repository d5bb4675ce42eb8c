"""What a node of a cluster hands to the queue: checks that are due, channels with something to send, guides."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, zip_longest
from typing import TypeVar
from urllib.parse import urlsplit

import procrastinate
from msgspec.structs import replace
from procrastinate.jobs import Job

from monitor.cluster import queue
from monitor.config import Config
from monitor.daemon import NO_WORKER
from monitor.daemon.planning import due_at
from monitor.health import Trouble
from monitor.model import Guide, Source, stamp
from monitor.ports import Due, Store
from monitor.sharing import Shared, Slot

T = TypeVar("T")

AGAIN = timedelta(minutes=15)
"""A check that was handed out and has not been made by then is handed out anew, unless its job still waits."""
WHOLE = timedelta(minutes=1)
"""Every source is looked at so often, for those never read and for schedules made denser; between, only what is due."""
AT_ONCE = 1000
"""Checks handed out in one transaction."""
GUIDES_A_JOB = 100
SILENT_SECONDS = 60.0
"""A worker that shows no sign of life for so long is not counted."""
BEHIND = timedelta(minutes=30)
TROUBLE = "trouble:"
"""How the notes begin that say since when something is wrong with the fleet."""
LONGEST_TROUBLE = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands as the due moment of a source that was never read, so that every node names the same slot."""


class Scheduler:
    """One node's part; as many as there are may do the same side by side, each due check becomes one job."""

    def __init__(self, app: procrastinate.App, conninfo: str, shared: Shared, store: Store) -> None:
        self._app, self._conninfo, self._shared, self._store = app, conninfo, shared, store
        self._config: Config | None = None
        self._looked: datetime | None = None
        self._sources: Mapping[str, Source] = {}

    def schedule(self, config: Config, sources: Sequence[Source], now: datetime) -> int:
        """Hand out every check that is due; returns how many. Raises StorageError."""
        slots = self._due(config, sources, now)
        handed_out = 0
        for part in batched(by_turns(slots, self._sources), AT_ONCE):
            handed_out += self._shared.take_slots(part, now, again=now - AGAIN, defer=self._defer)
        if handed_out >= AT_ONCE:
            queue.count_anew(self._conninfo)
        return handed_out

    def send(self, now: datetime) -> int:
        """Hand out the channels with something due; returns how many were not waiting yet."""
        return self._defer_now(queue.deliver_job(name) for name in self._store.due_channels(now))

    def remind(self, guides: Sequence[Guide]) -> int:
        """Hand out the guides, some at a time, for the rechecks that time makes due."""
        asking = [guide.id for guide in guides if guide.review_every or any(item.date for item in guide.assumptions)]
        return self._defer_now(queue.remind_job(part) for part in batched(asking, GUIDES_A_JOB))

    def troubles(self, now: datetime) -> list[Trouble]:
        """What is wrong with the fleet: nobody takes the jobs that wait, or they are taken too slowly.

        Every node says the same of it, so that it is told once.
        """
        state = queue.queue_state(self._conninfo, alive=SILENT_SECONDS)
        waiting = state.waiting.get(queue.CHECK, 0) if state else 0
        found: Trouble | None = None
        if state is not None and waiting and not state.workers:
            message = no_worker_message(f"{waiting} check(s)")
            found = Trouble(code=NO_WORKER, subject="queue", message=message, since=now)
        elif waiting and self._is_late(now):
            minutes = BEHIND // _ONE_MINUTE
            message = f"Checks are made more than {minutes} minutes late, {waiting} wait; start more workers."
            found = Trouble(code="queue_behind", subject="queue", message=message, since=now)
        since = self._since(found.code if found else None, now)
        return [replace(found, since=since)] if found else []

    def _since(self, code: str | None, now: datetime) -> datetime:
        """When the first node saw this trouble; forgets the others, which are over."""
        noted = {name: value for name, value in self._store.notes(TROUBLE).items() if value}
        mine = f"{TROUBLE}{code}"
        for over in noted.keys() - {mine}:
            self._store.note(over, "")
        seen = datetime.fromisoformat(noted[mine]) if mine in noted else None
        # One noted long ago was left by nodes that are no more.
        if seen is not None and abs(now - seen) < LONGEST_TROUBLE:
            return seen
        if code is not None:
            self._store.note(mine, stamp(now))
        return now

    def _is_late(self, now: datetime) -> bool:
        late = self._shared.overdue(now - BEHIND, again=now + AGAIN, limit=10 * AT_ONCE)
        return any(slot.source in self._sources for slot in late)

    def _due(self, config: Config, sources: Sequence[Source], now: datetime) -> list[Slot]:
        if config is self._config and self._looked is not None and timedelta(0) <= now - self._looked < WHOLE:
            overdue = self._shared.overdue(now, again=now - AGAIN, limit=10 * AT_ONCE)
            return [slot for slot in overdue if slot.source in self._sources]
        self._config, self._looked = config, now
        self._free_lost(now)
        self._sources = {source.id: source for source in sources}
        return due_slots(sources, self._store.dues(), now)

    def _free_lost(self, now: datetime) -> None:
        """Slots whose job is gone though the check was not made: a worker or the server went away at a bad moment."""
        handed_out = self._shared.unserved(now - WHOLE, limit=10 * AT_ONCE)
        lost = queue.without_job(self._conninfo, handed_out)
        if lost:
            self._shared.free_slots(lost)

    def _defer(self, connection: object, slots: Sequence[Slot]) -> None:
        queue.defer(self._app, connection, [queue.check_job(slot) for slot in slots])

    def _defer_now(self, wanted: Iterable[Job]) -> int:
        return queue.defer_now(self._app, self._conninfo, list(wanted))


def no_worker_message(waiting: str) -> str:
    """What to do when so many jobs wait and nobody takes them."""
    return f"{waiting} wait and no worker is at work; start `stilltrue worker` somewhere."


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def due_slots(sources: Iterable[Source], dues: Mapping[str, Due], now: datetime) -> list[Slot]:
    """The slots of all sources that are due, longest due first."""
    return sorted(_due_slots(sources, dues, now), key=lambda slot: slot.due)


def _due_slots(sources: Iterable[Source], dues: Mapping[str, Due], now: datetime) -> Iterator[Slot]:
    for source in sources:
        due = dues.get(source.id)
        if due is None or due.last_check is None:
            yield Slot(source=source.id, due=NEVER_READ)
        elif (moment := due_at(source, due, now)) is not None and moment <= now:
            yield Slot(source=source.id, due=moment)


def by_turns(slots: Sequence[Slot], sources: Mapping[str, Source]) -> list[Slot]:
    """The hosts by turns, so that no host with many pages keeps the workers from all others."""
    queues: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        queues[urlsplit(sources[slot.source].url).netloc].append(slot)
    return [slot for slot in chain.from_iterable(zip_longest(*queues.values())) if slot is not None]
