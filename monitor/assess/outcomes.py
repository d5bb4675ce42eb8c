"""What an expectation comes to on the facts at hand, before staleness and unread sources are weighed."""

from collections.abc import Sequence

from msgspec import Struct

from monitor.assess.values import describe
from monitor.model import KnownFact, VerdictKind

SHOWN = 3
"""This many facts are named in a sentence; the rest are counted."""


class Outcome(Struct, frozen=True, kw_only=True):
    """A judgement with the fact that decides it.

    ``by_absence``: it rests on something not being there, so a source that was never read could still overturn it.
    """

    kind: VerdictKind
    reason: str
    found: str | None = None
    fact: KnownFact | None = None
    by_absence: bool = False
    source: str | None = None
    quote: str | None = None
    notes: tuple[str, ...] = ()
    """What a reader should know beside the reason: that a page could not be read since, that a fact is missing."""


def holds(reason: str, *, found: str | None = None, fact: KnownFact | None = None) -> Outcome:
    """The facts say so."""
    return Outcome(kind=VerdictKind.HOLDS, reason=reason, found=found, fact=fact)


def contradicted(
    reason: str, *, found: str | None = None, fact: KnownFact | None = None, by_absence: bool = False
) -> Outcome:
    """The facts say otherwise."""
    return Outcome(kind=VerdictKind.CONTRADICTED, reason=reason, found=found, fact=fact, by_absence=by_absence)


def unknown(reason: str, *, found: str | None = None, fact: KnownFact | None = None) -> Outcome:
    """The facts do not say."""
    return Outcome(kind=VerdictKind.UNKNOWN, reason=reason, found=found, fact=fact)


def listed(facts: Sequence[KnownFact]) -> str:
    """The deciding parts of some facts, the first few in words and the rest counted."""
    return _joined([describe(item.fact.value) for item in facts[:SHOWN]], len(facts))


def found_reason(found: str) -> str:
    """What was found as a sentence; official words may end in a full stop of their own."""
    return f"Found {found.removesuffix('.')}."


def listed_texts(texts: Sequence[str]) -> str:
    """Some texts joined, the first few in full and the rest counted."""
    return _joined(texts[:SHOWN], len(texts))


def _joined(shown: Sequence[str], number: int) -> str:
    rest = number - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")
