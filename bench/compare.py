"""`python -m bench.compare`: passes of this project beside urlwatch and webchanges over one loopback server."""

import argparse
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.programs import Pass, Program, Stilltrue, Urlwatch, Webchanges, run

SIZE = 50_000
TEXT = "filter:\n  - css: main\n  - html2text\n"
SCENES = ("first", "same", "tenth", "cosmetic", "tagged")
SAID = {
    "first": "first pass",
    "same": "nothing changed",
    "tenth": "one in ten changed",
    "cosmetic": "all changed cosmetically",
    "tagged": "304 answers",
}
SLOW = "webchanges"


@contextmanager
def serving(size: int = SIZE) -> Iterator[int]:
    """The server of pages of this size, in a process of its own; gives its port."""
    command = [sys.executable, "-m", "bench.server", str(size)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own server
    try:
        assert process.stdout is not None  # noqa: S101 - asked for above
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def set_scene(port: int, name: str, seed: int, pages: int) -> None:
    """Play this scene from now on, its pages made beforehand."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/scene/{name}/{seed}/{pages}") as answer:
        answer.read()


class Bench:
    """One comparison under way: every program in a folder of its own, all on the same scenes in turn."""

    def __init__(self, programs: Sequence[Program], folder: Path, port: int, pages: int) -> None:
        self._programs, self._folder, self._port, self._pages = programs, folder, port, pages
        self.passes: dict[tuple[str, str], list[Pass]] = {}
        self._seed = 0
        addresses = [f"http://127.0.0.1:{port}/page/{number}" for number in range(pages)]
        for program in programs:
            self._place(program).mkdir()
            program.set_up(self._place(program), addresses)

    def learn_tags(self) -> None:
        """Let each program see the tags once, unmeasured."""
        self._set("tagged")
        for program in self._programs:
            run(program.command(self._place(program)))

    def play(self, scene: str, times: int) -> None:
        """Set the scene anew and let each program make its pass, ``times`` times over, the slow one once."""
        for turn in range(times):
            self._seed += 1
            self._set(scene)
            for program in self._programs:
                if turn and program.name == SLOW:
                    continue
                done = run(program.command(self._place(program)))
                self.passes.setdefault((scene, program.name), []).append(done)

    def _set(self, scene: str) -> None:
        set_scene(self._port, "same" if scene == "first" else scene, self._seed, self._pages)

    def _place(self, program: Program) -> Path:
        return self._folder / program.name.replace(" ", "-")


def line(bench: Bench, programs: Sequence[Program], scene: str) -> str:
    """The medians of a scene and, pair by pair, the ratios of our own time to theirs."""
    own = bench.passes[scene, programs[0].name]
    cells = []
    for program in programs:
        theirs = bench.passes[scene, program.name]
        wall, cpu = (statistics.median(getattr(one, name) for one in theirs) for name in ("wall", "cpu"))
        said = "" if program is programs[0] else f"  ratio {_ratio(own, theirs, 'wall')} ({_ratio(own, theirs, 'cpu')})"
        cells.append(f"{wall:6.2f} s ({cpu:6.2f}){said:20}")
    return f"{SAID[scene]:26}" + "  ".join(cells)


def _ratio(own: Sequence[Pass], theirs: Sequence[Pass], name: str) -> str:
    return f"{statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(own, theirs, strict=False)):.2f}"


def main() -> None:
    """Run every scene and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--times", type=int, default=3, help="passes per scene; medians of paired runs are shown")
    parser.add_argument("--only", nargs="*", default=[], help="programs to leave in, by name")
    chosen = parser.parse_args()
    programs: list[Program] = [
        Stilltrue(),
        Urlwatch("urlwatch", TEXT),
        Urlwatch("urlwatch plain", ""),
        Webchanges(TEXT),
    ]
    programs = [program for program in programs if not chosen.only or program.name in chosen.only]
    if missing := [program.name for program in programs if not Path(program.command(Path())[0]).exists()]:
        raise SystemExit(f"{', '.join(missing)}: not installed here; `make bench` does that first, then runs this.")
    with tempfile.TemporaryDirectory() as folder, serving() as port:
        bench = Bench(programs, Path(folder), port, chosen.pages)
        print(f"{chosen.pages} pages of {SIZE:,} bytes: seconds, and in brackets those of the processors", flush=True)  # noqa: T201 - the benchmark's own output
        print(f"{'':26}" + "".join(f"{program.name:38}" for program in programs), flush=True)  # noqa: T201 - same
        for scene in SCENES:
            if scene == "tagged":
                bench.learn_tags()
            bench.play(scene, 1 if scene == "first" else chosen.times)
            print(line(bench, programs, scene), flush=True)  # noqa: T201 - same


if __name__ == "__main__":
    main()
