"""`python -m bench.queries`: what four questions take on a big database beside an empty one, in paired runs."""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from bench.fill import fill
from bench.programs import run

QUESTIONS = {
    "history --limit 50": ["history", "--limit", "50"],
    "facts --at": ["facts", "--source", "source-00003", "--at", "2025-03-01"],
    "facts --at, all sources": ["facts", "--at", "2025-03-01"],
    "verify": ["verify"],
    "verify --at": ["verify", "--at", "2025-03-01"],
    "status": ["status"],
}


def write_config(folder: Path, sources: int) -> None:
    """Sources as the big database has them, and a guide of a hundred assumptions on twenty of them."""
    (folder / "guides").mkdir()
    listed = (
        f'[[source]]\nid = "source-{number:05}"\npublisher = "P"\nurl = "https://example.org/{number}"\n'
        'format = "html"\nevery = "1d"\nextract = ["fees"]\n'
        for number in range(sources)
    )
    (folder / "sources.toml").write_text("".join(listed))
    assumed = (
        f'[[assumption]]\nid = "A{number}"\nclaim = "It costs."\nsources = ["source-{number % 20:05}"]\n'
        f'expect = {{ fact = "fee:fee-{number % 10}", present = true }}\n'
        for number in range(100)
    )
    (folder / "guides" / "big.toml").write_text('id = "big"\ntitle = "Big"\n' + "".join(assumed))


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("sources", 1000), ("checks", 10_000_000), ("versions", 100_000), ("events", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, chosen.sources)
        big = folder / "big.db"
        fill(big, sources=chosen.sources, checks=chosen.checks, versions=chosen.versions, events=chosen.events)
        print(f"{chosen.events:,} events, {chosen.checks:,} checks, {chosen.versions:,} versions:", end=" ")  # noqa: T201
        print(f"{big.stat().st_size / 1e9:.2f} GB", flush=True)  # noqa: T201 - the benchmark's own output
        for asked, arguments in QUESTIONS.items():
            command = [sys.executable, "-m", "monitor", *arguments, "--json", "--config", str(folder / "sources.toml")]
            pairs = [
                [run([*command, "--db", f"sqlite:///{folder / database}"]).wall for database in ("empty.db", "big.db")]
                for _ in range(chosen.times)
            ]
            more = statistics.median(full - empty for empty, full in pairs)
            empty, full = (statistics.median(column) for column in zip(*pairs, strict=True))
            print(f"{asked:26} empty {empty:6.2f} s   big {full:6.2f} s   more {more:+.2f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
