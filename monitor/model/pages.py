"""What was fetched and how a reader sees it: snapshot, page, blocks, tables, quality."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.plain import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The bytes, headers, final address and time of one retrieval. Header names are lower case."""

    source: str
    fetched_at: datetime
    status: int
    final_url: str
    headers: Mapping[str, str]
    body: bytes


class BlockKind(StrEnum):
    """The shapes of content a reader sees."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot of a full grid. A merged cell fills several slots that share one ``origin`` (row, column)."""

    text: str
    origin: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as a full grid: every row has the same number of cells. ``header`` rows come first on the page."""

    caption: str = ""
    header: tuple[tuple[Cell, ...], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An anchor's text and its absolute address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One heading, paragraph, list item or table, in reading order.

    ``path``: the headings above it, outermost first (a heading's own text is not in its path). ``level``: a
    heading's rank 1 to 6, a list item's depth from 1, else 0. ``lead``: the text that opens the block in bold.
    ``anchor``: the element's id.
    """

    kind: BlockKind
    text: str
    path: tuple[str, ...] = ()
    level: int = 0
    lead: str = ""
    anchor: str | None = None
    table: Table | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The canonical content made from a snapshot.

    ``text`` is what people read and versions are compared by; it holds no update marker. ``data`` is the parsed
    document of a JSON source, None elsewhere. ``sha256`` is the digest of ``text``.
    """

    title: str
    final_url: str
    canonical_url: str | None
    language: str | None
    update_marker: str | None
    blocks: tuple[Block, ...]
    text: str
    sha256: str
    data: Json = None


class QualityOutcome(StrEnum):
    """Whether a snapshot may be compared at all."""

    OK = "ok"
    BLOCKED = "blocked"
    FAILED = "failed"
    LAYOUT_CHANGED = "layout_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong with one read: a stable code and a sentence that says the way out."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The judgement on a snapshot."""

    outcome: QualityOutcome
    problem: Problem | None = None
