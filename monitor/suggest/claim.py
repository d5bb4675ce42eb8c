"""What a guide's sentence claims: of which kind, about which subject, with which number."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from monitor.model import FactKind
from monitor.suggest.draw_words import DrawSaid
from monitor.suggest.sentences import Sentence
from monitor.suggest.topics import Topic


class Form(StrEnum):
    """What a claim says of its subject."""

    AMOUNT = "amount"
    HELD = "held"
    ENDED = "ended"
    LISTED = "listed"
    UNLISTED = "unlisted"
    TEER = "teer"
    COUNT = "count"
    OPEN = "open"
    CLOSED = "closed"
    WORDS = "words"


class Claim(Struct, frozen=True, kw_only=True):
    """One checkable claim; ``start`` and ``end`` are the offsets in the sentence of the words that decide.

    ``low`` and ``high`` are the numbers said (equal for a single one, None for an open end), ``unit`` theirs:
    ``CAD``, ``CAD/hour``, ``points``, ``CLB``, a unit of time, or the noun counted. ``codes`` are NOC codes.
    """

    kind: FactKind
    form: Form
    sentence: Sentence
    start: int
    end: int
    topic: Topic
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    codes: tuple[str, ...] = ()
    title: str = ""
    draw: DrawSaid | None = None
    subject: str = ""
