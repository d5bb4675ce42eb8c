"""A small cluster of real processes for tests: a node and workers on a database of a real server, reading loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from loopback import Loopback, Reply
from msgspec import Struct, field
from running import Daemon, Place, rounds, source

HEAD = """\
[monitor]
database = "${{DATABASE}}"
log = "json"
cluster = true
contact = "fleet@example.org"
{monitor}

[fetch]
allow_private = true
respect_robots = false
pause = {pause}
retries = 0
timeout = 5

[[channel]]
name = "editors"
url = "${{EDITORS}}"
max_per_hour = 0
"""


class Cluster(Struct):
    """The processes and what they read. ``stalled_after``: seconds after which a silent worker counts as dead."""

    folder: Path
    url: str
    site: Loopback
    stalled_after: float = 3.0
    running: list[Daemon] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.folder, environ={"DATABASE": self.url})

    def declare(self, *sources: str, pause: float = 0.0, monitor: str = "") -> None:
        text = HEAD.format(pause=pause, monitor=monitor) + "".join(sources)
        self.place.config.write_text(text, encoding="utf-8")

    def page(self, name: str, *, every: str = "2s", host: str = "127.0.0.1", body: bytes | None = None) -> str:
        """A feed of this name that the site serves from now on; its declaration."""
        self.site.script(f"/{name}", feed(rounds(1) if body is None else body))
        return source(name, self.site.url(f"/{name}", host=host), every=every)

    def start(self, *arguments: str, program: str = "monitor") -> Daemon:
        process = Daemon.start(self.place.command(*arguments, program=program), self.place.options())
        self.running.append(process)
        process.wait_for("started")
        return process

    def node(self) -> Daemon:
        return self.start("run")

    def worker(self, *arguments: str, program: str = "monitor") -> Daemon:
        return self.start("worker", "--stalled-after", str(self.stalled_after), *arguments, program=program)

    def ask(self, query: str) -> Any:
        """The first value of what the database answers, None when that is nothing."""
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def end(self) -> None:
        for process in self.running:
            process.process.kill()
            process.process.wait()
            process.drain()


def feed(body: bytes, **more: Any) -> Reply:
    return Reply(headers={"content-type": "application/json"}, body=body, **more)


@contextmanager
def working(folder: Path, url: str) -> Iterator[Cluster]:
    """No process runs yet; all are gone at the end."""
    with Loopback() as site:
        cluster = Cluster(folder, url, site)
        try:
            yield cluster
        finally:
            cluster.end()
