"""A fleet of real worker processes on a real PostgreSQL: made-up feeds on thousands of loopback addresses, read by one
worker, then two, then four; workers killed and the server restarted meanwhile. Afterwards everything is counted.

``python tests/fleet.py --sources 20000`` runs it whole (``make fleet``) and prints what it measured; ``test_fleet.py``
runs a short one.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from msgspec import Struct, field
from postgres import Server, serving
from running import Daemon, Entry, Place, rounds, source

from monitor.cluster import queue
from monitor.sharing import Slot
from storage.sharing import open_shared
from storage.store import open_store

PAUSE = 1.0
"""The default politeness, which the sources keep: one request at a time and a second after each, for every host."""
CHANGED = 0.02
NODES = 2
"""Scheduling nodes side by side: each due check is one job all the same."""
STUCK_SECONDS = 180.0

HEAD = """\
[monitor]
database = "${{DATABASE}}"
log = "json"
cluster = true
contact = "fleet@example.org"

[fetch]
allow_private = true
retries = 1
timeout = {timeout}

[[channel]]
name = "editors"
url = "${{EDITORS}}"
max_per_hour = 0
"""


class Seen(Struct, frozen=True):
    """One request as the site saw it, by the monotonic clock."""

    path: str
    began: float
    ended: float


class Site:
    """Serves a feed and a robots.txt on every loopback address; counts who asks for what, and when."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.seen: dict[str, list[Seen]] = defaultdict(list)
        self.draws = dict.fromkeys(hosts, 1)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="site", daemon=True)
        self._bodies: dict[int, bytes] = {}

    def __enter__(self) -> Self:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # All of 127.0.0.0/8 is answered by the wildcard address alone; bound to this device nothing else reaches it.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        listening.bind(("", 0))
        self.port = listening.getsockname()[1]
        self._thread.start()
        serving_it = asyncio.start_server(self._answer, sock=listening, backlog=1024)
        self._server = asyncio.run_coroutine_threadsafe(serving_it, self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _hang_up(self) -> None:
        self._server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                began = time.monotonic()
                path = head.split(b" ", 2)[1].decode()
                host = writer.get_extra_info("sockname")[0]
                writer.write(self._reply(host, path))
                await writer.drain()
                self.seen[host].append(Seen(path, began, time.monotonic()))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the client is done, or was killed, or the site hangs up: asyncio would print a cancelled talk
        finally:
            writer.close()

    def _reply(self, host: str, path: str) -> bytes:
        if path == "/robots.txt":
            return _http("404 Not Found", b"")
        draws = self.draws[host]
        if draws not in self._bodies:
            self._bodies[draws] = _http("200 OK", rounds(*range(1, draws + 1)))
        return self._bodies[draws]


def _http(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Pass(Struct, frozen=True, kw_only=True):
    """One pass over all sources: how many workers, what is done to them, and what was measured."""

    workers: int
    kills: int = 0
    restarts: int = 0
    seconds: float = 0.0
    changed: frozenset[str] = frozenset()


class Fleet(Struct):
    """The processes of one run."""

    folder: Path
    server: Server
    site: Site
    hosts: Sequence[str]
    stalled_after: float
    timeout: float
    rng: random.Random
    running: list[Daemon] = field(default_factory=list)
    workers: list[Daemon] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.folder, environ={"DATABASE": self.server.url})

    @property
    def sources(self) -> dict[str, str]:
        """The host of each source."""
        return {f"s{number:06}": host for number, host in enumerate(self.hosts)}

    def write(self) -> None:
        # Due when this run says so, and by itself at New Year only.
        feeds = [
            source(name, f"http://{host}:{self.site.port}/feed").replace('every = "2s"', 'schedule = "0 0 1 1 *"')
            for name, host in self.sources.items()
        ]
        text = HEAD.format(timeout=self.timeout) + "".join(feeds)
        self.place.config.write_text(text, encoding="utf-8")

    def start(self, *arguments: str) -> Daemon:
        process = Daemon.start(self.place.command(*arguments), self.place.options())
        self.running.append(process)
        return process

    def work(self) -> Daemon:
        self.workers.append(self.start("worker", "--stalled-after", str(self.stalled_after)))
        return self.workers[-1]

    def end(self) -> None:
        for process in self.running:
            process.process.kill()
            process.process.wait()
            process.drain()

    def count(self, query: str) -> int:
        with psycopg.connect(self.server.url.replace("+psycopg", ""), autocommit=True) as connection:
            row = connection.execute(query).fetchone()
            return int(row[0]) if row and row[0] is not None else 0

    def made(self) -> int:
        return self.count("SELECT count(*) FROM check_")

    def play(self, planned: Pass, before: int) -> Pass:
        """Make every source due, let the workers read them all, and do meanwhile what was planned."""
        wanted = before + len(self.hosts)
        changed = frozenset(self.rng.sample(sorted(self.sources), round(len(self.hosts) * CHANGED))) if before else ()
        for name in changed:
            self.site.draws[self.sources[name]] += 1
        began = time.monotonic()
        if before:
            self.count("WITH due AS (UPDATE source SET next_due = now() RETURNING 1) SELECT count(*) FROM due")
        strokes = _strokes(planned, self.rng)
        done, last, moved = before, before, time.monotonic()
        while done < wanted:
            time.sleep(0.05)
            done = self.made()
            while strokes and (done - before) / len(self.hosts) >= strokes[0][0]:
                strokes.pop(0)[1](self)
            if done != last:
                last, moved = done, time.monotonic()
            assert time.monotonic() - moved < STUCK_SECONDS, f"stuck at {done} of {wanted}: {self.last_words()}"
        return Pass(
            workers=planned.workers,
            kills=planned.kills,
            restarts=planned.restarts,
            seconds=time.monotonic() - began,
            changed=frozenset(changed),
        )

    def last_words(self) -> list[list[Entry]]:
        for process in self.running:
            process.gather()
        return [process.log[-5:] for process in self.running]

    def kill_a_worker(self) -> None:
        """SIGKILL one, and start another in its place."""
        victims = [one for one in self.workers if one.process.poll() is None]
        self.rng.choice(victims).process.kill()
        self.work()

    def restart_server(self) -> None:
        self.server.stop(signal.SIGINT)
        self.server.start()


def _strokes(planned: Pass, rng: random.Random) -> list[tuple[float, Callable[[Fleet], None]]]:
    """What happens after which part of a pass."""
    kills = [(rng.uniform(0.1, 0.8), Fleet.kill_a_worker) for _ in range(planned.kills)]
    restarts = [(rng.uniform(0.3, 0.7), Fleet.restart_server) for _ in range(planned.restarts)]
    return sorted([*kills, *restarts], key=lambda stroke: stroke[0])


def hosts_of(number: int, *, hosts: int | None = None) -> list[str]:
    """An address in 127.0.0.0/8 for each source; fewer ``hosts`` than sources are shared by them in turn."""
    wanted = hosts or number
    found = [f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}" for n in range(wanted)]
    return [found[n % wanted] for n in range(number)]


@contextmanager
def fleet(
    folder: Path, *, sources: int, seed: int, stalled_after: float, timeout: float, **settings: str
) -> Iterator[Fleet]:
    """A server, a site and the scheduling nodes; workers come later. All gone at the end."""
    with ExitStack() as opened:
        server = opened.enter_context(serving(**settings))
        hosts = hosts_of(sources)
        site = opened.enter_context(Site(hosts))
        rng = random.Random(seed)  # noqa: S311 - the same run again for the same seed
        made = Fleet(folder, server, site, hosts, stalled_after, timeout, rng)
        opened.callback(made.end)
        made.write()
        for node in [made.start("run") for _ in range(NODES)]:
            node.wait_for("started", seconds=STUCK_SECONDS)
        yield made


def run(made: Fleet, plan: Sequence[Pass]) -> list[Pass]:
    """All passes one after the other."""
    played: list[Pass] = []
    for number, planned in enumerate(plan):
        alive = sum(one.process.poll() is None for one in made.workers)
        fresh = [made.work() for _ in range(planned.workers - alive)]
        for process in fresh:
            process.wait_for("started", seconds=STUCK_SECONDS)
        one = made.play(planned, number * len(made.hosts))
        done = f"{one.workers} workers, {one.kills} killed, server restarted {one.restarts} times: "
        sys.stdout.write(f"{done}{one.seconds:.0f} s, {len(made.hosts) / one.seconds:.1f} checks/s\n")
        sys.stdout.flush()
        played.append(one)
    return played


def verify(made: Fleet, played: Sequence[Pass]) -> dict[str, Any]:
    """Nothing lost, nothing twice, nobody hurried; returns what was counted."""
    query = "SELECT count(*) FROM (SELECT FROM check_ GROUP BY source HAVING count(*) <> {}) AS other"
    assert made.count(query.format(len(played))) == 0, "a due check was lost or made twice"
    bad = "SELECT count(*) FROM check_ WHERE outcome NOT IN ('first_seen', 'changed', 'unchanged', 'not_modified')"
    assert made.count(bad) == 0, "a read failed"
    expected = Counter(name for one in played for name in one.changed)
    assert made.count("SELECT count(*) FROM event WHERE kind = 'draw.new'") == sum(expected.values())
    told = _wait_told(made, sum(expected.values()))
    once = Counter(source for source, again in told if not again)
    assert once <= expected, f"told twice: {once - expected}"
    assert Counter(source for source, _ in told) >= expected, "a change was not told"
    return {"marked": sum(again for _, again in told), **politeness(made.site)}


def _wait_told(made: Fleet, wanted: int) -> list[tuple[str, bool]]:
    end = time.monotonic() + STUCK_SECONDS
    while made.count("SELECT count(*) FROM delivery WHERE state <> 'sent'"):
        assert time.monotonic() < end, "the outbox is not emptied"
        time.sleep(0.1)
    # A node that falls behind on a busy machine may tell of itself; that is no change.
    told = [(one["items"][0]["event"]["source"], one["maybe_duplicate"]) for one in made.place.told() if one["items"]]
    assert len(told) >= wanted
    return told


def politeness(site: Site) -> dict[str, Any]:
    """The shortest pause any host was given, and the most requests it had at a time."""
    gaps = [later.began - earlier.ended for seen in site.seen.values() for earlier, later in _pairs(seen)]
    robots = [sum(one.path == "/robots.txt" for one in seen) for seen in site.seen.values()]
    assert min(gaps) >= PAUSE * 0.98, f"a host was asked again after {min(gaps):.3f} s"
    return {"shortest_pause": min(gaps), "robots_most": max(robots), "requests": sum(map(len, site.seen.values()))}


def _pairs(seen: Sequence[Seen]) -> Iterator[tuple[Seen, Seen]]:
    ordered = sorted(seen, key=lambda one: one.began)
    return pairwise(ordered)


_MADE = """
    SELECT count(*) FROM stilltrue_queue.procrastinate_jobs AS job JOIN source ON source.id = job.args ->> 'source'
    WHERE job.task_name = 'check' AND source.last_check >= (job.args ->> 'due')::timestamptz
"""
"""Jobs that are left though their check was made: handed out anew, they find it served."""


def figures(made: Fleet) -> dict[str, int]:
    """What the database holds and how many connections there are."""
    return {
        "database_bytes": made.count("SELECT pg_database_size(current_database())"),
        "connections": made.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"),
        "transactions": made.count("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
        "jobs_left": made.count("SELECT count(*) FROM stilltrue_queue.procrastinate_jobs"),
        "of_checks_made": made.count(_MADE),
    }


def queue_rate(jobs: int) -> dict[str, float]:
    """How many due checks a second one node hands out, and one connection takes and ends while so many wait."""
    taken = 500
    with serving() as server, open_store(server.url) as store, open_shared(server.url) as shared:
        conninfo = server.url.replace("+psycopg", "")
        queue.install_queue(conninfo)
        app = queue.open_app(conninfo)
        now = datetime.now(UTC)
        slots = [Slot(source=f"s{number:07}", due=now) for number in range(jobs)]

        def defer(connection: object, some: Sequence[Slot]) -> None:
            queue.defer(app, connection, [queue.check_job(slot) for slot in some])

        began = time.monotonic()
        for start in range(0, jobs, 1000):
            shared.take_slots(slots[start : start + 1000], now, again=now, defer=defer)
        deferred = time.monotonic() - began
        store.dues()
        queue.count_anew(conninfo)
        with psycopg.connect(queue.as_worker(conninfo), autocommit=True) as connection:
            connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
            began = time.monotonic()
            for _ in range(taken):
                row = connection.execute("SELECT id FROM procrastinate_fetch_job_v2('{checks}', 1)").fetchone()
                connection.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", row)
            took = time.monotonic() - began
    return {"waiting": jobs, "handed_out_a_second": round(jobs / deferred), "taken_a_second": round(taken / took)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queue", type=int, metavar="JOBS", help="only measure the queue, with so many jobs waiting")
    given = parser.parse_args()
    if given.queue:
        sys.stdout.write(json.dumps(queue_rate(given.queue)) + "\n")
        return
    plan = [Pass(workers=1), Pass(workers=2, kills=1), Pass(workers=4, kills=2, restarts=1)]
    with (
        tempfile.TemporaryDirectory(prefix="stilltrue-fleet-") as folder,
        fleet(Path(folder), sources=given.sources, seed=given.seed, stalled_after=15, timeout=30) as made,
    ):
        played = run(made, plan)
        counted = verify(made, played)
        sys.stdout.write(
            json.dumps({**counted, **figures(made), "cores": os.cpu_count(), "load": os.getloadavg()}) + "\n"
        )


if __name__ == "__main__":
    sys.exit(main())
