"""Decides which known official fact a claim is about: the same publisher's matter, the same kind, the likest label."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from monitor.assess.durations import Duration, compare_durations, known_unit
from monitor.model import (
    Allocation,
    Deadline,
    Fact,
    FactKind,
    Fee,
    KnownFact,
    Occupation,
    ProcessingTime,
    Stream,
    Threshold,
)
from monitor.pages.wording import word_set
from monitor.suggest.choosing import Choice, Shelf
from monitor.suggest.claims import Claim, Form
from monitor.suggest.likeness import content, coverage, set_ratio
from monitor.suggest.vocabulary import COMMON

_KINDS = {
    FactKind.FEE: (FactKind.FEE,),
    FactKind.PROCESSING_TIME: (FactKind.PROCESSING_TIME,),
    FactKind.THRESHOLD: (FactKind.THRESHOLD, FactKind.DEADLINE),
    FactKind.ALLOCATION: (FactKind.ALLOCATION,),
    FactKind.STREAM: (FactKind.STREAM,),
}
AGREES, DIFFERS = 0.6, 0.64
"""How like a label must be when the number agrees too, and when the fact would contradict the guide."""
_CLEARLY = 0.2
_BARE = frozenset({FactKind.FEE, FactKind.PROCESSING_TIME})
"""Kinds whose labels may be one common word: the fee, or the time, of an application."""
_ROUTE = word_set("stream program category class")
_EITHER = re.compile(r"\b(\w+) or (\w+)\b")
_CODE = re.compile(r"\b\d[0-5]\d{3}\b")
_TELLING = 100
"""A sum of at least this much that agrees is hardly by chance; half a label is then enough."""

Facts = Mapping[tuple[str, str], Sequence[KnownFact]]


class Match(Struct, frozen=True, kw_only=True):
    """A known fact a claim seems to be about; ``agrees`` when it says the same number."""

    item: KnownFact
    score: float
    agrees: bool


def find_match(claim: Claim, choices: Sequence[Choice], facts: Facts, shelf: Shelf) -> Match | None:
    """The known fact this claim is most likely about; None when none is like enough to judge the guide by."""
    found: list[Match] = []
    spoken = _label_words(claim, choices, facts)
    for choice in choices:
        if not shelf.fits_title(choice.source.id, claim):
            continue
        apt = _is_aptest(choice, choices)
        for item in _of_kind(claim, choice, facts):
            match = _match(claim, item, choice)
            if match and (match.agrees or (apt and not _is_of_another(claim, item, choice, spoken))):
                found.append(match)
    return max(found, key=lambda match: (match.score, match.agrees), default=None)


def _of_kind(claim: Claim, choice: Choice, facts: Facts) -> list[KnownFact]:
    return [item for kind in _KINDS.get(claim.kind, ()) for item in facts.get((choice.source.id, str(kind)), ())]


def _label_words(claim: Claim, choices: Sequence[Choice], facts: Facts) -> frozenset[str]:
    """The words by which these sources tell their facts apart, as far as the claim says them."""
    known = {
        word for choice in choices for item in _of_kind(claim, choice, facts) for word in content(_label(item.fact))
    }
    return frozenset(known & set(content(claim.subject)) - COMMON)


def _is_of_another(claim: Claim, item: KnownFact, choice: Choice, spoken: frozenset[str]) -> bool:
    """Whether the claim says words that name other facts, but not this one: it speaks of something narrower."""
    above = " ".join((_label(item.fact), *item.fact.path, choice.source.title, claim.unit))
    return any(word not in content(above) and not word.isdigit() for word in spoken)


def _is_aptest(choice: Choice, choices: Sequence[Choice]) -> bool:
    """Whether no other page of the publisher fits the claim clearly better: what differs there contradicts nothing."""
    own = [other for other in choices if other.source.publisher == choice.source.publisher]
    rivals = [other for other in own if other.reads and not other.news]
    return choice.title >= max((rival.title for rival in rivals), default=0) - _CLEARLY


def _match(claim: Claim, item: KnownFact, choice: Choice) -> Match | None:
    label = _label(item.fact)
    if not label or not same_unit(claim, item.fact) or set(_CODE.findall(label)) - set(_CODE.findall(claim.subject)):
        return None
    score = max(_likeness(claim, item.fact, variant) for variant in _variants(label)) * (
        0.7 + 0.3 * min(choice.publisher, 1)
    )
    agrees = states_same(claim, item.fact)
    if not agrees and not _is_said_whole(label, " ".join((claim.subject, *claim.sentence.cells))):
        return None
    needed = _needed(claim, agrees=agrees)
    return Match(item=item, score=score + 0.1 * agrees, agrees=agrees) if score >= needed else None


def _is_said_whole(label: str, text: str) -> bool:
    """Whether all words of a label stand in the text; of "provincial or territorial", one is enough."""
    spoken = set(content(text))
    return any(coverage(_telling(variant), spoken) == 1 for variant in _variants(label))


def _variants(label: str) -> tuple[str, str]:
    return _EITHER.sub(r"\1", label), _EITHER.sub(r"\2", label)


def _telling(label: str) -> set[str]:
    """The label's words without numbers and without "stream" and the like, if any are left."""
    words = {word for word in content(label) if not word.isdigit()}
    return words - _ROUTE or words or set(content(label))


def _needed(claim: Claim, *, agrees: bool) -> float:
    if not agrees:
        return DIFFERS
    sums = claim.unit.startswith("CAD") and claim.low is not None and claim.low >= _TELLING
    return AGREES * (0.75 if sums else 1)


def _label(fact: Fact) -> str:
    match fact.value:
        case Fee() | ProcessingTime() | Threshold() | Deadline():
            return fact.value.label.replace("_", " ").replace("/", " ")
        case Stream():
            return fact.value.name
        case Allocation():
            return fact.value.program
        case _:
            return ""


def _likeness(claim: Claim, fact: Fact, label: str) -> float:
    """0 to 1: the label's words said in the claim, and the claim's own words found in the label or over it."""
    said = set(content(" ".join((claim.subject, *claim.sentence.cells[:1]))))
    near = set(content(" ".join((claim.topic.near, *claim.sentence.columns))))
    words = _telling(label)
    if not (words - COMMON) & said and (claim.kind not in _BARE or not words & said):
        return 0.0
    above = set(content(" ".join(fact.path)))
    own = {word for word in said if not word.isdigit()}
    covered = coverage(words, said, near)
    back = coverage(own, words | above)
    return 0.6 * covered + 0.2 * back + 0.2 * set_ratio(claim.subject, f"{label} {' '.join(fact.path[-1:])}")


def same_unit(claim: Claim, fact: Fact) -> bool:
    """Whether the number of the claim and that of the fact are of one sort."""
    value = fact.value
    if isinstance(value, Threshold):
        times = known_unit(value.unit) is not None and known_unit(claim.unit) is not None
        return times or value.unit.lower() == claim.unit.lower() or (not value.unit and claim.form == Form.COUNT)
    if isinstance(value, Fee):
        return claim.unit == value.currency
    return not isinstance(value, Deadline)


def states_same(claim: Claim, fact: Fact) -> bool:
    """Whether the fact's number is the claim's; of times and ranges, whether both ends agree."""
    match fact.value:
        case Fee() | Allocation():
            return fact.value.amount == claim.low
        case Threshold():
            return _same_amount(
                fact.value.amount, fact.value.unit, claim.low if claim.low is not None else claim.high, claim
            )
        case ProcessingTime():
            high = fact.value.high if fact.value.high is not None else fact.value.low
            wanted = claim.high if claim.high is not None else claim.low
            return high is not None and _same_amount(high, fact.value.unit or "", wanted, claim)
        case Stream():
            return (fact.value.status == "open") == (claim.form == Form.OPEN)
        case _:
            return False


def _same_amount(amount: Decimal, unit: str, wanted: Decimal | None, claim: Claim) -> bool:
    if wanted is None:
        return False
    left, right = known_unit(unit), known_unit(claim.unit)
    if left is None or right is None:
        return amount == wanted
    ends = (Duration(amount=Fraction(amount), unit=left), Duration(amount=Fraction(wanted), unit=right))
    return compare_durations(*ends) == 0


def occupations_of(codes: Iterable[str], choices: Sequence[Choice], facts: Facts) -> list[KnownFact]:
    """The known list entries with these codes, in the order of the choices."""
    wanted = set(codes)
    return [
        item
        for choice in choices
        for item in facts.get((choice.source.id, str(FactKind.OCCUPATION)), ())
        if isinstance(item.fact.value, Occupation) and item.fact.value.code in wanted
    ]


def occupations_titled(text: str, choices: Sequence[Choice], facts: Facts) -> list[KnownFact]:
    """The known list entries whose whole title the text says."""
    spoken = set(content(text))
    found = []
    for choice in choices:
        for item in facts.get((choice.source.id, str(FactKind.OCCUPATION)), ()):
            title = item.fact.value.title if isinstance(item.fact.value, Occupation) else None
            words = content(title or "")
            if len(words) > 1 and coverage(words, spoken) == 1:
                found.append(item)
    return found
