"""A long run in little time: made-up sources, a server with seeded bad manners, a simulated clock, and SIGKILL.

    python tests/soak.py FOLDER --seed 7 --sources 300 --days 30

plays the monitor's own reading, recording and telling in one process until the simulated end, going on where a killed
one stopped. ``expected`` says what must have been told; ``told`` what was. What is simulated is time alone: requests go
over loopback, checks into SQLite, alerts out of the outbox.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from fetching import PUBLIC, Names, Rerouted
from loopback import Loopback, Reply, Request
from msgspec import Struct, field
from msgspec.structs import replace
from running import rounds
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from monitor.board import Board
from monitor.check import check_sources
from monitor.daemon.planning import Planner, due_at
from monitor.deliver import deliver_due
from monitor.errors import StorageError
from monitor.extractors import EXTRACTORS
from monitor.fetch.client import HttpFetcher
from monitor.fetch.clock import Clock
from monitor.model import Alert, Delivery, FetchSettings, Format, Guards, Schedule, Source
from monitor.ports import Due
from monitor.schedule import grace
from storage.store import SqlStore, open_store

START = datetime(2026, 4, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
"""How often due sources are looked for; less than half of the least grace among the sources."""
MOST_FLAPS = 2
PAGE, PLENTY = 4096, 1_073_741_823
QUIET = timedelta(days=2)
"""The end is free of faults and changes, so that everything has had its chance to be read."""
TIMEOUT = 1.5
"""Seconds of real time; all else is simulated."""
FETCH = FetchSettings(timeout=TIMEOUT, retries=0, pause=0.0, per_host=8, respect_robots=False, allow_private=True)
CAPTCHA = b"<html><head><title>Radware Captcha Page</title></head><body>perfdrive.com Incident ID: 1</body></html>"
FEE_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Fees</title></head><body><main><h1>Fees</h1>
<p>What you pay depends on the program. Page built {nonce}.</p>
<table><tr><th>Fee</th><th>$CAN</th></tr><tr><td>Application fee</td><td>{fee}</td></tr>
<tr><td>Biometrics</td><td>85.00</td></tr></table></main></body></html>"""


class Plan(Struct, frozen=True, dict=True):
    """One soak: everything follows from these."""

    seed: int
    sources: int
    days: float
    kills: int = 0
    killed_until: float | None = None
    """The day after which no process is killed any more: memory is measured in one that lives."""

    @property
    def end(self) -> datetime:
        return START + timedelta(days=self.days)

    def changes(self, place: int) -> list[datetime]:
        """When this source's page really changes; never twice within a day and a half."""
        dice = seeded(f"{self.seed}/changes/{place}")
        moments, now = [], START + timedelta(hours=dice.uniform(2, 60))
        while now < self.end - QUIET:
            moments.append(now)
            now += timedelta(days=dice.uniform(1.5, 8))
        return moments

    def breaks(self, since: datetime, killed: int) -> "list[Break]":
        """All that happens to this machine from then on, in order, and the kills but the first ones."""
        nights = [Break(began, "sleep", ended) for began, ended in self._spans("sleeps", 0.2, (1, 10))]
        fills = [Break(began, "full") for began, _ in self._spans("full", 0.15, (0, 1))]
        ends = [Break(moment, "kill") for moment in self._kills()[killed:]]
        return sorted([*ends, *(one for one in (*nights, *fills) if one.at > since)])

    def skew(self, now: datetime) -> timedelta:
        """How far this machine's clock is off: set forward or back for some hours now and then."""
        for began, ended, hours in self._clocks:
            if began <= now < ended:
                return timedelta(hours=hours)
        return timedelta(0)

    @cached_property
    def _clocks(self) -> list[tuple[datetime, datetime, float]]:
        dice = seeded(f"{self.seed}/clocks")
        return [(*span, dice.choice((-7.0, -1.5, -0.3, 0.4, 3.0, 9.0))) for span in self._spans("clocks", 0.2, (1, 12))]

    def _spans(self, name: str, chance: float, hours: tuple[float, float]) -> list[tuple[datetime, datetime]]:
        """Spans on some of the days but the last ones."""
        dice = seeded(f"{self.seed}/{name}")
        spans = []
        for day in range(1, int(self.days - 2)):
            if dice.random() < chance:
                began = START + timedelta(days=day, hours=dice.uniform(0, 12))
                spans.append((began, began + timedelta(hours=dice.uniform(*hours))))
        return spans

    def _kills(self) -> list[datetime]:
        dice = seeded(f"{self.seed}/kills")
        last = (self.end - QUIET - START) if self.killed_until is None else timedelta(days=self.killed_until)
        return sorted(START + last * dice.uniform(0.1, 1) for _ in range(self.kills))


class Break(Struct, frozen=True, order=True):
    """Something that happens to the machine, and until when."""

    at: datetime
    what: str
    until: datetime = START


def seeded(seed: object) -> random.Random:
    """The same throws for the same seed, in every process."""
    return random.Random(str(seed))  # noqa: S311 - a game to be played again, no secret


def is_fees(place: int) -> bool:
    return place % 4 == 3


def declare(place: int, address: str) -> Source:
    name = "fees" if is_fees(place) else "draws"
    return Source(
        id=f"s{place}",
        publisher="Example",
        url=f"{address}/{place}",
        format=Format.HTML if is_fees(place) else Format.JSON,
        declarations={name: EXTRACTORS[name].declaration()},
        schedule=Schedule(every=timedelta(hours=6 if is_fees(place) else (6, 12, 24)[place % 3])),
        guards=Guards(language="en") if is_fees(place) else Guards(),
        append_only=place % 8 == 0,
        fetch=FETCH,
    )


class Publisher:
    """The server: what each page holds at the simulated time, and the faults on the way."""

    def __init__(self, plan: Plan, clock: Callable[[], datetime]) -> None:
        self._plan, self._clock = plan, clock
        self._changes = [plan.changes(place) for place in range(plan.sources)]
        self._flaps: Counter[int] = Counter()

    def answer(self, request: Request) -> Reply:
        place, now = int(request.path.strip("/")), self._clock()
        dice = seeded(f"{self._plan.seed}/{place}/{now.isoformat()}")
        version = sum(moment <= now for moment in self._changes[place])
        calm = version == 0 or now > self._plan.end - QUIET
        fault = "none" if calm else dice.choices(list(FAULTS), list(FAULTS.values()))[0]
        whole = self._page(place, version, dice)
        if fault == "none":
            self._flaps[place] = 0
        if fault == "older":
            return self._older(place, version, dice)
        return _faulty(fault, whole, dice)

    def _older(self, place: int, version: int, dice: random.Random) -> Reply:
        """What another cache still has: the edition before. Never three times on end: that is to be believed.

        Fee pages carry no draw that could come back.
        """
        self._flaps[place] += 1
        flaps = not is_fees(place) and self._flaps[place] <= MOST_FLAPS
        return self._page(place, version - 1 if flaps else version, dice)

    def _page(self, place: int, version: int, dice: random.Random) -> Reply:
        if is_fees(place):
            body = FEE_PAGE.format(fee=f"{1000 + version}.00", nonce=dice.random()).encode()
            return Reply(body=body, headers={"Content-Type": "text/html"})
        body = rounds(*range(1, 4 + version)).replace(b'"classes"', b'"classes" %s' % (b" " * dice.randrange(9)))
        return Reply(body=body, headers={"Content-Type": "application/json"})


FAULTS = {
    "none": 78,
    "server_error": 5,
    "reset": 3,
    "truncated": 3,
    "captcha": 4,
    "empty": 2,
    "older": 4,
    "hang": 0.3,
    "garbage": 0.7,
}
"""Out of a hundred reads."""


def _faulty(fault: str, whole: Reply, dice: random.Random) -> Reply:
    cut = whole.body[: dice.randrange(1, len(whole.body) - 1)]
    replies: Mapping[str, Reply] = {
        "none": whole,
        "server_error": Reply(status=dice.choice((500, 502, 503, 429))),
        "reset": Reply(body=cut, length=len(whole.body), reset=True),
        "truncated": Reply(body=cut, length=len(whole.body)),
        "captcha": Reply(body=CAPTCHA, headers={"Content-Type": "text/html"}),
        "empty": Reply(body=b""),
        "hang": Reply(body=cut, length=len(whole.body), hang=True),
        "garbage": Reply(raw=bytes(dice.randrange(256) for _ in range(200))),
    }
    return replies[fault]


class Told(Struct):
    """A channel that writes down what it is sent."""

    path: Path

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        lines = [
            {"source": item.event.source, "kind": item.event.kind, "new": item.event.new, "id": item.event.id}
            for item in alert.items
            if item.event is not None
        ]
        with self.path.open("a", encoding="utf-8") as out:
            out.write("".join(json.dumps({**line, "again": delivery.maybe_duplicate}) + "\n" for line in lines))


class Disk:
    """The room that SQLite has: as much as it likes, or no page more than it has now."""

    def __init__(self) -> None:
        self.pages = PLENTY

    def fill(self, database: Path) -> None:
        """Let a few pages more than there are be all there is."""
        self.pages = database.stat().st_size // PAGE + 2

    def empty(self) -> None:
        self.pages = PLENTY

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Every connection of this process lives with this limit while the block runs."""

        def limit(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA max_page_count={self.pages}")
            cursor.close()

        event.listen(Engine, "checkout", limit)
        try:
            yield
        finally:
            event.remove(Engine, "checkout", limit)


class Run(Struct):
    """One process of a soak. ``true`` is the world's time, ``now`` what this machine's clock says."""

    plan: Plan
    folder: Path
    killed: int = 0
    true: datetime = START
    resumed: datetime = START
    memory: dict[int, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    disk: Disk = field(default_factory=Disk)

    @property
    def now(self) -> datetime:
        return self.true + self.plan.skew(self.true)

    def play(self) -> None:
        """Go on from where the last process stopped to the end."""
        saved = self.folder / "clock"
        if saved.exists() and saved.read_text():
            self.true = datetime.fromisoformat(saved.read_text())
        self.resumed = self.now
        database = f"sqlite:///{self.folder}/kept.db"
        with Loopback() as server, self.disk.limited(), open_store(database, now=START) as store:
            publisher = Publisher(self.plan, lambda: self.true)
            for place in range(self.plan.sources):
                server.answer(f"/{place}", publisher.answer)
            # The port is another one in each process, the address of a source must not be.
            sources = [declare(place, "http://publisher.example.org") for place in range(self.plan.sources)]
            asyncio.run(self._live(sources, store, server))
        self._write_result()

    async def _live(self, sources: list[Source], store: SqlStore, server: Loopback) -> None:
        board = Board(
            sources={source.id: source for source in sources},
            route=lambda alert: [replace(alert, channels=("told",))],
        )
        clock = Clock(now=lambda: self.now, sleep=lambda _: asyncio.sleep(0), jitter=lambda _: 0.0)
        planner, breaks = Planner(), self.plan.breaks(self.true, self.killed)
        channel, dice = Told(self.folder / "told.jsonl"), seeded(self.plan.seed)
        names, network = Names(publisher_example_org=[PUBLIC]), Rerouted({PUBLIC: server.port})
        fetcher = HttpFetcher(None, "soak", FETCH, clock=clock, resolver=names, network=network)
        dues, quiet_until = store.dues(), self.true
        async with fetcher:
            while self.true < self.plan.end:
                chosen = planner.take(sources, dues, self.now)
                self._note_late(sources, dues, {source.id for source in chosen})
                if chosen:
                    try:
                        checks = await check_sources(
                            chosen, fetcher=fetcher, store=store, board=board, clock=lambda: self.now
                        )
                        if self.true >= quiet_until or any(check.events for check in checks):
                            deliver_due(store, {"told": channel}, now=lambda: self.now, rng=dice)
                            quiet_until = self.true + timedelta(hours=1)
                    except StorageError as error:
                        # The daemon ends here with code 3; somebody makes room, and it is started again.
                        self._note("full", self.now.isoformat(), str(error))
                        planner, checks = Planner(), []
                        self.disk.empty()
                        self.true += timedelta(hours=1)
                        self.resumed = self.now
                    self.outcomes.update(check.outcome.value for check in checks)
                    self._save()
                    for remembered in (server.requests, names.asked, network.dialled):
                        remembered.clear()  # the world remembers each, and lives in this process
                    dues = store.dues()
                self._step(breaks)

    def _note_late(self, sources: list[Source], dues: Mapping[str, Due], chosen: set[str]) -> None:
        """Whoever is due, its grace over, and neither read before nor now."""
        now = self.now
        for source in sources:
            due = due_at(source, dues.get(source.id), now)
            if due is None or due > now:
                continue
            late = now - max(due, self.resumed) - grace(source.schedule, due, source_id=source.id)
            if late > (STEP if source.id in chosen else timedelta(0)):
                self._note("late", source.id, now.isoformat(), late.total_seconds())

    def _step(self, breaks: "list[Break]") -> None:
        """To the next moment, through whatever breaks in before it: sleep, another clock, a full disk, an end."""
        before = self.now
        self.true += STEP
        while breaks and breaks[0].at <= self.true:
            interruption = breaks.pop(0)
            match interruption.what:
                case "sleep":
                    self.true = max(self.true, interruption.until)
                case "full":
                    self.disk.fill(self.folder / "kept.db")
                case "kill":
                    wait = seeded(f"{self.plan.seed}/{interruption.at}").uniform(0, 0.2)
                    threading.Timer(wait, os.kill, (os.getpid(), signal.SIGKILL)).start()
        if abs(self.now - before - STEP) > STEP:
            self.resumed = self.now

    def _save(self) -> None:
        (self.folder / "clock.new").write_text(self.true.isoformat())
        (self.folder / "clock.new").replace(self.folder / "clock")
        day = (self.true - START).days
        if day not in self.memory:
            pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc").is_dir() else 0
            self.memory[day] = pages * resource.getpagesize()

    def _note(self, what: str, *noted: object) -> None:
        """At once, for this process may be killed."""
        with (self.folder / f"{what}.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(noted) + "\n")

    def _write_result(self) -> None:
        result = {"memory": self.memory, "outcomes": self.outcomes}
        (self.folder / "result.json").write_text(json.dumps(result))


def noted(folder: Path, what: str) -> list[list[Any]]:
    """What the processes of a soak wrote down of sources read late, or of a full disk, killed ones too."""
    path = folder / f"{what}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def expected(plan: Plan) -> set[tuple[str, str, str]]:
    """What must be told, each once: (source, kind, the draw's number or the new amount)."""
    found = set()
    for place in range(plan.sources):
        for number, _ in enumerate(plan.changes(place), start=1):
            if is_fees(place):
                found.add((f"s{place}", "fee.changed", str(1000 + number)))
            else:
                found.add((f"s{place}", "draw.new", str(3 + number)))
    return found


def told(folder: Path) -> list[tuple[tuple[str, str, str], bool]]:
    """What was told of fees and single draws, and whether it was marked as perhaps told before."""
    lines = [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]
    kinds = ("draw.new", "draw.amended", "draw.withdrawn", "fee.", "page.")
    return [
        ((line["source"], line["kind"], _value(line["new"])), line["again"])
        for line in lines
        if line["kind"].startswith(kinds)
    ]


def _value(new: Mapping[str, str] | None) -> str:
    return str((new or {}).get("number") or (new or {}).get("amount") or "").removesuffix(".00")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sources", type=int, default=12)
    parser.add_argument("--days", type=float, default=8)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--killed-until", type=float)
    parser.add_argument("--killed", type=int, default=0, help="how many of the kills have happened")
    given = parser.parse_args()
    plan = Plan(given.seed, given.sources, given.days, given.kills, given.killed_until)
    Run(plan, given.folder, given.killed).play()


if __name__ == "__main__":
    main()
