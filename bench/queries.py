"""`python -m bench.queries`: what four questions take on a big database beside an empty one, in paired runs."""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.fill import fill
from bench.programs import Pass, run

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
    parser.add_argument("--database", type=Path, help="fill this file and keep it, or ask it again when it is there")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, chosen.sources)
        big = chosen.database.absolute() if chosen.database else folder / "big.db"
        if not big.exists():
            fill(big, sources=chosen.sources, checks=chosen.checks, versions=chosen.versions, events=chosen.events)
        print(f"{chosen.events:,} events, {chosen.checks:,} checks, {chosen.versions:,} versions:", end=" ")  # noqa: T201
        print(f"{big.stat().st_size / 1e9:.2f} GB", flush=True)  # noqa: T201 - the benchmark's own output
        for asked, arguments in QUESTIONS.items():
            command = [sys.executable, "-m", "monitor", *arguments, "--json", "--config", str(folder / "sources.toml")]
            pairs = [
                [run([*command, "--db", f"sqlite:///{database}"]) for database in (folder / "empty.db", big)]
                for _ in range(chosen.times)
            ]
            said = "   ".join(f"{name} {_more(pairs, name)}" for name in ("wall", "cpu"))
            print(f"{asked:26} {said}", flush=True)  # noqa: T201


def _more(pairs: Sequence[Sequence[Pass]], name: str) -> str:
    """Seconds on the empty database, and the median of what the big one took beyond that in the same turn."""
    empty, more = zip(
        *((getattr(one, name), getattr(big, name) - getattr(one, name)) for one, big in pairs), strict=True
    )
    return f"{statistics.median(empty):.2f} s, more {statistics.median(more):+.2f} s"


if __name__ == "__main__":
    main()
