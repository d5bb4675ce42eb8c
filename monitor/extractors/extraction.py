"""What an extractor takes and gives: facts, and which parts of the page they used up."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from monitor.model import Fact, FactKind, Page, Source


class Span(Struct, frozen=True, kw_only=True):
    """A part of a page: a whole block, one body row of its table, or some of its text.

    ``block`` is its index in ``page.blocks``; ``start`` and ``end`` are offsets in the block's text.
    """

    block: int
    row: int | None = None
    start: int | None = None
    end: int | None = None


class Extraction(Struct, frozen=True, kw_only=True):
    """Facts in page order, and the spans that need no second reading by later extractors."""

    facts: tuple[Fact, ...] = ()
    used: frozenset[Span] = frozenset()


Read = Callable[[Page, Source, Any, frozenset[Span]], Extraction]
"""(page, source, that extractor's declaration, spans already used) → extraction. Pure."""


class Extractor(Struct, frozen=True, kw_only=True):
    """A registry row: the kinds of fact it yields, the dataclass of its settings, and the function."""

    kinds: frozenset[FactKind]
    declaration: type
    read: Read
