"""A made-up extractor registry, and a folder of configuration files to load it with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from textwrap import dedent

from msgspec import Struct

from monitor.config import Config, load_config
from monitor.extractors.extraction import Extraction, Extractor, Span
from monitor.model import FactKind, Page, Source

NOW = date(2026, 3, 15)

MINIMAL = """\
[[source]]
id = "one"
publisher = "IRCC"
url = "https://www.example.org/one.html"
format = "html"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    pattern: str
    unit: str = "CAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    columns: tuple[Column, ...] = ()
    named: Mapping[str, Column] = field(default_factory=dict)
    rows: int = 1
    program: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    pass


def _nothing(_page: Page, _source: Source, _settings: object, _used: frozenset[Span]) -> Extraction:
    return Extraction()


EXTRACTORS = {
    "draws": Extractor(kinds=frozenset({FactKind.DRAW, FactKind.POOL}), declaration=TableSettings, read=_nothing),
    "rules": Extractor(kinds=frozenset({FactKind.RULE}), declaration=NoSettings, read=_nothing),
}


class ConfigFolder(Struct, frozen=True, kw_only=True):
    """Files of one configuration being tried."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def load(self, text: str | None = None, *, environ: Mapping[str, str] | None = None, now: date = NOW) -> Config:
        path = self.root / "sources.toml" if text is None else self.write("sources.toml", text)
        return load_config(path, environ=environ or {}, now=now, extractors=EXTRACTORS)


def source(*lines: str) -> str:
    """The minimal source with these lines added to its table."""
    return MINIMAL + "\n".join(lines) + "\n"
