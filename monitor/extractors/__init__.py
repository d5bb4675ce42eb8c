"""Which extractors exist, and a page's facts: each kind is one module, registered here by its name in sources.toml."""

from monitor.extractors.draws import DRAWS
from monitor.extractors.extraction import Extraction, Extractor, Span
from monitor.extractors.fees import FEES
from monitor.extractors.processing_times import PROCESSING_TIMES
from monitor.extractors.rules import RULES
from monitor.model import Fact, Page, Source

__all__ = ["EXTRACTORS", "REVISION", "Extraction", "Extractor", "Span", "extract"]

REVISION = "1"
"""Changes whenever the same page may give other facts than before; stored pages are then read again."""

EXTRACTORS: dict[str, Extractor] = {
    "draws": DRAWS,
    "fees": FEES,
    "processing_times": PROCESSING_TIMES,
    "rules": RULES,
}

_LAST = "rules"
"""Rules are what the other extractors left."""


def extract(page: Page, source: Source) -> Extraction:
    """All facts of a page by the source's declarations, in their order but rules last, and the spans they used.

    Raises KeyError for a declaration whose extractor does not exist; the configuration is checked before.
    """
    facts: list[Fact] = []
    used: frozenset[Span] = frozenset()
    for name in sorted(source.declarations, key=lambda name: name == _LAST):
        extraction = EXTRACTORS[name].read(page, source, source.declarations[name], used)
        facts += extraction.facts
        used |= extraction.used
    return Extraction(facts=tuple(facts), used=used)
