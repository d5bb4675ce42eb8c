"""What was fetched and how a reader sees it: snapshot, page, blocks, tables, quality."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from monitor.model.plain import Json


class Snapshot(Struct, frozen=True, kw_only=True):
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


class Cell(Struct, frozen=True):
    """One slot of a full grid. A merged cell fills several slots that share one ``origin`` (row, column)."""

    text: str
    origin: tuple[int, int]


class Table(Struct, frozen=True, kw_only=True):
    """A table as a full grid: every row has the same number of cells. ``header`` rows come first on the page."""

    caption: str = ""
    header: tuple[tuple[Cell, ...], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


class Link(Struct, frozen=True, kw_only=True):
    """An anchor's text and its absolute address."""

    text: str
    url: str


class Block(Struct, frozen=True, kw_only=True):
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


class Page(Struct, frozen=True, kw_only=True):
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


class Problem(Struct, frozen=True, kw_only=True):
    """What went wrong with one read: a stable code and a sentence that says the way out."""

    code: str
    message: str


class Quality(Struct, frozen=True, kw_only=True):
    """The judgement on a snapshot."""

    outcome: QualityOutcome
    problem: Problem | None = None
