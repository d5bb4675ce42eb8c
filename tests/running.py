"""`stilltrue run` as a process of its own: its configuration, its log as it comes, and its end."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from msgspec import Struct, field

HERE = Path(__file__).parent
PATIENCE = 60.0
"""Seconds; on a machine busy with others a start alone has taken fifteen."""

Entry = dict[str, Any]

DRAW = {
    "drawDateFull": "January 5, 2026",
    "drawName": "General",
    "drawSize": "1,200",
    "drawCRS": "510",
    "drawCutOff": "",
}


def rounds(*numbers: int) -> bytes:
    """A feed of draws with these numbers."""
    days = {n: f"2026-{1 + n // 28:02}-{1 + n % 28:02}" for n in numbers}
    records = [{**DRAW, "drawNumber": str(n), "drawDate": days[n]} for n in sorted(numbers, reverse=True)]
    return json.dumps({"classes": "wb-tables", "rounds": records}).encode()


def source(name: str, url: str, *, every: str = "2s", more: str = "") -> str:
    """A made-up feed at this address."""
    return f"""
[[source]]
id = "{name}"
publisher = "Example"
url = "{url}"
format = "json"
every = "{every}"
extract = ["draws"]
{more}
"""


HEAD = """\
[monitor]
database = "sqlite:///kept.db"
log = "json"
{monitor}

[fetch]
pause = 0.0
per_host = 4
retries = 0
timeout = 20.0
respect_robots = false
allow_private = true

[[channel]]
name = "editors"
url = "${{EDITORS}}"
"""


class Place(Struct):
    """A folder with a configuration, and the environment its processes get."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "sources.toml"

    @property
    def database(self) -> Path:
        return self.folder / "kept.db"

    def write(self, *sources: str, monitor: str = "") -> None:
        self.config.write_text(HEAD.format(monitor=monitor) + "".join(sources), encoding="utf-8")

    def told(self) -> list[Entry]:
        """What the channel was sent, oldest first."""
        journal = self.folder / "told.jsonl"
        return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(self.command(*arguments), **self.options(), capture_output=True, timeout=60, check=False)

    def json(self, *arguments: str) -> Any:
        """What a command answers."""
        done = self.call(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def command(self, *arguments: str, program: str = "monitor") -> list[str]:
        return [sys.executable, "-m", program, *arguments, "--config", str(self.config)]

    def options(self) -> dict[str, Any]:
        paths = os.pathsep.join([str(HERE.parent), str(HERE)])
        environ = {**os.environ, "PYTHONPATH": paths, "EDITORS": f"journal://{self.folder}/told.jsonl", **self.environ}
        return {"cwd": HERE.parent, "env": environ, "text": True}

    @contextmanager
    def running(self, *arguments: str, program: str = "monitor", **options: Any) -> Iterator["Daemon"]:
        """The daemon while the block runs, or another program in its place; killed at its end if it still does."""
        daemon = Daemon.start(self.command("run", *arguments, program=program), {**self.options(), **options})
        try:
            yield daemon
        finally:
            daemon.process.kill()
            daemon.process.wait()
            daemon.drain()


class Daemon:
    """A running daemon and the log lines it writes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.log: list[Entry] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, command: list[str], options: dict[str, Any]) -> Self:
        return cls(subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, **options))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def find(self, event: str, **fields: object) -> Entry:
        """An entry of this kind with these fields, logged already or to come."""
        past = (entry for entry in self.log if entry.get("event") == event and fields.items() <= entry.items())
        return next(past, None) or self.wait_for(event, **fields)

    def wait_for(self, event: str, *, seconds: float = PATIENCE, **fields: object) -> Entry:
        """The next log entry of this kind with these fields."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {fields} within {seconds} s; the log: {self.log}") from None
            if line is None:
                raise AssertionError(f"ended before {event} {fields}; the log: {self.log}")
            entry = as_entry(line)
            self.log.append(entry)
            if entry.get("event") == event and fields.items() <= entry.items():
                return entry

    def gather(self) -> None:
        """Take in what was logged until now."""
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                self.log.append(as_entry(line))

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Signal it; the exit code and how long the end took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.drain()
        return code, time.monotonic() - began

    def drain(self) -> None:
        """Read the rest of the log."""
        self._thread.join(PATIENCE)
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                self.log.append(as_entry(line))
        if self.process.stderr is not None:
            self.process.stderr.close()


def as_entry(line: str) -> Entry:
    try:
        entry: Entry = json.loads(line)
    except ValueError:
        return {"event": "", "line": line}
    return entry
