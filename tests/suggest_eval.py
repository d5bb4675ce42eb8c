"""Prints how well `guide suggest` does on the labelled guides: claims found, useless drafts, per guide and in all.

Found means found with the right kind of fact and publisher. "By sentence alone" asks only whether the sentence got a
draft, and which drafts stand for sentences that claim nothing.
"""

import datetime as dt
import sys
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from pathlib import Path

from monitor.assess.judging import Ground, make_ground
from monitor.config import Config, load_config
from monitor.extractors import EXTRACTORS
from monitor.model import KnownFact, ReadState, Snapshot
from monitor.read import read_snapshot
from monitor.saved import load_snapshot, read_manifests
from monitor.suggest import suggest
from monitor.suggest.scoring import Score, read_labels, score

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "tests" / "data" / "guides"
REAL = ROOT.parent / "shared" / "real" / "manifest.jsonl"
NOW = dt.datetime(2026, 6, 24, 12, tzinfo=dt.UTC)
GOAL_FOUND, GOAL_USELESS = 0.8, 0.2


def starter() -> Config:
    """The packaged starter's configuration, which names the official sources."""
    return load_config(ROOT / "sources.toml", environ={}, now=NOW.date())


def knowing(config: Config, copies: Iterable[Snapshot], now: dt.datetime = NOW) -> Ground:
    """What would be known if these pages had been read last, one of each source."""
    facts: list[KnownFact] = []
    states: dict[str, ReadState] = {}
    texts: dict[str, str] = {}
    for copy in copies:
        reading = read_snapshot(config.sources[copy.source], copy)
        seen = copy.fetched_at
        facts += [KnownFact(fact=it, first_seen=seen, last_seen=seen, version=copy.source) for it in reading.facts]
        states[copy.source] = _read_at(copy, now)
        texts[copy.source] = reading.page.text if reading.page else ""
    kinds = {
        name: frozenset(kind for used in source.declarations for kind in EXTRACTORS[used].kinds)
        for name, source in config.sources.items()
    }
    return make_ground(facts, states, now, page_texts=texts, kinds_read=kinds)


def _read_at(copy: Snapshot, now: dt.datetime) -> ReadState:
    return ReadState(
        source=copy.source,
        url=copy.final_url,
        version=copy.source,
        last_good_read=now,
        last_change=copy.fetched_at,
        last_check=now,
        checks=1,
        reads_since_change=0,
        health="ok",
    )


def real_copies(config: Config) -> list[Snapshot]:
    """The newest copy of each real page beside this checkout; none when they are not there."""
    pages, _ = read_manifests([REAL]) if REAL.is_file() else ([], [])
    newest = {page.source: page for page in pages if page.source in config.sources}
    copies = (load_snapshot(page, config.sources[name]) for name, page in newest.items())
    return [copy for copy in copies if isinstance(copy, Snapshot)]


def evaluate(config: Config, ground: Ground, folder: Path = GUIDES, *, every: int = 1) -> dict[str, Score]:
    """The score of each labelled guide, or of one in ``every`` so many, by its name."""
    scores = {}
    for labels in sorted(folder.glob("*.labels.toml"))[::every]:
        text = labels.with_name(labels.name.replace(".labels.toml", ".md")).read_text(encoding="utf-8")
        found = suggest(text, sources=config.sources, ground=ground)
        labelled = read_labels(text, labels.read_text(encoding="utf-8"))
        scores[labels.name.removesuffix(".labels.toml")] = score(found, labelled, config.sources)
    return scores


def total(scores: Mapping[str, Score]) -> Score:
    """All guides as one."""
    return reduce(add, scores.values())


def main(arguments: list[str]) -> int:
    """Print the figures for each state of knowledge; with -v also what was missed and what was useless."""
    config = starter()
    known = {"nothing read yet": [], "real pages read": real_copies(config)}
    met = True
    for name, copies in known.items():
        if name.startswith("real") and not copies:
            continue
        scores = evaluate(config, knowing(config, copies))
        met &= _print(name, scores, verbose="-v" in arguments)
    return 0 if met else 1


def _print(name: str, scores: Mapping[str, Score], *, verbose: bool) -> bool:
    print(f"\n{name}")  # noqa: T201 - a report for people
    whole = total(scores)
    for title, one in [*scores.items(), ("all", whole)]:
        found = f"{one.found}/{one.wanted} claims found ({one.recall:.0%})"
        useless = f"{one.useless}/{one.made} drafts useless ({one.waste:.0%})"
        loose = f"by sentence alone {one.spotted / one.wanted:.0%} and {one.noise:.0%}"
        print(f"  {title:<20} {found:<30} {useless:<30} {loose}")  # noqa: T201 - same
        if verbose and title != "all":
            for line in one.missed:
                print(f"      missed   {line}")  # noqa: T201 - same
            for line in one.idle:
                print(f"      useless  {line}")  # noqa: T201 - same
    return whole.recall >= GOAL_FOUND and whole.waste <= GOAL_USELESS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
