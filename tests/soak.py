"""A long run in little time: made-up sources, a server with seeded bad manners, a simulated clock, and SIGKILL.

    python tests/soak.py FOLDER --seed 7 --sources 300 --days 30

plays the monitor's own reading, recording and telling in one process until the simulated end, going on where a killed
one stopped. ``expected`` says what must have been told; ``told`` what was. What is simulated is time alone: requests go
over loopback, checks into SQLite, alerts out of the outbox.
"""

import argparse
import asyncio
import json
import random
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fetching import PUBLIC, Names, Rerouted
from loopback import Loopback, Reply, Request
from running import rounds

from monitor.board import Board
from monitor.check import check_sources
from monitor.daemon.planning import Planner, due_at
from monitor.deliver import deliver_due
from monitor.extractors import EXTRACTORS
from monitor.fetch.client import HttpFetcher
from monitor.fetch.clock import Clock
from monitor.model import Alert, Delivery, FetchSettings, Format, Guards, Schedule, Source
from monitor.ports import Due
from monitor.schedule import grace
from storage.store import SqlStore, open_store

START = datetime(2026, 4, 1, tzinfo=UTC)
STEP = timedelta(minutes=1)
QUIET = timedelta(days=2)
"""The end is free of faults and changes, so that everything has had its chance to be read."""
FETCH = FetchSettings(timeout=0.25, retries=0, pause=0.0, per_host=8, respect_robots=False, allow_private=True)
CAPTCHA = b"<html><head><title>Radware Captcha Page</title></head><body>perfdrive.com Incident ID: 1</body></html>"
FEE_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Fees</title></head><body><main><h1>Fees</h1>
<p>What you pay depends on the program. Page built {nonce}.</p>
<table><tr><th>Fee</th><th>$CAN</th></tr><tr><td>Application fee</td><td>{fee}</td></tr>
<tr><td>Biometrics</td><td>85.00</td></tr></table></main></body></html>"""


@dataclass(frozen=True)
class Plan:
    """One soak: everything follows from these."""

    seed: int
    sources: int
    days: float

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

    def sleeps(self) -> list[tuple[datetime, datetime]]:
        """Spans in which the machine sleeps."""
        dice = seeded(f"{self.seed}/sleeps")
        nights = []
        for day in range(1, int(self.days - 2)):
            if dice.random() < 0.2:
                began = START + timedelta(days=day, hours=dice.uniform(0, 12))
                nights.append((began, began + timedelta(hours=dice.uniform(1, 10))))
        return nights


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
        schedule=Schedule(every=timedelta(hours=(2, 4, 6)[place % 3])),
        guards=Guards(language="en") if is_fees(place) else Guards(),
        append_only=place % 8 == 0,
        fetch=FETCH,
    )


class Publisher:
    """The server: what each page holds at the simulated time, and the faults on the way."""

    def __init__(self, plan: Plan, clock: Callable[[], datetime]) -> None:
        self._plan, self._clock = plan, clock
        self._changes = [plan.changes(place) for place in range(plan.sources)]

    def answer(self, request: Request) -> Reply:
        place, now = int(request.path.strip("/")), self._clock()
        dice = seeded(f"{self._plan.seed}/{place}/{now.isoformat()}")
        version = sum(moment <= now for moment in self._changes[place])
        calm = version == 0 or now > self._plan.end - QUIET
        fault = "none" if calm else dice.choices(list(FAULTS), list(FAULTS.values()))[0]
        whole = self._page(place, version, dice)
        if fault == "older":
            # Another cache still has the edition before; fee pages carry no draw that could come back.
            return whole if is_fees(place) else self._page(place, version - 1, dice)
        return _faulty(fault, whole, dice)

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


@dataclass
class Told:
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


@dataclass
class Run:
    """One process of a soak."""

    plan: Plan
    folder: Path
    now: datetime = START
    latest: timedelta = timedelta(0)
    memory: dict[int, int] = field(default_factory=dict)

    def play(self) -> None:
        """Go on from where the last process stopped to the end."""
        saved = self.folder / "clock"
        if saved.exists() and saved.read_text():
            self.now = datetime.fromisoformat(saved.read_text())
        with Loopback() as server, open_store(f"sqlite:///{self.folder}/kept.db", now=START) as store:
            publisher = Publisher(self.plan, lambda: self.now)
            for place in range(self.plan.sources):
                server.answer(f"/{place}", publisher.answer)
            # The port is another one in each process, the address of a source must not be.
            sources = [declare(place, "http://publisher.example.org") for place in range(self.plan.sources)]
            asyncio.run(self._read_all(sources, store, server))
        self._write_result()

    async def _read_all(self, sources: list[Source], store: SqlStore, server: Loopback) -> None:
        board = Board(
            sources={source.id: source for source in sources},
            route=lambda alert: [replace(alert, channels=("told",))],
        )
        clock = Clock(now=lambda: self.now, sleep=lambda _: asyncio.sleep(0), jitter=lambda _: 0.0)
        planner, sleeps, resumed = Planner(), self.plan.sleeps(), self.now
        channel, dice = Told(self.folder / "told.jsonl"), seeded(self.plan.seed)
        names, network = Names(publisher_example_org=[PUBLIC]), Rerouted({PUBLIC: server.port})
        fetcher = HttpFetcher(None, "soak", FETCH, clock=clock, resolver=names, network=network)
        async with fetcher:
            while self.now < self.plan.end:
                dues = store.dues()
                chosen = planner.take(sources, dues, self.now)
                for source in chosen:
                    due = due_at(source, dues.get(source.id), self.now) or self.now
                    late = self.now - max(due, resumed) - grace(source.schedule, due, source_id=source.id)
                    self.latest = max(self.latest, late)
                if chosen:
                    await check_sources(chosen, fetcher=fetcher, store=store, board=board, clock=lambda: self.now)
                    deliver_due(store, {"told": channel}, now=lambda: self.now, rng=dice)
                    self._save(self.now)
                    server.requests.clear()  # the server remembers each, and lives in this process
                self.now, woken = _next_moment(self.now, store.dues(), sleeps)
                resumed = self.now if woken else resumed

    def _save(self, now: datetime) -> None:
        (self.folder / "clock.new").write_text(now.isoformat())
        (self.folder / "clock.new").replace(self.folder / "clock")
        day = (now - START).days
        if day not in self.memory:
            pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc").is_dir() else 0
            self.memory[day] = pages * resource.getpagesize()

    def _write_result(self) -> None:
        result = {"latest": self.latest.total_seconds(), "memory": self.memory}
        (self.folder / "result.json").write_text(json.dumps(result))


def _next_moment(
    now: datetime, dues: Mapping[str, Due], sleeps: list[tuple[datetime, datetime]]
) -> tuple[datetime, bool]:
    """The next step at which something may be due, and whether the machine has slept until then."""
    earliest = min((due.next_due for due in dues.values() if due.next_due), default=now)
    steps = max(1, -((now - earliest) // STEP))
    then = now + steps * STEP
    for began, ended in sleeps:
        if now < ended and then >= began and now < began:
            return ended, True
    return then, False


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
    given = parser.parse_args()
    Run(Plan(given.seed, given.sources, given.days), given.folder).play()


if __name__ == "__main__":
    main()
