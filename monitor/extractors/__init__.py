"""Which extractors exist, and a page's facts: each kind is one module, registered here by its name in sources.toml."""

from collections.abc import Mapping
from importlib import import_module

from msgspec.structs import replace

from monitor.extractors.declarations import (
    Allocations,
    Deadlines,
    Draws,
    Fees,
    Notices,
    Occupations,
    ProcessingTimes,
    Rules,
    Streams,
    Thresholds,
)
from monitor.extractors.extraction import Extraction, Extractor, Span
from monitor.model import Fact, FactKind, Page, Source, bounded

__all__ = ["EXTRACTORS", "REVISION", "Extraction", "Extractor", "Span", "extract"]

REVISION = "13"
"""Changes whenever the same page may give other facts than before; stored pages are then read again."""


def _row(name: str, declaration: type, *kinds: FactKind) -> Extractor:
    """The extractor whose ``read`` stands in the module of this name, imported when there is a page to read."""

    def read(page: Page, source: Source, declared: object, used: frozenset[Span]) -> Extraction:
        found: Extraction = import_module(f"{__name__}.{name}").read(page, source, declared, used)
        return found

    return Extractor(kinds=frozenset(kinds), declaration=declaration, read=read)


EXTRACTORS: Mapping[str, Extractor] = {
    "draws": _row("draws", Draws, FactKind.DRAW, FactKind.POOL),
    "fees": _row("fees", Fees, FactKind.FEE),
    "processing_times": _row("processing_times", ProcessingTimes, FactKind.PROCESSING_TIME, FactKind.POOL),
    "thresholds": _row("thresholds", Thresholds, FactKind.THRESHOLD),
    "occupations": _row("occupations", Occupations, FactKind.OCCUPATION),
    "deadlines": _row("deadlines", Deadlines, FactKind.DEADLINE),
    "streams": _row("streams", Streams, FactKind.STREAM),
    "allocations": _row("allocations", Allocations, FactKind.ALLOCATION),
    "notices": _row("notices", Notices, FactKind.NOTICE),
    "rules": _row("rules", Rules, FactKind.RULE),
}
"""By their names in sources.toml."""

_LAST = ("deadlines", "notices", "rules")
"""A date that another kind speaks of is no deadline; notices own whole entries, less what others read in them; rules
are what is left."""


def extract(page: Page, source: Source) -> Extraction:
    """All facts of a page by the source's declarations, in their order but for the last ones, and what they used.

    Raises KeyError for a declaration whose extractor does not exist; the configuration is checked before.
    """
    facts: list[Fact] = []
    used: frozenset[Span] = frozenset()
    for name in sorted(source.declarations, key=lambda name: _LAST.index(name) if name in _LAST else -1):
        extraction = EXTRACTORS[name].read(page, source, source.declarations[name], used)
        facts += extraction.facts
        used |= extraction.used
    return Extraction(facts=tuple(map(_bounded, facts)), used=used)


def _bounded(fact: Fact) -> Fact:
    key = bounded(fact.key)
    return fact if key == fact.key else replace(fact, key=key)
