"""The demo: editions of made-up pages, served on loopback and read by the real pipeline under a moving clock.

Sources and guide are the packaged starter's own; only addresses and fetching are set for the server on this machine.
"""

import asyncio
import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, field

from monitor.app import App
from monitor.board import verify_guides
from monitor.browsing import StoredEvent
from monitor.config import starter_path
from monitor.errors import UsageError
from monitor.model import Alert, Check, Delivery, EventState, Verdict
from monitor.ports import EventQuery
from monitor.rounds import check_now, deliver_now

HERE = Path(__file__).parent
GUIDE = "it-workers"

_LOOPBACK = {"pause": "0.0", "allow_private": "true", "respect_robots": "false"}
_CHANNEL = '\n[[channel]]\nname = "journal"\nurl = "${STILLTRUE_DEMO_URL}"\n'
_SOURCE = re.compile(r"^\[\[source\]\]$", re.MULTILINE)


class Step(Struct, frozen=True, kw_only=True):
    """One read of the story: when, which source, what the server answers with, and what that shows."""

    at: datetime
    source: str
    file: str
    what: str


class Outcome(Struct, kw_only=True):
    """What the story led to, oldest first: each step with its check and the alerts sent then; events; the board."""

    told: list[tuple[Step, Check, list[Alert]]] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    board: list[Verdict] = field(default_factory=list)


def steps() -> list[Step]:
    """The story, oldest step first."""
    lines = (HERE / "schedule.jsonl").read_text(encoding="utf-8").splitlines()
    return [Step(**{**item, "at": datetime.fromisoformat(item["at"])}) for item in map(json.loads, lines)]


def play() -> Outcome:
    """Run the story in a throw-away database and return what came of it."""
    with played() as (_, outcome):
        return outcome


@contextmanager
def played(keep: Path | None = None) -> Iterator[tuple[App, Outcome]]:
    """Run the story in a throw-away database; the program on it, its clock at the story's end, and what came of it.

    ``keep`` is a new or empty folder for the database and configuration, which then stay.
    """
    story, outcome = steps(), Outcome()
    with _folder(keep) as folder, _server() as server:
        clock = _Clock(story[0].at)
        config = _write_config(Path(folder), server.address)
        database = f"sqlite:///{Path(folder) / 'demo.db'}"
        app = App(environ={}, cwd=Path(folder), config_file=config, database=database, clock=clock)
        channel = _Collector()
        with app.store() as store:
            for step in story:
                clock.now = step.at
                server.answers[step.source] = HERE / "pages" / step.file
                (check,) = asyncio.run(check_now(app, store, [app.config.sources[step.source]]))
                deliver_now(app, store, {"journal": channel})
                outcome.told.append((step, check, channel.take()))
            clock.now += timedelta(minutes=5)
            every_state = tuple(EventState)
            outcome.events = list(reversed(store.events(EventQuery(states=every_state))))
            board = app.board(alerting=False)
            outcome.board = verify_guides(app.config.guides, store=store, board=board, now=clock.now)
        yield app, outcome


@contextmanager
def _folder(keep: Path | None) -> Iterator[str]:
    if keep is None:
        with TemporaryDirectory(prefix="stilltrue-demo-") as folder:
            yield folder
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        filled = any(keep.iterdir())
    except OSError as error:
        raise _unusable(keep, error) from error
    if filled:
        raise UsageError(f"{keep} holds something already; name a new or empty folder.")
    yield str(keep)


def _unusable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"{folder} cannot be written to: {error.strerror}; name a new or empty folder.")


def _write_config(folder: Path, address: str) -> Path:
    starter = starter_path()
    try:
        (folder / "guides").mkdir()
    except OSError as error:
        raise _unusable(folder, error) from error
    for suffix in (".toml", ".md"):
        text = (starter.parent / "guides" / GUIDE).with_suffix(suffix).read_text(encoding="utf-8")
        (folder / "guides" / GUIDE).with_suffix(suffix).write_text(text, encoding="utf-8")
    config = folder / "sources.toml"
    config.write_text(local_sources(starter.read_text(encoding="utf-8"), address), encoding="utf-8")
    return config


def local_sources(starter: str, address: str) -> str:
    """The text of a ``sources.toml`` with every source read from ``address``, without pauses, and one channel added."""
    general, *sources = _SOURCE.split(starter)
    fetch = "".join(f"{name} = {value}\n" for name, value in _LOOPBACK.items())
    general = re.sub(r"^\[fetch\].*\n", f"[fetch]\n{fetch}", _without(general, _LOOPBACK), flags=re.MULTILINE)
    local = [_local(_without(source, _LOOPBACK), address) for source in sources]
    return "[[source]]".join([general, *local]) + _CHANNEL


def _without(text: str, names: Iterable[str]) -> str:
    return re.sub(rf"^(?:{'|'.join(names)}) = .*\n", "", text, flags=re.MULTILINE)


def _local(source: str, address: str) -> str:
    (name,) = re.findall(r'^id = "(.+)"', source, flags=re.MULTILINE)
    suffix = ".json" if '\nformat = "json"' in source else ""
    return re.sub(r'^url = ".*"', f'url = "{address}/{name}{suffix}"', source, count=1, flags=re.MULTILINE)


class _Clock(Struct):
    """Stands still until the story moves on."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


class _Collector:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self._alerts: list[Alert] = []

    def send(self, alert: Alert, *, delivery: Delivery) -> None:  # noqa: ARG002 - the port's signature
        """Keep the alert."""
        self._alerts.append(alert)

    def take(self) -> list[Alert]:
        """The alerts since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts


class _Server(ThreadingHTTPServer):
    """Answers each source's address with the edition of the moment."""

    daemon_threads = True
    answers: dict[str, Path]

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        path = self.server.answers[self.path.strip("/").removesuffix(".json")]
        body = path.read_bytes()
        kind = "application/json" if path.suffix == ".json" else "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the demo's own output is what people are to see."""


@contextmanager
def _server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.answers = {}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
