"""Which extractors exist, and a page's facts: each kind is one module, registered here by its name in sources.toml."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

from monitor.extractors.extraction import Extraction, Extractor, Span
from monitor.model import Fact, Page, Source

__all__ = ["EXTRACTORS", "REVISION", "Extraction", "Extractor", "Registry", "Span", "extract"]

REVISION = "12"
"""Changes whenever the same page may give other facts than before; stored pages are then read again."""


class Registry(Mapping[str, Extractor]):
    """Extractors by their name in sources.toml, each imported when it is first asked for: most runs need few.

    Made from where each stands: ``module:NAME`` in this package.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._modules: dict[str, ModuleType] = {}

    def __getitem__(self, name: str) -> Extractor:
        module, _, constant = self._places[name].partition(":")
        if module not in self._modules:
            self._modules[module] = import_module(f"{__name__}.{module}")
        found = getattr(self._modules[module], constant)
        if not isinstance(found, Extractor):
            raise TypeError(f"{self._places[name]} is no extractor")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


EXTRACTORS = Registry(
    {
        "draws": "draws:DRAWS",
        "fees": "fees:FEES",
        "processing_times": "processing_times:PROCESSING_TIMES",
        "thresholds": "thresholds:THRESHOLDS",
        "occupations": "occupations:OCCUPATIONS",
        "deadlines": "deadlines:DEADLINES",
        "streams": "streams:STREAMS",
        "allocations": "allocations:ALLOCATIONS",
        "notices": "notices:NOTICES",
        "rules": "rules:RULES",
    }
)

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
