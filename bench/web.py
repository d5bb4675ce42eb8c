"""`python -m bench.web`: processor time and size of every kind of page on a big database, asked as a browser asks."""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from msgspec import Struct

from bench.fill import fill
from bench.queries import write_config
from monitor.app import App
from monitor.ports import EventQuery
from monitor.web.application import build
from monitor.web.desk import Desk
from monitor.web.guard import Access, names

MOST_MS, MOST_BYTES = 100, 100_000
_HOST = "127.0.0.1"
_CHECKED = "Today, right after a check"
_PAGES = {
    "Today": "/",
    _CHECKED: "/",
    "Guides": "/guides",
    "A guide": "/guides/big",
    "Timeline": "/timeline",
    "Timeline, a publisher and kind": "/timeline?publisher=P&kind=fee",
    "Timeline, a guide": "/timeline?guide=big",
    "Timeline, a span of days": "/timeline?since=2025-03-01&until=2025-03-31",
    "Timeline, words that stand": "/timeline?q=something",
    "Timeline, words that do not": "/timeline?q=nowhere",
    "A change": "/events/{event}",
    "Draws": "/draws",
    "Sources": "/sources",
    "A source": "/sources/source-00003",
    "Rechecks": "/rechecks",
    "Alerts": "/alerts",
    "Feed of all": "/feeds/all.atom",
    "Feed of a guide": "/feeds/guide/big.atom",
    "Calendar": "/calendar.ics",
    "API, events": "/api/events?limit=50",
    "API, verdicts": "/api/verdicts",
}


class _Taken(Struct, frozen=True):
    first_ms: float
    median_ms: float
    sent: int
    size: int


def main() -> None:
    """Fill, ask, print; fails when a page is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("sources", 200), ("checks", 1_000_000), ("versions", 100_000), ("events", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--times", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, chosen.sources)
        database = folder / "big.db"
        fill(database, sources=chosen.sources, checks=chosen.checks, versions=chosen.versions, events=chosen.events)
        print(f"{chosen.events:,} events, {chosen.checks:,} checks, {chosen.sources:,} sources", flush=True)  # noqa: T201 - the benchmark's own output
        url = f"sqlite:///{database}"
        app = App(environ={}, cwd=folder, config_file=folder / "sources.toml", database=url)
        with app.store() as store:
            store.load_guides(app.config.guides, app.clock())
            event = store.events(EventQuery(limit=1))[0].event.id
            over = asyncio.run(_measured(Desk(app=app, store=store), database, event, chosen.times))
    sys.exit(1 if over else 0)


async def _measured(desk: Desk, database: Path, event: str, times: int) -> int:
    """Prints a line a page; how many are over a limit."""
    over = 0
    transport = httpx.ASGITransport(app=build(desk, Access(names=names((), _HOST))))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{_HOST}") as client:
        for name, path in _PAGES.items():
            taken = await _taken(client, path.format(event=event), times, database if name == _CHECKED else None)
            over += taken.median_ms > MOST_MS or taken.sent > MOST_BYTES
            times_said = f"first {taken.first_ms:7.1f} ms   then {taken.median_ms:7.1f} ms"
            print(f"{name:32} {times_said}   {taken.sent:7,} bytes sent, {taken.size:7,} unpacked", flush=True)  # noqa: T201 - same
    return over


async def _taken(client: httpx.AsyncClient, path: str, times: int, checked: Path | None) -> _Taken:
    spent, sent, size = [], 0, 0
    for number in range(times + 1):
        if checked is not None:
            _check(checked, number)
        began = time.process_time()
        answer = await client.get(path)
        spent.append((time.process_time() - began) * 1000)
        answer.raise_for_status()
        sent, size = answer.num_bytes_downloaded, len(answer.content)
    return _Taken(spent[0], statistics.median(spent[1:]), sent, size)


def _check(database: Path, number: int) -> None:
    """A source was read once more, as another process would write it down."""
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        connection.execute("UPDATE source SET checks = checks + 1 WHERE id = ?", (f"source-{number:05}",))
    connection.close()


if __name__ == "__main__":
    main()
