"""`python -m bench.grow`: what a cycle and what questions cost as sources and versions grow; a table and a plot.

The sources are small pages on loopback. Of a cycle the whole process counts, start-up included: its processor time
and the most memory that its processes took together.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import leather

from bench.compare import serving, set_scene
from bench.fill import fill
from bench.programs import Pass, Stilltrue, run
from bench.queries import QUESTIONS, write_config

PAGE = 2_000
MANY_SOURCES = (100, 1_000, 10_000)
MANY_VERSIONS = (10, 1_000, 100_000)
FIRST, AGAIN = "first reading", "nothing changed"
MEMORY_LIMIT = 300_000_000
_PER_VERSION = 10
"""Checks and events that are made up for each version."""
_CHANGING = 20
"""Sources among which the versions are spread."""
_DRAWN = ("history --limit 50", "facts --at", "verify", "status")


def cycles(counts: Sequence[int]) -> Iterator[tuple[int, Mapping[str, Pass]]]:
    """A first cycle over so many sources and one in which nothing has changed."""
    for count in counts:
        with tempfile.TemporaryDirectory() as name, serving(PAGE) as port:
            program, folder = Stilltrue(), Path(name)
            set_scene(port, "same", 1, count)
            program.set_up(folder, [f"http://127.0.0.1:{port}/page/{number}" for number in range(count)])
            yield count, {said: run(program.command(folder), is_weighed=True) for said in (FIRST, AGAIN)}


def questions(counts: Sequence[int]) -> Iterator[tuple[int, Mapping[str, Pass], int]]:
    """Each question once over so many versions, and the bytes of the database."""
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_config(folder, _CHANGING)
            database = folder / "grown.db"
            many = count * _PER_VERSION
            fill(database, sources=_CHANGING, checks=many, versions=count, events=many)
            command = [sys.executable, "-m", "monitor", "--config", str(folder / "sources.toml")]
            asked = {
                said: [*command, "--db", f"sqlite:///{database}", *words, "--json"] for said, words in QUESTIONS.items()
            }
            yield count, {said: run(words) for said, words in asked.items()}, database.stat().st_size


def draw(title: str, unit: str, lines: Mapping[str, Sequence[tuple[int, float]]]) -> leather.Chart:
    """Both axes count in powers of ten: what grows in step with its cause is a straight line of slope one."""
    chart = leather.Chart(title)
    for name, points in lines.items():
        chart.add_line([(math.log10(count), math.log10(value)) for count, value in points], name=name)
    counts = sorted({count for points in lines.values() for count, _ in points})
    low, high = (pick(value for points in lines.values() for _, value in points) for pick in (min, max))
    powers = list(range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1))
    chart.add_x_scale(math.log10(counts[0]), math.log10(counts[-1]))
    chart.add_y_scale(powers[0], powers[-1])
    chart.add_x_axis(ticks=[math.log10(count) for count in counts], tick_formatter=_power)
    chart.add_y_axis(ticks=powers, tick_formatter=_power, name=unit)
    return chart


def _power(value: float, *_: object) -> str:
    return f"{10**value:,.10g}"


def main() -> None:
    """Measure, print both tables and write the plot; fails when a cycle takes more memory than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, nargs="*", default=MANY_SOURCES)
    parser.add_argument("--versions", type=int, nargs="*", default=MANY_VERSIONS)
    parser.add_argument("--plot", type=Path, help="where to write the SVG file")
    chosen = parser.parse_args()
    grid, most = leather.Grid(), 0
    if chosen.sources:
        spent: dict[str, list[tuple[int, float]]] = {FIRST: [], AGAIN: []}
        print(f"| sources | {FIRST}, CPU | {AGAIN}, CPU | memory at most |\n|---:|---:|---:|---:|", flush=True)  # noqa: T201 - the benchmark's own output
        for count, passes in cycles(chosen.sources):
            for said, one in passes.items():
                spent[said].append((count, one.cpu))
            peak = max(one.peak for one in passes.values())
            most = max(most, peak)
            cells = " | ".join(f"{passes[said].cpu:.1f} s" for said in spent)
            print(f"| {count:,} | {cells} | {peak / 1e6:.0f} MB |", flush=True)  # noqa: T201 - same
        grid.add_one(draw("A cycle by sources", "seconds", spent))
    if chosen.versions:
        taken: dict[str, list[tuple[int, float]]] = {said: [] for said in _DRAWN}
        print(f"\n| versions | database | {' | '.join(QUESTIONS)} |\n|{'---:|' * (len(QUESTIONS) + 2)}", flush=True)  # noqa: T201 - same
        for count, answers, size in questions(chosen.versions):
            for said in _DRAWN:
                taken[said].append((count, answers[said].cpu))
            cells = " | ".join(f"{one.cpu:.2f} s" for one in answers.values())
            print(f"| {count:,} | {size / 1e6:.1f} MB | {cells} |", flush=True)  # noqa: T201 - same
        grid.add_one(draw("A question by versions", "seconds", taken))
    if chosen.plot:
        chosen.plot.write_text(grid.to_svg(width=1000, height=420), encoding="utf-8")
    sys.exit(1 if most > MEMORY_LIMIT else 0)


if __name__ == "__main__":
    main()
