"""`python -m bench.keep`: what many versions of a feed take in the database and in a packed git repository."""

import argparse
import gzip
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model import content_sha256
from storage import blobs
from storage.database import connect
from storage.store import open_store

START = datetime(2026, 1, 1, tzinfo=UTC)


def made_up(count: int, size: int) -> list[bytes]:
    """Editions of a feed of about ``size`` bytes that gains a record on top each time."""
    chance = random.Random(7)  # noqa: S311 - the same on every run
    records: list[dict[str, object]] = []
    editions: list[bytes] = []
    while len(editions) < count:
        number = len(records) + 1
        pools = {f"dd{part}": f"{chance.randrange(30_000):,}" for part in range(18)}
        day = (START + timedelta(days=number)).date()
        record = {"drawNumber": str(number), "drawDate": str(day), "drawSize": f"{chance.randrange(5000):,}"}
        records.insert(0, {**record, "drawCRS": str(chance.randrange(300, 600)), "drawName": "General", **pools})
        if len(records) * 560 >= size:
            editions.append(json.dumps({"classes": "table", "rounds": records}, indent=1).encode())
    return editions


def saved(manifest: Path, source: str) -> list[bytes]:
    """The bodies of a source in an import manifest, oldest first."""
    lines = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    own = sorted((line for line in lines if line["source"] == source), key=lambda line: line["fetched_at"])
    bodies = [(line, (manifest.parent / line["file"]).read_bytes()) for line in own]
    return [gzip.decompress(body) if line.get("encoding") == "gzip" else body for line, body in bodies]


def in_git(bodies: Sequence[bytes], folder: Path) -> int:
    """The bytes of the pack after ``git gc --aggressive``, a commit for each body."""

    def git(*arguments: str) -> None:
        settings = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607

    git("init", "-q")
    for number, body in enumerate(bodies):
        (folder / "feed").write_bytes(body)
        git("add", "feed")
        git("commit", "-q", "--allow-empty", "-m", str(number))
    git("gc", "-q", "--aggressive", "--prune=now")
    return sum(pack.stat().st_size for pack in (folder / ".git/objects/pack").glob("*.pack"))


def in_database(bodies: Sequence[bytes], folder: Path) -> tuple[int, list[float]]:
    """The bytes of the stored forms, each resting on the one before, and the processor ms that reading each takes."""
    open_store(f"sqlite:///{folder / 'kept.db'}").close()
    database = connect(f"sqlite:///{folder / 'kept.db'}")
    previous = None
    for body in dict.fromkeys(bodies):
        digest = content_sha256(body)
        with database.writing() as connection:
            chain = blobs.chain_of(connection, previous) if previous else ()
            packed = blobs.pack(body, digest, chain)
            blobs.store(connection, [packed])
        previous = digest if len(body) > 1 else previous
    total, times = 0, []
    with database.reading() as connection:
        for body in dict.fromkeys(bodies):
            digest = content_sha256(body)
            began = time.process_time()
            assert blobs.read(connection, digest) == body  # noqa: S101 - the point of it
            times.append((time.process_time() - began) * 1000)
            total += len(blobs.chain_of(connection, digest)[-1].zstd)
    database.engine.dispose()
    return total, times


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=128)
    parser.add_argument("--manifest", type=Path, default=Path("../shared/real/manifest.jsonl"))
    parser.add_argument("--source", default="ircc-ee-rounds")
    chosen = parser.parse_args()
    sets = {f"{chosen.versions} made-up editions": made_up(chosen.versions, 600_000)}
    if chosen.manifest.exists():
        bodies = saved(chosen.manifest, chosen.source)
        sets[f"{len(bodies)} saved reads of {chosen.source}"] = bodies
    for name, bodies in sets.items():
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            kept, times = in_database(bodies, Path(one))
            packed = in_git(bodies, Path(other))
        print(f"{name} of {len(bodies[-1]):,} bytes: kept {kept:,}, git {packed:,} ({kept / packed:.2f})")  # noqa: T201
        print(f"  read back, processor time: median {statistics.median(times):.1f} ms, most {max(times):.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
