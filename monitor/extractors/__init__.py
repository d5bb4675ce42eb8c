"""Which extractors exist, and a page's facts: each kind is one module, registered here by its name in sources.toml."""

from monitor.extractors.allocations import ALLOCATIONS
from monitor.extractors.deadlines import DEADLINES
from monitor.extractors.draws import DRAWS
from monitor.extractors.extraction import Extraction, Extractor, Span
from monitor.extractors.fees import FEES
from monitor.extractors.notices import NOTICES
from monitor.extractors.occupations import OCCUPATIONS
from monitor.extractors.processing_times import PROCESSING_TIMES
from monitor.extractors.rules import RULES
from monitor.extractors.streams import STREAMS
from monitor.extractors.thresholds import THRESHOLDS
from monitor.model import Fact, Page, Source

__all__ = ["EXTRACTORS", "REVISION", "Extraction", "Extractor", "Span", "extract"]

REVISION = "3"
"""Changes whenever the same page may give other facts than before; stored pages are then read again."""

EXTRACTORS: dict[str, Extractor] = {
    "draws": DRAWS,
    "fees": FEES,
    "processing_times": PROCESSING_TIMES,
    "thresholds": THRESHOLDS,
    "occupations": OCCUPATIONS,
    "deadlines": DEADLINES,
    "streams": STREAMS,
    "allocations": ALLOCATIONS,
    "notices": NOTICES,
    "rules": RULES,
}

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
    return Extraction(facts=tuple(facts), used=used)
