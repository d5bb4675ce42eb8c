"""Decides whether official pages that a guide or the configuration pairs state the same thing differently."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from monitor.assess.outcomes import listed_texts
from monitor.assess.patterns import match_glob, match_pattern, match_where, pattern_kind, split_key
from monitor.assess.values import describe
from monitor.model import (
    Allocation,
    Assumption,
    Cause,
    Deadline,
    Draw,
    Event,
    Evidence,
    FactKind,
    Fee,
    Guide,
    JsonObject,
    KnownFact,
    Occupation,
    Operator,
    Pair,
    ProcessingTime,
    Severity,
    Source,
    Stream,
    Threshold,
    digest,
    event_id,
    slug,
    stamp,
    value_to_plain,
)

DISAGREES = "source.disagrees"
AGREES = "source.recovered"

_YEAR = re.compile(r"-(?:19|20)\d\d$")
_COMPARING = frozenset(
    {Operator.EQUALS, Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN, Operator.ONE_OF, Operator.STATUS}
    | {Operator.COUNT, Operator.CONTAINS}
)
"""Expectations on facts that every page they name must state alike; the others are judged over all pages together."""
_STATED = frozenset(
    {FactKind.FEE, FactKind.THRESHOLD, FactKind.PROCESSING_TIME, FactKind.ALLOCATION, FactKind.DEADLINE}
    | {FactKind.STREAM, FactKind.OCCUPATION, FactKind.DRAW}
)
_SHOWN = 40
"""Codes listed for each page at most."""


class Side(Struct, frozen=True, kw_only=True):
    """What one page states of a pair's matter. ``stated`` are comparable values by label, codes by themselves."""

    source: str
    facts: tuple[KnownFact, ...]
    stated: Mapping[str, frozenset[object]]


def pairs_of(guides: Iterable[Guide], declared: Sequence[Pair] = ()) -> tuple[Pair, ...]:
    """The declared pairs, and one for each assumption that names several pages for the same fact; each once."""
    found = {_identity(pair): pair for pair in declared}
    for guide in guides:
        for assumption in guide.assumptions:
            pair = _pair_of(guide, assumption)
            if pair is not None:
                found.setdefault(_identity(pair), pair)
    return tuple(found.values())


def _identity(pair: Pair) -> tuple[object, ...]:
    return (tuple(sorted(pair.facts.items())), repr(sorted(pair.where.items())), pair.codes)


def _pair_of(guide: Guide, assumption: Assumption) -> Pair | None:
    expect = assumption.expect
    if expect is None or expect.fact is None or expect.operator not in _COMPARING:
        return None
    if pattern_kind(expect.fact) not in _STATED or len({_page(name) for name in assumption.sources}) < 2:  # noqa: PLR2004 - two pages make a pair
        return None
    codes = expect.operand if expect.operator is Operator.CONTAINS else ()
    listed = tuple(map(str, codes)) if isinstance(codes, list | tuple) else (str(codes),)
    facts = dict.fromkeys(assumption.sources, expect.fact)
    return Pair(name=f"{guide.id}-{assumption.id}", facts=facts, where=expect.where, codes=listed)


def _page(source: str) -> str:
    """The editions of a page of one year are one page."""
    return _YEAR.sub("", source)


def key_of(pair: Pair) -> str:
    """The key under which a pair's disagreements come and go."""
    stem = f"disagreement:{min(pair.facts)}"
    if pair.title:
        return f"{stem}/{slug(pair.name)}"
    pattern = pair.facts[min(pair.facts)]
    return f"{stem}/{slug(pattern)}-{digest(*map(repr, _identity(pair)), length=8)}"


def sides_of(pair: Pair, facts: Sequence[KnownFact]) -> tuple[Side, ...]:
    """What each page states, by source id; a page that states nothing of it is left out."""
    by_source: dict[str, list[KnownFact]] = defaultdict(list)
    for item in facts:
        pattern = pair.facts.get(item.fact.source)
        if pattern is not None and match_pattern(pattern, item.fact.key) and _counts(pair, item):
            by_source[item.fact.source].append(item)
    newest = {_page(name): name for name in sorted(by_source)}
    return tuple(
        Side(source=name, facts=tuple(by_source[name]), stated=_stated(pair, by_source[name]))
        for name in sorted(newest.values())
    )


def _counts(pair: Pair, item: KnownFact) -> bool:
    if item.fact.kind not in _STATED or split_key(item.fact.key).place.startswith("scheduled"):
        return False
    return not pair.where or match_where(pair.where, value_to_plain(item.fact.value))


def _stated(pair: Pair, facts: Sequence[KnownFact]) -> dict[str, frozenset[object]]:
    stated: dict[str, set[object]] = defaultdict(set)
    for item in facts:
        value = item.fact.value
        if isinstance(value, Occupation):
            if not pair.codes or any(match_glob(code, value.code) for code in pair.codes):
                stated[value.code].add(True)
        else:
            stated[split_key(item.fact.key).name].add(_comparable(item))
    return {label: frozenset(values) for label, values in stated.items()}


def _comparable(item: KnownFact) -> object:  # noqa: PLR0911 - one return a kind of fact
    match item.fact.value:
        case Fee(amount=amount, currency=currency):
            return (amount, currency)
        case Threshold(amount=amount) | Allocation(amount=amount):
            return amount
        case ProcessingTime(low=low, high=high, unit=unit):
            weeks = 7 if unit == "weeks" else 1
            return (low and low * weeks, high and high * weeks, "days" if unit == "weeks" else unit)
        case Deadline(date=day):
            return day
        case Stream(status=status):
            return status
        case Draw(score=score, invitations=invitations):
            return (score, invitations)
        case _:
            return item.fact.quote


def find_difference(pair: Pair, facts: Sequence[KnownFact]) -> tuple[Side, Side] | None:
    """The first two pages that state the matter differently; None when all that state it agree."""
    sides = sides_of(pair, facts)
    if any(isinstance(item.fact.value, Occupation) for side in sides for item in side.facts):
        return next((two for two in combinations(sides, 2) if two[0].stated.keys() != two[1].stated.keys()), None)
    return next((two for two in combinations(sides, 2) if _differ(*(side.stated for side in two))), None)


def _differ(one: Mapping[str, frozenset[object]], other: Mapping[str, frozenset[object]]) -> bool:
    shared = one.keys() & other.keys()
    if shared:
        return any(one[label] != other[label] for label in shared)
    left, right = frozenset[object]().union(*one.values()), frozenset[object]().union(*other.values())
    # Under other labels the same thing can only be meant where at least one page states a single value.
    return min(len(left), len(right)) == 1 and left.isdisjoint(right)


def judge_pair(
    pair: Pair,
    facts: Sequence[KnownFact],
    *,
    standing: Event | None,
    source: Source,
    sources: Mapping[str, Source],
    now: datetime,
) -> Event | None:
    """The event of a disagreement that begins or ends with this read of ``source``; None when nothing turned.

    ``facts``: those of all the pair's sources after this read; ``standing``: the disagreement told and not over.
    """
    two = find_difference(pair, facts)
    if two is None:
        return _over(pair, standing, source, now) if standing else None
    return None if standing else _begun(pair, two, source, sources, now)


def _begun(pair: Pair, two: tuple[Side, Side], source: Source, sources: Mapping[str, Source], now: datetime) -> Event:
    here, there = two if two[0].source == source.id else (two[1], two[0])
    told = [_side(side, other, sources) for side, other in ((here, there), (there, here))]
    words = ", ".join(f"{side['says']} on {side['title']}" for side in told)
    mine, theirs = (_telling(side, other) for side, other in ((here, there), (there, here)))
    return Event(
        id=event_id(source.id, DISAGREES, key_of(pair), now),
        kind=DISAGREES,
        source=source.id,
        publisher=source.publisher,
        subject=f"{pair.title}: {words}" if pair.title else words,
        key=key_of(pair),
        observed_at=now,
        new={
            "pair": pair.name,
            "message": f"Two official pages state the same thing differently: {words}.",
            "sides": told,
            "keys": sorted({item.fact.key for side in two for item in side.facts}),
        },
        confirmed_at=now,
        severity=Severity.NOTICE,
        cause=Cause.CONTENT,
        evidence=Evidence(
            before=theirs.version,
            after=mine.version,
            quote_before=theirs.fact.quote,
            quote_after=mine.fact.quote,
            url=sources[here.source].url if here.source in sources else source.url,
        ),
    )


def _telling(side: Side, other: Side) -> KnownFact:
    """The fact that shows the difference best: one that the other page states otherwise or not at all."""
    for item in side.facts:
        label = item.fact.value.code if isinstance(item.fact.value, Occupation) else split_key(item.fact.key).name
        if label in side.stated and side.stated[label] != other.stated.get(label):
            return item
    return side.facts[0]


def _side(side: Side, other: Side, sources: Mapping[str, Source]) -> JsonObject:
    source = sources.get(side.source)
    return {
        "source": side.source,
        "title": (source.title if source else "") or side.source,
        "url": source.url if source else None,
        "says": _says(side, other),
        "only_here": sorted(side.stated.keys() - other.stated.keys())[:_SHOWN],
    }


def _says(side: Side, other: Side) -> str:
    values = [item.fact.value for item in side.facts]
    if all(isinstance(value, Occupation) for value in values):
        count = len(side.stated)
        return f"{count} code{'' if count == 1 else 's'}"
    other_says = other.stated
    differing = [item for item in side.facts if _states(side, item) != other_says.get(split_key(item.fact.key).name)]
    return listed_texts(list(dict.fromkeys(describe(item.fact.value) for item in differing)))


def _states(side: Side, item: KnownFact) -> frozenset[object] | None:
    return side.stated.get(split_key(item.fact.key).name)


def _over(pair: Pair, standing: Event, source: Source, now: datetime) -> Event:
    return replace(
        standing,
        id=event_id(source.id, AGREES, key_of(pair), now),
        kind=AGREES,
        source=source.id,
        publisher=source.publisher,
        subject=f"{pair.title or 'Official pages'}: they agree again",
        observed_at=now,
        old={
            "code": "disagrees",
            "since": stamp(standing.observed_at),
            "event": standing.id,
            "source": standing.source,
        },
        new={"at": stamp(now), "pair": pair.name},
        confirmed_at=now,
        severity=Severity.INFO,
        evidence=Evidence(url=source.url),
    )
