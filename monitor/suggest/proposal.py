"""What a draft would rest on: sources, an expectation, what else to watch, and how sure that is."""

from enum import StrEnum

from msgspec import Struct

from monitor.model import Expect, Watch


class Confidence(StrEnum):
    """How a proposal was come by: a known fact of the same name; a declared source that fits; the publisher only."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Proposal(Struct, frozen=True, kw_only=True):
    """One way to write the assumption. ``firm``: only worth having when the facts known today confirm it."""

    sources: tuple[str, ...]
    confidence: Confidence
    expect: Expect | None = None
    watch: Watch | None = None
    firm: bool = False
