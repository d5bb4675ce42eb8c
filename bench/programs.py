"""The programs that are compared: how each is set up for a list of pages, and its one command for a pass over them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

import psutil
from msgspec import Struct

_ENVIRONMENTS = Path(".bench")


class Pass(Struct, frozen=True, kw_only=True):
    """What one pass cost: seconds on the wall, seconds of processor time with all children, bytes of memory at most."""

    wall: float
    cpu: float
    peak: int


class Program(Protocol):
    """A monitor under test."""

    name: str

    def set_up(self, folder: Path, addresses: Sequence[str]) -> None:
        """Write its configuration for these pages into an empty folder."""
        ...

    def command(self, folder: Path) -> list[str]:
        """One pass over all pages."""
        ...


class Stilltrue:
    """The project itself, reading fees and rules out of every page and keeping their history."""

    name = "stilltrue"

    def set_up(self, folder: Path, addresses: Sequence[str]) -> None:
        """One source a page."""
        head = (
            '[monitor]\ndatabase = "sqlite:///kept.db"\n\n[fetch]\npause = 0.0\nper_host = 16\nallow_private = true\n'
        )
        sources = (
            f'\n[[source]]\nid = "page-{number}"\npublisher = "Bench"\nurl = "{address}"\n'
            'format = "html"\nevery = "1h"\n'
            'scope = { keep = ["main"] }\nextract = ["fees", "rules"]\n'
            for number, address in enumerate(addresses)
        )
        (folder / "sources.toml").write_text(head + "".join(sources))

    def command(self, folder: Path) -> list[str]:
        """A check of everything."""
        return [sys.executable, "-m", "monitor", "check", "--config", str(folder / "sources.toml")]


class Urlwatch:
    """urlwatch with ten threads, its own fixed number."""

    def __init__(self, name: str, filters: str) -> None:
        self.name, self._filters = name, filters

    def set_up(self, folder: Path, addresses: Sequence[str]) -> None:
        """One job a page; reports go to standard output."""
        jobs = [f'url: "{address}"\n{self._filters}' for address in addresses]
        (folder / "urls.yaml").write_text("---\n".join(jobs))
        (folder / "config.yaml").write_text("report:\n  stdout: {enabled: true, color: false}\n")
        (folder / "hooks.py").write_text("")

    def command(self, folder: Path) -> list[str]:
        """All jobs."""
        program = str(_ENVIRONMENTS / "urlwatch" / "bin" / "urlwatch")
        files = [("--urls", "urls.yaml"), ("--config", "config.yaml"), ("--hooks", "hooks.py"), ("--cache", "cache.db")]
        return [program, *(part for option, name in files for part in (option, str(folder / name)))]


class Webchanges:
    """webchanges with as many threads as it chooses, which is Python's own default."""

    name = "webchanges"

    def __init__(self, filters: str) -> None:
        self._filters = filters

    def set_up(self, folder: Path, addresses: Sequence[str]) -> None:
        """One job a page; reports go to standard output."""
        jobs = [f'url: "{address}"\n{self._filters}' for address in addresses]
        (folder / "jobs.yaml").write_text("---\n".join(jobs))
        (folder / "config.yaml").write_text("report:\n  stdout: {enabled: true, color: false}\n")
        (folder / "hooks.py").write_text("")
        (folder / "hooks.py").chmod(0o600)

    def command(self, folder: Path) -> list[str]:
        """All jobs."""
        program = str(_ENVIRONMENTS / "webchanges" / "bin" / "webchanges")
        files = [("--jobs", "jobs.yaml"), ("--config", "config.yaml"), ("--hooks", "hooks.py"), ("--database", "s.db")]
        return [program, *(part for option, name in files for part in (option, str(folder / name)))]


def run(command: Sequence[str], *, is_weighed: bool = False) -> Pass:
    """Run a command to its end and measure it whole, start-up and the processes it starts included.

    ``is_weighed``: look at the memory of all of them together meanwhile, which costs time, instead of at the largest.
    """
    environment = {**os.environ, "PYTHONPATH": "."} | {"PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the programs of this file
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None  # noqa: S101 - asked for above
        weighing = _weighing(process.pid) if is_weighed else nullcontext([0])
        with weighing as weighed:
            said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if not 0 <= process.returncode <= 1:
        raise SystemExit(f"{command[0]} failed with {process.returncode}:\n{said.decode(errors='replace')[-2000:]}")
    peak = max(weighed) or used.ru_maxrss * 1024
    return Pass(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=peak)


@contextmanager
def _weighing(process: int) -> Iterator[list[int]]:
    """The bytes that a process and those it started took together, each shared page counted once, time and again."""
    weighed, over = [0], threading.Event()

    def weigh() -> None:
        while not over.wait(0.25):
            with suppress(psutil.Error):
                family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
                weighed.append(sum(one.memory_full_info().pss for one in family))

    thread = threading.Thread(target=weigh)
    thread.start()
    try:
        yield weighed
    finally:
        over.set()
        thread.join()
